/** Inputs or outputs by name, made when first asked for. */
export class PortMap<Port> {
  readonly #ports = new Map<string, Port>();
  readonly #make: (name: string) => Port;

  constructor(make: (name: string) => Port) {
    this.#make = make;
  }

  get(name: string): Port {
    const port = this.#ports.get(name) ?? this.#make(name);
    this.#ports.set(name, port);
    return port;
  }

  has(name: string): boolean {
    return this.#ports.has(name);
  }

  entries(): ReadonlyMap<string, Port> {
    return this.#ports;
  }
}

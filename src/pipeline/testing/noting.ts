import { ThreadedHostNode } from "../threaded-host-node.ts";

/** Says what is called, and does at each point what the test wants. */
export class Noting extends ThreadedHostNode {
  readonly input = this.createInput({ name: "input" });
  readonly out = this.createOutput({ name: "out" });
  readonly calls: string[] = [];
  readonly #steps: { onStart?: () => unknown; run?: (node: Noting) => unknown; onStop?: (node: Noting) => unknown };

  constructor(
    steps: { onStart?: () => unknown; run?: (node: Noting) => unknown; onStop?: (node: Noting) => unknown } = {},
  ) {
    super();
    this.#steps = steps;
  }

  override getName() {
    return "Noting";
  }

  override async onStart() {
    this.calls.push("onStart");
    await this.#steps.onStart?.();
  }

  protected override async run() {
    this.calls.push("run");
    await this.#steps.run?.(this);
  }

  override async onStop() {
    this.calls.push("onStop");
    await this.#steps.onStop?.(this);
  }
}

/**
 * What a MessageQueue is, said in the plainest way: two lists of who waits, one list of messages, looked through from the
 * start after every step. Messages are the numbers of the steps that sent them.
 */
export class SlowQueue {
  /** By the number of the step: the message got, "" where a send was taken, "closed", or nothing while it waits. */
  readonly outcomes: unknown[] = [];
  #messages: number[] = [];
  #senders: number[] = [];
  #getters: number[] = [];
  #state = "open";
  #received = 0;
  #dropped = 0;
  #maxSize: number;
  #blocking: boolean;

  constructor(maxSize: number, blocking: boolean) {
    this.#maxSize = maxSize;
    this.#blocking = blocking;
  }

  look() {
    const closed = this.#state === "closed" || (this.#state === "ended" && this.#messages.length === 0);
    return { size: this.#messages.length, received: this.#received, dropped: this.#dropped, closed };
  }

  act(action: string, value: number, step: number): void {
    this.outcomes[step] = undefined;
    const isOpen = this.#state === "open";
    const isEmpty = this.#messages.length === 0;
    if (action === "setMaxSize") this.#maxSize = value;
    else if (action === "setBlocking") this.#blocking = value === 1;
    else if (action === "end" && isOpen) {
      this.#state = "ended";
      for (const getter of this.#getters.splice(0)) this.outcomes[getter] = "closed";
    } else if (action === "close" && this.#state !== "closed") {
      this.#state = "closed";
      this.#messages = [];
      for (const waiting of [...this.#getters.splice(0), ...this.#senders.splice(0)]) this.outcomes[waiting] = "closed";
    } else if (action === "front") this.outcomes[step] = this.#messages[0] ?? "null";
    else if (action === "send" || action === "trySend") this.#send(action, step, isOpen);
    else if (action === "get") {
      if (!isOpen && isEmpty) this.outcomes[step] = "closed";
      else this.#getters.push(step);
    } else if (action === "tryGet" || action === "tryGetAll") {
      if (!isOpen && isEmpty) this.outcomes[step] = "closed";
      else this.#tryGet(action, step);
    }
    this.#settle();
  }

  #send(action: string, step: number, isOpen: boolean): void {
    if (!isOpen) this.outcomes[step] = "closed";
    else if (action === "send") this.#senders.push(step);
    else {
      this.outcomes[step] = `${this.#hasRoom()}`;
      if (this.#hasRoom()) this.#comesIn(step);
    }
  }

  #tryGet(action: string, step: number): void {
    const taken: number[] = [];
    while (this.#messages.length > 0 && (action === "tryGetAll" || taken.length === 0)) {
      taken.push(this.#messages.shift()!);
      this.#settle();
    }
    this.outcomes[step] = action === "tryGetAll" ? taken.join() : (taken[0] ?? "null");
  }

  #hasRoom(): boolean {
    const isFull = this.#messages.length >= this.#maxSize;
    return this.#getters.length > 0 || !this.#blocking || this.#maxSize === 0 || !isFull;
  }

  #comesIn(message: number): void {
    this.#received++;
    const getter = this.#getters.shift();
    if (getter !== undefined) this.outcomes[getter] = message;
    else this.#messages.push(message);
    const drops = !this.#blocking || this.#maxSize === 0;
    while (drops && this.#messages.length > this.#maxSize) {
      this.#messages.shift();
      this.#dropped++;
    }
  }

  /** Whoever waits and can go on does, until nobody can. */
  #settle(): void {
    for (;;) {
      if (this.#getters.length > 0 && this.#messages.length > 0) {
        this.outcomes[this.#getters.shift()!] = this.#messages.shift()!;
      } else if (this.#senders.length > 0 && this.#hasRoom()) {
        const sender = this.#senders.shift()!;
        this.#comesIn(sender);
        this.outcomes[sender] = "";
      } else return;
    }
  }
}

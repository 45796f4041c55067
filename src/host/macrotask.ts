type Immediate = { setImmediate?: (callback: () => void) => unknown };

/** Call back once every promise that is settled already has had its say, and timers and sockets theirs. */
export function afterMicrotasks(callback: () => void): void {
  const { setImmediate } = globalThis as Immediate;
  if (setImmediate) setImmediate(callback);
  else postToSelf(callback);
}

/** Resolves after microtasks. */
export function nextMacrotask(): Promise<void> {
  return new Promise((resolve) => afterMicrotasks(resolve));
}

/** What of a browser's is used here; Node's types have it otherwise. */
type Channel = new () => {
  readonly port1: { onmessage: (() => void) | null; close(): void };
  readonly port2: { postMessage(message: null): void };
};

/** A browser's timers wait for 4 ms where they follow one another, and for a second where the page is in the background. */
function postToSelf(callback: () => void): void {
  const { MessageChannel } = globalThis as unknown as { MessageChannel: Channel };
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    callback();
  };
  port2.postMessage(null);
}

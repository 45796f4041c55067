type Immediate = { setImmediate?: (callback: () => void) => unknown };

/** Call back once every promise that is settled already has had its say, and timers and sockets theirs. */
export function afterMicrotasks(callback: () => void): void {
  const { setImmediate } = globalThis as Immediate;
  if (setImmediate) setImmediate(callback);
  else setTimeout(callback, 0);
}

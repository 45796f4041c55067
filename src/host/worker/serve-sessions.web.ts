import type { Session } from "../host.ts";
import { createSessions } from "../session.web.ts";
import { type Answer, type Call, READY, toPlain } from "./messages.ts";
import type { CreateArgument, RunArgument, StartArgument } from "./session-calls.ts";

/** What of a worker's global object is used here: the library's types are a page's. */
type WorkerScope = {
  postMessage(message: Answer): void;
  addEventListener(type: "message", listener: (event: { readonly data: Call }) => void): void;
};

/**
 * What a worker's module is to call, and all that it has to do, for `createWebHost({ worker })` to run networks in it.
 *
 *     import { serveSessions } from "arcface-ts/web";
 *     serveSessions();
 */
export function serveSessions(): void {
  const scope = globalThis as unknown as WorkerScope;
  const sessions = new Map<number, Session>();
  let create: ReturnType<typeof createSessions> | null = null;
  let nextId = 0;

  const handlers: Readonly<Record<string, (argument: never) => Promise<unknown>>> = {
    async start({ files, ...options }: StartArgument) {
      create = createSessions({ ...options, ...(files && { readRuntime: async (file) => files[file]! }) });
    },
    async create({ model, name }: CreateArgument) {
      const session = await create!(model, name);
      sessions.set(nextId, session);
      return { id: nextId++, inputs: session.inputs, outputs: session.outputs };
    },
    run: ({ id, feeds }: RunArgument) => sessions.get(id)!.run(feeds),
    async dispose(id: number) {
      await sessions.get(id)![Symbol.asyncDispose]();
      sessions.delete(id);
    },
  };

  scope.addEventListener("message", async ({ data: { id, name, argument } }) => {
    try {
      scope.postMessage({ id, result: await handlers[name]!(argument as never) });
    } catch (error) {
      scope.postMessage({ id, error: toPlain(error) });
    }
  });
  scope.postMessage({ id: READY });
}

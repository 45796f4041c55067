import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ArcfaceError } from "../errors.ts";

/**
 * @param port 0: one that is free.
 * @param option what the caller calls the port.
 * @returns the port.
 * @throws {ArcfaceError} CONFLICT where the port is taken; INVALID_ARGUMENT where the address is none of this machine's;
 * IO where the system refuses.
 */
export function listen(server: Server, address: string, port: number, option: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(explain(error, address, port, option)));
    server.listen({ host: address, port }, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Resolves when it has let go of the port and of every connection. */
export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

function explain(cause: NodeJS.ErrnoException, address: string, port: number, option: string): ArcfaceError {
  if (cause.code === "EADDRINUSE") {
    return new ArcfaceError("CONFLICT", `live view: port ${port} of ${address} is taken by another program`, {
      hint: `end that program (another live view?), or choose a port by ${option}; 0 takes a free one`,
      cause,
    });
  }
  if (cause.code === "EADDRNOTAVAIL" || cause.code === "ENOTFOUND") {
    return new ArcfaceError("INVALID_ARGUMENT", `live view: ${address} is no address of this machine`, {
      hint: "127.0.0.1 is seen by this machine alone, 0.0.0.0 by whoever can reach it",
      cause,
    });
  }
  return new ArcfaceError("IO", `live view: cannot listen on port ${port} of ${address}: ${cause.message}`, { cause });
}

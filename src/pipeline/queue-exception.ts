import { ArcfaceError } from "../errors.ts";

/** A queue was used after it closed: how loops learn that the pipeline has ended. */
export class QueueException extends ArcfaceError {
  /** @param cause the error that ended the pipeline, where one did. */
  constructor(queue: string, cause?: Error) {
    super("CLOSED", `MessageQueue was closed: ${queue}${cause ? `, because of ${cause.message}` : ""}`, { cause });
  }
}

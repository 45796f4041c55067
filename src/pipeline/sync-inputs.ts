import type { Input } from "./input.ts";
import type { Buffer } from "./messages/buffer.ts";
import { MessageGroup } from "./messages/message-group.ts";
import { Synchronizer, type SyncOptions } from "./synchronizer.ts";

/**
 * Messages that belong together, one of each input, as they come.
 *
 * @throws {ArcfaceError} QueueException where an input that is needed has ended.
 */
export async function* syncInputs(
  inputs: ReadonlyMap<string, Input>,
  options: SyncOptions = {},
): AsyncGenerator<MessageGroup, never> {
  const sync = new Synchronizer([...inputs.keys()], options);
  while (true) {
    let together = sync.next();
    while (!together) {
      // One after the other: all of them are needed, whichever comes first.
      for (const name of sync.missing()) together = sync.add(name, await inputs.get(name)!.get()) ?? together;
    }
    yield toGroup(together);
  }
}

/** The group's timestamp and sequence number are the newest message's. */
function toGroup(together: ReadonlyMap<string, Buffer>): MessageGroup {
  const group = new MessageGroup(together);
  const newest = [...together.values()].reduce((a, b) => (b.getTimestamp() > a.getTimestamp() ? b : a));
  return group.setStampsOf(newest);
}

/**
 * How many frames wait at inputs where something that is made of each of them comes later by another way: more than
 * the nodes of that way hold together. Beyond it the oldest is dropped, so that a way which leaves frames out does not
 * hold up the one that it waits for.
 */
export const HELD_FRAMES = { blocking: false, queueSize: 32 } as const;

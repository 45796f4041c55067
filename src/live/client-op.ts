import * as z from "zod";

/** More than any client of a live view has reason to name at once. */
const MAX_ITEMS = 1000;

const uint32 = z.int().min(0).max(0xffffffff);

const clientOp = z.discriminatedUnion("op", [
  z.object({
    op: z.literal("subscribe"),
    subscriptions: z.array(z.object({ id: uint32, channelId: uint32 })).max(MAX_ITEMS),
  }),
  z.object({ op: z.literal("unsubscribe"), subscriptionIds: z.array(uint32).max(MAX_ITEMS) }),
]);

/** The JSON messages of a client that the server acts on. */
export type ClientOp = z.infer<typeof clientOp>;

/** @returns a sentence for the client where the text is no message that the server acts on. */
export function parseClientOp(text: string): ClientOp | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return "expected a JSON object with an op, got text that is no JSON";
  }
  const parsed = clientOp.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  return `expected subscribe or unsubscribe, got a message where ${path.join(".") || "the whole"} is wrong: ${message}`;
}

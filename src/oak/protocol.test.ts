import fc from "fast-check";
import { expect, test } from "vitest";
import { type BridgeMessage, encodeMessage, MessageDecoder } from "./protocol.ts";

const messages = fc.array(
  fc.record({
    header: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer())),
    body: fc.uint8Array({ maxLength: 40 }),
  }),
  { maxLength: 8 },
);

test("messages come out as they went in, however the bytes are cut (1,000 cases)", () => {
  fc.assert(
    fc.property(messages, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (sent, cuts) => {
      const all = sent.flatMap(({ header, body }) => [
        ...encodeMessage(header, [body.subarray(0, 7), body.subarray(7)]),
      ]);
      const bytes = Uint8Array.from(all);
      const decoder = new MessageDecoder();
      const got: BridgeMessage[] = [];
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const size = cuts[i % cuts.length]!;
        got.push(...decoder.push(bytes.slice(at, at + size)));
        at += size;
      }
      // JSON has no -0 and no prototypes.
      const plain = sent.map(({ header, body }) => ({ header: JSON.parse(JSON.stringify(header)), body }));
      expect(got).toEqual(plain);
    }),
    { seed: 12, numRuns: 1000 },
  );
});

test("bytes that are no message, a header that is no object and lengths beyond reason are refused", () => {
  const push = (bytes: Uint8Array) => () => new MessageDecoder().push(bytes);
  expect(push(new TextEncoder().encode("Traceback (most"))).toThrow('expected a message of the bridge, got "Trac"');
  const list = encodeMessage({});
  list.set([0x5b, 0x5d], 12);
  expect(push(list)).toThrow("a header that is no JSON object");
  expect(push(encodeMessage({}).with(7, 0xff))).toThrow(/got lengths 4278190082 and 0/);
});

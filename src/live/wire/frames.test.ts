import fc from "fast-check";
import { expect, test } from "vitest";
import {
  messageHeader,
  readMessageData,
  readServiceRequest,
  readServiceResponse,
  writeServiceRequest,
  writeServiceResponse,
} from "./frames.ts";

const uint32 = fc.nat({ max: 0xffffffff });

test("a message's header is laid out as the specification draws it", () => {
  expect([...messageHeader(0x01020304, 0x1112131415161718n)]).toEqual([
    1, 4, 3, 2, 1, 0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11,
  ]);
});

test("a service's request is laid out as the specification draws it", () => {
  const call = { serviceId: 5, callId: 258, encoding: "json", payload: new Uint8Array([123, 125]) };
  expect([...writeServiceRequest(call)]).toEqual([
    2, 5, 0, 0, 0, 2, 1, 0, 0, 4, 0, 0, 0, 0x6a, 0x73, 0x6f, 0x6e, 123, 125,
  ]);
  expect(writeServiceResponse(call)[0]).toBe(3);
});

test("frames are read as they were written", () => {
  fc.assert(
    fc.property(
      uint32,
      uint32,
      fc.bigInt(0n, 2n ** 64n - 1n),
      fc.string(),
      fc.uint8Array(),
      (a, b, time, text, payload) => {
        const message = new Uint8Array([...messageHeader(a, time), ...payload]);
        expect(readMessageData(message)).toEqual({ subscriptionId: a, timestamp: time, payload });
        const call = { serviceId: a, callId: b, encoding: text, payload };
        expect(readServiceRequest(writeServiceRequest(call))).toEqual(call);
        expect(readServiceResponse(writeServiceResponse(call))).toEqual(call);
        expect(readServiceResponse(writeServiceRequest(call))).toBeNull();
      },
    ),
    { seed: 3 },
  );
});

test("any bytes are read without an error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      for (const read of [readMessageData, readServiceRequest, readServiceResponse]) read(bytes);
    }),
    { seed: 5, numRuns: 1000 },
  );
});

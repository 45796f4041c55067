import fc from "fast-check";
import { expect, test } from "vitest";
import { ArcfaceError } from "../../errors.ts";
import { ProtoWriter } from "../descriptors.ts";
import type { MessageName } from "./message-types.ts";
import { ENUMS, MESSAGES } from "./messages.ts";
import { readMessage } from "./read-message.ts";

type Pair = { readonly written: unknown; readonly read: unknown };

const proto = new ProtoWriter();
const names = Object.keys(MESSAGES) as MessageName[];

/** Any message of that name: as it is written, and as it is to be read. */
function messages(name: MessageName, depth = 0): fc.Arbitrary<Pair> {
  const fields = Object.entries(MESSAGES[name] as Record<string, readonly [number, string]>);
  const pairs = fields.map(([, [, type]]) => {
    const item = type.replace("[]", "");
    if (type.endsWith("[]")) {
      return fc.array(values(item, depth), { maxLength: depth > 1 ? 1 : 3 }).map((items) => ({
        written: items.map(({ written }) => written),
        read: items.map(({ read }) => read),
      }));
    }
    return item in MESSAGES
      ? fc.option(values(item, depth)).map((pair) => pair ?? { written: undefined, read: undefined })
      : values(item, depth);
  });
  return fc.tuple(...pairs).map((all) => {
    const side = (key: keyof Pair) => Object.fromEntries(all.map((pair, index) => [fields[index]![0], pair[key]]));
    const written = Object.fromEntries(Object.entries(side("written")).filter(([, value]) => value !== undefined));
    return { written, read: side("read") };
  });
}

function values(type: string, depth: number): fc.Arbitrary<Pair> {
  const same = <T>(arbitrary: fc.Arbitrary<T>) => arbitrary.map((value) => ({ written: value, read: value }));
  if (type in MESSAGES) return messages(type as MessageName, depth + 1);
  if (type in ENUMS) return same(fc.nat({ max: ENUMS[type as keyof typeof ENUMS].length - 1 }));
  if (type === "int64") return fc.maxSafeInteger().map((value) => ({ written: BigInt(value), read: value }));
  if (type === "uint32") return same(fc.nat({ max: 0xffffffff }));
  if (type === "float") return same(fc.float({ noNaN: true }).filter((value) => !Object.is(value, -0)));
  if (type === "bool") return same(fc.boolean());
  if (type === "string") return same(fc.string({ unit: "binary" }));
  return same(fc.uint8Array({ maxLength: 40 }));
}

test.each(names)("%s is read as protobuf's own library wrote it", (name) => {
  fc.assert(
    fc.property(messages(name), ({ written, read }) => {
      expect(readMessage(name, proto.write(name, written as never))).toEqual(read);
    }),
    { seed: 7, numRuns: 60 },
  );
});

test("fields of a later version are passed over", () => {
  const known = proto.write("common.Point2f", { x: 3, y: 4 });
  const unknown = [
    [0xf8, 0x01, 0x96, 0x01], // 31: a number
    [0xfa, 0x01, 2, 9, 9], // 31: two bytes
    [0xfd, 0x01, 1, 2, 3, 4], // 31: a float
    [0xf9, 0x01, 1, 2, 3, 4, 5, 6, 7, 8], // 31: a double
  ].flat();
  expect(readMessage("common.Point2f", new Uint8Array([...unknown, ...known, ...unknown]))).toEqual({ x: 3, y: 4 });
});

test("bytes that are no message are an error that says so, and nothing worse", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.constantFrom(...names), (bytes, name) => {
      try {
        readMessage(name, bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(ArcfaceError);
        expect((error as ArcfaceError).code).toBe("UNSUPPORTED_FORMAT");
      }
    }),
    { seed: 11, numRuns: 2000 },
  );
});

test("a message that is cut says where", () => {
  const whole = proto.write("img_detections.ImgDetection", { labelName: "person_0" });
  expect(() => readMessage("img_detections.ImgDetection", whole.subarray(0, -1))).toThrow(
    "img_detections.ImgDetection: expected protobuf, got an end 8 bytes too early at byte 2",
  );
});

import { basename, normalize } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fileNameOf } from "./file-name.ts";

test.each([
  ["https://storage.googleapis.com/luxonis/bla/resnet18_rvc2.blob?a=33a&b=443b&last=elon", "resnet18_rvc2.blob"],
  ["https://s/arcface-lfw.rvc2.tar.xz", "arcface-lfw.rvc2.tar.xz"],
  ["https://s/x/a%20b.onnx?path=/etc/passwd", "a%20b.onnx"],
])("the file of %s is called %s, as in DepthAI", (link, name) => {
  expect(fileNameOf(link)).toBe(name);
});

test("whatever a link ends in, its file lies in the folder it is put into, or is refused", () => {
  const ending = fc.string({ unit: fc.constantFrom("a", ".", "/", "\\", "%2f", "%2e", "%5c", "\0", "?", ":", "#") });
  fc.assert(
    fc.property(ending, (text) => {
      let name: string;
      try {
        name = fileNameOf(`https://s/${text}`);
      } catch (error) {
        expect(error).toMatchObject({ code: "NETWORK" });
        return;
      }
      for (const read of [name, decodeURIComponent(name)]) expect(basename(normalize(`/in/${read}`))).toBe(read);
    }),
  );
});

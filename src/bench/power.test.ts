import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openPowerMeter } from "./power.node.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "arcface-powercap-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function zone(name: string, files: { name: string; energy: number | string; range?: number }): Promise<void> {
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, name, "name"), `${files.name}\n`);
  await writeFile(join(folder, name, "energy_uj"), `${files.energy}\n`);
  await writeFile(join(folder, name, "max_energy_range_uj"), `${files.range ?? 262_143_328_850}\n`);
}

/** A meter on the made-up folder, whose clock the test sets. */
async function open(clock: { seconds: number }) {
  const { meter, note } = await openPowerMeter({ folder, now: () => clock.seconds });
  if (!meter) throw new Error(note);
  return meter;
}

test("two packages add up; their cores, the whole board and a second view of a package do not", async () => {
  const clock = { seconds: 100 };
  await zone("intel-rapl:0", { name: "package-0", energy: 1_000_000 });
  await zone("intel-rapl:1", { name: "package-1", energy: 5_000_000 });
  await zone("intel-rapl:0:0", { name: "core", energy: 500_000 });
  await zone("intel-rapl:2", { name: "psys", energy: 500_000 });
  await zone("intel-rapl-mmio:0", { name: "package-0", energy: 500_000 });
  const meter = await open(clock);
  await meter.start();
  await zone("intel-rapl:0", { name: "package-0", energy: 21_000_000 });
  await zone("intel-rapl:1", { name: "package-1", energy: 15_000_000 });
  await zone("intel-rapl:0:0", { name: "core", energy: 900_000_000 });
  await zone("intel-rapl:2", { name: "psys", energy: 900_000_000 });
  await zone("intel-rapl-mmio:0", { name: "package-0", energy: 900_000_000 });
  clock.seconds += 2;
  expect(await meter.stop()).toBe((20 + 10) / 2);
});

test("a counter that comes round goes on from 0, as often as it is looked at", async () => {
  const clock = { seconds: 0 };
  const range = 10_000_000;
  await zone("intel-rapl:0", { name: "package-0", energy: 9_000_000, range });
  const meter = await open(clock);
  await meter.start();
  for (const energy of [4_000_000, 9_500_000, 2_000_000]) {
    await zone("intel-rapl:0", { name: "package-0", energy, range });
    await meter.sample();
  }
  clock.seconds = 10;
  // 5 + 5.5 + 2.5 joules.
  expect(await meter.stop()).toBeCloseTo(1.3, 12);
});

test("a second start counts from there", async () => {
  const clock = { seconds: 0 };
  await zone("intel-rapl:0", { name: "package-0", energy: 0 });
  const meter = await open(clock);
  await meter.start();
  await zone("intel-rapl:0", { name: "package-0", energy: 7_000_000 });
  await meter.start();
  await zone("intel-rapl:0", { name: "package-0", energy: 8_000_000 });
  clock.seconds = 1;
  expect(await meter.stop()).toBe(1);
});

test("without counters, and without the right to read them, there is a reason in place of a number", async () => {
  expect(await openPowerMeter({ folder })).toEqual({ meter: null, note: "this machine has no energy counters (RAPL)" });
  expect((await openPowerMeter({ folder: join(folder, "nowhere") })).meter).toBe(null);
  await zone("intel-rapl:0", { name: "package-0", energy: "damaged" });
  expect((await openPowerMeter({ folder })).note).toBe("the energy counters cannot be read");
  // Root, as which tests may run, may read everything: the refusal is played.
  const read = (path: string): Promise<string> =>
    path.endsWith("energy_uj") && !path.includes("max")
      ? Promise.reject(Object.assign(new Error("EACCES"), { code: "EACCES" }))
      : Promise.resolve(path.endsWith("name") ? "package-0\n" : "1000\n");
  expect(await openPowerMeter({ folder, read })).toEqual({
    meter: null,
    note: "the energy counters may be read by root only",
  });
});

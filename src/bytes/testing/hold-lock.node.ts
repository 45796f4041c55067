import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { lockFolder } from "../lock-folder.node.ts";

// A process for tests. `FOLDER hold`: says "held", and holds the lock till it is killed. `FOLDER turns`: takes it ten times,
// and fails where another one has it meanwhile.
const [folder, what] = process.argv.slice(2) as [string, string];
if (what === "hold") {
  await lockFolder(folder);
  process.stdout.write("held\n");
  setInterval(() => {}, 1000);
} else {
  const inside = join(folder, "inside");
  for (let turns = 0; turns < 10; ) {
    const lock = await lockFolder(folder).catch(() => null);
    if (!lock) continue;
    await writeFile(inside, "", { flag: "wx" });
    await delay(5);
    await rm(inside);
    await lock[Symbol.asyncDispose]();
    turns++;
    await delay(20 * Math.random());
  }
}

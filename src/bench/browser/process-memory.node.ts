import { readdir, readFile } from "node:fs/promises";

/**
 * Bytes that a process and all that it started have in memory now, without the programs' own files, which they share.
 *
 * @param wanted which of them count, by their command line.
 * @returns `null` where the system has no /proc.
 */
export async function treeMemory(root: number, wanted: (commandLine: string) => boolean): Promise<number | null> {
  const ids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
  if (ids.length === 0) return null;
  // A process may end while it is looked at: it has nothing then.
  const text = (id: number, file: string): Promise<string> => readFile(`/proc/${id}/${file}`, "utf8").catch(() => "");
  const parents = new Map<number, number>();
  // 1234 (any name) S 1000 …
  for (const id of ids) parents.set(id, Number(/\) \S (\d+)/.exec(await text(id, "stat"))?.[1] ?? 0));
  const isBelow = (id: number): boolean => id === root || (id > 1 && isBelow(parents.get(id) ?? 0));
  let bytes = 0;
  for (const id of ids) {
    if (!isBelow(id) || !wanted(await text(id, "cmdline"))) continue;
    const status = await text(id, "status");
    for (const [, kilobytes] of status.matchAll(/^Rss(?:Anon|Shmem):\s*(\d+) kB/gm)) bytes += 1024 * Number(kilobytes);
  }
  return bytes;
}

import { openSqliteStore } from "../store-sqlite.node.ts";
import { randomEmbedding } from "./embeddings.ts";

// A process for tests: enrols PREFIX-0, PREFIX-1, … with two templates each into GALLERY, removing every seventh again,
// and prints "+name" or "-name" when each is done.
const [path, prefix, count] = process.argv.slice(2);
await using store = await openSqliteStore(path!);
for (let i = 0; i < Number(count); i++) {
  const name = `${prefix}-${i}`;
  const templates = [i, 10_000 + i].map((seed) => ({
    embedding: randomEmbedding(seed),
    imageSha256: null,
    source: name,
  }));
  await store.enrol(name, "team/model@0123456789abcdef", templates);
  process.stdout.write(`+${name}\n`);
  if (i % 7 !== 6) continue;
  await store.remove(`${prefix}-${i - 3}`);
  process.stdout.write(`-${prefix}-${i - 3}\n`);
}

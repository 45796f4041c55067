// A process that pulls models into ARCFACE_CACHE, for tests that run two of them, or kill one.
// Usage: zoo-pull.ts CARDS_DIR STALE_LOCK_MS SLUG…
import { openZoo } from "../src/zoo/open-zoo.node.ts";

const [cardsDir, staleLockMs, ...slugs] = process.argv.slice(2);
const say = (event: object) => process.stdout.write(`${JSON.stringify(event)}\n`);
const zoo = openZoo({
  cardsDir: cardsDir!,
  staleLockMs: Number(staleLockMs),
  prepareVersion: "1",
  prepare: async (bytes) => ({ model: bytes.toReversed(), notes: [] }),
  onProgress: say,
  onLicence: ({ slug }) => say({ licence: slug }),
});
const models = await zoo.ensure(slugs);
say({ done: [...models].map(([slug, { model }]) => [slug, model?.length]) });

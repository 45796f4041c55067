/** A program for a test that kills it: `SOURCE OUT`. */
import { embedFolder } from "../embed-folder.node.ts";
import { fakePool } from "./fake-pool.node.ts";

const [source, out] = process.argv.slice(2) as [string, string];
await embedFolder(fakePool({ ms: 4 }), source, out, { perShard: 7 });

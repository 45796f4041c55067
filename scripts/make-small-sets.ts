/**
 * Small data sets in the layouts of the large ones, of people who have many photographs in LFW: a person's photographs are
 * the frames of their videos, and aligned crops are IJB's pictures, whose five points are then known.
 *
 *     npx tsx --conditions=arcface-source scripts/make-small-sets.ts OUT [DATA]
 *
 * OUT/ytf (aligned frames, corrected labels), OUT/ytf-raw (whole ones, the other splits file), OUT/ijbc, OUT/ijbb,
 * OUT/agedb/agedb_30.bin, OUT/calfw, OUT/cplfw; CFP is DATA/cfp_100 itself. DATA is where the research data lie.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type People, writeBin, writeCalfw, writeIjb, writeYtf } from "../src/evaluate/testing/small-sets.node.ts";

const [out, data = process.env.ARCFACE_DATA ?? "../shared/data"] = process.argv.slice(2);
if (out === undefined) throw new Error("usage: make-small-sets.ts OUT [DATA]");

const PEOPLE = 20;
const PICTURES = 6;

const photographs = peopleOf(join(data, "lfw"));
const crops = peopleOf(join(data, "lfw_aligned112"));
writeYtf(join(out, "ytf"), photographs, { frames: "aligned", columns: "corrected" });
writeYtf(join(out, "ytf-raw"), photographs, { frames: "raw", columns: "original" });
writeIjb(join(out, "ijbc"), crops);
writeIjb(join(out, "ijbb"), crops, { target: "ijbb" });
writeBin(join(out, "agedb/agedb_30.bin"), crops);
writeCalfw(join(out, "calfw"), photographs);
writeCalfw(join(out, "cplfw"), photographs, { list: "pairs_CPLFW.txt", images: "images" });
console.log(`${out}: ${PEOPLE} people, ${PICTURES} pictures each: ${Object.keys(photographs).join(", ")}`);

/** The first so many who have enough. */
function peopleOf(root: string): People {
  const names = readdirSync(root)
    .filter((name) => !name.includes("."))
    .sort();
  const people = names.map((name) => [name, readdirSync(join(root, name)).sort()] as const);
  const chosen = people.filter(([, files]) => files.length >= PICTURES).slice(0, PEOPLE);
  return Object.fromEntries(
    chosen.map(([name, files]) => [name, files.slice(0, PICTURES).map((file) => join(root, name, file))]),
  );
}

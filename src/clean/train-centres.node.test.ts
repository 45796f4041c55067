import { expect, test } from "vitest";
import { createNodeHost } from "../host/host.node.ts";
import { clusters } from "./testing/clusters.ts";
import { trainCentres } from "./train-centres.ts";
import { vote } from "./vote.ts";

// Four classes of 60, of which every fifth is of another person.
const labels = Array.from({ length: 240 }, (_, i) => i % 4);
const people = labels.map((label, i) => (Math.floor(i / 4) % 5 === 0 ? (label + 1 + (i % 3)) % 4 : label));
const labelled = { embeddings: clusters(people), labels, classes: 4 };
const host = createNodeHost();

test.each([1, 3])("%i trained centres a class tell strangers from the others", async (subCenters) => {
  const losses: number[] = [];
  const centres = await trainCentres(host, labelled, 64, {
    subCenters,
    batchSize: 40,
    onProgress: ({ loss }) => void losses.push(loss),
  });
  const { angles } = vote(labelled, centres);
  const mean = (wrong: boolean): number => {
    const own = [...angles].filter((_, i) => (people[i] !== labels[i]) === wrong);
    return own.reduce((sum, angle) => sum + angle, 0) / own.length;
  };
  expect(losses).toHaveLength(20 * 6);
  expect(mean(false)).toBeLessThan(60);
  expect(mean(true)).toBeGreaterThan(80);
});

test("a seed gives the same centres", async () => {
  const once = () => trainCentres(host, labelled, 64, { numEpoch: 2, batchSize: 40, seed: 7 });
  expect((await once()).weights).toEqual((await once()).weights);
});

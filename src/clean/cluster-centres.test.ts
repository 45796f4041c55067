import { expect, test } from "vitest";
import { clusterCentres } from "./cluster-centres.ts";
import { clusters, mixedClasses } from "./testing/clusters.ts";
import { vote } from "./vote.ts";

test("of classes mixed from three people, three centres find the one with most pictures; one centre does not", async () => {
  const mixed = mixedClasses();
  const scores = async (subCenters: number) => {
    const { angles } = vote(mixed, await clusterCentres(mixed, 64, { subCenters }));
    const wrong = mixed.people.map((person, i) => person !== mixed.labels[i]);
    const dropped = wrong.map((_, i) => angles[i]! >= 65);
    const both = wrong.filter((is, i) => is && dropped[i]).length;
    return { precision: both / dropped.filter(Boolean).length, recall: both / wrong.filter(Boolean).length };
  };
  const three = await scores(3);
  expect(three.precision).toBeGreaterThan(0.95);
  expect(three.recall).toBeGreaterThan(0.95);
  expect((await scores(1)).recall).toBeLessThan(0.7);
});

test("one centre is the mean's direction", async () => {
  const embeddings = Float32Array.of(1, 0, 0.6, 0.8);
  const { weights } = await clusterCentres({ embeddings, labels: [0, 0], classes: 1 }, 2, { subCenters: 1 });
  expect(weights[0]).toBeCloseTo(1.6 / Math.hypot(1.6, 0.8), 6);
  expect(weights[1]).toBeCloseTo(0.8 / Math.hypot(1.6, 0.8), 6);
});

test("a seed gives the same centres, whatever the other classes are", async () => {
  const embeddings = clusters([0, 0, 0, 1, 1, 1, 2, 2]);
  const labels = [0, 0, 0, 0, 1, 1, 1, 1];
  const both = await clusterCentres({ embeddings, labels, classes: 2 }, 64);
  const alone = await clusterCentres(
    { embeddings: embeddings.subarray(0, 4 * 64), labels: [0, 0, 0, 0], classes: 1 },
    64,
  );
  expect(both.weights.subarray(0, 3 * 64)).toEqual(alone.weights);
});

test("fewer pictures than centres, equal ones, and none", async () => {
  const same = Float32Array.of(1, 0, 1, 0, 1, 0);
  const found = vote(
    { embeddings: same, labels: [0, 0, 2], classes: 3 },
    await clusterCentres({ embeddings: same, labels: [0, 0, 2], classes: 3 }, 2),
  );
  expect([...found.angles]).toEqual([0, 0, 0]);
});

test("it is cancelled between classes", async () => {
  const run = clusterCentres(mixedClasses(), 64, { signal: AbortSignal.abort() });
  await expect(run).rejects.toMatchObject({ code: "CANCELLED" });
});

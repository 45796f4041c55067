/** A row of the throughput table of the model that this package is named after. */
export type PublishedThroughput = {
  readonly model: string;
  readonly platform: string;
  readonly precision: string;
  readonly inferencesPerSecond: number;
  readonly powerW: number | null;
  readonly source: string;
};

const SOURCE = "Luxonis model zoo, arcface:lfw-112x112, Throughput (2 threads; RVC4: DSP runtime, balanced mode)";

/** IResNet-100 at [1, 3, 112, 112]. */
export const PUBLISHED_THROUGHPUT: readonly PublishedThroughput[] = [
  {
    model: "luxonis/arcface:lfw-112x112",
    platform: "RVC2",
    precision: "fp16",
    inferencesPerSecond: 7.61,
    powerW: null,
    source: SOURCE,
  },
  {
    model: "luxonis/arcface:lfw-112x112",
    platform: "RVC4",
    precision: "fp16",
    inferencesPerSecond: 110.98,
    powerW: 6.91,
    source: SOURCE,
  },
];

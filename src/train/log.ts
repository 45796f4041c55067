/** One line of a run's log: the mean since the line before. */
export type LogEntry = {
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly lr: number;
  /** Images a second: waiting for data included, validations and checkpoints not. */
  readonly speed: number;
  /** Of the backbone's gradients before clipping; the largest. */
  readonly gradientNorm: number | null;
};

export type Validation = {
  readonly step: number;
  /** LFW, or a folder's name. */
  readonly target: string;
  /** Percent, and its deviation over folds. */
  readonly accuracy: number;
  readonly deviation: number;
};

/** What a run's steps leave. */
export type StepsRun = {
  readonly log: readonly LogEntry[];
  readonly validations: readonly Validation[];
  /** Paths: of the last checkpoint that was written, and of the drawing of the log. */
  readonly checkpoint: string;
  readonly curves: string;
};

/** As InsightFace's training prints it. @param hours still to go. */
export function logLine({ step, epoch, loss, lr, speed }: LogEntry, hours: number): string {
  return [
    `Speed ${speed.toFixed(2)} samples/sec`,
    `Loss ${loss.toFixed(4)}`,
    `LearningRate ${lr.toFixed(6)}`,
    `Epoch: ${epoch}`,
    `Global Step: ${step}`,
    `Required: ${hours.toFixed(1)} hours`,
  ].join("   ");
}

/** As InsightFace's: `[lfw][2000]Accuracy-Flip: 0.99500+-0.00300`. */
export function validationLine({ step, target, accuracy, deviation }: Validation): string {
  return `[${target}][${step}]Accuracy-Flip: ${(accuracy / 100).toFixed(5)}+-${(deviation / 100).toFixed(5)}`;
}

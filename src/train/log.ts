/** One line of a run's log: the mean since the line before. */
export type LogEntry = {
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly lr: number;
  /** Images a second: waiting for data included, validations and checkpoints not. */
  readonly speed: number;
  /**
   * The loader apart: images a second that its threads make when they do nothing else, and the share of the time, 0 to 1,
   * that steps waited for it.
   */
  readonly loader?: { readonly speed: number; readonly waiting: number };
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
    `Required: ${hours.toFixed(0)} hours`,
  ].join("   ");
}

/**
 * As InsightFace's, two lines: `[lfw][2000]Accuracy-Flip: 0.99500+-0.00300`, `[lfw][2000]Accuracy-Highest: 0.99517`.
 *
 * @param highest of the target's validations so far, percent.
 */
export function validationLines({ step, target, accuracy, deviation }: Validation, highest: number): string {
  const share = (percent: number): string => (percent / 100).toFixed(5);
  const start = `[${target}][${step}]Accuracy-`;
  return `${start}Flip: ${share(accuracy)}+-${share(deviation)}\n${start}Highest: ${share(highest)}`;
}

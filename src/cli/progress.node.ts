import { Presets, SingleBar } from "cli-progress";

/** Shows how far long work has come: a bar on a terminal, now and then a line elsewhere, nothing when quiet. */
export interface Progress {
  /**
   * @param total 0 where it is not known yet.
   * @param pace how fast it goes and when it ends, for what says it better than the bar's guess.
   */
  update(title: string, done: number, total: number, pace?: string | undefined): void;
  /** Take the bar away: call before anything else is printed. */
  stop(): void;
}

/** Lines elsewhere than on a terminal: at most one in so many seconds for each title. */
const LINE_EVERY_MS = 10_000;

export function createProgress(stream: NodeJS.WriteStream, quiet: boolean): Progress {
  if (quiet) return { update() {}, stop() {} };
  return stream.isTTY ? barProgress(stream) : lineProgress(stream);
}

function barProgress(stream: NodeJS.WriteStream): Progress {
  let bar: SingleBar | null = null;
  let current = "";
  const finished = new Set<string>();
  const stop = (): void => {
    bar?.stop();
    bar = null;
    current = "";
  };
  return {
    update(title, done, total, pace) {
      if (finished.has(title)) return;
      if (total > 0 && done >= total) {
        finished.add(title);
        stop();
        return;
      }
      if (title !== current) {
        stop();
        bar = new SingleBar(
          {
            stream,
            format: `${title} {bar} {percentage}% | {value}/{total} | ${pace === undefined ? "{eta_formatted} left" : "{pace}"}`,
            clearOnComplete: true,
            hideCursor: true,
          },
          Presets.shades_classic,
        );
        bar.start(total, done, { pace });
        current = title;
      }
      bar?.setTotal(total);
      bar?.update(done, { pace });
    },
    stop,
  };
}

function lineProgress(stream: NodeJS.WriteStream): Progress {
  const last = new Map<string, number>();
  const finished = new Set<string>();
  return {
    update(title, done, total, pace) {
      if (finished.has(title)) return;
      const isEnd = total > 0 && done >= total;
      if (!isEnd && Date.now() - (last.get(title) ?? Number.NEGATIVE_INFINITY) < LINE_EVERY_MS) return;
      if (isEnd) finished.add(title);
      last.set(title, Date.now());
      stream.write(`${title}: ${done}${total > 0 ? ` of ${total}` : ""}${pace === undefined ? "" : `, ${pace}`}\n`);
    },
    stop() {},
  };
}

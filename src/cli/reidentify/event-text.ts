import type { LabelledEvent } from "../../pipeline/nodes/identification.ts";

/** When something in a video happened: in a file counted from its start, before a camera by the clock. */
export type EventTime = { readonly seconds: number } | { readonly time: string };

/** One line of JSON an event. */
export type EventRecord = EventTime & { readonly event: LabelledEvent["type"]; readonly label: string } & Record<
    string,
    unknown
  >;

/** Turns times of a pipeline's clock into times that mean something to people. */
export type ToTime = (clockMs: number) => EventTime;

/** @param startMs when the file's first frame was, by the pipeline's clock. */
export function fileTime(startMs: number): ToTime {
  return (clockMs) => ({ seconds: Math.round(clockMs - startMs) / 1000 });
}

/** @param clockNowMs,wallNowMs the same moment by both clocks. */
export function wallTime(clockNowMs: number, wallNowMs: number): ToTime {
  return (clockMs) => ({ time: new Date(wallNowMs + clockMs - clockNowMs).toISOString() });
}

export function toRecord(event: LabelledEvent, toTime: ToTime): EventRecord {
  const { type, label, person, atMs, ...rest } = event;
  const at = toTime(atMs);
  const head = { ...at, event: type, label, person } as const;
  if ("arrivedMs" in rest)
    return { ...head, visit: rest.visit, stayedSeconds: Math.round(atMs - rest.arrivedMs) / 1000 };
  if ("decidedMs" in rest)
    return { ...head, visit: rest.visit, decidedSeconds: Math.round(rest.decidedMs - atMs) / 1000 };
  return { ...head, ...rest };
}

/** `  4.2 s  Anna arrived` */
export function eventText(record: EventRecord): string {
  const when = "seconds" in record ? `${Number(record.seconds).toFixed(1).padStart(6)} s` : String(record.time);
  return `${when}  ${WORDS[record.event](record)}`;
}

const WORDS: Readonly<Record<LabelledEvent["type"], (record: EventRecord) => string>> = {
  arrived: ({ label }) => `${label} arrived`,
  identified: ({ label, person }) => `person_${person} is ${label}`,
  merged: ({ label, from }) => `person_${from} is ${label} too`,
  left: ({ label, stayedSeconds }) => `${label} left, after ${Number(stayedSeconds).toFixed(1)} s`,
};

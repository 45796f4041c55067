import { afterMicrotasks } from "../host/macrotask.ts";
import type { Activity, Driver } from "./activity.ts";
import { type Clock, sleepOn } from "./clock.ts";

type Alarm = { readonly time: number; readonly order: number; callback(): void };

/**
 * A time that does not pass by itself: it jumps to the next moment that a node of its pipeline waits for, whenever all
 * of them wait and no message is under way. Work takes no time, then, and what happens is the same in every run.
 *
 * It belongs to one pipeline, and `sleep` to that pipeline's nodes: a program that sleeps on it is taken for one of them.
 */
export class VirtualClock implements Clock, Driver {
  #now: number;
  #order = 0;
  #activity: Activity | null = null;
  #released = false;
  readonly #alarms = new Set<Alarm>();

  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, callback: () => void): () => void {
    if (this.#released) afterMicrotasks(callback);
    const alarm = { time: this.#now + Math.max(0, milliseconds), order: this.#order++, callback };
    if (!this.#released) this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    const slept = sleepOn(this, milliseconds, signal);
    return this.#activity ? this.#activity.whileWaiting(slept) : slept;
  }

  /** Called by a replay before anything runs: the time at which its recording began. */
  startAt(time: number): void {
    this.#now = time;
  }

  /** Called by the pipeline whose loops move it. */
  attach(activity: Activity): void {
    this.#activity = activity;
    activity.takeTurns(this);
  }

  /** To the next moment that somebody waits for. */
  advance(): boolean {
    let next: Alarm | null = null;
    for (const alarm of this.#alarms) {
      if (!next || alarm.time < next.time || (alarm.time === next.time && alarm.order < next.order)) next = alarm;
    }
    if (!next || next.time === Infinity) return false;
    this.#alarms.delete(next);
    this.#now = Math.max(this.#now, next.time);
    next.callback();
    return true;
  }

  /** Time has no meaning any more: every sleep ends now. */
  release(): void {
    this.#released = true;
    const alarms = [...this.#alarms];
    this.#alarms.clear();
    for (const { callback } of alarms) callback();
  }
}

/** @param start what `now` says at first, milliseconds; a replay sets it to its recording's. */
export function createVirtualClock({ start = 0 }: { readonly start?: number } = {}): VirtualClock {
  return new VirtualClock(start);
}

// Sums of counts, and rows that go on while the current hour does. Pure.
import type { Granularity } from "../numbers";
import { endOf, startOf } from "../periods";
import { counters, type Counts, type Row } from "../wire";

export const nothing: Counts = Object.fromEntries(counters.map((name) => [name, 0])) as Counts;

/** Of the peaks, the higher one counts. */
export function add(a: Counts, b: Counts): Counts {
  const sum = (name: keyof Counts) =>
    name === "peakConcurrentViewers" ? Math.max(a[name], b[name]) : a[name] + b[name];
  return Object.fromEntries(counters.map((name) => [name, sum(name)])) as Counts;
}

export const total = (rows: readonly Counts[]): Counts => rows.reduce(add, nothing);

export const isNothing = (counts: Counts): boolean => counters.every((name) => counts[name] === 0);

/** What is over of today and of this month: all hours and days before the hour that runs. */
export interface SoFar {
  readonly hourAt: number;
  readonly today: Counts;
  readonly month: Counts;
}

/** This hour so far, as the live channel tells it. */
export interface Hour {
  readonly at: number;
  readonly counts: Counts;
}

/** Messages a second in this hour until `at`; undefined where they are too few to be more than 0.1. */
export function averageOf({ at: since, counts }: Hour, at: number): number | undefined {
  const average = counts.pubSubMessageCount / Math.max(1, (at - since) / 1000);
  return average < 0.1 ? undefined : average;
}

/** This month as it is now, as far as that is known to the unit. */
export function monthOf(hour: Hour | undefined, soFar: SoFar | undefined): Counts | undefined {
  return hour && soFar?.hourAt === hour.at ? add(soFar.month, hour.counts) : undefined;
}

/** The rows with the current one as it is now: what was over before this hour, and this hour so far. */
export function goOn(
  rows: readonly Row[],
  granularity: Granularity,
  hour: Hour | undefined,
  soFar: SoFar | undefined,
): readonly Row[] {
  const before = granularity === "hour" ? nothing : granularity === "day" ? soFar?.today : soFar?.month;
  if (!hour || !before || (granularity !== "hour" && soFar?.hourAt !== hour.at)) return rows;
  const at = startOf(hour.at, granularity);
  const place = rows.findIndex((row) => row.at === at && hour.at < endOf(row.at, granularity));
  if (place < 0) return rows;
  return rows.with(place, { at, ...add(before, hour.counts) });
}

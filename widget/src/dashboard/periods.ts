// What time is looked at: ranges, and how they fall into hours, days and months of UTC. Pure; the clock is an argument.
import type { Granularity } from "./numbers";

export const granularities = ["hour", "day", "month"] as const satisfies readonly Granularity[];

export const rangeNames = ["today", "yesterday", "7d", "30d", "90d", "12m"] as const;
export type RangeName = (typeof rangeNames)[number] | "own";

/** A time: `until` is not part of it. Epoch ms, both at the start of a day. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

export const dayMs = 86_400_000;
export const hourMs = 3_600_000;
/** The server gives no more than 2000 rows; what nobody can tell apart on a chart is not asked for either. */
const rowsMax = 800;
/** Nothing was counted before there was anything to count. */
const oldest = Date.UTC(2020, 0, 1);

export function startOf(at: number, granularity: Granularity): number {
  const date = new Date(at);
  const day = granularity === "month" ? 1 : date.getUTCDate();
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), day, granularity === "hour" ? date.getUTCHours() : 0);
}

export function endOf(at: number, granularity: Granularity): number {
  const date = new Date(at);
  if (granularity === "month") return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
  return startOf(at, granularity) + (granularity === "day" ? dayMs : hourMs);
}

/** The time that a name stands for; the day or month that is not over counts as one of them. */
export function spanOf(name: Exclude<RangeName, "own">, now: number): Span {
  const today = startOf(now, "day");
  const tomorrow = today + dayMs;
  if (name === "yesterday") return { from: today - dayMs, until: today };
  if (name === "12m") {
    const date = new Date(now);
    return { from: Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - 11), until: endOf(now, "month") };
  }
  const days = name === "today" ? 1 : Number.parseInt(name);
  return { from: tomorrow - days * dayMs, until: tomorrow };
}

/** Reads days as `<input type=date>` writes them, the last one included; what is no range gives undefined. */
export function readSpan(first: string, last: string, now: number): Span | undefined {
  const [from, to] = [first, last].map((text) => {
    const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : NaN;
    // 31 February is read as 3 March.
    return at === at && writeDay(at) === text ? at : NaN;
  });
  if (from === undefined || to === undefined || !(from <= to) || from < oldest) return undefined;
  return to < endOf(now, "day") ? { from, until: to + dayMs } : undefined;
}

export const writeDay = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Whether a chart by this granularity says something: more than a bar, and fewer than can be told apart. */
export function isFitting(span: Span, granularity: Granularity): boolean {
  const lengthMs = span.until - span.from;
  if (granularity === "hour") return lengthMs / hourMs <= rowsMax;
  if (granularity === "day") return lengthMs >= 2 * dayMs && lengthMs / dayMs <= rowsMax;
  return endOf(span.from, "month") < span.until;
}

/** The granularity that was chosen, or else the one that suits the time best. */
export function fit(span: Span, chosen: Granularity | undefined): Granularity {
  if (chosen && isFitting(span, chosen)) return chosen;
  const days = (span.until - span.from) / dayMs;
  return days <= 2 ? "hour" : days <= 100 ? "day" : "month";
}

/**
 * At which of the rows the axis has a label: at even steps that people count in, as many as there is room for.
 *
 * Hours at every 1, 2, 3, 4, 6, 12 of the clock, over several days at midnights; days counted back from the last;
 * months all, or every second, third …. The last `spare` rows have none.
 */
export function ticksOf(starts: readonly number[], granularity: Granularity, most: number, spare = 0): number[] {
  const all = starts.map((_, index) => index).slice(0, Math.max(1, starts.length - spare));
  if (granularity === "hour" && starts.length <= 48) {
    const step = [1, 2, 3, 4, 6, 12].find((hours) => starts.length / hours <= most) ?? 24;
    return all.filter((index) => ((starts[index] ?? 0) / hourMs) % step === 0);
  }
  const candidates = granularity === "hour" ? all.filter((index) => (starts[index] ?? 0) % dayMs === 0) : all;
  const steps = granularity === "month" ? [1, 2, 3, 6, 12] : [1, 2, 7, 14, 28, 56, 91];
  const step = steps.find((each) => candidates.length / each <= most) ?? candidates.length;
  const last = candidates.length - 1;
  return candidates.filter((_, place) => (last - place) % step === 0);
}

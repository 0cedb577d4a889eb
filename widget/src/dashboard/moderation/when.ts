// How long ago something was, and at what time of the reader's own day.
import { localeOf } from "../numbers";
import type { Tag } from "../words";

const steps = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

/** “now”, “2 min. ago”, “yesterday”; after a week, the date. */
export function ago(at: number, now: number, tag: Tag): string {
  const gone = now - at;
  if (gone >= 7 * 86_400_000) return day(at, tag);
  const [unit, ms] = steps.find(([, each]) => gone >= each) ?? ["second", Infinity];
  return new Intl.RelativeTimeFormat(tag, { style: "short", numeric: "auto" }).format(
    -Math.floor(gone / ms) || 0,
    unit,
  );
}

/** The day, for what is long ago or far ahead. */
export const day = (at: number, tag: Tag): string =>
  new Intl.DateTimeFormat(localeOf(tag), { day: "numeric", month: "short", year: "numeric" }).format(at);

/** Day and time, for a history. */
export const moment = (at: number, tag: Tag): string =>
  new Intl.DateTimeFormat(localeOf(tag), {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(at);

/** What the reader's own clock is by at that time, such as GMT+2. */
export const zoneOf = (at: number, tag: Tag): string =>
  new Intl.DateTimeFormat(localeOf(tag), { timeZoneName: "short" })
    .formatToParts(at)
    .find(({ type }) => type === "timeZoneName")?.value ?? "";

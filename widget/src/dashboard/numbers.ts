// Writes numbers for people, by Intl: counts, bytes, rates, durations, times. All times are UTC, as the server counts.
import type { Tag } from "./words";

export type Granularity = "hour" | "day" | "month";

/** A number and its unit, apart, so that the unit can be smaller. */
export interface Measure {
  readonly value: string;
  readonly unit: string;
}

/** What writes numbers in one language. */
export interface Numbers {
  /** 48,210 */
  count(n: number): string;
  /** 17.2M, 100k: for axes and where there is little room. */
  short(n: number): string;
  /** 163 MB */
  bytes(n: number): string;
  /** 3.5 and kB/s */
  byteRate(n: number): Measure;
  /** 8.6: what happens in a second. */
  rate(n: number): string;
  /** 29 % */
  percent(part: number): string;
  /** 3 ms, 14 min, 2.5 h: how long something took. */
  duration(ms: number): string;
  /** 15:00: for axes, where it is said elsewhere that all is UTC. */
  clock(at: number): string;
  /** 15:00 UTC */
  time(at: number): string;
  /** 20 Nov */
  day(at: number): string;
  /** November 2026 */
  month(at: number): string;
  /** Nov */
  shortMonth(at: number): string;
  /** 15:00–16:00 UTC · Friday, 20 November · November 2026: a whole period, as a heading. */
  period(at: number, granularity: Granularity, withDay?: boolean): string;
  /** 1 – 20 Nov 2026 */
  range(from: number, until: number): string;
}

const byteUnits = { en: ["B", "kB", "MB", "GB", "TB", "PB"], uk: ["Б", "кБ", "МБ", "ГБ", "ТБ", "ПБ"] } as const;
const perSecond = { en: "/s", uk: "/с" } as const;
const utc = "\u00a0UTC";
const steps = 5;
const hourMs = 3_600_000;

/** In steps of 1000, as those who sell networks and disks count. */
function scaleBytes(n: number): [scaled: number, step: number] {
  let step = 0;
  // What would be written as 1,000 kB is 1 MB.
  while (n >= 999.5 && step < steps) {
    n /= 1000;
    step++;
  }
  return [n, step];
}

const digits = (n: number) => (n !== 0 && n < 9.95 ? 1 : 0);

/** Day before month, and hours of 24, whatever the region: the server's reports are alike for all. */
export const localeOf = (tag: Tag): string => (tag === "en" ? "en-GB" : tag);

export function numbersOf(tag: Tag): Numbers {
  const locale = localeOf(tag);
  const plain = new Intl.NumberFormat(tag, { maximumFractionDigits: 0 });
  const tenths = new Intl.NumberFormat(tag, { maximumFractionDigits: 1 });
  const byDigits = (n: number) => (digits(n) ? tenths : plain).format(n);
  const compact = new Intl.NumberFormat(tag, { notation: "compact", maximumFractionDigits: 1 });
  const percents = new Intl.NumberFormat(tag, { style: "percent", maximumFractionDigits: 0 });
  const dates = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...options });
  const clocks = dates({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const days = dates({ day: "numeric", month: "short" });
  const longDays = dates({ weekday: "long", day: "numeric", month: "long" });
  const months = dates({ month: "long", year: "numeric" });
  const shortMonths = dates({ month: "short" });
  const spans = dates({ day: "numeric", month: "short", year: "numeric" });

  const unit = (n: number, name: string, fraction = digits(n)) =>
    new Intl.NumberFormat(tag, { style: "unit", unit: name, unitDisplay: "short", maximumFractionDigits: fraction });

  const bytes = (n: number): Measure => {
    const [scaled, step] = scaleBytes(n);
    const value = step ? byDigits(scaled) : plain.format(scaled);
    return { value, unit: byteUnits[tag][step] ?? "" };
  };

  const capital = (text: string) => text.charAt(0).toLocaleUpperCase(tag) + text.slice(1);

  const numbers: Numbers = {
    count: (n) => plain.format(n),
    short: (n) => compact.format(n).replace(/K$/, "k"),
    bytes(n) {
      const { value, unit } = bytes(n);
      return `${value}\u00a0${unit}`;
    },
    byteRate(n) {
      const { value, unit } = bytes(n);
      return { value, unit: unit + perSecond[tag] };
    },
    rate: byDigits,
    percent: (part) => percents.format(part),
    duration(ms) {
      const [scaled, name] =
        ms < 999.5
          ? [ms, "millisecond"]
          : ms < 59_500
            ? [ms / 1000, "second"]
            : ms < 3_570_000
              ? [ms / 60_000, "minute"]
              : ms < 48 * hourMs
                ? [ms / hourMs, "hour"]
                : [ms / (24 * hourMs), "day"];
      const fraction = name === "hour" || name === "day" ? digits(scaled) : 0;
      return unit(scaled, name as string, fraction).format(scaled);
    },
    clock: (at) => clocks.format(at),
    time: (at) => clocks.format(at) + utc,
    day: (at) => days.format(at),
    month: (at) => capital(months.format(at)),
    shortMonth: (at) => shortMonths.format(at),
    period(at, granularity, withDay = false) {
      if (granularity === "month") return numbers.month(at);
      if (granularity === "day") return capital(longDays.format(at));
      const hours = `${clocks.format(at)}–${clocks.format(at + hourMs)}${utc}`;
      return withDay ? `${days.format(at)}, ${hours}` : hours;
    },
    range: (from, until) => spans.formatRange(from, until - 1),
  };
  return numbers;
}

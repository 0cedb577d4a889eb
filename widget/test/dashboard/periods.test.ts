import { describe, expect, test } from "vitest";
import {
  dayMs, endOf, fit, hourMs, isFitting, readSpan, spanOf, startOf, ticksOf, writeDay,
} from "../../src/dashboard/periods"; // prettier-ignore

const now = Date.UTC(2026, 2, 29, 13, 37, 12, 5);
const day = (text: string) => Date.parse(text);

describe("periods", () => {
  test("begin and end where UTC's hours, days and months do", () => {
    expect(startOf(now, "hour")).toBe(Date.UTC(2026, 2, 29, 13));
    expect(startOf(now, "day")).toBe(day("2026-03-29"));
    expect(startOf(now, "month")).toBe(day("2026-03-01"));
    expect(endOf(now, "hour")).toBe(Date.UTC(2026, 2, 29, 14));
    expect(endOf(Date.UTC(2026, 11, 31, 23), "month")).toBe(day("2027-01-01"));
    expect(endOf(Date.UTC(2028, 1, 1), "month")).toBe(day("2028-03-01"));
  });

  test("that have a name hold the day that is not over", () => {
    expect(spanOf("today", now)).toEqual({ from: day("2026-03-29"), until: day("2026-03-30") });
    expect(spanOf("yesterday", now)).toEqual({ from: day("2026-03-28"), until: day("2026-03-29") });
    expect(spanOf("7d", now)).toEqual({ from: day("2026-03-23"), until: day("2026-03-30") });
    expect(spanOf("12m", now)).toEqual({ from: day("2025-04-01"), until: day("2026-04-01") });
  });

  test("of the first ms of a month are twelve months, too", () => {
    expect(spanOf("12m", day("2026-01-01"))).toEqual({ from: day("2025-02-01"), until: day("2026-02-01") });
  });
});

describe("own dates", () => {
  test("hold their last day", () => {
    expect(readSpan("2026-03-01", "2026-03-01", now)).toEqual({ from: day("2026-03-01"), until: day("2026-03-02") });
    expect(writeDay(now)).toBe("2026-03-29");
  });

  test.each([
    ["2026-03-02", "2026-03-01"], ["2026-03-01", "2026-03-30"], ["", "2026-03-01"], ["2026-13-01", "2026-03-01"],
    ["1970-01-01", "2026-03-01"], ["2026-03-01", "yesterday"], ["2026-3-1", "2026-03-02"],
  ])("%s to %s are none", (first, last) => expect(readSpan(first, last, now)).toBeUndefined()); // prettier-ignore
});

describe("steps", () => {
  test("are hours for a day or two, days for a season, months for a year, where nothing is chosen", () => {
    expect(["today", "7d", "90d", "12m"].map((name) => fit(spanOf(name as "today", now), undefined))).toEqual([
      "hour", "day", "day", "month",
    ]); // prettier-ignore
  });

  test("that were chosen stay where they say something", () => {
    expect(fit(spanOf("7d", now), "hour")).toBe("hour");
    expect(fit(spanOf("12m", now), "hour")).toBe("month");
    expect(fit(spanOf("today", now), "day")).toBe("hour");
    expect(isFitting(spanOf("30d", now), "month")).toBe(true);
    expect(isFitting(spanOf("today", now), "month")).toBe(false);
  });
});

describe("labels", () => {
  const hours = (count: number, from = day("2026-03-29")) => Array.from({ length: count }, (_, n) => from + n * hourMs);
  const days = (count: number) => Array.from({ length: count }, (_, n) => day("2026-03-01") + n * dayMs);

  test("of a day stand at round hours, as many as have room", () => {
    expect(ticksOf(hours(24), "hour", 7)).toEqual([0, 4, 8, 12, 16, 20]);
    expect(ticksOf(hours(24), "hour", 24)).toHaveLength(24);
    expect(ticksOf(hours(24), "hour", 2)).toEqual([0, 12]);
  });

  test("of a week by hours stand at midnights", () => {
    expect(ticksOf(hours(168), "hour", 10)).toEqual([0, 24, 48, 72, 96, 120, 144]);
  });

  test("of days are counted in weeks, back from the last that has room", () => {
    expect(ticksOf(days(30), "day", 6)).toEqual([1, 8, 15, 22, 29]);
    expect(ticksOf(days(30), "day", 6, 1)).toEqual([0, 7, 14, 21, 28]);
  });

  test("are there for a single row, and for none", () => {
    expect(ticksOf(days(1), "day", 4, 3)).toEqual([0]);
    expect(ticksOf([], "month", 4, 3)).toEqual([]);
  });
});

import { describe, expect, test } from "vitest";
import { changeOf, peakOf, seriesOf, split, sumOf } from "../../src/dashboard/charts/series";
import {
  add,
  averageOf,
  goOn,
  monthOf,
  nothing,
  total,
  type Hour,
  type SoFar,
} from "../../src/dashboard/overview/counts";

const some = (messages: number, peak = 0) => ({
  ...nothing,
  pubSubMessageCount: messages,
  peakConcurrentViewers: peak,
});
const at = (text: string) => Date.parse(text);
const row = (text: string, messages: number, peak = 0) => ({ at: at(text), ...some(messages, peak) });

describe("sums", () => {
  test("add what was counted, and take the higher peak", () => {
    expect(add(some(2, 9), some(3, 4))).toEqual(some(5, 9));
    expect(total([])).toEqual(nothing);
  });
});

describe("the current period goes on with the hour", () => {
  const hour: Hour = { at: at("2026-03-02T13:00Z"), counts: some(5, 8) };
  const soFar: SoFar = { hourAt: hour.at, today: some(100, 3), month: some(1_000, 20) };

  test("the hour itself is as it is told", () => {
    const rows = [row("2026-03-02T12:00Z", 9), row("2026-03-02T13:00Z", 1)];
    expect(goOn(rows, "hour", hour, undefined)[1]).toEqual(row("2026-03-02T13:00Z", 5, 8));
  });

  test("a day and a month are what is over of them, and the hour", () => {
    expect(goOn([row("2026-03-02", 50)], "day", hour, soFar)).toEqual([row("2026-03-02", 105, 8)]);
    expect(goOn([row("2026-03-01", 50)], "month", hour, soFar)).toEqual([row("2026-03-01", 1_005, 20)]);
  });

  test("so does the month as a whole", () => {
    expect(monthOf(hour, soFar)).toEqual(some(1_005, 20));
    expect(monthOf({ ...hour, at: hour.at + 3_600_000 }, soFar)).toBeUndefined();
  });

  test("few messages are no rate of nothing", () => {
    expect(averageOf({ ...hour, counts: some(63) }, hour.at + 3_599_000)).toBeUndefined();
    expect(averageOf({ ...hour, counts: some(720) }, hour.at + 3_600_000)).toBe(0.2);
    expect(averageOf({ ...hour, counts: some(3) }, hour.at)).toBe(3);
  });

  test("nothing is made up: of another hour, of no hour, of another time", () => {
    const rows = [row("2026-03-02", 50)];
    expect(goOn(rows, "day", hour, { ...soFar, hourAt: hour.at - 3_600_000 })).toBe(rows);
    expect(goOn(rows, "day", undefined, soFar)).toBe(rows);
    expect(goOn(rows, "day", hour, undefined)).toBe(rows);
    const old = [row("2026-02-02", 50)];
    expect(goOn(old, "day", hour, soFar)).toBe(old);
  });
});

describe("a series", () => {
  const rows = ["T00:00Z", "T01:00Z", "T02:00Z", "T03:00Z"].map((time, index) =>
    row(`2026-03-02${time}`, 10 * index + 10),
  );
  const read = (each: (typeof rows)[number]) => each.pubSubMessageCount;
  const series = seriesOf("hour", rows, rows, read, at("2026-03-02T02:30Z"));

  test("knows what is over, what is not, and what has not begun", () => {
    expect(series.values).toEqual([10, 20, 30, null]);
    expect(series.open).toBe(2);
    expect(split(series, false)).toEqual([
      [10, 20, null, null],
      [null, null, 30, null],
    ]);
    expect(split(series, true)[1]).toEqual([null, 20, 30, null]);
  });

  test("that is over has nothing open", () => {
    expect(seriesOf("hour", rows, undefined, read, at("2026-03-03T00:00Z")).open).toBe(-1);
  });

  test("is compared with the same part of the time before, and says how much that part is", () => {
    const now = at("2026-03-02T02:30Z");
    const beforeOf = (messages: number) => rows.map((each) => ({ ...each, pubSubMessageCount: messages }));
    expect(changeOf(seriesOf("hour", rows, beforeOf(10), read, now))).toEqual({ over: 30, part: 0.5 });
    expect(changeOf(seriesOf("hour", rows, undefined, read, 0))).toBeUndefined();
  });

  test("is compared with nothing and with a few not at all", () => {
    for (const messages of [0, 2]) {
      const before = rows.map((each) => ({ ...each, pubSubMessageCount: messages }));
      expect(changeOf(seriesOf("hour", rows, before, read, Infinity))).toBeUndefined();
    }
  });

  test("has a sum and a highest place, if any", () => {
    expect(sumOf(series.values)).toBe(60);
    expect(peakOf(series.values)).toBe(2);
    expect(peakOf([0, null, 0])).toBe(-1);
  });
});

import { expect, test } from "vitest";
import { numbersOf } from "../../src/dashboard/numbers";

const en = numbersOf("en");
const uk = numbersOf("uk");
const spaces = (text: string) => text.replace(/[\u00a0\u202f\u2009]/g, " ");
const friday = Date.UTC(2026, 10, 20, 15);

test("bytes go in steps of 1000, and what rounds to a thousand is one of the next unit", () => {
  const sizes = [0, 999, 1000, 999_499, 999_500, 163_000_000, 6_900_000_000, 1e15, 1e19];
  expect(sizes.map(en.bytes).map(spaces)).toEqual([
    "0 B", "999 B", "1 kB", "999 kB", "1 MB", "163 MB", "6.9 GB", "1 PB", "10,000 PB",
  ]); // prettier-ignore
  expect(spaces(uk.bytes(6_900_000_000))).toBe("6,9 ГБ");
});

test("a rate of bytes comes as number and unit apart", () => {
  expect(en.byteRate(3_500)).toEqual({ value: "3.5", unit: "kB/s" });
  expect(uk.byteRate(0)).toEqual({ value: "0", unit: "Б/с" });
});

test("small rates keep one digit behind the point, large ones none", () => {
  expect([0, 0.04, 8.6, 9.94, 9.96, 1284.4].map(en.rate)).toEqual(["0", "0", "8.6", "9.9", "10", "1,284"]);
});

test("durations are said in the unit that fits", () => {
  const durations = [3, 999, 1000, 59_499, 59_500, 784_362, 9_000_000, 48 * 3_600_000];
  expect(durations.map(en.duration)).toEqual([
    "3 ms", "999 ms", "1 sec", "59 sec", "1 min", "13 min", "2.5 hr", "2 days",
  ]); // prettier-ignore
});

test("times are those of UTC, wherever the reader is", () => {
  expect(en.clock(friday)).toBe("15:00");
  expect(en.time(friday)).toBe("15:00 UTC");
  expect(en.period(friday, "hour")).toBe("15:00–16:00 UTC");
  expect(en.period(Date.UTC(2026, 10, 20, 23), "hour", true)).toBe("20 Nov, 23:00–00:00 UTC");
  expect(en.period(friday, "day")).toMatch(/^Friday,? 20 November$/);
  expect(en.period(friday, "month")).toBe("November 2026");
  expect(uk.period(friday, "month")).toMatch(/^Листопад 2026/);
});

test("a range ends on its last day, not on the one after", () => {
  expect(en.range(Date.UTC(2026, 10, 1), Date.UTC(2026, 10, 21)).replaceAll(/\s/g, " ")).toMatch(/^1 ?– ?20 Nov 2026$/);
});

import { expect, test } from "vitest";
import { backoffMs } from "../src/core/backoff";

test("the ceiling doubles from half a second up to 20 s and stays there for ever", () => {
  const ceilings = [0, 1, 2, 5, 6, 50, 5000].map((attempt) => backoffMs(attempt, 1));
  expect(ceilings).toEqual([500, 1000, 2000, 16_000, 20_000, 20_000, 20_000]);
});

test("jitter is full: chance decides between nothing and the ceiling", () => {
  expect(backoffMs(3, 0)).toBe(0);
  expect(backoffMs(3, 0.25)).toBe(1000);
});

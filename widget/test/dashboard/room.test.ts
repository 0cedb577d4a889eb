import { expect, test } from "vitest";
import { endRoom, ticksAt } from "../../src/dashboard/charts/room";

const months = Array.from({ length: 12 }, (_, month) => Date.UTC(2025, 11 + month));
const days = Array.from({ length: 30 }, (_, day) => Date.UTC(2026, 10, 1 + day));

test("the month that runs has its name below its bar, on a phone, too", () => {
  for (const width of [310, 366, 500]) expect(ticksAt(months, "month", "bars", width)).toContain(11);
});

test("no label is cut off at the end", () => {
  for (const width of [120, 310, 600]) {
    const last = ticksAt(days, "day", "bars", width).at(-1) ?? expect.fail();
    expect((29.5 - last) * (width / 30) + endRoom("bars", "day")).toBeGreaterThanOrEqual(29);
  }
});

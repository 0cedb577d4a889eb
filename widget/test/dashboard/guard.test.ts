import { expect, it, vi } from "vitest";
import { guard, isHeld } from "../../src/dashboard/guard";

const to = { tenantId: "docs", view: "overview", query: {} };

it("nobody is held where nothing is at stake", () => {
  expect(isHeld(to)).toBe(false);
});

it("who would lose something is held and asked, until that is over", () => {
  const ask = vi.fn();
  const release = guard(ask);
  expect(isHeld(to)).toBe(true);
  expect(ask).toHaveBeenCalledExactlyOnceWith(to);
  release();
  expect(isHeld(to)).toBe(false);
});

it("the end of an older guard leaves a newer one in place", () => {
  const older = guard(vi.fn());
  const newer = guard(vi.fn());
  older();
  expect(isHeld(to)).toBe(true);
  newer();
  expect(isHeld(to)).toBe(false);
});

import { expect, test } from "vitest";
import { ago } from "../../src/dashboard/moderation/when";

const now = Date.UTC(2026, 10, 28, 12);

test.each([
  [30_000, "now", "зараз"],
  [-5_000, "now", "зараз"],
  [120_000, "2 min. ago", "2 хв тому"],
  [3 * 3_600_000, "3 hr. ago", "3 год тому"],
  [26 * 3_600_000, "yesterday", "учора"],
  [10 * 86_400_000, "18 Nov 2026", "18 лист. 2026 р."],
])("%i ms ago", (gone, en, uk) => {
  expect(ago(now - gone, now, "en")).toBe(en);
  expect(ago(now - gone, now, "uk")).toBe(uk);
});

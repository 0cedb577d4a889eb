import { afterEach, describe, expect, test, vi } from "vitest";
import { fill, languageOf } from "../src/locales";
import { table } from "../src/locales/words";

const { words: en } = languageOf("en");
const { words: uk } = languageOf("uk");

afterEach(() => void vi.useRealTimers());

describe("locales", () => {
  test("say all things, with the same values to fill in", () => {
    for (const [key, [english, ukrainian]] of Object.entries(table)) {
      expect(english && ukrainian, key).toBeTruthy();
      expect(ukrainian.includes("{n}"), key).toBe(english.includes("{n}"));
    }
  });
  test("are found by any way of writing them", () => {
    for (const locale of ["uk", "uk_ua", "uk-UA", "UK"]) expect(languageOf(locale).words, locale).toEqual(uk);
    for (const locale of ["en", "en_gb", "fr", "", "x-klingon", "ukx", "not a locale!"]) {
      expect(languageOf(locale).words, locale).toEqual(en);
    }
  });
});

describe("counts", () => {
  test("have two forms in English", () => {
    const { count, words } = languageOf("en");
    expect([0, 1, 2].map((n) => count(n, words.discussions))).toEqual([
      "0 discussions",
      "1 discussion",
      "2 discussions",
    ]);
  });
  test("have three in Ukrainian", () => {
    const { count, words } = languageOf("uk");
    expect([1, 3, 5, 11, 21, 22].map((n) => count(n, words.comments))).toEqual([
      "1 коментар",
      "3 коментарі",
      "5 коментарів",
      "11 коментарів",
      "21 коментар",
      "22 коментарі",
    ]);
    expect([1, 2, 5].map((n) => count(n, words.viewing))).toEqual(["1 переглядає", "2 переглядають", "5 переглядають"]);
  });
  test("take a name literally", () => {
    expect(fill("By {n}.", "$& {n}")).toBe("By $& {n}.");
  });
});

describe("times", () => {
  const { time } = languageOf("en-GB");
  const now = new Date(2026, 10, 22, 12, 0);
  const ago = (minutes: number) => now.getTime() - minutes * 60_000;

  test("grow coarser with age", () => {
    vi.useFakeTimers({ now });
    expect(time(ago(0))).toBe("just now");
    expect(time(ago(-5))).toBe("just now");
    expect(time(ago(5))).toBe("5 min");
    expect(time(ago(90))).toBe("10:30");
    expect(time(ago(13 * 60))).toBe("21 Nov");
    expect(time(ago(8 * 24 * 60))).toBe("14 Nov");
  });
});

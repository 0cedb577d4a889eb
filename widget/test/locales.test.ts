import { afterEach, describe, expect, test, vi } from "vitest";
import { fill, languageOf, loadWords, type Words } from "../src/locales";
import { locales, table } from "../src/locales/words";

/** A locale's words by name, as the source has them; the build makes a list of each column. */
function wordsOf(locale: (typeof locales)[number]): Words {
  const column = locales.indexOf(locale);
  return Object.fromEntries(Object.entries(table).map(([name, texts]) => [name, texts[column]])) as Words;
}

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("locales", () => {
  test("say all things, with the same values to fill in", () => {
    for (const [key, [english, ukrainian]] of Object.entries(table)) {
      expect(english && ukrainian, key).toBeTruthy();
      expect(ukrainian.includes("{n}"), key).toBe(english.includes("{n}"));
    }
  });
  test("are found by any way of writing them", () => {
    for (const locale of ["uk", "uk_ua", "uk-UA", "UK"]) expect(languageOf(locale).tag, locale).toMatch(/^uk/);
    for (const locale of ["en", "en_gb", "fr", "", "x-klingon", "ukx", "not a locale!", "english!"]) {
      expect(languageOf(locale).tag, locale).toMatch(/^en/);
    }
  });
});

describe("words", () => {
  const signal = new AbortController().signal;

  test("come from the server, for the one language that is read", async () => {
    const asked: string[] = [];
    vi.stubGlobal("fetch", (url: string) => {
      asked.push(url);
      return Promise.resolve(Response.json(["Обговорити"]));
    });
    const language = languageOf("uk-UA");
    await loadWords(language, "https://chat.example", signal);
    expect(asked).toEqual(["https://chat.example/js/locales/uk.json"]);
    expect(language.words).toEqual({ 0: "Обговорити" });
  });

  test("are asked for again until they come, and at once when the browser is online again", async () => {
    vi.useFakeTimers();
    vi.spyOn(Math, "random").mockReturnValue(0.99);
    const answers = [
      () => Promise.reject(new TypeError("no line")),
      () => Promise.resolve(Response.json({ status: "failed" }, { status: 503 })),
      () => Promise.resolve(new Response("<h1>Sign in to this hotel</h1>")),
      () => Promise.resolve(Response.json(["Discuss"])),
    ];
    vi.stubGlobal("fetch", () => answers.shift()?.());
    let online = (): void => undefined;
    vi.stubGlobal("addEventListener", (_: string, listener: () => void) => (online = listener));
    const language = languageOf("en");
    const loaded = loadWords(language, "", signal);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(answers.length).toBe(1);
    online();
    await loaded;
    expect(language.words).toEqual({ 0: "Discuss" });
  });
});

describe("counts", () => {
  test("have two forms in English", () => {
    const { count, words } = languageOf("en", wordsOf("en"));
    expect([0, 1, 2].map((n) => count(n, words.discussions))).toEqual([
      "0 discussions",
      "1 discussion",
      "2 discussions",
    ]);
  });
  test("have three in Ukrainian", () => {
    const { count, words } = languageOf("uk", wordsOf("uk"));
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

describe("who is typing", () => {
  test("is named, as long as they are few", () => {
    const { typing } = languageOf("en-GB", wordsOf("en"));
    expect([["Olena"], ["Olena", "Bo"], ["Olena", "Bo", "Cy"]].map(typing)).toEqual([
      "Olena is typing…",
      "Olena and Bo are typing…",
      "Several people are typing…",
    ]);
    expect(languageOf("uk", wordsOf("uk")).typing(["Олена", "Bo"])).toMatch(/^Олена (і|й|та) Bo пишуть…$/);
  });
});

describe("times", () => {
  const { time } = languageOf("en-GB", wordsOf("en"));
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

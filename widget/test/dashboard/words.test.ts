import { expect, test } from "vitest";
import { readChoices } from "../../src/dashboard/overview/choices";
import { counterWords, overviewWords } from "../../src/dashboard/overview/words";
import { shared, signInWords, speak, tagOf } from "../../src/dashboard/words";

test("plurals follow each language's rules", () => {
  const table = { pages: ["{n} page|{n} pages", "{n} сторінка|{n} сторінки|{n} сторінок"] } as const;
  expect([1, 2, 1_000].map((n) => speak(table, "en")("pages", { n }))).toEqual(["1 page", "2 pages", "1,000 pages"]);
  expect([1, 3, 5, 21].map((n) => speak(table, "uk")("pages", { n }))).toEqual([
    "1 сторінка", "3 сторінки", "5 сторінок", "21 сторінка",
  ]); // prettier-ignore
});

test("what fills a gap is taken as it is", () => {
  expect(speak(shared, "en")("refused", { reason: "{n} $& | no" })).toBe("The server refused: {n} $& | no");
});

test("a choice goes before the browser's languages, and what is unknown is English", () => {
  expect(tagOf("uk", ["en-US"])).toBe("uk");
  expect(tagOf(null, ["fr-FR", "uk-UA", "en"])).toBe("uk");
  expect(tagOf("xx", ["de"])).toBe("en");
});

test.each([overviewWords, counterWords, shared, signInWords])("both languages have the same gaps", (table) => {
  const gapsOf = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort();
  for (const [english, ukrainian] of Object.values(table) as (readonly [string, string])[]) {
    expect(gapsOf(ukrainian)).toEqual(gapsOf(english));
    expect(ukrainian).not.toBe("");
  }
});

test("a site is a tenant: the overview of one speaks of its origins", () => {
  for (const [english] of Object.values(overviewWords)) expect(english).not.toMatch(/\bsites?\b/i);
});

test("an address that makes no sense shows today", () => {
  const now = Date.UTC(2026, 2, 29);
  const query = { range: "ever", by: "week", count: "money", from: "2026-99-01", to: "x", compare: "?" };
  expect(readChoices(query, now)).toEqual({ ...readChoices({}, now) });
  expect(readChoices({ site: "-" }, now).site).toBe("");
});

// Numbers, periods, addresses and CSV: what people read, and what they download.
import { describe, expect, it } from "vitest";
import { writeCsv } from "../../src/dashboard/csv";
import { numbersOf } from "../../src/dashboard/numbers";
import * as periods from "../../src/dashboard/periods";
import { readFragment, readRoute, writeRoute } from "../../src/dashboard/router";
import { shared, signInWords, speak, tagOf, tags } from "../../src/dashboard/words";

const [en, uk] = [numbersOf("en"), numbersOf("uk")];
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, " ");
const at = (text: string) => Date.parse(`${text}Z`);

describe("numbers", () => {
  it("counts with separators", () => expect([en.count(48210), plain(uk.count(48210))]).toEqual(["48,210", "48 210"]));
  it("writes bytes in steps of 1000, with a letter or two", () =>
    expect([0, 12, 999.4, 999_500, 163e6, 6.94e9].map((n) => plain(en.bytes(n)))).toEqual([
      "0 B",
      "12 B",
      "999 B",
      "1 MB",
      "163 MB",
      "6.9 GB",
    ]));
  it("never says 1,000 of a unit of bytes", () => {
    for (let n = 1; n < 1e15; n *= 1.0007) expect(en.bytes(n)).not.toMatch(/1,000/);
  });
  it("never says 1,000 ms, 60 s or 60 min", () => {
    for (let ms = 1; ms < 1e9; ms *= 1.0007) expect(en.duration(ms)).not.toMatch(/^(1,000 ms|60 (s|sec|m|min))$/);
  });
  it("parts a rate from its unit", () => {
    expect(en.byteRate(3_500)).toEqual({ value: "3.5", unit: "kB/s" });
    expect(en.byteRate(0)).toEqual({ value: "0", unit: "B/s" });
    expect(uk.byteRate(3_500).value).toBe("3,5");
    expect(plain(uk.byteRate(3_500).unit)).toMatch(/^кБ\/с$/);
  });
  it("tells hours in UTC, to their end", () =>
    expect(en.period(at("2026-11-20T23:00"), "hour")).toBe("23:00–00:00 UTC"));
});

describe("periods", () => {
  const now = at("2026-11-28T15:30");
  it("today is the day in UTC", () =>
    expect(periods.spanOf("today", now)).toEqual({ from: at("2026-11-28T00:00"), until: at("2026-11-29T00:00") }));
  it("12 months end with this one", () =>
    expect(periods.spanOf("12m", now)).toEqual({ from: at("2025-12-01T00:00"), until: at("2026-12-01T00:00") }));
  it("30 days are 30", () =>
    expect(periods.spanOf("30d", now).until - periods.spanOf("30d", now).from).toBe(30 * periods.dayMs));
  it("refuses days that there are not, or not yet, or the wrong way round", () => {
    for (const [a, b] of [
      ["2026-02-31", "2026-03-05"],
      ["2026-11-28", "2026-11-29"],
      ["2026-11-02", "2026-11-01"],
      ["", "x"],
    ] as const)
      expect([a, b, periods.readSpan(a, b, now)]).toEqual([a, b, undefined]);
  });
  it("a leap day and a year's end are days", () => {
    expect(periods.readSpan("2024-02-29", "2024-02-29", now)).toEqual({
      from: at("2024-02-29T00:00"),
      until: at("2024-03-01T00:00"),
    });
    expect(periods.endOf(at("2025-12-31T10:00"), "month")).toBe(at("2026-01-01T00:00"));
  });
  it("never asks for more rows than the server gives", () => {
    for (const name of ["today", "yesterday", "7d", "30d", "90d", "12m"] as const)
      for (const granularity of [undefined, ...periods.granularities]) {
        const span = periods.spanOf(name, now);
        const stepMs = { hour: periods.hourMs, day: periods.dayMs, month: 28 * periods.dayMs }[
          periods.fit(span, granularity)
        ];
        expect((span.until - span.from) / stepMs).toBeLessThanOrEqual(2000);
      }
  });
  it("labels the axis as often as there is room", () => {
    const hours = Array.from({ length: 24 }, (_, i) => at("2026-11-28T00:00") + i * periods.hourMs);
    expect(periods.ticksOf(hours, "hour", 6)).toEqual([0, 4, 8, 12, 16, 20]);
    for (let most = 1; most < 30; most++)
      for (const granularity of periods.granularities)
        expect(periods.ticksOf(hours, granularity, most).length).toBeLessThanOrEqual(Math.max(2, most));
  });
});

describe("addresses", () => {
  it("come back as they went", () => {
    const route = { tenantId: "a b/ї", view: "page", query: { urlId: "/x?y=1&z#ї", range: "7d" } };
    const url = new URL(writeRoute(route), "https://x.example");
    expect(readRoute(url.pathname, url.search)).toEqual(route);
  });
  it("with a broken escape are read, not thrown", () => expect(readRoute("/dashboard/%E0%A4%A/x", "").view).toBe("x"));
  it("bring a link or an error", () => {
    expect(readFragment("#sign-in=abc-_")).toEqual({ link: "abc-_" });
    expect(readFragment("#error=oidc-state")).toEqual({ error: "oidc-state" });
    expect(readFragment("#content")).toEqual({});
  });
});

describe("CSV", () => {
  const line = (cell: string) => writeCsv([[cell, 1]]).slice(1);
  it("quotes commas, quotes and line ends", () => expect(line('a,"b"\nc')).toBe('"a,""b""\nc",1\r\n'));
  it("keeps numbers numbers, negative ones too", () =>
    expect(writeCsv([[-5, null, 0.5]]).slice(1)).toBe("-5,,0.5\r\n"));
  it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "|cmd"])("makes %j text", (cell) =>
    expect(line(cell)).toMatch(/^"?'/),
  );
  it("leaves no formula where the semicolon is the separator, as in Ukrainian Excel", () => {
    for (const cell of ["/p;=HYPERLINK(A1)", "a;@x", "a; +1"])
      for (const part of line(cell).split(/[;,]/)) expect(part.replace(/^["\s]+/, "")).not.toMatch(/^[=+@]/);
  });
});

describe("words", () => {
  it("have the same gaps in both languages", () => {
    for (const table of [shared, signInWords])
      for (const [name, [english, ukrainian]] of Object.entries(table)) {
        const gaps = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
        expect([name, gaps(ukrainian)]).toEqual([name, gaps(english)]);
      }
  });
  it("know three Ukrainian plurals", () => {
    const say = speak({ n: ["{n} page|{n} pages", "{n} сторінка|{n} сторінки|{n} сторінок"] }, "uk");
    expect([1, 3, 5, 11, 21, 22].map((n) => say("n", { n }))).toEqual([
      "1 сторінка",
      "3 сторінки",
      "5 сторінок",
      "11 сторінок",
      "21 сторінка",
      "22 сторінки",
    ]);
  });
  it("follow the choice, then the browser, else English", () =>
    expect([tagOf("uk", ["en"]), tagOf(null, ["de", "uk-UA"]), tagOf("xx", ["fr"]), tags.length]).toEqual([
      "uk",
      "uk",
      "en",
      2,
    ]));
});

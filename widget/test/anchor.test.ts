/// <reference types="vite/client" />
import { describe as group, expect, test } from "vitest";
import vectors from "../../protocol/anchors.jsonl?raw";
import { describe, locate, type Located } from "../src/core/anchor";
import type { Anchor } from "../src/core/model";
import { seeded } from "./seeded";

type Vector =
  | { given: { text: string; start: number; end: number }; then: Anchor }
  | { given: { text: string; anchor: Anchor }; then: Located };

group("the shared vectors", () => {
  for (const line of vectors.trim().split("\n")) {
    const { given, then } = JSON.parse(line) as Vector;
    test(line.slice(0, 150), () => {
      const result =
        "anchor" in given ? locate(given.text, given.anchor) : describe(given.text, given.start, given.end);
      expect(result).toEqual(then);
    });
  }
});

/** Few letters, so that quotes and contexts repeat; pairs and joined graphemes, so that cuts hurt. */
function randomText(random: (below: number) => number, length: number): string {
  const letters = ["a", "b", "a", "b", " ", "\n", "ї", "e\u0301", "🙂", "👩‍👧", "🇺🇦"];
  return Array.from({ length }, () => letters[random(letters.length)]).join("");
}

test("on the page that it was made on, every anchor is found exactly where it was", () => {
  const random = seeded(1);
  for (let round = 0; round < 500; round++) {
    const text = randomText(random, 1 + random(900));
    const start = random(text.length);
    const end = start + 1 + random(text.length - start);
    const anchor = describe(text, start, end);
    expect(locate(text, anchor)).toEqual({ state: "exact", start, end });
    expect(locate(text, JSON.parse(JSON.stringify(anchor)) as Anchor)).toEqual({ state: "exact", start, end });
  }
});

test("after an edit elsewhere, an anchor is at its words, or lost: never at other words", () => {
  const random = seeded(2);
  let exact = 0;
  for (let round = 0; round < 500; round++) {
    const text = randomText(random, 300 + random(300));
    const start = 100 + random(100);
    const end = start + 1 + random(60);
    const anchor = describe(text, start, end);
    const inserted = randomText(random, 1 + random(50));
    const at = random(start - 80);
    const edited = text.slice(0, at) + inserted + text.slice(at);
    const located = locate(edited, anchor);
    if (located.state === "lost") continue;
    exact++;
    expect(located).toEqual({ state: "exact", start: start + inserted.length, end: end + inserted.length });
  }
  expect(exact).toBeGreaterThan(450);
});

test("context is whole graphemes and no longer than 64 units, 32 beside a quote over 100", () => {
  const random = seeded(3);
  const borders = (text: string) => new Set([...new Intl.Segmenter().segment(text)].map(({ index }) => index));
  for (let round = 0; round < 200; round++) {
    const text = randomText(random, 400);
    const starts = borders(text);
    const all = [...starts];
    const start = all[random(all.length - 150)] ?? 0;
    const end = all[all.indexOf(start) + 1 + random(120)] ?? text.length;
    const { prefix = "", suffix = "" } = describe(text, start, end);
    const limit = end - start > 100 ? 32 : 64;
    for (const context of [prefix, suffix]) expect(context.length).toBeLessThanOrEqual(limit);
    expect(starts.has(start - prefix.length)).toBe(true);
    expect(starts.has(end + suffix.length) || end + suffix.length === text.length).toBe(true);
    expect(text.slice(start - prefix.length, start)).toBe(prefix);
    expect(text.slice(end, end + suffix.length)).toBe(suffix);
  }
});

test("the anchor of 200 characters leaves room in a frame of 1,000 bytes, 1,500 in Ukrainian", () => {
  const bytes = (text: string) => new TextEncoder().encode(JSON.stringify(describe(text, 500, 700))).length;
  expect(bytes("All human beings are born free. ".repeat(40))).toBeLessThan(350);
  expect(bytes("Усі люди народжуються вільними. ".repeat(40))).toBeLessThan(600);
});

test("500 conversations on a moved page of 500 kB are located in well under a second", () => {
  const sentences = Array.from(
    { length: 9000 },
    (_, i) => `Sentence ${i} of ${(i * 7919) % 1000} says what it says here.`,
  );
  const text = sentences.join("\n");
  const anchors = Array.from({ length: 500 }, (_, i) => describe(text, 100 + i * 800, 110 + i * 800 + (i % 50)));
  const moved = `A new line.\n${text}`;
  const before = performance.now();
  for (const anchor of anchors) expect(locate(moved, anchor)).toMatchObject({ start: anchor.start + 12 });
  expect(performance.now() - before).toBeLessThan(1500);
});

import { expect, test } from "vitest";
import { contextAfter, contextBefore } from "../../src/dashboard/moderation/context";
import { zoneOf } from "../../src/dashboard/moderation/when";
import { words } from "../../src/dashboard/moderation/words";
import { toneOf } from "../../src/dashboard/parts/face";
import { avatar } from "../../src/view/avatar";
import type { Description } from "../../src/view/dom/jsx-runtime";

test("words around a quote that may be cut begin and end whole, and show it", () => {
  expect(contextBefore("s of fundamental human rights, in the dignity and worth of the h")).toBe(
    "…of fundamental human rights, in the dignity and worth of the h",
  );
  expect(contextAfter(" and women and have determined to promote social progress and be")).toBe(
    " and women and have determined to promote social progress and…",
  );
  expect([contextBefore("All "), contextAfter(" are born."), contextBefore(null)]).toEqual(["All ", " are born.", ""]);
});

test("a history names the clock that it goes by", () => {
  expect(zoneOf(Date.UTC(2026, 10, 28), "en")).toMatch(/^\S+$/);
});

test("the same person has the same tone as in the widget", () => {
  const hues = [25, 75, 150, 210, 265, 325];
  for (const id of ["demo:ana", "anon:x81", "simple:Зоряна", "docs:7", "a", ""]) {
    const { props } = avatar({ id, name: "Ana" }) as Description;
    expect(props["style"]).toBe(`--cc-hue:${hues[toneOf(id) - 1]}`);
  }
});

test("both languages have the same gaps", () => {
  const gapsOf = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort();
  for (const [english, ukrainian] of Object.values(words)) expect(gapsOf(ukrainian)).toEqual(gapsOf(english));
});

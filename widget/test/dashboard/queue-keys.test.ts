import { expect, test } from "vitest";
import { commandOf } from "../../src/dashboard/moderation/keys";

const press = (key: string, code: string, more = {}) =>
  commandOf({ key, code, ctrlKey: false, metaKey: false, altKey: false, isInField: false, ...more }, [
    "approve",
    "spam",
  ]);

test.each([
  ["j", "KeyJ", { kind: "move", by: 1 }],
  ["J", "KeyJ", { kind: "move", by: 1 }],
  ["о", "KeyJ", { kind: "move", by: 1 }],
  ["Ф", "KeyA", { kind: "act", action: "approve" }],
  ["і", "KeyS", { kind: "act", action: "spam" }],
  ["я", "KeyZ", { kind: "undo" }],
  [".", "Slash", { kind: "search" }],
  ["/", "Digit7", { kind: "search" }],
  ["Escape", "Escape", { kind: "close" }],
])("%s on %s is what it says, or would say in Latin letters", (key, code, command) => {
  expect(press(key, code)).toEqual(command);
});

test("a Latin letter is itself, wherever a layout has it", () => {
  expect(press("q", "KeyA")).toBeUndefined();
  expect(press("a", "KeyQ")).toEqual({ kind: "act", action: "approve" });
  expect(press("й", "KeyQ")).toBeUndefined();
  expect(press("ö", "KeyJ")).toBeUndefined();
});

test("with Ctrl, Alt or Meta, or in a field, a key is not ours", () => {
  for (const more of [{ ctrlKey: true }, { altKey: true }, { metaKey: true }, { isInField: true }])
    expect(press("о", "KeyJ", more)).toBeUndefined();
});

test("an action that is not possible has no key", () => expect(press("в", "KeyD")).toBeUndefined());

// Letter keys of the queue: walk, select, decide, take back, search. Pure.
//
// In a layout whose letters are not Latin, as the Ukrainian, a key is what it would be in the English one.
import type { Action } from "./queue";

export type Command =
  | { readonly kind: "move"; readonly by: number }
  | { readonly kind: "select" | "ban" | "undo" | "search" | "close" }
  | { readonly kind: "act"; readonly action: Action };

/** As it is written on the buttons. */
export const keyOf: Readonly<Partial<Record<Action | "ban", string>>> = {
  approve: "A",
  restore: "R",
  spam: "S",
  delete: "D",
  hold: "H",
  unflag: "F",
  ban: "B",
};

const commands: Readonly<Record<string, Command>> = {
  j: { kind: "move", by: 1 },
  k: { kind: "move", by: -1 },
  x: { kind: "select" },
  z: { kind: "undo" },
  b: { kind: "ban" },
  "/": { kind: "search" },
  Escape: { kind: "close" },
};

export interface Press {
  readonly key: string;
  /** Where it is on the keyboard, such as `KeyJ`, whatever the layout makes of it. */
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  /** Whether whoever types is in a field, where letters are letters. */
  readonly isInField: boolean;
}

/** What a key asks for; of the actions only those that are possible now. */
export function commandOf(press: Press, possible: readonly Action[]): Command | undefined {
  if (press.ctrlKey || press.metaKey || press.altKey || press.isInField) return undefined;
  const key = latinOf(press);
  const action = possible.find((each) => keyOf[each] === key.toUpperCase());
  return action ? { kind: "act", action } : commands[key.length === 1 ? key.toLowerCase() : key];
}

function latinOf({ key, code }: Press): string {
  const letter = /^Key([A-Z])$/.exec(code)?.[1];
  if (letter && /^[^\p{Script=Latin}\p{ASCII}]$/u.test(key)) return letter;
  // Where the slash is, Cyrillic layouts have the full stop.
  return code === "Slash" && key === "." ? "/" : key;
}

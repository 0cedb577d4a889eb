// Why a comment is in the queue, in words of the table. Pure.
import type { Comment } from "./queue";
import type { Words } from "./words";

export interface Reason {
  readonly word: keyof Words;
  readonly kind: "plain" | "flag" | "spam";
  readonly n?: number;
}

const held: Readonly<Record<string, keyof Words>> = {
  all: "becauseAll",
  first: "becauseFirst",
  guest: "becauseGuest",
  moderator: "becauseHeld",
};

/** What there is to say of a comment's fate, the gravest first. */
export function reasonOf({ state, isDeleted, heldBecause, flagCount }: Comment): Reason[] {
  const reasons: Reason[] = [];
  if (isDeleted) reasons.push({ word: "isDeleted", kind: "spam" });
  else if (state === "spam") reasons.push({ word: "isSpam", kind: "spam" });
  if (state === "waiting" && heldBecause) reasons.push(whyHeld(heldBecause));
  if (flagCount) reasons.push({ word: "flags", kind: "flag", n: flagCount });
  return reasons;
}

/** Why something waits, by the rule that says so. */
export function whyHeld(heldBecause: string): Reason {
  const [why = "", rule = ""] = heldBecause.split(":");
  if (why !== "suspect") return { word: held[why] ?? "becauseHeld", kind: "plain" };
  return rule.includes("link") ? { word: "becauseLink", kind: "plain" } : { word: "becauseSpam", kind: "spam" };
}

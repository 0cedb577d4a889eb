/** @jsxImportSource ./dom */
// What becomes of a write: on its way, or why not.
import type { Failure } from "../core/model";
import { fill, type Words } from "../locales";
import type { Desk } from "./desk";
import type { Content } from "./dom/jsx-runtime";
import { icon } from "./icons";

/** What went wrong, as a sentence. */
export function sayFailure({ code, retryAfterS }: Failure, words: Words): string {
  if (code === "no-answer") return words.notAnswered;
  if (code === "forbidden") return words.notAllowed;
  if (code === "rate-limited") return fill(words.notSoFast, retryAfterS ?? 60);
  if (code === "conversation-deleted") return words.deleted;
  return /^unauth|-sso$/.test(code) ? words.notSignedIn : words.notTaken;
}

export function fate({ language }: Desk, failure: Failure | undefined): Content {
  return (
    <p class="cc-fate cc-danger" role="alert">
      {icon("warn")}
      {sayFailure(failure ?? { code: "no-answer" }, language.words)}
    </p>
  );
}

/** A ring and a word that show only after 600 ms. */
export function wait(text: string): Content {
  return (
    <p class="cc-fate cc-late">
      <i class="cc-ring" />
      {text}
    </p>
  );
}

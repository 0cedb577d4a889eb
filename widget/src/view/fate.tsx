/** @jsxImportSource ./dom */
// What becomes of a write: on its way, or why not.
import type { Failure } from "../core/model";
import { fill } from "../locales";
import { button } from "./button";
import { discard, retry, type Desk } from "./desk";
import type { Content } from "./dom/jsx-runtime";
import { icon } from "./icons";

/** Codes that mean: nobody is known to be here. */
export const isSignedOut = (code: string): boolean => /^unauth|-sso$/.test(code);

/** Without a line, what has no answer yet is not failed: it waits. */
export const isFailed = ({ view }: Desk, failure: Failure | undefined): boolean =>
  !!failure && (failure.code !== "no-answer" || view.link === "live");

/** What went wrong, as a sentence. */
export function fate({ words }: Desk, { code, reason, retryAfterS = 60 }: Failure): Content {
  const said: Record<string, string> = {
    "no-answer": words.notAnswered,
    "too-old": words.notAnswered,
    forbidden: words.notAllowed,
    "rate-limited": fill(words.notSoFast, retryAfterS),
    "conversation-deleted": words.deleted,
  };
  return (
    <p class="cc-fate cc-danger" role="alert">
      {icon("warn")}
      {/* Why the server does not want it, only the server knows: a ban, too many links … */}
      {said[code] ?? (isSignedOut(code) ? words.notSignedIn : [words.notTaken, reason && ` ${reason}`])}
    </p>
  );
}

/** Why a write did not go through, and the ways on. */
export function failed(desk: Desk, failure: Failure | undefined, broadcastId: string, text?: string): Content {
  const { words } = desk;
  return [
    fate(desk, failure ?? { code: "no-answer" }),
    <p class="cc-doors">
      {button(words.tryAgain, () => retry(desk, broadcastId))}
      {text && copyButton(desk, text)}
      {button(words.discard, () => discard(desk, broadcastId), "cc-danger")}
    </p>,
  ];
}

export function copyButton({ words }: Desk, text: string): Content {
  return button(words.copyText, () => void navigator.clipboard?.writeText(text));
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

// Speaks to the reader in their language: words, plurals, numbers and times.
//
// The words are not in the script: a page loads those of its one locale from the server, beside the first snapshot. They
// come as a list, in the order of the table, and the build makes `words.reply` a place in that list.
import { backoffMs } from "../core/backoff";
import type { table } from "./words";

/** What every locale says; `{n}` is filled in, `|` parts plural forms. */
export type Words = Readonly<Record<keyof typeof table, string>>;

export interface Language {
  /** A BCP 47 tag that `Intl` accepts; for the hosts' `lang`. */
  readonly tag: string;
  /** Empty until loadWords has come back. */
  readonly words: Words;
  /** "3 discussions" */
  count(n: number, forms: string): string;
  /** "Olena is typing…" */
  typing(names: readonly string[]): string;
  /** just now · 5 min · 10:14 · 14 Nov */
  time(at: number): string;
}

const minuteMs = 60_000;
const timeoutMs = 10_000;

/** Puts a value in place of `{n}`. */
export function fill(text: string, value: string | number): string {
  return text.replace("{n}", () => `${value}`);
}

/** Accepts "uk", "uk_ua", "en-US" …; what is unknown or malformed becomes English. */
export function languageOf(locale: string, words = {} as Words): Language {
  const [tag = "en"] = /^(en|uk)(-[a-z0-9]{2,8})*$/.exec(locale.replace(/_/g, "-").toLowerCase()) ?? [];
  const plural = new Intl.PluralRules(tag);

  return {
    tag,
    words,
    count(n, forms) {
      const all = forms.split("|");
      const form = all[["one", "few"].indexOf(plural.select(n))] ?? all.at(-1) ?? "";
      return fill(form, n.toLocaleString(tag));
    },
    typing(names) {
      const form = words.typing.split("|")[Math.min(names.length, 3) - 1] ?? "";
      return fill(form, new Intl.ListFormat(tag).format(names));
    },
    time(at) {
      const minutes = Math.floor((Date.now() - at) / minuteMs);
      // A reader's clock may run behind the server's: the future is "just now" too.
      if (minutes < 1) return words.justNow;
      if (minutes < 60) return fill(words.minutes, minutes);
      const then = new Date(at);
      const isToday = then.toDateString() === new Date().toDateString();
      return then.toLocaleString(
        tag,
        isToday ? { hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short" },
      );
    },
  };
}

/**
 * Fills in the language's words. Tries for ever: without words there is nothing to show, and a page that was opened in
 * a tunnel gets them at its end.
 */
export async function loadWords({ tag, words }: Language, server: string, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      const answer = await fetch(`${server}/js/locales/${tag.slice(0, 2)}.json`, {
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (answer.ok) return void Object.assign(words, await answer.json());
    } catch {
      // No answer, or a portal's page instead of ours.
    }
    await new Promise((tryAgain) => {
      setTimeout(tryAgain, backoffMs(attempt, Math.random()));
      addEventListener("online", tryAgain, { once: true, signal });
    });
  }
}

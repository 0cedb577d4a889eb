// Speaks to the reader in their language: words, plurals, numbers and times.
import { en } from "./en";
import { uk } from "./uk";

/** What every locale says; `{n}` is filled in, `|` parts plural forms. */
export type Words = Readonly<Record<keyof typeof en, string>>;

export interface Language {
  /** A BCP 47 tag that `Intl` accepts; for the hosts' `lang`. */
  readonly tag: string;
  readonly words: Words;
  /** "3 discussions" */
  count(n: number, forms: string): string;
  /** just now · 5 min · 10:14 · Yesterday · Mon · 14 Nov · 14 Nov 2025 */
  time(at: number): string;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** Puts a value in place of `{n}`. */
export function fill(text: string, value: string | number): string {
  return text.replace("{n}", () => `${value}`);
}

/** Accepts "uk", "uk_ua", "en-US" …; what is unknown or malformed becomes English. */
export function languageOf(locale: string): Language {
  const asked = locale.replace(/_/g, "-");
  const isKnown = /^(en|uk)(-[a-z0-9]{2,8})*$/i.test(asked);
  const tag = isKnown ? asked : "en";
  const words: Words = /^uk/i.test(tag) ? uk : en;
  const plural = new Intl.PluralRules(tag);

  return {
    tag,
    words,
    count(n, forms) {
      const all = forms.split("|");
      const form = all[["one", "few"].indexOf(plural.select(n))] ?? all.at(-1) ?? "";
      return fill(form, n.toLocaleString(tag));
    },
    time(at) {
      const minutes = Math.floor((Date.now() - at) / minuteMs);
      // A reader's clock may run behind the server's: the future is "just now" too.
      if (minutes < 1) return words.justNow;
      if (minutes < 60) return fill(words.minutes, minutes);
      const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / dayMs);
      if (days === 1) return words.yesterday;
      const then = new Date(at);
      const year = then.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
      return then.toLocaleString(
        tag,
        days < 1
          ? { hour: "2-digit", minute: "2-digit" }
          : days < 7
            ? { weekday: "short" }
            : { day: "numeric", month: "short", year },
      );
    },
  };
}

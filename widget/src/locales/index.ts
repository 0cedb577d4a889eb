// Speaks to the reader in their language: words, plurals, numbers and times.
import { locales, table } from "./words";

/** What every locale says; `{n}` is filled in, `|` parts plural forms. */
export type Words = Readonly<Record<keyof typeof table, string>>;

export interface Language {
  /** A BCP 47 tag that `Intl` accepts; for the hosts' `lang`. */
  readonly tag: string;
  readonly words: Words;
  /** "3 discussions" */
  count(n: number, forms: string): string;
  /** just now · 5 min · 10:14 · 14 Nov */
  time(at: number): string;
}

const minuteMs = 60_000;

/** Puts a value in place of `{n}`. */
export function fill(text: string, value: string | number): string {
  return text.replace("{n}", () => `${value}`);
}

/** Accepts "uk", "uk_ua", "en-US" …; what is unknown or malformed becomes English. */
export function languageOf(locale: string): Language {
  const asked = locale.replace(/_/g, "-");
  const [, known = "en"] = /^(en|uk)(?:-[a-z0-9]{2,8})*$/.exec(asked.toLowerCase()) ?? [];
  const column = locales.findIndex((locale) => locale === known);
  const tag = asked.toLowerCase().startsWith(known) ? asked : known;
  const words = Object.fromEntries(Object.entries(table).map(([name, texts]) => [name, texts[column]])) as Words;
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
      const then = new Date(at);
      const isToday = then.toDateString() === new Date().toDateString();
      return then.toLocaleString(
        tag,
        isToday ? { hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short" },
      );
    },
  };
}

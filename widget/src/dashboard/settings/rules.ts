// The rules of a tenant that this view knows how to show, in the order in which they are shown. Pure.
// What the server does not send is skipped; what it sends and nobody here knows is left as it is.
import type { RuleValue } from "./wire";

export const groups = ["access", "rights", "moderation", "limits"] as const;

interface Named {
  readonly name: string;
  readonly group: (typeof groups)[number];
}

export type Rule = Named &
  (
    | { readonly kind: "choice"; readonly options: readonly string[] }
    | { readonly kind: "switch" }
    | { readonly kind: "number"; readonly least: number; readonly most: number }
    /** Words and phrases, one a line. */
    | { readonly kind: "words"; readonly most: number; readonly longest: number }
  );

const who = ["anyone", "members", "moderators", "admins"];

export const rules: readonly Rule[] = [
  { name: "requireSso", group: "access", kind: "choice", options: ["no", "simple", "secure"] },
  { name: "guests", group: "access", kind: "switch" },
  { name: "pageAccess", group: "access", kind: "choice", options: ["closed", "open"] },
  { name: "presenceNames", group: "access", kind: "choice", options: ["everyone", "nobody"] },
  { name: "start", group: "rights", kind: "choice", options: who },
  { name: "reply", group: "rights", kind: "choice", options: who },
  { name: "resolve", group: "rights", kind: "choice", options: who },
  { name: "delete", group: "rights", kind: "choice", options: ["authors", "moderators", "admins"] },
  { name: "approval", group: "moderation", kind: "choice", options: ["none", "first", "guests", "all"] },
  { name: "suspects", group: "moderation", kind: "choice", options: ["refuse", "hold"] },
  { name: "blockedWords", group: "moderation", kind: "words", most: 1_000, longest: 100 },
  { name: "maxLinks", group: "limits", kind: "number", least: 0, most: 1_000 },
  { name: "maxCommentLength", group: "limits", kind: "number", least: 1, most: 20_000 },
  { name: "writesPerMinute", group: "limits", kind: "number", least: 0, most: 1_000_000 },
  { name: "retentionDays", group: "limits", kind: "number", least: 0, most: 36_500 },
];

/** As it stands in a form: text, or whether it is on. */
export type Entry = string | boolean;

export function writeEntry(rule: Rule, value: RuleValue): Entry {
  if (rule.kind === "switch") return value === true;
  return rule.kind === "words" && Array.isArray(value) ? value.join("\n") : `${value as string | number}`;
}

/** What a form's entry means; undefined for what cannot be. */
export function readEntry(rule: Rule, entry: Entry): RuleValue | undefined {
  if (rule.kind === "switch") return entry === true;
  const text = `${entry}`;
  if (rule.kind === "choice") return text;
  if (rule.kind === "words") {
    const words = [...new Set(text.split("\n").map((word) => word.trim()))].filter(Boolean);
    return words.length <= rule.most && words.every((word) => [...word].length <= rule.longest) ? words : undefined;
  }
  const number = /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : NaN;
  return number >= rule.least && number <= rule.most ? number : undefined;
}

/** Options, with the present value first among what is not known here: it must not be lost by looking at it. */
export function optionsOf(rule: Rule & { readonly kind: "choice" }, value: RuleValue | undefined): readonly string[] {
  return typeof value !== "string" || rule.options.includes(value) ? rule.options : [value, ...rule.options];
}

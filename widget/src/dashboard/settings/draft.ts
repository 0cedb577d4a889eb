// A tenant's settings as somebody is changing them: what is different, what cannot be, what to send. Pure.
import { normalizeOrigin } from "./origin";
import { readEntry, rules, writeEntry, type Entry, type Rule } from "./rules";
import type { RuleValue, TenantSettings } from "./wire";

export interface Draft {
  readonly name: string;
  readonly origins: readonly string[];
  /** What stands in the field for another origin; it counts, even if nobody pressed Add. */
  readonly adding: string;
  readonly entries: Readonly<Record<string, Entry>>;
}

export type Problem = "name" | "origin" | "noOrigin" | "number" | "words";

export interface Change {
  /** As the server calls it: `name`, `origins`, `rules.reply`. */
  readonly field: string;
  readonly rule?: Rule;
  readonly before: RuleValue;
  readonly after: RuleValue;
}

const nameMax = 200;

/** The rules that the server sent and we know. */
export function knownRules(tenant: TenantSettings): readonly Rule[] {
  return rules.filter(({ name }) => tenant.rules[name] !== undefined);
}

export function draftOf(tenant: TenantSettings): Draft {
  const entries = knownRules(tenant).map((rule) => [rule.name, writeEntry(rule, tenant.rules[rule.name] ?? "")]);
  return { name: tenant.name, origins: tenant.origins, adding: "", entries: Object.fromEntries(entries) };
}

/** The origins with the one that stands in the field. */
export function originsOf({ origins, adding }: Draft): readonly string[] {
  const added = normalizeOrigin(adding);
  return added === undefined || origins.includes(added) ? origins : [...origins, added];
}

/** What cannot be sent, by field. */
export function problemsOf(tenant: TenantSettings, draft: Draft): Readonly<Record<string, Problem>> {
  const problems: Record<string, Problem> = {};
  const name = draft.name.trim();
  if (name === "" || [...name].length > nameMax) problems["name"] = "name";
  if (draft.adding.trim() !== "" && normalizeOrigin(draft.adding) === undefined) problems["origins"] = "origin";
  else if (originsOf(draft).length === 0) problems["origins"] = "noOrigin";
  for (const rule of knownRules(tenant)) {
    if (readEntry(rule, draft.entries[rule.name] ?? "") !== undefined) continue;
    problems[`rules.${rule.name}`] = rule.kind === "words" ? "words" : "number";
  }
  return problems;
}

/** What is different from how it is; what cannot be counts as it was written. */
export function changesOf(tenant: TenantSettings, draft: Draft): readonly Change[] {
  const name = draft.name.trim();
  const origins = originsOf(draft);
  const changes: Change[] = [
    { field: "name", before: tenant.name, after: name },
    { field: "origins", before: tenant.origins, after: origins },
    ...knownRules(tenant).map((rule) => {
      const entry = draft.entries[rule.name] ?? "";
      const before = tenant.rules[rule.name] ?? "";
      return { field: `rules.${rule.name}`, rule, before, after: readEntry(rule, entry) ?? `${entry}` };
    }),
  ];
  return changes.filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after));
}

/** Whether leaving would lose something. */
export function isDirty(tenant: TenantSettings, draft: Draft): boolean {
  return draft.adding.trim() !== "" || changesOf(tenant, draft).length > 0;
}

/** After how many quiet days discussions will be deleted, if that is sooner than it is now; else undefined. */
export function forgettingOf(changes: readonly Change[]): number | undefined {
  const { before, after } = changes.find(({ field }) => field === "rules.retentionDays") ?? {};
  if (typeof before !== "number" || typeof after !== "number" || after === 0) return undefined;
  return before === 0 || after < before ? after : undefined;
}

/** The body of PATCH /api/v1/tenant. */
export function bodyOf(changes: readonly Change[]): Readonly<Record<string, unknown>> {
  const changed = changes.filter(({ rule }) => rule);
  return {
    ...Object.fromEntries(changes.filter(({ rule }) => !rule).map(({ field, after }) => [field, after])),
    ...(changed.length && { rules: Object.fromEntries(changed.map(({ rule, after }) => [rule?.name ?? "", after])) }),
  };
}

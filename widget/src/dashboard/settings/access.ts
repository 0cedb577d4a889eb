// Who may do what on a site's pages, worked out from its rules as the server does (core/permissions.py). Pure.
import type { TenantSettings } from "./wire";

/** As they come: without a name; with no more than one; by simple, by secure single sign-on; with a role. */
export const people = ["nobody", "guest", "simple", "member", "moderator", "admin"] as const;
export type Person = (typeof people)[number];

/** `held`: waits for a moderator; `first`: until one of theirs stands approved. */
export type May = "yes" | "no" | "held" | "first";

export const acts = [
  "read",
  "names",
  "start",
  "reply",
  "resolve",
  "edit",
  "deleteOwn",
  "deleteOthers",
  "moderate",
  "ban",
  "erase",
] as const;
export type Act = (typeof acts)[number];

export type AccessRow = readonly [act: Act, may: readonly May[]];

type Rules = TenantSettings["rules"];

export function accessTable(rules: Rules): readonly AccessRow[] {
  return acts.map((act) => [act, people.map((person) => may(rules, act, person))]);
}

function may(rules: Rules, act: Act, person: Person): May {
  const is = (allowed: boolean): May => (allowed ? "yes" : "no");
  const writes = mayWrite(rules, person);
  switch (act) {
    case "read":
      return is(mayEnter(rules, person));
    case "names":
      return is(mayEnter(rules, person) && rules["presenceNames"] !== "nobody");
    case "start":
    case "reply":
      return writes && isOneOf(rules[act], person) ? standing(rules, person) : "no";
    case "resolve":
      return is(writes && isOneOf(rules[act], person));
    case "edit":
      return is(writes);
    case "deleteOwn":
      return is(writes && (rules["delete"] === "authors" || isOneOf(rules["delete"], person)));
    case "deleteOthers":
      return is(isOneOf(rules["delete"] === "admins" ? "admins" : "moderators", person));
    case "moderate":
    case "ban":
      return is(isOneOf("moderators", person));
    case "erase":
      return is(person === "admin");
  }
}

const isGuest = (person: Person) => person === "guest" || person === "simple";

function mayEnter(rules: Rules, person: Person): boolean {
  if (rules["requireSso"] === "secure") return person !== "nobody" && !isGuest(person);
  return rules["requireSso"] !== "simple" || (person !== "nobody" && person !== "guest");
}

function mayWrite(rules: Rules, person: Person): boolean {
  return person !== "nobody" && mayEnter(rules, person) && (rules["guests"] !== false || !isGuest(person));
}

function isOneOf(who: unknown, person: Person): boolean {
  if (who === "members") return people.indexOf(person) >= people.indexOf("member");
  if (who === "moderators") return person === "moderator" || person === "admin";
  return who === "admins" ? person === "admin" : true;
}

/** What becomes of what somebody writes; nobody looks through what moderators write. */
function standing(rules: Rules, person: Person): May {
  const { approval } = rules as { readonly approval?: unknown };
  if (person === "moderator" || person === "admin") return "yes";
  if (approval === "all" || (approval === "guests" && isGuest(person))) return "held";
  return approval === "first" ? "first" : "yes";
}

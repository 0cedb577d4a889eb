// The parts of the settings, as they stand in the address: /dashboard/<tenant>/settings?section=keys. Pure.
import type { Role } from "../wire";

export const sections = ["site", "keys", "people", "sso", "snippet", "access", "audit", "tenants"] as const;
export type Section = (typeof sections)[number];

/** Only who runs the server sees its other sites. */
export function sectionsFor(role: Role): readonly Section[] {
  return sections.filter((section) => section !== "tenants" || role === "operator");
}

/** The section that an address means; the first, if it names none that is theirs. */
export function sectionOf(query: Readonly<Record<string, string>>, role: Role): Section {
  return sectionsFor(role).find((section) => section === query["section"]) ?? "site";
}

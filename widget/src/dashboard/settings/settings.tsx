// Settings: the site and its rules, keys, people, and what helps to set it up. One section at a time.
import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useDesk, useWords } from "../desk";
import { Icon } from "../parts/icon";
import { Link } from "../parts/link";
import { AccessSection } from "./access-section";
import { AuditSection } from "./audit-section";
import { KeysSection } from "./keys-section";
import { PeopleSection } from "./people-section";
import { sectionOf, sectionsFor, type Section } from "./sections";
import "./settings.css";
import { SiteSection } from "./site-section";
import { SnippetSection } from "./snippet-section";
import { SsoSection } from "./sso-section";
import { TenantsSection } from "./tenants-section";
import { words } from "./words";

const components: Record<Section, ComponentType> = {
  site: SiteSection,
  keys: KeysSection,
  people: PeopleSection,
  sso: SsoSection,
  snippet: SnippetSection,
  access: AccessSection,
  audit: AuditSection,
  tenants: TenantsSection,
};

export function Settings() {
  const say = useWords(words);
  const { route, session, go } = useDesk();
  const section = sectionOf(route.query, session.role);
  const theirs = sectionsFor(session.role);
  const heading = useRef<HTMLHeadingElement>(null);
  const shown = useRef(section);
  useEffect(() => {
    if (shown.current === section) return;
    shown.current = section;
    // Who chose from the list is told where they are now; who is in the select goes on choosing.
    if (!(document.activeElement instanceof HTMLSelectElement)) heading.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [section]);
  const Component = components[section];
  return (
    <div class="page settings">
      <h1>{say("settings")}</h1>
      <div class="set-frame">
        <nav class="set-sections" aria-label={say("parts")}>
          <ul>
            {theirs.map((name) => (
              <li key={name}>
                <Link to={{ query: { section: name } }} current={name === section}>
                  {say(name)}
                </Link>
              </li>
            ))}
          </ul>
          <label class="select">
            <span class="unseen">{say("parts")}</span>
            <select value={section} onChange={({ currentTarget }) => go({ query: { section: currentTarget.value } })}>
              {theirs.map((name) => (
                <option key={name} value={name}>
                  {say(name)}
                </option>
              ))}
            </select>
            <Icon name="down" />
          </label>
        </nav>
        <section class="set-section" aria-labelledby="set-heading">
          <h2 id="set-heading" tabIndex={-1} ref={heading}>
            {say(section)}
          </h2>
          <Component />
        </section>
      </div>
    </div>
  );
}

// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { auditWords } from "../../src/dashboard/settings/audit-words";
import { accessTable, people, type Act, type Person } from "../../src/dashboard/settings/access";
import {
  bodyOf,
  changesOf,
  draftOf,
  forgettingOf,
  isDirty,
  problemsOf,
  type Draft,
} from "../../src/dashboard/settings/draft";
import { normalizeOrigin } from "../../src/dashboard/settings/origin";
import { findPayload } from "../../src/dashboard/settings/payload";
import { peopleWords } from "../../src/dashboard/settings/people-words";
import { accessWords, ruleWords } from "../../src/dashboard/settings/rule-words";
import { optionsOf, readEntry, rules, writeEntry } from "../../src/dashboard/settings/rules";
import { sectionOf, sectionsFor } from "../../src/dashboard/settings/sections";
import { originOf, writeScript, writeTag, type Wish } from "../../src/dashboard/settings/snippet";
import * as tables from "../../src/dashboard/settings/words";
import type { TenantSettings } from "../../src/dashboard/settings/wire";

const usual = {
  guests: true,
  requireSso: "no",
  start: "anyone",
  reply: "anyone",
  resolve: "anyone",
  delete: "authors",
  pageAccess: "closed",
  presenceNames: "everyone",
  approval: "none",
  suspects: "refuse",
  maxCommentLength: 2000,
  maxLinks: 5,
  blockedWords: [],
  writesPerMinute: 0,
  retentionDays: 0,
} as const;

const tenant = (changed: Partial<TenantSettings> = {}): TenantSettings => ({
  id: "docs",
  name: "Docs",
  origins: ["https://docs.example"],
  isEnabled: true,
  createdAt: 0,
  rules: usual,
  ...changed,
});
const drafted = (changed: Partial<Draft> = {}, of = tenant()): Draft => ({ ...draftOf(of), ...changed });
const entered = (entries: Draft["entries"], of = tenant()): Draft =>
  drafted({ entries: { ...draftOf(of).entries, ...entries } }, of);

describe("the rules of the settings", () => {
  it("have words for each name, hint and option, in both languages", () => {
    for (const rule of rules) {
      const options = rule.kind === "choice" ? rule.options.map((option) => `${rule.name}-${option}`) : [];
      const extra = rule.kind === "switch" ? [`${rule.name}-label`] : [];
      for (const word of [rule.name, `${rule.name}-how`, rule.group, ...options, ...extra])
        expect(ruleWords).toHaveProperty([word]);
    }
    for (const table of [ruleWords, accessWords, peopleWords, auditWords, ...Object.values(tables)])
      for (const [name, [english, ukrainian]] of Object.entries(table)) {
        if (!["site-id", "serverSays"].includes(name)) expect(english, name).not.toBe(ukrainian);
        expect(gaps(ukrainian), name).toEqual(gaps(english));
      }
  });

  it("come back from a form as they went in", () => {
    for (const rule of rules) {
      const value = usual[rule.name as keyof typeof usual];
      expect(readEntry(rule, writeEntry(rule, value))).toEqual(value);
    }
  });

  it("take only numbers and words that the server takes", () => {
    const by = (name: string) => rules.find((rule) => rule.name === name) ?? expect.fail();
    for (const text of ["", "0", "-1", "1.5", "1e3", "20001", "many"])
      expect(readEntry(by("maxCommentLength"), text)).toBeUndefined();
    expect(readEntry(by("maxCommentLength"), " 20000 ")).toBe(20_000);
    expect(readEntry(by("blockedWords"), " casino* \n\nspam phrase\ncasino*")).toEqual(["casino*", "spam phrase"]);
    expect(readEntry(by("blockedWords"), "x".repeat(101))).toBeUndefined();
  });

  it("keep a value that is not known here", () => {
    const approval = rules.find(({ name }) => name === "approval");
    if (approval?.kind !== "choice") return expect.fail();
    expect(optionsOf(approval, "weekends")).toEqual(["weekends", ...approval.options]);
    expect(optionsOf(approval, "all")).toBe(approval.options);
  });
});

describe("a draft of a site", () => {
  it("holds no change at first, whichever rules the server sends", () => {
    for (const it of [tenant(), tenant({ rules: {} }), tenant({ rules: { guests: false, moonlight: 3 } })]) {
      expect(changesOf(it, draftOf(it))).toEqual([]);
      expect(problemsOf(it, draftOf(it))).toEqual({});
      expect(isDirty(it, draftOf(it))).toBe(false);
    }
  });

  it("sends only what is different", () => {
    const draft = { ...entered({ reply: "members", maxLinks: "2", guests: false }), name: " Docs two " };
    expect(bodyOf(changesOf(tenant(), draft))).toEqual({
      name: "Docs two",
      rules: { reply: "members", maxLinks: 2, guests: false },
    });
  });

  it("counts an origin that nobody pressed Add for, once", () => {
    expect(bodyOf(changesOf(tenant(), drafted({ adding: "https://A.example/" })))).toEqual({
      origins: ["https://docs.example", "https://a.example"],
    });
    expect(changesOf(tenant(), drafted({ adding: "https://docs.example" }))).toEqual([]);
  });

  it("knows when discussions that are kept today are deleted by it", () => {
    const after = (from: number, to: string) => {
      const it = tenant({ rules: { ...usual, retentionDays: from } });
      return forgettingOf(changesOf(it, entered({ retentionDays: to, maxLinks: "2" }, it)));
    };
    expect([after(0, "1"), after(30, "7")]).toEqual([1, 7]);
    expect([after(0, "0"), after(30, "30"), after(30, "90"), after(30, "0"), after(0, "soon")]).toEqual(
      Array(5).fill(undefined),
    );
  });

  it("names what cannot be sent by the server's own names", () => {
    const draft = { ...entered({ retentionDays: "soon" }), name: " ", origins: [] };
    expect(problemsOf(tenant(), draft)).toEqual({ name: "name", origins: "noOrigin", "rules.retentionDays": "number" });
    expect(problemsOf(tenant(), drafted({ adding: "docs.example" }))).toEqual({ origins: "origin" });
    expect(isDirty(tenant(), drafted({ adding: "docs.example" }))).toBe(true);
  });
});

describe("an origin", () => {
  it.each([
    ["https://Docs.Example/", "https://docs.example"],
    [" https://a.example:443 ", "https://a.example"],
    ["https://a.example:8443", "https://a.example:8443"],
    ["http://localhost:3000", "http://localhost:3000"],
    ["http://127.0.0.1", "http://127.0.0.1"],
    ["http://[::1]:8000", "http://[::1]:8000"],
  ])("%s is taken as %s", (given, origin) => expect(normalizeOrigin(given)).toBe(origin));

  it.each([
    "",
    "docs.example",
    "http://docs.example",
    "https://docs.example/path",
    "https://a@b.example",
    "ftp://a.example",
    "https://a.example?x",
    "https://",
  ])("%s is none", (given) => expect(normalizeOrigin(given)).toBeUndefined());
});

describe("who may do what", () => {
  const may = (changed: TenantSettings["rules"], act: Act, person: Person) =>
    accessTable({ ...usual, ...changed }).find(([name]) => name === act)?.[1][people.indexOf(person)];

  it("lets everybody read, and write who has a name, where nothing else is said", () => {
    expect(people.map((person) => may({}, "read", person))).toEqual(["yes", "yes", "yes", "yes", "yes", "yes"]);
    expect(people.map((person) => may({}, "reply", person))).toEqual(["no", "yes", "yes", "yes", "yes", "yes"]);
  });

  it("follows the rules", () => {
    expect(may({ requireSso: "simple" }, "read", "guest")).toBe("no");
    expect(may({ requireSso: "simple" }, "read", "simple")).toBe("yes");
    expect(may({ requireSso: "secure" }, "reply", "simple")).toBe("no");
    expect(may({ guests: false }, "start", "simple")).toBe("no");
    expect(may({ start: "members" }, "start", "member")).toBe("yes");
    expect(may({ start: "moderators" }, "start", "member")).toBe("no");
    expect(may({ delete: "moderators" }, "deleteOwn", "member")).toBe("no");
    expect(may({ delete: "admins" }, "deleteOthers", "moderator")).toBe("no");
    expect(may({ presenceNames: "nobody" }, "names", "admin")).toBe("no");
  });

  it("says whose comments wait", () => {
    expect(may({ approval: "guests" }, "reply", "guest")).toBe("held");
    expect(may({ approval: "guests" }, "reply", "member")).toBe("yes");
    expect(may({ approval: "first" }, "start", "member")).toBe("first");
    expect(may({ approval: "all" }, "start", "moderator")).toBe("yes");
  });
});

describe("a snippet", () => {
  const wish: Wish = {
    server: "https://chat.example",
    tenantId: "docs",
    target: "",
    urlId: "",
    locale: "",
    background: "",
  };

  it("says no more than was asked for", () => {
    expect(writeTag(wish).replace(/\s+/g, " ")).toBe(
      '<script src="https://chat.example/js/embed-collab-chat.min.js" data-tenant-id="docs" async></script>',
    );
    expect(writeScript(wish)).toContain('CollabChat(document.body, {\n    tenantId: "docs",\n  });');
  });

  it("cannot be broken out of", () => {
    const evil = { ...wish, target: 'a[b="c"]', urlId: '</script><img src=x>"&' };
    const template = document.createElement("div");
    template.innerHTML = writeTag(evil);
    const { dataset } = template.querySelector("script") ?? expect.fail();
    expect(dataset).toMatchObject({ tenantId: "docs", target: evil.target, urlId: evil.urlId });
    expect(template.children).toHaveLength(1);
    expect(writeScript(evil).match(/<\/script>/g)).toHaveLength(2);
  });

  it("tells the background where it was chosen, dark or not", () => {
    expect(writeScript({ ...wish, background: "dark" })).toContain("hasDarkBackground: true");
    expect(writeScript({ ...wish, background: "light" })).toContain("hasDarkBackground: false");
    expect(writeScript(wish)).not.toContain("hasDarkBackground");
  });
});

describe("the origin of a page", () => {
  it.each([
    ["http://localhost:3000/guide?a#b", "http://localhost:3000"],
    [" HTTPS://Docs.example:443/ ", "https://docs.example"],
    ["file:///home/ana/page.html", undefined],
    ["docs.example/guide", undefined],
    ["https://", undefined],
    ["", undefined],
  ])("of %s", (address, origin) => expect(originOf(address)).toBe(origin));
});

describe("a pasted payload", () => {
  const json = '{"email":"a@b.example","username":"Ana"}';
  it.each([
    [` ${json} `, json],
    [`sso=${encodeURIComponent(json)}`, json],
    [`https://chat.example/comments/docs?urlId=x&sso=${encodeURIComponent(json)}&v=2#top`, json],
    [encodeURIComponent(json), encodeURIComponent(json)],
    ["what is this", "what is this"],
    ["sso=%zz", "%zz"],
  ])("is found in %s", (pasted, payload) => expect(findPayload(pasted)).toBe(payload));
});

describe("the sections", () => {
  it("show other sites only to who runs the server", () => {
    expect(sectionsFor("operator")).toContain("tenants");
    expect(sectionsFor("admin")).not.toContain("tenants");
    expect(sectionsFor("admin")).toContain("audit");
    expect(sectionOf({ section: "tenants" }, "admin")).toBe("site");
    expect(sectionOf({ section: "keys" }, "admin")).toBe("keys");
    expect(sectionOf({ section: "nonsense" }, "operator")).toBe("site");
  });
});

const gaps = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort();

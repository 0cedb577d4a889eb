import { expect, test } from "vitest";
import { isPlain, readFragment, readRoute, writeRoute } from "../../src/dashboard/router";

test("an address names tenant, view and what is shown", () => {
  expect(readRoute("/dashboard/demo/page", "?urlId=%2Fa%20b&range=7d")).toEqual({
    tenantId: "demo",
    view: "page",
    query: { urlId: "/a b", range: "7d" },
  });
  expect(readRoute("/dashboard", "")).toEqual({ tenantId: "", view: "", query: {} });
  expect(readRoute("/dashboard/", "")).toEqual({ tenantId: "", view: "", query: {} });
});

test("what is written is read again, whatever the names hold", () => {
  for (const urlId of ["/", "a&b=c#d", "Декларація", "%2F", "?", "100%"]) {
    const route = { tenantId: "a~b.c", view: "page", query: { urlId } };
    const url = new URL(writeRoute(route), "https://talk.example");
    expect(readRoute(url.pathname, url.search)).toEqual(route);
  }
});

test("an address that is wrongly encoded is taken as it is", () => {
  expect(readRoute("/dashboard/%E0%A4%A/overview", "").tenantId).toBe("%E0%A4%A");
});

test("what is empty is not written", () => {
  expect(writeRoute({ tenantId: "demo", view: "", query: { site: "", range: "7d" } })).toBe("/dashboard/demo?range=7d");
});

test("a fragment brings a link or an error, and nothing else", () => {
  expect(readFragment("#sign-in=aB_-9")).toEqual({ link: "aB_-9" });
  expect(readFragment("#error=oidc-state")).toEqual({ error: "oidc-state" });
  expect(readFragment("#content")).toEqual({});
  expect(readFragment("#sign-in=")).toEqual({});
});

test("only a plain click is followed by us", () => {
  const keys = { metaKey: false, ctrlKey: false, shiftKey: false, altKey: false };
  const click = (changes: object) => isPlain({ button: 0, ...keys, ...changes } as MouseEvent);
  expect(click({})).toBe(true);
  for (const other of [{ button: 1 }, { ctrlKey: true }, { metaKey: true }, { shiftKey: true }])
    expect(click(other)).toBe(false);
});

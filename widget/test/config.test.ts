// @vitest-environment jsdom
import { beforeEach, describe, expect, test } from "vitest";
import { cleanUrl, readOptions, type Config } from "../src/view/options";

const origin = "https://chat.example";

describe("the address that names the room", () => {
  test("loses what only says where the reader came from", () => {
    expect(cleanUrl("https://a.example/p?utm_source=x&fbclid=1&page=2&_ga=3&gclid=4")).toBe(
      "https://a.example/p?page=2",
    );
  });
  test("keeps its hash, and parameters that only look like tracking", () => {
    expect(cleanUrl("https://a.example/p?gclidity=1&utmost=2#part-3")).toBe(
      "https://a.example/p?gclidity=1&utmost=2#part-3",
    );
  });
  test("keeps the encoding of what stays", () => {
    expect(cleanUrl("https://a.example/?q=a%20b+c&utm_id=1")).toBe("https://a.example/?q=a%20b+c");
  });
});

describe("options", () => {
  beforeEach(() => {
    document.title = "A page";
  });

  test("are completed from the page and the script", () => {
    expect(readOptions({ tenantId: "demo" }, origin)).toMatchObject({
      tenantId: "demo",
      server: origin,
      url: location.href,
      urlId: location.href,
      pageTitle: "A page",
      selectionDelayMs: 150,
      readonly: false,
      locale: navigator.language,
    });
  });
  test("that are undefined are as good as absent", () => {
    const config = { tenantId: "demo", locale: undefined, selectionDelayMs: undefined } as unknown as Config;
    expect(readOptions(config, origin)).toMatchObject({ locale: navigator.language, selectionDelayMs: 150 });
  });
  test("without a tenant say what is missing", () => {
    expect(() => readOptions({} as Config, origin)).toThrow("tenantId is required");
    expect(() => readOptions({ tenantId: 7 } as unknown as Config, origin)).toThrow("tenantId is required");
  });
  test("take FastComments' name for the server, with or without a scheme", () => {
    const serverOf = (config: Partial<Config>) => readOptions({ tenantId: "demo", ...config }, origin).server;
    expect(serverOf({ apiHost: "https://other.example/" })).toBe("https://other.example");
    expect(serverOf({ apiHost: "//other.example" })).toBe("http://other.example");
    expect(serverOf({ apiHost: "other.example:8000" })).toBe("http://other.example:8000");
    expect(serverOf({ apiHost: "https://other.example", server: "https://ours.example" })).toBe("https://ours.example");
  });
  test("wrap a simple identity as the server expects it, and prefer the secure one", () => {
    const ssoOf = (config: Partial<Config>) => readOptions({ tenantId: "demo", ...config }, origin).sso;
    expect(ssoOf({})).toBeUndefined();
    expect(ssoOf({ simpleSSO: { email: "a@b" } })).toEqual({ simpleSSOUser: { email: "a@b" } });
    expect(ssoOf({ simpleSSO: {}, sso: { hash: "x" } })).toEqual({ hash: "x" });
  });
  test("know no bar, an own bar and a given one", () => {
    expect(readOptions({ tenantId: "demo", topBarTarget: null }, origin).topBarTarget).toBeNull();
    expect(readOptions({ tenantId: "demo" }, origin).topBarTarget).toBeUndefined();
    expect(readOptions({ tenantId: "demo", topBarTarget: document.body }, origin).topBarTarget).toBe(document.body);
  });
});

// A server, a browser, and pages that a test opens in it.
import { createClient, type Client, type ClientOptions } from "../src/io/client";
import { FakeBrowser, FakeClock, type FakeTab } from "./fake-browser";
import { FakeServer } from "./fake-server";

/** A container of a page that is open in a tab. */
export function openClient(tab: FakeTab, options: Partial<ClientOptions> = {}): Client {
  const page = { urlId: "book-p2", url: "https://a.example/", pageTitle: "Book", readonly: false, locale: "en" };
  return createClient({ server: "https://chat.example", tenantId: "demo", ...page, ...options }, tab.environment);
}

/** One server, one browser; `enter` opens a page, in a tab of its own unless it is given one. */
export function setUp() {
  const clock = new FakeClock();
  const server = new FakeServer(clock);
  const browser = new FakeBrowser(clock, server);
  const enter = (options: Partial<ClientOptions> = {}, tab = browser.openTab()): [Client, FakeTab] => [
    openClient(tab, options),
    tab,
  ];
  return { clock, server, browser, enter };
}

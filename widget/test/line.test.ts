// The line of a page: one socket, what is missed and found again, loss, sleep and several containers.
import { expect, test } from "vitest";
import type { View } from "../src/core/model";
import { create, reply } from "./fake-room";
import { setUp } from "./set-up";

const bo = "demo:bo";
const ids = ({ conversations }: View) => conversations.map(({ id }) => id);

test("nothing between snapshot and socket is missed", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  await clock.advance(5);
  for (let i = 0; i < 5; i++) server.write(bo, create(`o${i}`));
  await clock.advance(100);
  expect(client.view.conversations).toHaveLength(5);
});

test("a gap on a live socket is filled on that socket", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  await clock.advance(100);
  server.isSilent = true;
  for (let i = 0; i < 7; i++) server.write(bo, create(`o${i}`));
  server.isSilent = false;
  server.write(bo, create("o7"));
  await clock.advance(100);
  expect(client.view.conversations).toHaveLength(8);
  expect(client.view.link).toBe("live");
  expect(server.sockets).toHaveLength(1);
  expect(server.sockets[0]?.said.slice(1)).toEqual([{ type: "watch", urlId: "book-p2", epoch: "e1", seq: 0 }]);
});

test("batches are applied as what they hold", async () => {
  const { clock, server, enter } = setUp();
  server.windowMs = 50;
  const [client] = enter();
  await clock.advance(100);
  for (let i = 0; i < 200; i++) server.write(bo, create(`o${i}`));
  await clock.advance(10);
  expect(client.view.conversations).toHaveLength(1);
  await clock.advance(100);
  expect(client.view.conversations).toHaveLength(200);
  expect(server.sockets[0]?.said).toHaveLength(1);
});

test("a frame that cannot be read is asked for again, and nothing after it is lost", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  await clock.advance(100);
  server.isSilent = true;
  for (let i = 0; i < 3; i++) server.write(bo, create(`o${i}`));
  const [first, , third] = server.room.log;
  expect(() => server.sockets[0]?.onmessage?.({ data: JSON.stringify([first, null, third]) })).toThrow(TypeError);
  expect(client.view.conversations).toHaveLength(0);
  server.isSilent = false;
  server.write(bo, create("o3"));
  await clock.advance(100);
  expect(client.view.conversations).toHaveLength(4);
});

test("the last event, lost on a quiet socket, is missed by its head", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  await clock.advance(100);
  server.isSilent = true;
  server.write(bo, create("o1"));
  await clock.advance(28_000);
  expect(client.view.conversations).toHaveLength(1);
  expect(server.sockets).toHaveLength(1);
  expect(server.sockets[0]?.said.map(({ type }) => type)).toEqual(["hello", "h", "watch"]);
});

test("a half-open socket is given up after 35 s", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  await clock.advance(100);
  Object.assign(server.sockets[0] ?? {}, { isDead: true });
  server.write(bo, create("o1"));
  await clock.advance(34_000);
  expect(server.sockets).toHaveLength(1);
  await clock.advance(2_000);
  expect(client.view).toMatchObject({ link: "live", conversations: [{}] });
});

test("an answer ahead of a silent socket makes us ask for the rest within 2 s", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  await clock.advance(100);
  server.isSilent = true;
  server.write(bo, create("o1"));
  client.send(create("b1"));
  await clock.advance(100);
  expect(ids(client.view)).toEqual(["chat3"]);
  await clock.advance(2000);
  expect(ids(client.view)).toEqual(["chat1", "chat3"]);
});

test("where WebSocket is blocked, writing works and others' changes come at every attempt", async () => {
  const { clock, server, enter } = setUp();
  server.isSocketBlocked = true;
  const [client] = enter();
  await clock.advance(1000);
  client.send(create("b1"));
  server.write(bo, create("o1"));
  client.open("chat3");
  await clock.advance(25_000);
  expect(ids(client.view)).toEqual(["chat1", "chat3"]);
  expect(client.view.link).toBe("offline");
});

test("a cut is healed without a gap, a double or a word to the reader", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  await clock.advance(100);
  const links = new Set<string>();
  client.subscribe(({ link }) => links.add(link));
  for (let i = 0; i < 3; i++) {
    server.sockets.at(-1)?.end(1012);
    server.write(bo, create(`o${i}`));
    await clock.advance(1500);
  }
  expect(client.view.conversations).toHaveLength(3);
  expect([...links]).toEqual(["live"]);
});

test("after a reset the snapshot is taken and the open conversation is read again", async () => {
  const { clock, server, enter } = setUp();
  server.write(bo, create("o1"));
  const [client] = enter();
  await clock.advance(100);
  client.open("chat1");
  await clock.advance(100);
  server.isSilent = true;
  server.write(bo, reply("o2", "chat1", "in between"));
  server.room.changeEpoch();
  server.sockets[0]?.end(1012);
  await clock.advance(2000);
  expect(client.view.conversations[0]?.comments?.map(({ html }) => html)).toEqual([
    "<p>hello</p>",
    "<p>in between</p>",
  ]);
  expect(server.count("GET", "/comments/")).toBe(2);
});

test("a write answered in a new epoch brings the new snapshot", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  await clock.advance(100);
  server.isSilent = true;
  server.room.changeEpoch();
  client.send(create("b1"));
  await clock.advance(100);
  expect(client.view.conversations).toMatchObject([{ id: "chat1", state: "sent" }]);
});

test("a page that is seen again looks for what it missed", async () => {
  const { clock, server, enter } = setUp();
  const [client, tab] = enter();
  await clock.advance(100);
  server.isSilent = true;
  server.write(bo, create("o1"));
  tab.show("hidden");
  await clock.advance(15_000);
  expect(client.view.conversations).toHaveLength(0);
  tab.show("visible");
  await clock.advance(100);
  expect(client.view.conversations).toHaveLength(1);
});

test("a page hidden for 5 min leaves, and is there again when it is seen", async () => {
  const { clock, server, enter } = setUp();
  const [client, tab] = enter();
  await clock.advance(100);
  const links = new Set<string>();
  client.subscribe(({ link }) => links.add(link));
  tab.show("hidden");
  await clock.advance(301_000);
  expect(server.sockets[0]?.isClosed).toBe(true);
  server.write(bo, create("o1"));
  await clock.advance(3_600_000);
  expect(server.sockets).toHaveLength(1);
  tab.show("visible");
  await clock.advance(100);
  expect(client.view.conversations).toHaveLength(1);
  expect([...links]).toEqual(["live"]);
});

test("a machine that slept finds out by itself", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  await clock.advance(100);
  server.room.farAfter = 2;
  Object.assign(server.sockets[0] ?? {}, { isDead: true });
  for (let i = 0; i < 5; i++) server.write(bo, create(`o${i}`));
  clock.sleep(1_200_000);
  await clock.advance(7_000);
  expect(client.view).toMatchObject({ link: "live", conversations: Array(5).fill({}) });
});

test("an expired token is replaced by that of a fresh snapshot", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  await clock.advance(100);
  server.expireTokens();
  server.write(bo, create("o1"));
  await clock.advance(1500);
  expect(client.view).toMatchObject({ link: "live", conversations: [{}] });
  expect(server.sockets.map(({ token }) => token)).toEqual(["anon:1#1", "anon:1#2"]);
  expect(server.count("POST", "/sessions")).toBe(1);
});

test("a drained server is left alone for as long as it asked", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  await clock.advance(100);
  server.drain([2_000, 4_000]);
  await clock.advance(2_900);
  expect(server.sockets).toHaveLength(1);
  await clock.advance(200);
  expect(client.view.link).toBe("live");
});

test.each(["epoch", "retention", "far", "ahead"])(
  "after a reset by %s the page is as the server has it",
  async (reason) => {
    const { clock, server, enter } = setUp();
    for (let i = 0; i < 3; i++) server.write(bo, create(`o${i}`));
    const [client] = enter();
    await clock.advance(100);
    const { room } = server;
    server.isSilent = true;
    if (reason === "ahead") {
      room.seq = 1;
      room.log.splice(1);
    } else for (let i = 3; i < 6; i++) server.write(bo, create(`o${i}`));
    if (reason === "epoch") server.changeEpoch();
    if (reason === "retention") room.prune();
    if (reason === "far") room.farAfter = 2;
    server.isSilent = false;
    server.sockets[0]?.end(1006);
    await clock.advance(2000);
    server.write(bo, create("last"));
    await clock.advance(100);
    expect(ids(client.view)).toEqual(room.chatIds());
    expect(client.view.link).toBe("live");
  },
);

test("a room that may not be watched is refused, with its code", async () => {
  const { clock, server, enter } = setUp();
  server.forbidden.add("book-p2");
  const [client] = enter();
  await clock.advance(100);
  expect(client.view).toMatchObject({ link: "refused", refusal: "not-found" });
});

test("containers of one page share session, socket and tabs, and each has its room", async () => {
  const { clock, server, browser, enter } = setUp();
  const tab = browser.openTab();
  const [first] = enter({}, tab);
  const [second] = enter({ urlId: "notes" }, tab);
  await clock.advance(100);
  expect(server.count("POST", "/sessions")).toBe(1);
  expect(server.sockets).toHaveLength(1);
  server.write(bo, create("o1"), "notes");
  second.send(create("b1"));
  await clock.advance(100);
  expect([first, second].map(({ view }) => view.conversations.length)).toEqual([0, 2]);
  first.destroy();
  await clock.advance(100);
  expect(server.sockets[0]?.said.at(-1)).toEqual({ type: "unwatch", urlId: "book-p2" });
  expect(second.view.link).toBe("live");
  second.destroy();
  expect(server.sockets[0]?.isClosed).toBe(true);
  const [third] = enter({}, tab);
  await clock.advance(100);
  expect(third.view.link).toBe("live");
  expect(server.sockets).toHaveLength(2);
});

test("two containers with one room both have all of it", async () => {
  const { clock, server, browser, enter } = setUp();
  const tab = browser.openTab();
  const clients = [enter({}, tab)[0], enter({}, tab)[0]];
  await clock.advance(100);
  clients[0]?.send(create("b1"));
  server.write(bo, create("o1"));
  await clock.advance(100);
  expect(clients.map(({ view }) => ids(view))).toEqual(Array(2).fill(["chat1", "chat3"]));
  expect(clients.map(({ view }) => view.link)).toEqual(["live", "live"]);
});

test("another reader, or another server, has a line of its own", async () => {
  const { clock, server, browser, enter } = setUp();
  const tab = browser.openTab();
  enter({}, tab);
  enter({ sso: { userDataJSONBase64: "x" } }, tab);
  enter({ wsHost: "https://live.example" }, tab);
  await clock.advance(100);
  expect(server.sockets.map(({ url }) => new URL(url).host)).toEqual(["chat.example", "chat.example", "live.example"]);
});

test("the browser's offline is shown at once, and online connects anew at once", async () => {
  const { clock, server, enter } = setUp();
  const [client, tab] = enter();
  await clock.advance(100);
  tab.window.dispatchEvent(new Event("offline"));
  expect(client.view.link).toBe("offline");
  tab.window.dispatchEvent(new Event("online"));
  await clock.advance(50);
  expect(client.view.link).toBe("live");
  expect(server.sockets.map(({ isClosed }) => isClosed)).toEqual([true, false]);
});

test("the viewers are counted by the server", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  await clock.advance(100);
  server.sockets[0]?.onmessage?.({ data: '{"type":"p-u","urlId":"book-p2","sc":12}' });
  expect(client.view.viewerCount).toBe(12);
});

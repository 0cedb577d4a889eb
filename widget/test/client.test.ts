import { expect, test } from "vitest";
import type { Command, View } from "../src/core/model";
import { createClient, type Client, type ClientOptions } from "../src/io/client";
import { FakeBrowser, FakeClock, type FakeTab } from "./fake-browser";
import { create } from "./fake-room";
import { FakeServer, refused } from "./fake-server";

const bo = "demo:bo";
const reply = (broadcastId: string, chatId: string, text = "reply"): Command => ({
  type: "reply",
  broadcastId,
  chatId,
  text,
});

function setUp() {
  const clock = new FakeClock();
  const server = new FakeServer(clock);
  const browser = new FakeBrowser(clock, server);
  const enter = (options: Partial<ClientOptions> = {}, tab = browser.openTab()): [Client, FakeTab] => {
    const page = { urlId: "book-p2", url: "https://a.example/", pageTitle: "Book", readonly: false, locale: "en" };
    return [
      createClient({ server: "https://chat.example", tenantId: "demo", ...page, ...options }, tab.environment),
      tab,
    ];
  };
  return { clock, server, browser, enter };
}

const ids = ({ conversations }: View) => conversations.map(({ id }) => id);
test("a start asks for session, snapshot and socket, in this order, and says hello with the position", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  expect(client.view).toMatchObject({ link: "connecting", isLoaded: false });
  await clock.advance(100);
  expect(server.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "POST /sessions/demo",
    "GET /comment-collab-chats/demo",
  ]);
  expect(server.sockets[0]?.url).toBe("wss://chat.example/sub?tenantIdWS=demo&v=2");
  const rooms = [{ urlId: "book-p2", epoch: "e1", seq: 0 }];
  expect(server.sockets[0]?.said).toEqual([{ type: "hello", token: "anon:1#1", rooms }]);
  expect(client.view).toMatchObject({ link: "live", isLoaded: true, me: { id: "anon:1", name: "", isGuest: true } });
});

test("nothing between snapshot and socket is missed", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  await clock.advance(5);
  for (let i = 0; i < 5; i++) server.write(bo, create(`o${i}`));
  await clock.advance(100);
  expect(client.view.conversations).toHaveLength(5);
});

test("listeners hear of a change once a frame, and of no change never", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  await clock.advance(100);
  const heard: View[] = [];
  const stop = client.subscribe((view) => heard.push(view));
  for (let i = 0; i < 5; i++) server.write(bo, create(`o${i}`));
  await clock.advance(100);
  expect(heard.map(({ conversations }) => conversations.length)).toEqual([5]);
  server.sockets[0]?.onmessage?.({ data: JSON.stringify(server.room.log[0]) });
  await clock.advance(100);
  stop();
  server.write(bo, create("o9"));
  await clock.advance(100);
  expect(heard).toHaveLength(1);
});

test("an own write shows at once and is the same node when its answer and its event have come", async () => {
  const { clock, enter } = setUp();
  const [client] = enter();
  await clock.advance(100);
  client.send(create("b1"));
  expect(client.view.conversations).toMatchObject([{ id: "~b1", state: "pending", broadcastId: "b1" }]);
  await clock.advance(1);
  const view = client.view;
  expect(view.conversations).toMatchObject([{ id: "chat1", state: "sent", broadcastId: "b1" }]);
  await clock.advance(1000);
  expect(client.view).toBe(view);
});

test("a reply waits for its conversation and goes to the real one", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  await clock.advance(100);
  client.send(create("b1"));
  client.send(reply("b2", "~b1", "second"));
  client.send(reply("b3", "~b1", "third"));
  expect(client.view.conversations[0]).toMatchObject({ commentCount: 3, comments: [{}, { text: "second" }, {}] });
  await clock.advance(1000);
  const comments = client.view.conversations[0]?.comments?.map(({ html, state }) => [html, state]);
  expect(comments).toEqual(["hello", "second", "third"].map((text) => [`<p>${text}</p>`, "sent"]));
  expect(server.count("POST", "/comments/")).toBe(2);
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

test("a lost answer is asked for again with the same broadcastId and settles once", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  await clock.advance(100);
  server.isSilent = true;
  server.fault("POST", "/comment-collab-chats", "lost");
  server.fault("POST", "/comment-collab-chats", { status: 502, body: "<html>" });
  client.send(create("b1"));
  await clock.advance(2000);
  expect(client.view.conversations).toMatchObject([{ id: "chat1", state: "sent" }]);
  expect(server.count("POST", "/comment-collab-chats")).toBe(3);
  expect(server.room.seq).toBe(1);
});

test("the event settles a write whose answer hangs", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  await clock.advance(100);
  server.fault("POST", "/comment-collab-chats", "hang");
  client.send(create("b1"));
  await clock.advance(100);
  server.write("anon:1", create("b1"));
  await clock.advance(100);
  expect(client.view.conversations).toMatchObject([{ id: "chat1", state: "sent", broadcastId: "b1" }]);
  await clock.advance(30_000);
  expect(server.count("POST", "/comment-collab-chats")).toBe(1);
});

test("too many are sent again when the server said, neither sooner nor later", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  await clock.advance(100);
  server.fault("POST", "/comment-collab-chats", refused(429, "rate-limited", { "Retry-After": "17" }));
  client.send(create("b1", "mine"));
  await clock.advance(16_000);
  const failure = { code: "rate-limited", retryAfterS: 17 };
  expect(client.view.conversations).toMatchObject([{ state: "failed", failure, comments: [{ text: "mine" }] }]);
  expect(client.view.toSend).toBe(1);
  client.reconnect();
  await clock.advance(100);
  expect(server.count("POST", "/comment-collab-chats")).toBe(1);
  await clock.advance(1000);
  expect(client.view.conversations).toMatchObject([{ id: "chat1", state: "sent" }]);
});

test("a refusal is final and keeps the text until it is retried or taken back", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  await clock.advance(100);
  server.fault("POST", "/comment-collab-chats", refused(403, "forbidden"));
  client.send(create("b1", "mine"));
  await clock.advance(60_000);
  expect(client.view.conversations).toMatchObject([{ state: "failed", failure: { code: "forbidden" } }]);
  expect(client.view.toSend).toBe(0);
  client.retry("b1");
  await clock.advance(100);
  expect(client.view.conversations).toMatchObject([{ id: "chat1", state: "sent" }]);
  server.fault("POST", "/comments/", refused(400, "comment-too-big"));
  client.send(reply("b2", "chat1", "too long"));
  await clock.advance(100);
  expect(client.discard("b2")).toBe("too long");
  expect(client.view.conversations[0]?.comments).toHaveLength(1);
});

test("without an answer for 10 s a write is shown as failed, and still goes through later", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  await clock.advance(100);
  server.fault("POST", "/comment-collab-chats", "hang");
  client.send(create("b1"));
  await clock.advance(9900);
  expect(client.view.conversations).toMatchObject([{ state: "pending" }]);
  await clock.advance(150);
  expect(client.view.conversations).toMatchObject([{ state: "failed", failure: { code: "no-answer" } }]);
  await clock.advance(1000);
  expect(client.view.conversations).toMatchObject([{ id: "chat1", state: "sent" }]);
});

test("without a line a write is no failure: it waits, and is sent when the line is back", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  await clock.advance(100);
  server.isDown = true;
  server.sockets[0]?.end(1006);
  client.send(create("b1"));
  await clock.advance(60_000);
  expect(client.view).toMatchObject({ link: "offline", toSend: 1, conversations: [{ state: "pending" }] });
  server.isDown = false;
  client.reconnect();
  await clock.advance(100);
  expect(client.view).toMatchObject({ link: "live", toSend: 0, conversations: [{ id: "chat1", state: "sent" }] });
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

test("opening reads the comments, keeps them live and marks them read", async () => {
  const { clock, server, enter } = setUp();
  server.write(bo, create("o1"));
  const [client] = enter();
  await clock.advance(100);
  expect(client.view.conversations[0]).toMatchObject({ isUnread: true });
  expect(client.view.conversations[0]?.comments).toBeUndefined();
  server.fault("GET", "/comments/", { status: 503, body: {} });
  client.open("chat1");
  expect(client.view.conversations[0]?.isUnread).toBe(false);
  await clock.advance(1000);
  expect(client.view.conversations[0]?.comments).toHaveLength(1);
  client.close("chat1");
  await clock.advance(100);
  expect(server.count("GET", "/comments/")).toBe(2);
  server.write(bo, reply("o2", "chat1"));
  await clock.advance(100);
  expect(client.view.conversations[0]).toMatchObject({ isUnread: true, comments: [{}, {}] });
  client.open("chat1");
  await clock.advance(100);
  expect(client.view.conversations[0]).toMatchObject({ isUnread: false, comments: [{}, {}] });
  expect(server.room.snapshot("anon:1").conversations[0]?.isUnread).toBe(false);
});

test("tabs of a guest are one person, and know what was read and the name in each other", async () => {
  const { clock, server, enter } = setUp();
  const [first] = enter();
  await clock.advance(100);
  const [second] = enter();
  server.write(bo, create("o1"));
  await clock.advance(100);
  expect(second.view.me?.id).toBe(first.view.me?.id);
  expect(server.count("POST", "/sessions")).toBe(1);
  first.open("chat1");
  expect(second.view.conversations[0]?.isUnread).toBe(false);
  expect(await first.setName("Ana")).toBeUndefined();
  expect([first, second].map(({ view }) => view.me)).toMatchObject(Array(2).fill({ id: "anon:1", name: "Ana" }));
  first.send(create("b1"));
  await clock.advance(100);
  expect(second.view.conversations).toMatchObject([{}, { id: "chat3", isUnread: false, state: "sent" }]);
});

test("a refused session is replaced once, and a guest keeps the name", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  await clock.advance(100);
  await client.setName("Ana");
  server.sessions.clear();
  client.send(create("b1"));
  await clock.advance(1000);
  expect(server.sockets.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  expect(client.view.me).toMatchObject({ id: "anon:4", name: "Ana" });
  expect(client.view).toMatchObject({ link: "live", conversations: [{ id: "chat1", state: "sent" }] });
  expect(server.asked.filter(({ path }) => path.startsWith("/sessions")).at(-1)?.body).toEqual({ guestName: "Ana" });
  expect(server.sockets.at(-1)?.userId).toBe("anon:4");
});

test("tabs whose session is refused become the same new guest", async () => {
  const { clock, server, enter } = setUp();
  const [first] = enter();
  await clock.advance(100);
  const [second] = enter();
  await clock.advance(100);
  server.sessions.clear();
  first.send(create("b1"));
  await clock.advance(1000);
  second.send(create("b2"));
  await clock.advance(1000);
  expect([first, second].map(({ view }) => view.me?.id)).toEqual(["anon:3", "anon:3"]);
  expect(server.count("POST", "/sessions")).toBe(2);
});

test("a page that is no answer of ours is tried again", async () => {
  const { clock, server, enter } = setUp();
  server.fault("GET", "/comment-collab-chats", { status: 200, body: { portal: "please pay" } });
  const [client] = enter();
  await clock.advance(1000);
  expect(client.view.link).toBe("live");
});

test("a session made by SSO is kept by nobody but the page", async () => {
  const { clock, server, browser, enter } = setUp();
  const [client] = enter({ sso: { userDataJSONBase64: "x" } });
  await clock.advance(100);
  expect(client.view.me).toMatchObject({ id: "demo:ana", isGuest: false });
  expect(server.asked[0]?.body).toEqual({ sso: { userDataJSONBase64: "x" } });
  expect([...browser.storage.keys()]).toEqual([]);
});

test("a storage that throws costs nothing but memory", async () => {
  const { clock, browser, enter } = setUp();
  browser.isStorageForbidden = true;
  const [client] = enter();
  await clock.advance(100);
  expect(client.view.link).toBe("live");
});

test.each([
  ["an unknown tenant", "/comment-collab-chats", refused(404, "invalid-tenant"), "invalid-tenant"],
  ["a wrong signature", "/sessions", refused(401, "invalid-sso"), "invalid-sso"],
])("%s is refused with its code, and tried again only when the reader wants", async (_, path, reply, refusal) => {
  const { clock, server, enter } = setUp();
  server.faults.push({ match: (asked) => asked.path.startsWith(path), reply });
  const [client] = enter();
  await clock.advance(60_000);
  expect(client.view).toMatchObject({ link: "refused", refusal, isLoaded: false });
  client.reconnect();
  await clock.advance(100);
  expect(client.view.link).toBe("live");
  expect(client.view.refusal).toBeUndefined();
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

test("typing is told at most every 3 s, in stored conversations, while the line is live", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  client.typing("chat1");
  server.write(bo, create("o1"));
  await clock.advance(100);
  client.typing("~b1");
  for (let i = 0; i < 7; i++) {
    client.typing("chat1");
    await clock.advance(1000);
  }
  const said = () => server.sockets.flatMap((socket) => socket.said).filter(({ type }) => type === "typing");
  expect(said()).toEqual(Array(3).fill({ type: "typing", urlId: "book-p2", chatId: "chat1" }));
  server.isDown = true;
  server.sockets[0]?.end(1006);
  await clock.advance(5000);
  client.typing("chat1");
  expect(said()).toHaveLength(3);
});

test("others are shown as typing for 6 s, or until they have written", async () => {
  const { clock, server, browser, enter } = setUp();
  server.write(bo, create("o1"));
  const [ana] = enter();
  const [cy] = enter({}, new FakeBrowser(clock, server).openTab());
  await clock.advance(100);
  await ana.setName("Ana");
  const typing = () => [ana, cy].map(({ view }) => view.conversations[0]?.typing);
  ana.typing("chat1");
  await clock.advance(100);
  expect(typing()).toEqual([undefined, ["Ana"]]);
  await clock.advance(5000);
  ana.typing("chat1");
  await clock.advance(5900);
  expect(typing()).toEqual([undefined, ["Ana"]]);
  await clock.advance(200);
  expect(typing()).toEqual([undefined, undefined]);
  ana.typing("chat1");
  await clock.advance(100);
  expect(typing()).toEqual([undefined, ["Ana"]]);
  ana.send(reply("b1", "chat1"));
  await clock.advance(100);
  expect(typing()).toEqual([undefined, undefined]);
  expect(browser.channels).toHaveLength(1);
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

test("the source of a comment is what was typed", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  await clock.advance(100);
  expect(await client.sourceText("chat1", "comment2")).toBe("source of comment2");
  server.fault("GET", "/comments/", refused(403, "forbidden"));
  await expect(client.sourceText("chat1", "comment2")).rejects.toThrow("forbidden");
});

test("a destroyed client leaves no timer, socket, listener or channel, and does nothing more", async () => {
  const { clock, server, browser, enter } = setUp();
  server.write(bo, create("o1"));
  const [client, tab] = enter();
  await clock.advance(100);
  server.faults.push({ match: () => true, reply: "hang" }, { match: () => true, reply: "hang" });
  client.send(create("b1"));
  client.open("chat1");
  client.destroy();
  await clock.advance(1);
  expect(clock.size).toBe(0);
  expect(browser.channels).toEqual([]);
  expect(server.sockets.every(({ isClosed }) => isClosed)).toBe(true);
  const before = server.asked.length;
  tab.window.dispatchEvent(new Event("online"));
  client.send(create("b2"));
  client.reconnect();
  await clock.advance(60_000);
  expect(server.asked).toHaveLength(before);
  expect(clock.size).toBe(0);
});

import { expect, test } from "vitest";
import type { Command, View } from "../src/core/model";
import { createClient, newBroadcastId, type Client, type ClientOptions } from "../src/io/client";
import { FakeBrowser, FakeClock, FakeServer, refused, type FakeTab } from "./fake-browser";
import { create } from "./fake-room";
import { seeded } from "./seeded";

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
const hide = ({ document }: FakeTab, visibilityState: string) => {
  document.visibilityState = visibilityState;
  document.dispatchEvent(new Event("visibilitychange"));
};

test("a start asks for session, snapshot, socket and log, in this order", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  expect(client.view).toMatchObject({ link: "connecting", isLoaded: false });
  await clock.advance(100);
  expect(server.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "POST /sessions/demo",
    "GET /comment-collab-chats/demo",
    "GET /event-log/demo",
  ]);
  expect(server.sockets[0]?.url).toBe("wss://chat.example/sub?urlId=room&userIdWS=anon%3A1&tenantIdWS=demo");
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

test("a gap on a live socket is filled from the log, over several pages", async () => {
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
});

test("an answer ahead of a silent socket makes us read the log at once", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  await clock.advance(100);
  server.isSilent = true;
  server.write(bo, create("o1"));
  client.send(create("b1"));
  await clock.advance(100);
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

test("a refusal is final and keeps the text until it is retried or taken back", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  await clock.advance(100);
  server.fault("POST", "/comment-collab-chats", refused(429, "rate-limited", { "Retry-After": "7" }));
  client.send(create("b1", "mine"));
  await clock.advance(20_000);
  const failure = { code: "rate-limited", retryAfterS: 7 };
  expect(client.view.conversations).toMatchObject([{ state: "failed", failure, comments: [{ text: "mine" }] }]);
  client.retry("b1");
  await clock.advance(100);
  expect(client.view.conversations).toMatchObject([{ id: "chat1", state: "sent" }]);
  server.fault("POST", "/comments/", refused(400, "comment-too-big"));
  client.send(reply("b2", "chat1", "too long"));
  await clock.advance(100);
  expect(client.discard("b2")).toBe("too long");
  expect(client.view.conversations[0]?.comments).toHaveLength(1);
});

test("without an answer for 10 s a write is shown as failed, and still goes through when the line is back", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  await clock.advance(100);
  server.isDown = true;
  server.sockets[0]?.end(1006);
  client.send(create("b1"));
  await clock.advance(9900);
  expect(client.view.conversations).toMatchObject([{ state: "pending" }]);
  await clock.advance(200);
  expect(client.view.conversations).toMatchObject([{ state: "failed", failure: { code: "no-answer" } }]);
  expect(client.view.link).toBe("offline");
  server.isDown = false;
  client.reconnect();
  await clock.advance(100);
  expect(client.view).toMatchObject({ link: "live", conversations: [{ id: "chat1", state: "sent" }] });
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
  expect(server.sockets.at(-1)?.url).toContain("userIdWS=anon%3A4");
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

test("a page that slept looks for what it missed when it is seen again", async () => {
  const { clock, server, enter } = setUp();
  const [client, tab] = enter();
  await clock.advance(100);
  server.isSilent = true;
  server.write(bo, create("o1"));
  hide(tab, "hidden");
  await clock.advance(30_000);
  expect(client.view.conversations).toHaveLength(0);
  hide(tab, "visible");
  await clock.advance(100);
  expect(client.view.conversations).toHaveLength(1);
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
  server.sockets[0]?.onmessage?.({ data: '{"type":"p-u","sc":12}' });
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

test("broadcastIds are 32 hexadecimal digits and never the same", () => {
  const made = new Set(Array.from({ length: 100 }, newBroadcastId));
  expect(made.size).toBe(100);
  for (const id of made) expect(id).toMatch(/^[0-9a-f]{32}$/);
});

test("any schedule of cuts, faults, resets and writes ends with every client equal to the server", async () => {
  for (let seed = 0; seed < 60; seed++) {
    const below = seeded(seed);
    const { clock, server, browser, enter } = setUp();
    const other = new FakeBrowser(clock, server);
    const clients = [enter({}, browser.openTab())[0], enter({}, browser.openTab())[0], enter({}, other.openTab())[0]];
    await clock.advance(100);
    for (let i = 0; i < 40; i++) {
      const client = clients[below(3)] as Client;
      const chat = client.view.conversations[below(client.view.conversations.length || 1)];
      const broadcastId = `b${i}`;
      const chatId = chat?.id ?? "";
      const commentId = chat?.comments?.filter(({ state }) => state === "sent")[0]?.id;
      const acts: (() => void)[] = [
        () => client.send(create(broadcastId)),
        () => chat && client.send(reply(broadcastId, chatId)),
        () => chat && client.send({ type: "resolve", broadcastId, chatId, isResolved: Boolean(below(2)) }),
        () => commentId && client.send({ type: "edit", broadcastId, chatId, commentId, text: broadcastId }),
        () => commentId && client.send({ type: "delete-comment", broadcastId, chatId, commentId }),
        () => below(3) === 0 && chat && client.send({ type: "delete", broadcastId, chatId }),
        () => chat && client.open(chatId),
        () => chat && client.close(chatId),
        () => server.sockets[below(server.sockets.length || 1)]?.end(1006),
        () => server.faults.push({ match: ({ method }) => method !== "GET", reply: "lost" }),
        () => server.faults.push({ match: () => true, reply: { status: 503, body: null } }),
        () => (server.isDown = !below(3)),
        () => (server.isSilent = !below(3)),
        () => below(3) === 0 && server.room.changeEpoch(),
      ];
      acts[below(acts.length)]?.();
      await clock.advance(below(3) ? below(50) : below(4000));
    }
    Object.assign(server, { isDown: false, isSilent: false, faults: [] });
    for (const socket of server.sockets) if (socket.isOpen) socket.end(1006);
    await clock.advance(60_000);
    // What the server has refused is taken back, as a reader would.
    for (const client of clients) {
      for (const chat of client.view.conversations) {
        for (const { state, broadcastId } of chat.comments ?? [])
          if (state === "failed" && broadcastId) client.discard(broadcastId);
        if (chat.failedBroadcastId) client.discard(chat.failedBroadcastId);
      }
      for (const { id } of client.view.conversations) client.open(id);
    }
    await clock.advance(5000);
    const expected = server.room
      .snapshot("x")
      .conversations.map(({ _id, commentCount, isResolved, lastCommentAt }) => ({
        id: _id,
        comments: server.room.commentIds(_id),
        ...{ commentCount, isResolved, lastCommentAt },
      }));
    for (const { view } of clients) {
      expect(view.link, `seed ${seed}`).toBe("live");
      const seen = view.conversations.map(({ id, comments, commentCount, isResolved, lastCommentAt }) => ({
        id,
        comments: comments?.map((comment) => comment.id),
        ...{ commentCount, isResolved, lastCommentAt },
      }));
      expect(seen, `seed ${seed}`).toEqual(expected);
    }
    for (const client of clients) client.destroy();
  }
}, 60_000);

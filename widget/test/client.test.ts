// One container's client: what a reader sees and writes.
import { expect, test } from "vitest";
import type { View } from "../src/core/model";
import { FakeBrowser } from "./fake-browser";
import { create, reply } from "./fake-room";
import { refused } from "./fake-server";
import { setUp } from "./set-up";

const bo = "demo:bo";

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

test("a guest who signs in shows who they were, once, and the guest is forgotten", async () => {
  const { clock, server, browser, enter } = setUp();
  const [, tab] = enter();
  await clock.advance(100);
  const [key = ""] = browser.storage.keys();
  const { session } = JSON.parse(browser.storage.get(key) ?? "") as { session: string };
  tab.kill();
  server.fault("POST", "/sessions", refused(401, "expired-sso"));
  const [early, earlyTab] = enter({ sso: { userDataJSONBase64: "x" } });
  await clock.advance(100);
  expect(early.view).toMatchObject({ link: "refused", refusal: "expired-sso" });
  expect(browser.storage.size, "not before it is done").toBe(1);
  earlyTab.kill();
  const [ana, anas] = enter({ sso: { userDataJSONBase64: "x" } });
  await clock.advance(100);
  expect(ana.view.me?.id).toBe("demo:ana");
  expect(server.asked.filter(({ path }) => path === "/sessions/demo").at(-1)?.bearer).toBe(session);
  expect(browser.storage.size).toBe(0);
  anas.kill();
  enter({ sso: { userDataJSONBase64: "x" } });
  await clock.advance(100);
  expect(server.asked.filter(({ path }) => path === "/sessions/demo").at(-1)?.bearer).toBe("");
  expect(server.claimed).toEqual(["anon:1"]);
});

test("why the server refuses a text is known to the view, and the text is kept", async () => {
  const { clock, server, enter } = setUp();
  const [client] = enter();
  await clock.advance(100);
  const reason = "You were banned here: advertising.";
  server.fault("POST", "/comment-collab-chats", {
    status: 403,
    body: { status: "failed", code: "banned", reason, bannedUntil: 1_900_000_000_000 },
  });
  client.send(create("b1", "mine"));
  await clock.advance(1000);
  expect(client.view.conversations).toMatchObject([
    { state: "failed", failure: { code: "banned", reason }, comments: [{ text: "mine" }] },
  ]);
});

test("a storage that throws costs nothing but memory", async () => {
  const { clock, browser, enter } = setUp();
  browser.isStorageForbidden = true;
  const [client] = enter();
  await clock.advance(100);
  expect(client.view.link).toBe("live");
});

const banned = { status: 403, body: { status: "failed", code: "banned", reason: "You were banned here: spam" } };

test.each([
  ["an unknown tenant", "/comment-collab-chats", refused(404, "invalid-tenant"), "invalid-tenant"],
  ["a wrong signature", "/sessions", refused(401, "invalid-sso"), "invalid-sso"],
  ["a ban", "/comment-collab-chats", banned, banned.body.reason],
])(
  "%s is refused with its code or sentence, and tried again only when the reader wants",
  async (_, path, reply, refusal) => {
    const { clock, server, enter } = setUp();
    server.faults.push({ match: (asked) => asked.path.startsWith(path), reply });
    const [client] = enter();
    await clock.advance(60_000);
    expect(client.view).toMatchObject({ link: "refused", refusal, isLoaded: false });
    client.reconnect();
    await clock.advance(100);
    expect(client.view.link).toBe("live");
    expect(client.view.refusal).toBeUndefined();
  },
);

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

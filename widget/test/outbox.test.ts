import { expect, test } from "vitest";
import type { Client } from "../src/io/client";
import { create, reply as replyWith } from "./fake-room";
import { refused } from "./fake-server";
import { setUp as setUpPages } from "./set-up";

const prefix = "collabchat:https://chat.example:demo:book-p2:";
const day = 86_400_000;
/** A reply whose words are its broadcastId. */
const reply = (broadcastId: string, chatId: string, text = broadcastId) => replyWith(broadcastId, chatId, text);

/** A guest with a name, whose page is live. */
async function setUp() {
  const { clock, server, browser, enter } = setUpPages();
  const [client, tab] = enter();
  await clock.advance(100);
  await client.setName("Ana");
  const goDown = () => {
    server.isDown = true;
    for (const socket of server.sockets) socket.end(1006);
  };
  const kept = () => [...browser.storage.keys()].filter((key) => key.startsWith(prefix));
  return { clock, server, browser, enter, client, tab, goDown, kept };
}

const texts = ({ view }: Client) =>
  view.conversations.map(({ comments = [] }) => comments.map(({ html, text }) => html ?? text));

test("what is written offline survives a reload, is shown before any snapshot, and is sent once, in order", async () => {
  const { clock, server, enter, client, tab, goDown, kept } = await setUp();
  goDown();
  client.send(create("b1", "one"));
  for (const id of ["b2", "b3"]) client.send(reply(id, "~b1"));
  await clock.advance(30_000);
  expect(client.view).toMatchObject({ link: "offline", toSend: 3 });
  expect(kept()).toEqual(["b1", "b2", "b3"].map((id) => prefix + id));
  tab.kill();
  const [again] = enter();
  expect(again.view).toMatchObject({ isLoaded: false, toSend: 3, me: { name: "Ana" } });
  expect(again.view.conversations[0]).toMatchObject({ state: "pending", createdBy: { id: "anon:1", name: "Ana" } });
  expect(texts(again)).toEqual([["one", "b2", "b3"]]);
  await clock.advance(30_000);
  server.isDown = false;
  await clock.advance(25_000);
  expect(texts(again)).toEqual([["<p>one</p>", "<p>b2</p>", "<p>b3</p>"]]);
  expect(again.view).toMatchObject({ link: "live", toSend: 0 });
  expect(server.room.seq).toBe(3);
  expect(kept()).toEqual([]);
});

test("what was sent, and never answered, is settled by the next page's snapshot", async () => {
  const { clock, server, enter, client, tab, kept } = await setUp();
  server.isSilent = true;
  server.fault("POST", "/comment-collab-chats", "hang");
  client.send(create("b1"));
  client.send(reply("b2", "~b1"));
  await clock.advance(10);
  server.write("anon:1", create("b1"));
  tab.kill();
  const [again] = enter();
  await clock.advance(100);
  expect(again.view.conversations).toMatchObject([{ id: "chat1", commentCount: 2, state: "sent" }]);
  expect(server.count("POST", "/comment-collab-chats")).toBe(1);
  expect(server.room.seq).toBe(2);
  expect(kept()).toEqual([]);
});

test("a reply to a stored conversation is shown after a reload, though the conversation cannot be read", async () => {
  const { clock, server, enter, client, tab, goDown } = await setUp();
  client.send(create("b1", "one"));
  await clock.advance(100);
  client.open("chat1");
  await clock.advance(100);
  goDown();
  client.send(reply("b2", "~b1", "two"));
  await clock.advance(100);
  tab.kill();
  const [again] = enter();
  expect(again.view.conversations).toMatchObject([
    { id: "chat1", anchor: { quote: "word" }, comments: [{ text: "two" }] },
  ]);
  server.isDown = false;
  await clock.advance(25_000);
  expect(server.room.commentIds("chat1")).toHaveLength(2);
});

test("a refused write is kept until it is taken back, and not sent again", async () => {
  const { clock, server, enter, client, tab, kept } = await setUp();
  server.fault("POST", "/comment-collab-chats", refused(403, "forbidden"));
  client.send(create("b1", "mine"));
  await clock.advance(100);
  tab.kill();
  const [again] = enter();
  await clock.advance(60_000);
  expect(again.view.conversations).toMatchObject([{ state: "failed", failure: { code: "forbidden" } }]);
  expect(server.count("POST", "/comment-collab-chats")).toBe(1);
  expect(again.discard("b1")).toBe("mine");
  expect(kept()).toEqual([]);
});

test("a write older than 6 days waits for the reader's word", async () => {
  const { clock, server, enter, client, tab, goDown } = await setUp();
  goDown();
  client.send(create("b1"));
  await clock.advance(100);
  tab.kill();
  clock.sleep(6 * day);
  server.isDown = false;
  const [again] = enter();
  await clock.advance(1000);
  expect(again.view.conversations).toMatchObject([{ state: "failed", failure: { code: "too-old" } }]);
  again.retry("b1");
  await clock.advance(100);
  expect(again.view.conversations).toMatchObject([{ id: "chat1", state: "sent" }]);
});

test("another reader of this browser does not send them, and leaves them where they are", async () => {
  const { clock, server, browser, enter, client, tab, goDown, kept } = await setUp();
  goDown();
  client.send(create("b1", "mine"));
  await clock.advance(100);
  tab.kill();
  server.isDown = false;
  const session = browser.storage.get("collabchat:https://chat.example:demo") ?? "";
  const [other, others] = enter({ sso: { isGone: true } });
  await clock.advance(1000);
  expect(other.view).toMatchObject({ me: { id: "anon:4" }, conversations: [], toSend: 0 });
  expect(kept()).toEqual([`${prefix}b1`]);
  others.kill();
  expect(browser.storage.get("collabchat:https://chat.example:demo"), "a guest of SSO forgets none").toBe(session);
  const [again] = enter({}, browser.openTab());
  await clock.advance(1000);
  expect(again.view.conversations).toMatchObject([{ id: "chat1", createdBy: { id: "anon:1" } }]);
});

test("a guest who signs in takes along what is not sent yet", async () => {
  const { clock, server, enter, client, tab, goDown, kept } = await setUp();
  goDown();
  client.send(create("b1", "mine"));
  await clock.advance(100);
  tab.kill();
  server.isDown = false;
  const [ana] = enter({ sso: { userDataJSONBase64: "x" } });
  await clock.advance(1000);
  expect(server.claimed).toEqual(["anon:1"]);
  expect(ana.view.conversations).toMatchObject([{ id: "chat1", createdBy: { id: "demo:ana" }, state: "sent" }]);
  expect(kept()).toEqual([]);
});

test("a room takes what is its own: another's name may begin as its", async () => {
  const { clock, enter, client, tab, goDown } = await setUp();
  goDown();
  client.send(create("b1"));
  await clock.advance(100);
  tab.kill();
  const [other] = enter({ urlId: "book-p2:b1".slice(0, 4) });
  expect(other.view.toSend).toBe(0);
  other.destroy();
  const [longer, itsTab] = enter({ urlId: "book-p2:appendix" });
  longer.send(create("b2"));
  await clock.advance(100);
  itsTab.kill();
  expect(enter()[0].view.toSend).toBe(1);
});

test("a page that only reads sends nothing that was left", async () => {
  const { clock, server, enter, client, tab, goDown } = await setUp();
  goDown();
  client.send(create("b1"));
  await clock.advance(100);
  tab.kill();
  server.isDown = false;
  const [reader] = enter({ readonly: true });
  await clock.advance(1000);
  expect(reader.view.conversations).toEqual([]);
});

test("a tab that was opened meanwhile has them too; they are sent once, and taken back in both", async () => {
  const { clock, server, enter, client, goDown } = await setUp();
  goDown();
  client.send(create("b1"));
  client.send(create("b2"));
  await clock.advance(100);
  server.isDown = false;
  server.fault("POST", "/comment-collab-chats", refused(403, "forbidden"));
  server.fault("POST", "/comment-collab-chats", refused(403, "forbidden"));
  const [second] = enter();
  await clock.advance(25_000);
  for (const id of [client, second]
    .flatMap(({ view }) => view.conversations.filter(({ state }) => state === "failed"))
    .map(({ broadcastId = "" }) => broadcastId))
    client.discard(id);
  await clock.advance(1000);
  const [first, other] = [client, second].map(({ view }) => view.conversations.map(({ id, state }) => ({ id, state })));
  expect(first).toEqual(other);
  expect([client.view.toSend, second.view.toSend]).toEqual([0, 0]);
  expect(server.room.chatIds()).toEqual(first?.map(({ id }) => id));
});

test.each(["isStorageForbidden", "isStorageFull"] as const)(
  "where %s, writes live as long as the page",
  async (fault) => {
    const { clock, server, browser, enter, client, tab, goDown } = await setUp();
    browser[fault] = true;
    goDown();
    client.send(create("b1"));
    await clock.advance(5000);
    expect(client.view.toSend).toBe(1);
    server.isDown = false;
    await clock.advance(25_000);
    expect(client.view.conversations).toMatchObject([{ id: "chat1", state: "sent" }]);
    tab.kill();
    expect(enter()[0].view.toSend).toBe(0);
  },
);

test("a record that cannot be read harms nobody", async () => {
  const { clock, browser, enter } = await setUp();
  browser.storage.set(`${prefix}x`, "{");
  const [client] = enter();
  await clock.advance(100);
  expect(client.view.link).toBe("live");
});

test("what was written before the first snapshot is sent after it", async () => {
  const { clock, server, browser, enter } = await setUp();
  server.isDown = true;
  browser.storage.clear();
  const [client] = enter();
  client.send(create("b1"));
  await clock.advance(12_000);
  expect(client.view.conversations).toMatchObject([{ state: "pending" }]);
  server.isDown = false;
  await clock.advance(25_000);
  expect(client.view.conversations).toMatchObject([{ id: "chat1", state: "sent" }]);
  expect(server.room.seq).toBe(1);
});

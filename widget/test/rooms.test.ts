// The rooms of a page: its own, and those of its private conversations, on one socket; and what happens when a right ends.
import { expect, test } from "vitest";
import type { View } from "../src/core/model";
import { FakeBrowser } from "./fake-browser";
import { create, reply } from "./fake-room";
import { refused } from "./fake-server";
import { openClient, setUp as setUpPages } from "./set-up";

const bo = "demo:bo";
const me = "anon:1";
const secret = "circle:1chat1";
const ids = ({ conversations }: View) => conversations.map(({ id }) => id);

/** A page with a discussion for everybody and one for this reader and Bo. */
async function setUp() {
  const pages = setUpPages();
  const { clock, server, enter } = pages;
  server.write(bo, create("o1"));
  const circle = server.circleOf("book-p2", "circle:1", me, bo);
  server.write(bo, create("o2"), "circle:1");
  const [client, tab] = enter();
  await clock.advance(100);
  const tell = (broadcastId: string, room = "circle:1") => server.write(bo, create(broadcastId), room);
  return { ...pages, client, tab, circle, tell };
}

test("all rooms are watched on one socket, each from its own position", async () => {
  const { clock, server, client, circle, tell } = await setUp();
  expect(server.sockets[0]?.said).toMatchObject([
    {
      type: "hello",
      rooms: [
        { urlId: "book-p2", epoch: "e1", seq: 1 },
        { urlId: "circle:1", epoch: "e1", seq: 1 },
      ],
    },
  ]);
  expect(client.view.conversations).toMatchObject([{ id: "chat1" }, { id: secret, room: "circle:1" }]);
  tell("o3");
  tell("o4", "book-p2");
  await clock.advance(100);
  expect(new Set(ids(client.view))).toEqual(new Set([...server.room.chatIds(), ...circle.chatIds()]));
  server.sockets[0]?.end(1006);
  for (const i of [5, 6, 7]) tell(`o${i}`);
  await clock.advance(2000);
  expect(server.sockets[1]?.said[0]?.rooms).toMatchObject([{ seq: 2 }, { seq: 2 }]);
  expect(client.view).toMatchObject({ link: "live", conversations: Array(7).fill({}) });
});

test("who may not see it is told nothing of it", async () => {
  const { clock, server, tell } = await setUp();
  const cy = openClient(new FakeBrowser(clock, server).openTab());
  await clock.advance(100);
  tell("o3");
  await clock.advance(100);
  expect(ids(cy.view)).toEqual(["chat1"]);
  expect(server.sockets.at(-1)?.rooms.has("circle:1")).toBe(false);
});

test("writing in it goes as anywhere: it is shown at once, and its answer is no change on screen", async () => {
  const { clock, server, client, circle } = await setUp();
  client.open(secret);
  await clock.advance(100);
  server.isSilent = true;
  server.write(bo, reply("o3", secret), "circle:1");
  client.send(reply("b1", secret, "mine"));
  await clock.advance(100);
  const texts = () => client.view.conversations[1]?.comments?.map(({ html, state }) => [html, state]);
  expect(texts()?.at(-1)).toEqual(["<p>mine</p>", "sent"]);
  expect(client.view.toSend).toBe(0);
  await clock.advance(2000);
  expect(texts()).toEqual(["hello", "reply", "mine"].map((text) => [`<p>${text}</p>`, "sent"]));
  expect(circle.seq).toBe(3);
  client.typing(secret);
  expect(server.sockets[0]?.said.at(-1)).toEqual({ type: "typing", urlId: "circle:1", chatId: secret });
});

test("a gap in it, and its last event lost, are found as in the page's own room", async () => {
  const { clock, server, client, tell } = await setUp();
  server.isSilent = true;
  tell("o3");
  server.isSilent = false;
  tell("o4");
  await clock.advance(100);
  expect(client.view.conversations).toHaveLength(4);
  server.isSilent = true;
  tell("o5");
  await clock.advance(28_000);
  expect(client.view.conversations).toHaveLength(5);
  expect(server.sockets).toHaveLength(1);
});

test("what is still missing of it is not made up for by the page's own events", async () => {
  const { clock, server, client, tell } = await setUp();
  server.isSilent = true;
  tell("o3");
  server.isSilent = false;
  server.tell("book-p2", { type: "h", heads: { "book-p2": 1, "circle:1": 2 } });
  for (let i = 4; i < 10; i++) {
    await clock.advance(500);
    tell(`o${i}`, "book-p2");
  }
  await clock.advance(100);
  expect(client.view.conversations).toHaveLength(9);
});

test.each(["epoch", "retention", "far", "ahead"])(
  "a reset of it by %s brings a snapshot, and nothing of the page's own is lost or doubled",
  async (reason) => {
    const { clock, server, client, circle, tell } = await setUp();
    for (let i = 3; i < 6; i++) tell(`o${i}`);
    await clock.advance(100);
    server.isSilent = true;
    if (reason === "ahead") {
      circle.seq = 2;
      circle.log.splice(2);
    } else for (let i = 6; i < 9; i++) tell(`o${i}`);
    if (reason === "epoch") server.changeEpoch(circle);
    if (reason === "retention") circle.prune();
    if (reason === "far") circle.farAfter = 2;
    server.isSilent = false;
    tell("p1", "book-p2");
    server.sockets[0]?.end(1006);
    await clock.advance(10);
    tell("p2", "book-p2");
    await clock.advance(2000);
    tell("last");
    tell("p3", "book-p2");
    await clock.advance(100);
    expect(ids(client.view).sort()).toEqual([...server.room.chatIds(), ...circle.chatIds()].sort());
    expect(client.view.link).toBe("live");
  },
);

test("a write answered in a new epoch of it brings the new snapshot", async () => {
  const { clock, server, client, circle } = await setUp();
  server.isSilent = true;
  circle.changeEpoch();
  client.send(reply("b1", secret));
  await clock.advance(100);
  expect(client.view.conversations[1]).toMatchObject({ id: secret, commentCount: 2, state: "sent" });
  expect(server.sockets[0]?.said.slice(-2)).toMatchObject([
    { type: "watch", urlId: "circle:1", epoch: "e2", seq: 4 },
    { type: "watch", urlId: "book-p2", epoch: "e1", seq: 1 },
  ]);
});

test("one that is born while the page is open is found by the page's reset", async () => {
  const { clock, server, client } = await setUp();
  const second = server.circleOf("book-p2", "circle:2", me);
  server.write(bo, create("o3"), "circle:2");
  await clock.advance(100);
  server.write(bo, create("o4"), "circle:2");
  await clock.advance(100);
  expect(ids(client.view).slice(-2).sort()).toEqual([secret, ...second.chatIds()].sort().slice(-2));
  expect(client.view).toMatchObject({ link: "live", conversations: Array(4).fill({}) });
});

test("a right that ends takes its conversations away at once, and the rest goes on", async () => {
  const { clock, server, client, circle, tell } = await setUp();
  const links = new Set<string>();
  client.subscribe(({ link }) => links.add(link));
  server.revoke(circle, me);
  await clock.advance(10);
  expect(ids(client.view)).toEqual(["chat1"]);
  tell("o3");
  tell("o4", "book-p2");
  await clock.advance(60_000);
  expect(ids(client.view)).toEqual(["chat1", "chat3"]);
  expect([...links]).toEqual(["live"]);
  expect(server.sockets).toHaveLength(1);
  server.grant("book-p2", circle, me);
  await clock.advance(100);
  expect(client.view.conversations).toHaveLength(4);
});

test("a right that ended while the line was lost is noticed when it is back", async () => {
  const { clock, server, client, circle } = await setUp();
  server.sockets[0]?.end(1006);
  server.revoke(circle, me);
  await clock.advance(2000);
  expect(client.view).toMatchObject({ link: "live", conversations: [{ id: "chat1" }] });
});

test("a room that a snapshot lists no more is left", async () => {
  const { clock, server, client, circle } = await setUp();
  circle.readers?.delete(me);
  server.changeEpoch();
  await clock.advance(1000);
  expect(ids(client.view)).toEqual(["chat1"]);
  expect(server.sockets[0]?.said).toContainEqual({ type: "unwatch", urlId: "circle:1" });
});

test("a reply to a conversation that was lost meanwhile keeps the words, and shows nobody else's", async () => {
  const { clock, server, client, circle } = await setUp();
  client.open(secret);
  await clock.advance(100);
  server.fault("POST", "/comments/", { status: 503, body: null });
  client.send(reply("b1", secret, "my thoughts"));
  server.revoke(circle, me);
  await clock.advance(5000);
  expect(client.view.conversations).toMatchObject([
    { id: "chat1" },
    { id: secret, comments: [{ text: "my thoughts", state: "failed", failure: { code: "not-found" } }] },
  ]);
  expect(client.discard("b1")).toBe("my thoughts");
  expect(ids(client.view)).toEqual(["chat1"]);
});

test("where the page itself may be seen no more, nothing of it stays, and nothing is watched", async () => {
  const { clock, server, client } = await setUp();
  server.revoke(server.room, me);
  await clock.advance(100);
  expect(client.view).toMatchObject({ link: "refused", refusal: "not-found", isLoaded: false, conversations: [] });
  expect(server.sockets[0]?.rooms.size).toBe(0);
  client.reconnect();
  await clock.advance(100);
  expect(client.view).toMatchObject({ link: "refused", conversations: [] });
  server.forbidden.clear();
  client.reconnect();
  expect(client.view.conversations, "not before the server has said so").toEqual([]);
  await clock.advance(100);
  expect(client.view).toMatchObject({ link: "live", conversations: [{}, {}] });
});

test.each([4400, 4403])(
  "a socket closed with %i leaves nothing on the screen until the server lets in again",
  async (code) => {
    const { clock, server, client, tell } = await setUp();
    server.sockets[0]?.end(code);
    expect(client.view).toMatchObject({ link: "refused", conversations: [] });
    tell("o3");
    await clock.advance(60_000);
    expect(server.sockets).toHaveLength(1);
    client.reconnect();
    await clock.advance(100);
    expect(client.view).toMatchObject({ link: "live", conversations: [{}, {}, {}] });
  },
);

test("a session that ended shows the page as whoever is here now may see it", async () => {
  const { clock, server, client } = await setUp();
  server.sessions.clear();
  server.expireTokens();
  await clock.advance(2000);
  expect(client.view).toMatchObject({ link: "live", conversations: [{ id: "chat1" }] });
  expect(client.view.me?.id).not.toBe(me);
});

test("who is banned sees why their words were refused, and of the others nothing", async () => {
  const { clock, server, client } = await setUp();
  const reason = "You were banned here: advertising.";
  server.faults.push({
    match: ({ method }) => method === "POST",
    reply: { status: 403, body: { status: "failed", code: "banned", reason } },
  });
  client.send(reply("b1", "chat1", "buy now"));
  await clock.advance(10);
  server.faults.push({ match: () => true, reply: refused(403, "banned") });
  server.sockets[0]?.end(4403);
  await clock.advance(100);
  expect(client.view).toMatchObject({
    link: "refused",
    conversations: [{ id: "chat1", comments: [{ text: "buy now", failure: { code: "banned", reason } }] }],
  });
});

test("who is here is counted in the page's own room", async () => {
  const { clock, server, client, circle } = await setUp();
  circle.viewerCount = 9;
  server.room.viewerCount = 3;
  server.sockets[0]?.end(1006);
  await clock.advance(2000);
  expect(client.view.viewerCount).toBe(3);
});

test("a container that goes does not take a room away from its twin", async () => {
  const { clock, enter, server, client, tab, tell } = await setUp();
  const [twin] = enter({}, tab);
  await clock.advance(100);
  client.destroy();
  await clock.advance(100);
  tell("o3");
  tell("o4", "book-p2");
  await clock.advance(100);
  expect(twin.view.conversations).toHaveLength(4);
  twin.destroy();
  expect(server.sockets[0]?.isClosed).toBe(true);
});

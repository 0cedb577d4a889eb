// Any schedule of writes, cuts, losses, resets, reloads, sleep, and rights that come and go ends with every page equal to
// what the server shows to its reader.
import { expect, test } from "vitest";
import type { Command } from "../src/core/model";
import type { Client } from "../src/io/client";
import { FakeBrowser, FakeClock, type FakeTab } from "./fake-browser";
import { create, type FakeRoom } from "./fake-room";
import { FakeServer } from "./fake-server";
import { seeded } from "./seeded";
import { openClient } from "./set-up";

const SCHEDULES = 120;
const STEPS = 60;

interface Page {
  client: Client;
  tab: FakeTab;
  readonly browser: FakeBrowser;
  readonly urlId: string;
  /** Another container of this page, on the same line. */
  readonly beside?: Page;
}

test("any schedule ends with every page equal to the server, and every write there once and in order", async () => {
  for (let seed = 0; seed < SCHEDULES; seed++) await play(seed);
}, 120_000);

async function play(seed: number): Promise<void> {
  const below = seeded(seed);
  const clock = new FakeClock();
  const server = new FakeServer(clock);
  server.windowMs = [0, 50, 200][below(3)] ?? 0;
  const random = () => below(1000) / 1000;
  const [ana, bo] = [new FakeBrowser(clock, server, random), new FakeBrowser(clock, server, random)];
  const createAt = (urlId: string, tab: FakeTab): Client => openClient(tab, { urlId });
  const open = (browser: FakeBrowser, urlId: string, beside?: Page): Page => {
    const tab = beside?.tab ?? browser.openTab();
    return { client: createAt(urlId, tab), tab, browser, urlId, ...(beside && { beside }) };
  };
  // Ana has two tabs, Bo one; both read two rooms, Bo's page has both of them.
  const pages = [open(ana, "book-p2")];
  await clock.advance(100);
  pages.push(open(ana, "book-p2"), open(bo, "book-p2"));
  pages.push(open(bo, "notes", pages[2]));
  await clock.advance(100);
  // What not everybody may see: of the book for Ana, of the book for both, of the notes for Bo.
  const [anas = "", bos = ""] = [pages[0], pages[2]].map((page) => page?.client.view.me?.id);
  const circles = [
    server.circleOf("book-p2", "circle:1", anas),
    server.circleOf("book-p2", "circle:2", anas, bos),
    server.circleOf("notes", "circle:3", bos),
  ];

  /** The texts of each page by broadcastId, without what was refused. */
  const written = new Map(pages.map((page) => [page, new Map<string, string>()]));
  for (let i = 0; i < STEPS; i++) {
    const page = pages[below(pages.length)] as Page;
    const { client, urlId } = page;
    const chats = client.view.conversations.filter(({ state }) => state !== "failed");
    const chat = chats[below(chats.length || 1)];
    const chatId = chat?.id ?? "";
    const commentId = chat?.comments?.find(({ state }) => state === "sent")?.id;
    const broadcastId = `b${i}`;
    const text = `text ${i}`;
    const send = (command: Command) => {
      client.send(command);
      const isText = command.type === "create" || command.type === "reply";
      if (isText) written.get(page)?.set(broadcastId, text);
    };
    const room = server.rooms.get([urlId, "circle:1", "circle:2"][below(3)] ?? "") ?? server.room;
    const circle = circles[below(3)] as FakeRoom;
    const live = server.sockets.filter(({ isOpen }) => isOpen);
    const socket = live[below(live.length || 1)];
    const acts: (() => void)[] = [
      () => send(create(broadcastId, text)),
      () => chat && send({ type: "reply", broadcastId, chatId, text }),
      () => chat && send({ type: "reply", broadcastId, chatId, text }),
      () => chat && send({ type: "resolve", broadcastId, chatId, isResolved: Boolean(below(2)) }),
      () => commentId && send({ type: "edit", broadcastId, chatId, commentId, text }),
      () => below(3) === 0 && commentId && send({ type: "delete-comment", broadcastId, chatId, commentId }),
      () => below(4) === 0 && chat && send({ type: "delete", broadcastId, chatId }),
      () => chat && client.open(chatId),
      () => chat && client.close(chatId),
      () => client.typing(chatId),
      () => burst(server, urlId, i, below(90)),
      () => burst(server, circle.urlId, i, below(9)),
      () => server.revoke(circle, [anas, bos][below(2)] ?? ""),
      () => server.grant(circle === circles[2] ? "notes" : "book-p2", circle, [anas, bos][below(2)] ?? ""),
      () => socket?.end([1006, 1012, 1013, 4413][below(4)] ?? 0),
      () => socket && (socket.isDead = true),
      () => (server.isDamaging = !below(2)),
      () => server.faults.push({ match: ({ method }) => method !== "GET", reply: "lost" }),
      () => server.faults.push({ match: ({ method }) => method !== "GET", reply: "hang" }),
      () => server.faults.push({ match: () => true, reply: { status: 503, body: null } }),
      () => server.faults.push({ match: ({ method }) => method !== "GET", reply: tooMany }),
      () => (server.isDown = !below(3)),
      () => (server.isSilent = !below(2)),
      () => (server.isSocketBlocked = !below(3)),
      () => below(3) === 0 && server.changeEpoch(room),
      () => room.prune(),
      () => (room.farAfter = below(2) ? 500 : 20),
      () => below(3) === 0 && server.expireTokens(),
      () => below(3) === 0 && server.drain([0, 5000]),
      () => {
        const { window } = page.tab;
        window.dispatchEvent(new Event("offline"));
        clock.set(() => window.dispatchEvent(new Event("online")), below(5000));
      },
      () => page.tab.show(below(2) ? "hidden" : "visible"),
      () => clock.sleep(below(400_000)),
      () => reload(page),
    ];
    acts[below(acts.length)]?.();
    await clock.advance(below(3) ? below(60) : below(5000));
    if (!below(20)) await clock.advance(310_000);
  }

  function reload(page: Page): void {
    page.tab.kill();
    const tab = page.browser.openTab();
    // A page is reloaded with all its containers.
    for (const one of pages)
      if (one === page || one.beside === page || page.beside === one)
        Object.assign(one, { tab, client: createAt(one.urlId, tab) });
  }

  // The faults end, and nobody is helped: no socket is cut, no page reloaded; only seen.
  Object.assign(server, { isDown: false, isSilent: false, isDamaging: false, isSocketBlocked: false, faults: [] });
  for (const { tab } of pages) if (tab.document.visibilityState === "hidden") tab.show("visible");
  await clock.advance(90_000);
  const said = `seed ${seed}`;
  for (const { client, urlId } of pages) {
    // What the server has refused is taken back, as a reader would.
    for (const chat of client.view.conversations) {
      for (const { state, broadcastId } of chat.comments ?? [])
        if (state === "failed" && broadcastId) {
          for (const texts of written.values()) texts.delete(broadcastId);
          client.discard(broadcastId);
        }
      if (chat.failedBroadcastId) client.discard(chat.failedBroadcastId);
    }
    expect(client.view, said).toMatchObject({ link: "live", toSend: 0 });
    expect(seen(client), said).toEqual(rowsOf(server, client, urlId));
    for (const { id } of client.view.conversations) client.open(id);
  }
  await clock.advance(5000);
  for (const { client, urlId } of pages) expect(seen(client, true), said).toEqual(rowsOf(server, client, urlId, true));
  const history = [...server.rooms.values()].flatMap((room) => room.history);
  for (const texts of written.values()) {
    const mine = history.filter(({ text }) => [...texts.values()].includes(text));
    expect(mine.map(({ text }) => text).sort(), said).toEqual([...texts.values()].sort());
    // In order within each conversation.
    for (const { chatId } of mine) {
      const here = mine.filter((one) => one.chatId === chatId).map(({ text }) => Number(text.slice(5)));
      expect(here, said).toEqual([...here].sort((a, b) => a - b));
    }
  }
  // Of what was written nothing is left to send; a refused change of what is gone has no place to be taken back at.
  for (const [key, text] of [...ana.storage, ...bo.storage])
    if (/:b\d+$/.test(key)) expect(JSON.parse(text).failure, `${said} ${text}`).toMatchObject({ code: "not-found" });
  for (const { client } of pages) client.destroy();
  expect(clock.size, said).toBe(0);
}

const tooMany = { status: 429, body: { code: "rate-limited" }, headers: { "Retry-After": "3" } };

/** Somebody elsewhere writes a lot at once. */
function burst(server: FakeServer, urlId: string, step: number, count: number): void {
  for (let i = 0; i < count; i++) server.write("demo:cy", create(`c${step}-${i}`, `cy ${step}-${i}`), urlId);
}

type Row = readonly unknown[];

function seen({ view }: Client, withComments = false): Row[] {
  const rows = view.conversations.map(({ id, room, comments, commentCount, isResolved, lastCommentAt }) => [
    id,
    ...[room, commentCount, isResolved, lastCommentAt],
    withComments && comments?.map((comment) => [comment.id, comment.html]),
  ]);
  return rows.sort(byId);
}

/** What the server shows to who is here now. */
function rowsOf(server: FakeServer, { view }: Client, page: string, withComments = false): Row[] {
  const { me } = view;
  const { conversations } = server.roomOf(page).snapshot(me?.id ?? "", [], server.circles.get(page));
  const rows = conversations.map(({ _id, room, urlId = "", commentCount, isResolved, lastCommentAt }) => {
    const comments = server.roomOf(room ?? page).comments("x", urlId);
    return [
      _id,
      ...[room, commentCount, isResolved, lastCommentAt],
      withComments && comments.map((comment) => [comment._id, comment.commentHTML]),
    ];
  });
  return rows.sort(byId);
}

function byId([a]: Row, [b]: Row): number {
  return String(a) < String(b) ? -1 : 1;
}

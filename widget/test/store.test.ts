import { describe, expect, test } from "vitest";
import type { Command, Comment, Conversation, View } from "../src/core/model";
import {
  changePlace,
  closeChat,
  countMissing,
  endTyping,
  loseRoom,
  markRead,
  openChat,
  startLoading,
  takeComments,
  takeEvents,
  takePresence,
  takeSnapshot,
  takeTyping,
  TYPING_MS,
  type State,
} from "../src/core/store";
import { decodeComment } from "../src/core/wire";
import { addCommand, discardCommand, failCommand, nextWrites } from "../src/core/writes";
import { create, FakeRoom, reply, type Outcome } from "./fake-room";
import { ana, answer, bo, done, enter, hear, home, readAll, resolve, seen, show } from "./play";
import { seeded } from "./seeded";

test("an answer ahead of the position is shown at once, does not move it, and its event is no change on screen", () => {
  const room = new FakeRoom();
  const before = enter(room);
  const others = [1, 2].map((i) => done(room, bo, create(`o${i}`)));
  const outcome = done(room, ana, create("b1"));
  let state = answer(addCommand(before, create("b1"), 5), outcome);
  expect(home(state)?.seq).toBe(0);
  expect(home(state)?.ahead.size).toBe(1);
  let view = show(state);
  expect(view.conversations).toMatchObject([{ id: "chat5", state: "sent" }]);
  const own = view.conversations[0];
  for (const other of others) view = show((state = hear(state, other)), view);
  expect(view.conversations.map(({ id }) => id)).toEqual(["chat1", "chat3", "chat5"]);
  expect(view.conversations[2]).toBe(own);
  expect(home(state)?.seq).toBe(3);
  expect(hear(state, outcome)).toBe(state);
});

test("events apply in order and once, whatever order they come in", () => {
  const room = new FakeRoom();
  const start = enter(room);
  const outcomes = [
    done(room, bo, create("o1")),
    done(room, bo, reply("o2", "chat1")),
    done(room, bo, reply("o3", "chat1")),
  ];
  const [first, second, third] = outcomes as [Outcome, Outcome, Outcome];
  let state = [third, second, third].reduce(hear, start);
  expect(home(state)?.seq).toBe(0);
  state = [first, second].reduce(hear, state);
  expect(home(state)?.seq).toBe(3);
  expect(seen(show(state))).toEqual(seen(show(readAll(room, enter(room)))));
});

test("an unknown event moves the position and nothing else", () => {
  const start = enter(new FakeRoom());
  const view = show(start);
  const state = takeEvents(start, [{ type: "from-the-future", urlId: "book-p2", seq: 1, chat: { _id: "x" } }]);
  expect(home(state)?.seq).toBe(1);
  expect(show(state, view)).toBe(view);
});

test("an older snapshot of the same epoch is ignored, one of another epoch is taken", () => {
  const room = new FakeRoom();
  const old = room.snapshot(ana);
  const state = hear(enter(room), done(room, bo, create("o1")));
  expect(home(takeSnapshot(state, old))?.seq).toBe(1);
  room.changeEpoch();
  expect(home(enter(room, state))).toMatchObject({ epoch: "e2", seq: 3 });
});

test("who resolved it and when is known while it is resolved", () => {
  const room = new FakeRoom();
  let state = hear(enter(room), done(room, bo, create("o1")));
  const first = () => show(state).conversations[0];
  const outcome = done(room, bo, resolve("o2", "chat1"));
  state = hear(state, outcome);
  expect(first()).toMatchObject({ isResolved: true, resolvedBy: "BO", resolvedAt: outcome.event.timestamp });
  state = enter(room);
  expect(first()).toMatchObject({ isResolved: true, resolvedBy: "BO", resolvedAt: outcome.event.timestamp });
  state = hear(state, done(room, bo, resolve("o3", "chat1", false)));
  expect(first()?.resolvedBy).toBeUndefined();
  expect(first()?.resolvedAt).toBeUndefined();
});

test("a discussion that is locked or pinned stays so until it is told otherwise", () => {
  const room = new FakeRoom();
  let state = hear(enter(room), done(room, bo, create("o1")));
  const first = () => show(state).conversations[0];
  expect(first()).toMatchObject({ isLocked: false, isPinned: false });
  state = [room.mark("chat1", { isLocked: true }), room.mark("chat1", { isPinned: true })].reduce(hear, state);
  expect(first()).toMatchObject({ isLocked: true, isPinned: true });
  state = hear(state, done(room, bo, resolve("o2", "chat1")));
  expect(first()).toMatchObject({ isLocked: true, isPinned: true });
  expect(show(enter(room)).conversations[0]).toMatchObject({ isLocked: true, isPinned: true });
  state = hear(state, room.mark("chat1", { isLocked: false }));
  expect(first()).toMatchObject({ isLocked: false, isPinned: true });
});

test("a discussion that comes back may begin with somebody else's comment", () => {
  const room = new FakeRoom();
  const { event, epoch } = done(room, bo, create("o1"));
  const { comment } = event;
  const back = { ...event, comment: { ...comment, _id: "c2", userId: ana, commenterName: "ANA" } } as typeof event;
  const [chat] = show(hear(enter(new FakeRoom()), { event: back, epoch, seq: 1 })).conversations;
  expect([chat?.createdBy.name, chat?.comments?.[0]?.author]).toMatchObject(["BO", { id: ana, name: "ANA" }]);
});

test("events that come while comments are read are put on top of them; deletions win", () => {
  const room = new FakeRoom();
  room.write(ana, create("o1"));
  room.write(bo, reply("o2", "chat1"));
  let state = startLoading(enter(room), "chat1");
  const early = room.comments(bo, state.chats.get("chat1")?.thread ?? "");
  state = hear(state, done(room, bo, reply("o3", "chat1")));
  state = hear(
    state,
    done(room, bo, { type: "delete-comment", broadcastId: "o4", chatId: "chat1", commentId: "comment2" }),
  );
  const text = { type: "edit", broadcastId: "o5", chatId: "chat1", commentId: "comment3", text: "new" } as const;
  state = hear(state, done(room, bo, text));
  const late = room.comments(bo, state.chats.get("chat1")?.thread ?? "");
  const [fromEarly, fromLate] = [early, late].map((comments) =>
    seen(
      show(
        takeComments(
          state,
          "chat1",
          comments.map((comment) => decodeComment(comment)),
        ),
      ),
    ),
  );
  expect(fromEarly).toEqual(fromLate);
  expect(fromLate).toMatchObject([1, [{ comments: [{ id: "comment3", html: "<p>new</p>" }, { id: "comment4" }] }]]);
});

test("comments that were read never go back to an older edit", () => {
  const room = new FakeRoom();
  room.write(ana, create("o1"));
  const start = enter(room);
  const edits = ["new", "newer"].map((text, i) =>
    done(room, ana, { type: "edit", broadcastId: `e${i}`, chatId: "chat1", commentId: "comment2", text }),
  );
  let state = readAll(room, start);
  for (const outcome of edits) {
    state = hear(state, outcome);
    expect(show(state).conversations[0]?.comments?.[0]?.html).toBe("<p>newer</p>");
  }
});

test("a comment by someone else makes a conversation unread unless it is open", () => {
  const room = new FakeRoom();
  let state = hear(enter(room), done(room, bo, create("o1")));
  const isUnread = () => show(state).conversations[0]?.isUnread;
  expect(isUnread()).toBe(true);
  state = openChat(state, "chat1");
  expect(isUnread()).toBe(false);
  state = hear(state, done(room, bo, reply("o2", "chat1")));
  expect(isUnread()).toBe(false);
  state = hear(closeChat(state, "chat1"), done(room, ana, reply("o3", "chat1")));
  expect(isUnread()).toBe(false);
  state = hear(state, done(room, bo, reply("o4", "chat1")));
  expect(isUnread()).toBe(true);
});

test("a conversation opened while pending stays open under its real id", () => {
  const room = new FakeRoom();
  let state = openChat(addCommand(enter(room), create("b1"), 5), "~b1");
  state = answer(state, done(room, ana, create("b1")));
  state = hear(state, done(room, bo, reply("o1", "chat1")));
  expect(show(state).conversations[0]?.isUnread).toBe(false);
});

test("what one change does not touch keeps its identity", () => {
  const room = new FakeRoom();
  for (let i = 0; i < 3; i++) room.write(bo, create(`o${i}`));
  let state = readAll(room, enter(room));
  let view = show(state);
  const touched = (next: State) => {
    const before = view;
    view = show((state = next), before);
    return view.conversations.filter((chat) => !before.conversations.includes(chat)).map(({ id }) => id);
  };
  expect(touched(takePresence(state, 7))).toEqual([]);
  expect(view.viewerCount).toBe(7);
  expect(touched(hear(state, done(room, bo, reply("r1", "chat3"))))).toEqual(["chat3"]);
  expect(touched(hear(state, done(room, bo, { type: "delete", broadcastId: "r2", chatId: "chat1" })))).toEqual([]);
  expect(touched(addCommand(state, reply("b1", "chat5"), 5))).toEqual(["chat5"]);
  const outcome = done(room, ana, reply("b1", "chat5"));
  const [first] = view.conversations.find(({ id }) => id === "chat5")?.comments ?? [];
  expect(touched(answer(state, outcome))).toEqual(["chat5"]);
  expect(view.conversations.find(({ id }) => id === "chat5")?.comments?.[0]).toBe(first);
  expect(touched(hear(state, outcome))).toEqual([]);
});

test("a snapshot settles what it holds before it is shown: nothing is there twice", () => {
  const room = new FakeRoom();
  const commands = [create("b1"), reply("b2", "~b1", "second"), reply("b3", "~b1", "third")];
  let state = commands.reduce((sum, command, i) => addCommand(sum, command, i), enter(room));
  for (const command of commands.slice(0, 2)) room.write(ana, { ...command, chatId: "chat1" } as Command);
  const before = show(state);
  state = takeSnapshot(state, room.snapshot(ana, ["b1", "b2", "b3"]));
  expect([...state.unsettled.keys()]).toEqual(["b3"]);
  const [chat] = show(state, before).conversations;
  expect(chat).toMatchObject({ id: "chat1", broadcastId: "b1", commentCount: 3 });
  const [next] = nextWrites(state);
  expect(next?.command).toMatchObject({ broadcastId: "b3", chatId: "chat1" });
});

test("a snapshot that is too old to take settles writes all the same", () => {
  const room = new FakeRoom();
  const outcome = done(room, ana, create("b1"));
  const old = room.snapshot(ana, ["b1"]);
  const state = hear(enter(room), done(room, bo, create("o1")));
  const settled = takeSnapshot(addCommand(state, create("b1"), 5), old);
  expect([settled.unsettled.size, home(settled)?.seq]).toEqual([0, outcome.seq + 1]);
});

test("a position moves only when its events are applied", () => {
  const room = new FakeRoom();
  const start = enter(room);
  const events = [1, 2, 3].map((i) => done(room, bo, create(`o${i}`)).event);
  const damaged = [
    events[0],
    {
      ...events[1],
      chat: 7,
      comment: 7,
      type: "new-text-chat",
      get timestamp() {
        throw new TypeError("damaged");
      },
    },
    events[2],
  ] as typeof events;
  expect(() => takeEvents(start, damaged)).toThrow("damaged");
  expect(home(takeEvents(start, events))).toMatchObject({ seq: 3 });
  expect(takeEvents(start, events, "e2")).toBe(start);
});

test("a person is typing until 6 s after they were last heard of, or until their comment comes", () => {
  const room = new FakeRoom();
  room.write(bo, create("o1"));
  const typing = (id: string, chatId = "chat1") => ({ chatId, user: { id, name: id.toUpperCase() } });
  const names = (state: State) => show(state).conversations[0]?.typing;
  const start = enter(room);
  expect(takeTyping(start, typing(ana), 0)).toBe(start);
  let state = takeTyping(takeTyping(start, typing(bo), 0), typing("cy"), 1000);
  state = takeTyping(state, typing("cy", "chat9"), 1000);
  expect(names(state)).toEqual(["DEMO:BO", "CY"]);
  state = takeTyping(state, typing(bo), 2000);
  const at = (now: number) => endTyping(state, ({ until }) => until <= now);
  expect(names(at(1000 + TYPING_MS))).toEqual(["DEMO:BO"]);
  expect(names(at(2000 + TYPING_MS))).toBeUndefined();
  expect(at(5000)).toBe(state);
  expect(names(hear(state, done(room, bo, reply("o2", "chat1"))))).toEqual(["CY"]);
});

test("what is read in another tab is read here", () => {
  const room = new FakeRoom();
  const state = hear(enter(room), done(room, bo, create("o1")));
  expect(show(markRead(state, "chat1")).conversations[0]?.isUnread).toBe(false);
  expect(markRead(state, "chat9")).toBe(state);
});

test("what waits for a moderator comes in the author's own room, and is like any other once it is approved", () => {
  const room = new FakeRoom();
  const own = new FakeRoom("waiting:1", new Set([ana]));
  done(room, bo, create("o1"));
  let state = readAll(room, enter(room, undefined, own));
  const { event, ...rest } = done(room, ana, reply("b1", "chat1"));
  const chat = { _id: event.chat?._id ?? "" };
  const comment = { ...event.comment, _id: "m9" };
  const held = { ...event, urlId: "waiting:1", seq: 1, chat, comment: { ...comment, approved: false } };
  const last = () => show(state).conversations[0];
  state = hear(state, { ...rest, event: held });
  expect(last()?.comments?.at(-1)).toMatchObject({ id: "m9", isHeld: true });
  expect(last()?.commentCount).toBe(1);
  state = hear(state, { ...rest, event: { ...event, comment } });
  expect(last()?.comments?.filter(({ id }) => id === "m9")).toMatchObject([{ isHeld: false, state: "sent" }]);
  expect(last()?.commentCount).toBe(2);
});

describe("a page with a private room", () => {
  const setUp = () => {
    const page = new FakeRoom();
    const circle = new FakeRoom("circle:1", new Set([ana, bo]));
    page.write(bo, create("o1"));
    circle.write(bo, create("o2"));
    return { page, circle, state: enter(page, undefined, circle) };
  };
  const ids = (state: State) => show(state).conversations.map(({ id }) => id);
  const secret = "circle:1chat1";

  test("has the conversations of both, and counts the events of each by itself", () => {
    const { page, circle, state } = setUp();
    expect(show(state).conversations).toMatchObject([{ id: "chat1" }, { id: secret, room: "circle:1" }]);
    expect(show(state).conversations[0]?.room).toBeUndefined();
    const [late, early] = [done(circle, bo, reply("o3", secret)), done(circle, bo, create("o4"))];
    const told = hear(hear(state, early), done(page, bo, create("o5")));
    expect([...told.rooms.values()].map(({ seq, ahead }) => [seq, ahead.size])).toEqual([
      [2, 0],
      [1, 1],
    ]);
    expect(countMissing(told)).toBe(2);
    const all = hear(told, late);
    expect(countMissing(all)).toBe(0);
    expect(
      show(all)
        .conversations.filter(({ room }) => room)
        .map(({ id }) => id),
    ).toEqual([secret, "circle:1chat4"]);
    const readBoth = (one: State) => seen(show(readAll(circle, readAll(page, one))));
    expect(readBoth(all)).toEqual(readBoth(enter(page, undefined, circle)));
  });

  test("takes of a snapshot those rooms of which it does not know more", () => {
    const { page, circle, state } = setUp();
    const outcome = done(circle, bo, create("o3"));
    const snapshot = page.snapshot(ana, [], [circle]);
    const told = hear(state, done(page, bo, create("o4")));
    expect(ids(takeSnapshot(told, snapshot))).toEqual([...ids(told), outcome.event.chat?._id]);
  });

  test("loses a room's conversations at once with the right to it, and the rest goes on", () => {
    const { page, circle, state } = setUp();
    const outcome = done(circle, bo, create("o3"));
    const lost = loseRoom(startLoading(state, secret), "circle:1");
    expect(ids(lost)).toEqual(["chat1"]);
    expect(hear(lost, outcome)).toBe(lost);
    expect(ids(hear(lost, done(page, bo, create("o4"))))).toEqual(["chat1", "chat3"]);
    expect(loseRoom(lost, "circle:1")).toBe(lost);
    const again = enter(page, lost, circle);
    expect(ids(again)).toHaveLength(4);
    expect(again.loading.size, "is to be read anew").toBe(0);
  });

  test("loses all with the page's own, and what a snapshot lists no more", () => {
    const { page, state } = setUp();
    expect(ids(enter(page, state))).toEqual(["chat1"]);
    expect(show(loseRoom(state, "book-p2"))).toMatchObject({ conversations: [], isLoaded: false });
  });

  test("keeps an own answer in a lost conversation, and of others nothing", () => {
    const { circle, state } = setUp();
    const written = addCommand(readAll(circle, state), reply("b1", secret, "my thoughts"), 5);
    const refused = failCommand(loseRoom(written, "circle:1"), "b1", { code: "not-found" });
    expect(show(refused).conversations[1]).toMatchObject({ comments: [{ text: "my thoughts", state: "failed" }] });
  });

  test("knows a conversation in the room that it has moved to, whichever tells of it first", () => {
    const { page, circle, state } = setUp();
    const gone = done(page, bo, { type: "delete", broadcastId: "o3", chatId: "chat1" });
    const { event, ...place } = done(circle, bo, create("o4"));
    const come = { ...place, event: { ...event, chat: { ...event.chat, _id: "chat1" } } };
    for (const outcomes of [
      [gone, come],
      [come, gone],
    ])
      expect(show(outcomes.reduce(hear, state)).conversations).toMatchObject([
        { id: secret },
        { id: "chat1", room: "circle:1" },
      ]);
  });

  test("is asked for from each room's position", () => {
    const { state } = setUp();
    const asked = changePlace(state, "circle:1", { head: Infinity });
    expect(countMissing(asked)).toBe(Infinity);
    expect(countMissing(changePlace(asked, "circle:1", { head: 3 }))).toBe(2);
    expect(changePlace(state, "elsewhere", { head: 3 })).toBe(state);
  });
});

test("any interleaving of answers, frames, log, duplicates and resets ends as a fresh snapshot", () => {
  for (let seed = 0; seed < 1000; seed++) {
    const below = seeded(seed);
    const page = new FakeRoom();
    // What only some may see there; Ana's right to it comes and goes.
    const circle = new FakeRoom("circle:1", new Set([ana, bo]));
    let state = enter(page, undefined, circle);
    let view = show(state);
    const inbox: (() => State)[] = [];
    const pick = <T>(list: readonly T[]): T | undefined => list[below(list.length)];
    const readings = new Map<string, object>();
    const reset = (next: State) => {
      readings.clear();
      return enter(page, next, circle);
    };
    const settle = (next: State) => {
      const before = view;
      view = show((state = next), before);
      // The identity rule: whatever equals its counterpart is its counterpart.
      for (const chat of view.conversations) {
        const old = before.conversations.find(({ id }) => id === chat.id);
        if (old && old !== chat) expect(chat).not.toEqual(old);
      }
    };

    for (let i = 0; i < 40; i++) {
      const room = below(3) ? page : circle;
      const userId = below(2) && room.isFor(ana) ? ana : bo;
      const chatId = pick(room.chatIds()) ?? "";
      const commentId = pick(room.commentIds(chatId)) ?? "";
      const broadcastId = `b${i}`;
      const text = `text ${i}`;
      const command = pick<Command>([
        create(broadcastId, text),
        reply(broadcastId, chatId, text),
        reply(broadcastId, chatId, text),
        { type: "edit", broadcastId, chatId, commentId, text },
        { type: "delete-comment", broadcastId, chatId, commentId },
        resolve(broadcastId, chatId, Boolean(below(2))),
        { type: "delete", broadcastId, chatId },
      ]) as Command;
      const isPossible = command.type === "create" ? room === page || userId === bo : chatId;
      if (isPossible) {
        if (userId === ana) settle(addCommand(state, command, 2_000_000 + i));
        const outcome = room.write(userId, command);
        if (typeof outcome === "string") {
          settle(failCommand(state, broadcastId, { code: outcome }));
          settle(discardCommand(state, broadcastId));
        } else {
          if (below(5)) inbox.push(() => hear(state, outcome)); // else it is lost
          if (!below(5)) inbox.push(() => hear(state, outcome));
          // An answer in a foreign epoch asks for a snapshot.
          const told = () =>
            outcome.epoch === state.rooms.get(room.urlId)?.epoch
              ? answer(state, outcome)
              : reset(answer(state, outcome));
          if (userId === ana) inbox.push(told);
        }
      }
      if (!below(25)) room.changeEpoch();
      if (!below(10)) settle(reset(state));
      if (!below(10)) {
        // A snapshot that comes late: older than what is known of one room, newer than of the other.
        const snapshot = page.snapshot(ana, [...state.unsettled.keys()], [circle]);
        inbox.push(() => (readings.clear(), takeSnapshot(state, snapshot)));
      }
      if (!below(20)) {
        if (circle.readers?.delete(ana)) settle(loseRoom(state, circle.urlId));
        else {
          circle.readers?.add(ana);
          settle(reset(state));
        }
      }
      if (!below(4)) settle(below(2) ? openChat(state, chatId) : closeChat(state, chatId));
      for (let n = below(4); n > 0 && inbox.length > 0; n--) {
        const [deliver] = inbox.splice(below(inbox.length), 1);
        if (deliver) settle(deliver());
      }
      if (!below(6) && room.isFor(ana)) settle(catchUp(room, state, reset));
      if (!below(4)) {
        const id = pick([...state.chats.keys()]);
        if (id !== undefined) settle(startLoading(state, id));
        for (const loading of state.loading.keys()) {
          // As the client does: a new reading, or a snapshot, replaces the one under way.
          const reading = {};
          readings.set(loading, reading);
          const where = [page, circle].find((one) => one.chatIds().includes(loading));
          const read = where && readThread(where, state, loading);
          inbox.push(() => (read && readings.get(loading) === reading ? takeComments(state, loading, read) : state));
        }
      }
    }
    for (const deliver of inbox) settle(deliver());
    // A late snapshot may know of a right that is lost: its room is refused.
    if (!circle.isFor(ana)) settle(loseRoom(state, circle.urlId));
    else settle(catchUp(circle, state, reset));
    settle(catchUp(page, state, reset));
    for (const id of state.loading.keys()) {
      const where = circle.chatIds().includes(id) ? circle : page;
      settle(takeComments(state, id, readThread(where, state, id)));
    }
    for (const id of state.open) settle(closeChat(state, id));

    const readBoth = (one: State) => readAll(circle, readAll(page, one));
    const fresh = show(readBoth(enter(page, undefined, circle)));
    expect(state.unsettled.size, `seed ${seed}`).toBe(0);
    for (const { ahead } of state.rooms.values()) expect(ahead.size, `seed ${seed}`).toBe(0);
    // What is read is this page's business until the server is told; see client.test.ts.
    const unread = (chat: Conversation) => ({ ...chat, isUnread: false });
    const plain = (one: View) => seen({ ...one, conversations: one.conversations.map(unread) });
    expect(plain(show(readBoth(state))), `seed ${seed}`).toEqual(plain(fresh));
  }
}, 60_000);

function catchUp(room: FakeRoom, state: State, reset: (state: State) => State): State {
  const place = state.rooms.get(room.urlId);
  if (!place) return reset(state);
  const [{ result, epoch = "" }, missed] = room.watch(place);
  return result === "reset" ? reset(state) : takeEvents(state, missed, epoch);
}

function readThread(room: FakeRoom, state: State, chatId: string): Comment[] {
  return room.comments("x", state.chats.get(chatId)?.thread ?? "").map((comment) => decodeComment(comment));
}

import { expect, test } from "vitest";
import type { Command, Comment, Conversation, View } from "../src/core/model";
import { project } from "../src/core/show";
import {
  closeChat,
  emptyState,
  endTyping,
  markRead,
  openChat,
  startLoading,
  takeAnswer,
  takeComments,
  takeEvents,
  takePresence,
  takeSnapshot,
  takeTyping,
  TYPING_MS,
  type State,
} from "../src/core/store";
import { decodeComment } from "../src/core/wire";
import {
  addCommand,
  discardCommand,
  failCommand,
  nextWrites,
  realId,
  takeOutbox,
  type Pending,
} from "../src/core/writes";
import { anchor, create, FakeRoom, type Outcome } from "./fake-room";
import { seeded } from "./seeded";

const ana = "anon:ana";
const bo = "demo:bo";

const enter = (room: FakeRoom, state = emptyState) => takeSnapshot(state, room.snapshot(ana));
const show = (state: State, before?: View) => project(state, "live", undefined, before);
const reply = (broadcastId: string, chatId: string, text = "reply"): Command => ({
  type: "reply",
  broadcastId,
  chatId,
  text,
});
const resolve = (broadcastId: string, chatId: string, isResolved = true): Command => ({
  type: "resolve",
  broadcastId,
  chatId,
  isResolved,
});
const done = (room: FakeRoom, userId: string, command: Command) => room.write(userId, command) as Outcome;
const hear = (state: State, { epoch, event }: Outcome) => takeEvents(state, epoch, [event]);
const answer = (state: State, { epoch, event }: Outcome) => takeAnswer(state, epoch, event);

/** Reads all comments, as if every conversation were opened. */
function readAll(room: FakeRoom, state: State): State {
  for (const [id, { thread, comments }] of state.chats) {
    if (comments) continue;
    const read = room.comments(bo, thread).map((comment) => decodeComment(comment));
    state = takeComments(startLoading(state, id), id, read);
  }
  return state;
}

/** What a reader sees, without the names that only this page's own writes have. */
function seen({ conversations, viewerCount }: View): unknown {
  const plain = <T extends Comment | Conversation>(one: T) => ({ ...one, broadcastId: undefined });
  return [
    viewerCount,
    conversations.map(plain).map((chat) => ({ ...chat, comments: chat.comments?.map((comment) => plain(comment)) })),
  ];
}

test("a pending create shows at once and keeps its broadcastId when it is settled", () => {
  const room = new FakeRoom();
  const command = create("b1", "hello");
  const pending = addCommand(enter(room), command, 5);
  expect(show(pending).conversations).toMatchObject([
    {
      id: "~b1",
      state: "pending",
      broadcastId: "b1",
      comments: [{ text: "hello", state: "pending", broadcastId: "b1" }],
    },
  ]);
  const settled = answer(pending, done(room, ana, command));
  expect(show(settled).conversations).toMatchObject([
    { id: "chat1", state: "sent", broadcastId: "b1", anchor, comments: [{ html: "<p>hello</p>", broadcastId: "b1" }] },
  ]);
  expect(settled.pending.size).toBe(0);
  expect(realId(settled, "~b1")).toBe("chat1");
});

test.each([
  ["the event, then the answer", [hear, answer]],
  ["the answer, then the event", [answer, hear]],
])("%s: the second changes nothing", (_, [first, second]) => {
  const room = new FakeRoom();
  const pending = addCommand(enter(room), create("b1"), 5);
  const outcome = done(room, ana, create("b1"));
  const once = first?.(pending, outcome) as State;
  const view = show(once);
  expect(show(second?.(once, outcome) as State, view)).toBe(view);
});

test("an answer ahead of the position is shown at once, does not move it, and its event is no change on screen", () => {
  const room = new FakeRoom();
  const before = enter(room);
  const others = [1, 2].map((i) => done(room, bo, create(`o${i}`)));
  const outcome = done(room, ana, create("b1"));
  let state = answer(addCommand(before, create("b1"), 5), outcome);
  expect(state.seq).toBe(0);
  expect(state.ahead.size).toBe(1);
  let view = show(state);
  expect(view.conversations).toMatchObject([{ id: "chat5", state: "sent" }]);
  const own = view.conversations[0];
  for (const other of others) view = show((state = hear(state, other)), view);
  expect(view.conversations.map(({ id }) => id)).toEqual(["chat1", "chat3", "chat5"]);
  expect(view.conversations[2]).toBe(own);
  expect(state.seq).toBe(3);
  expect(hear(state, outcome)).toBe(state);
});

test("a broadcastId of somebody else settles nothing", () => {
  const room = new FakeRoom();
  const pending = addCommand(enter(room), create("b1"), 5);
  const state = hear(pending, done(room, bo, create("b1")));
  expect(show(state).conversations.map(({ id }) => id)).toEqual(["chat1", "~b1"]);
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
  expect(state.seq).toBe(0);
  state = [first, second].reduce(hear, state);
  expect(state.seq).toBe(3);
  expect(seen(show(state))).toEqual(seen(show(readAll(room, enter(room)))));
});

test("an unknown event moves the position and nothing else", () => {
  const start = enter(new FakeRoom());
  const view = show(start);
  const state = takeEvents(start, "e1", [{ type: "from-the-future", seq: 1, chat: { _id: "x" } }]);
  expect(state.seq).toBe(1);
  expect(show(state, view)).toBe(view);
});

test("an older snapshot of the same epoch is ignored, one of another epoch is taken", () => {
  const room = new FakeRoom();
  const old = room.snapshot(ana);
  const state = hear(enter(room), done(room, bo, create("o1")));
  expect(takeSnapshot(state, old).seq).toBe(1);
  room.changeEpoch();
  expect(enter(room, state)).toMatchObject({ epoch: "e2", seq: 3 });
});

test("a refused write keeps its text, can be retried, and gives the text back", () => {
  const start = enter(new FakeRoom());
  let state = failCommand(addCommand(start, create("b1", "mine"), 5), "b1", { code: "comment-too-big" });
  expect(show(state).conversations[0]).toMatchObject({
    state: "failed",
    failure: { code: "comment-too-big" },
    comments: [{ text: "mine", state: "failed" }],
  });
  expect(nextWrites(state)).toEqual([]);
  state = failCommand(state, "b1");
  expect(nextWrites(state)).toHaveLength(1);
  const empty = discardCommand(addCommand(state, reply("b2", "~b1", "more"), 6), "b1");
  expect(empty.pending.size).toBe(0);
  expect(show(empty).conversations).toEqual([]);
});

test("edit, delete and resolve show at once and roll back with their failure", () => {
  const room = new FakeRoom();
  room.write(ana, create("o1", "one"));
  room.write(bo, reply("o2", "chat1", "two"));
  const start = readAll(room, enter(room));
  const failure = { code: "forbidden" };
  const first = (state: State) => show(state).conversations[0];
  const rolledBack = (command: Command) =>
    first(failCommand(addCommand(start, command, 5), command.broadcastId, failure));

  const edit = { type: "edit", broadcastId: "b1", chatId: "chat1", commentId: "comment2", text: "new" } as const;
  expect(first(addCommand(start, edit, 5))?.comments?.[0]).toMatchObject({ text: "new", state: "pending" });
  expect(rolledBack(edit)?.comments?.[0]).toMatchObject({ text: "new", state: "failed", failure, broadcastId: "b1" });

  const remove = { type: "delete-comment", broadcastId: "b2", chatId: "chat1", commentId: "comment2" } as const;
  expect(first(addCommand(start, remove, 5))).toMatchObject({ commentCount: 1, comments: [{ id: "comment3" }] });
  expect(rolledBack(remove)).toMatchObject({ commentCount: 2, comments: [{ html: "<p>one</p>", failure }, {}] });

  const resolved = { isResolved: true, resolvedBy: "ANA", resolvedAt: 5, state: "sent" };
  expect(first(addCommand(start, resolve("b3", "chat1"), 5))).toMatchObject(resolved);
  expect(rolledBack(resolve("b3", "chat1"))).toMatchObject({ isResolved: false, failure, failedBroadcastId: "b3" });

  const removeAll = { type: "delete", broadcastId: "b4", chatId: "chat1" } as const;
  expect(first(addCommand(start, removeAll, 5))).toBeUndefined();
  expect(rolledBack(removeAll)).toMatchObject({ failure, failedBroadcastId: "b4" });
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

test("a new try replaces the failed one that it makes pointless", () => {
  const room = new FakeRoom();
  room.write(bo, create("o1"));
  const failed = failCommand(addCommand(enter(room), resolve("b1", "chat1"), 5), "b1", { code: "forbidden" });
  const state = addCommand(failed, resolve("b2", "chat1"), 6);
  expect([...state.pending.keys()]).toEqual(["b2"]);
});

test("writes of one conversation go one at a time and in order, those of others beside them", () => {
  const room = new FakeRoom();
  room.write(bo, create("o1"));
  const commands = [create("b1"), reply("b2", "~b1"), reply("b3", "chat1"), reply("b4", "chat1")];
  let state = commands.reduce((sum, command) => addCommand(sum, command, 5), enter(room));
  const next = () => nextWrites(state).map(({ command }) => command.broadcastId);
  expect(next()).toEqual(["b1", "b3"]);
  state = failCommand(state, "b3", { code: "comment-too-big" });
  expect(next()).toEqual(["b1", "b4"]);
  state = failCommand(state, "b4", { code: "no-answer" });
  expect(next()).toEqual(["b1", "b4"]);
  state = failCommand(state, "b1", { code: "forbidden" });
  expect(next()).toEqual(["b4"]);
  state = answer(failCommand(state, "b1"), done(room, ana, create("b1")));
  expect(next()).toEqual(["b2", "b4"]);
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

test("a reply whose conversation is deleted stays on screen until it is taken back", () => {
  const room = new FakeRoom();
  room.write(bo, create("o1"));
  let state = addCommand(readAll(room, enter(room)), reply("b1", "chat1", "long thoughts"), 5);
  state = hear(state, done(room, bo, { type: "delete", broadcastId: "o2", chatId: "chat1" }));
  state = failCommand(state, "b1", { code: "conversation-deleted" });
  expect(show(state).conversations[0]?.comments?.at(-1)).toMatchObject({ text: "long thoughts", state: "failed" });
  expect(show(discardCommand(state, "b1")).conversations).toEqual([]);
});

test("a write answered in a foreign epoch is settled and comes with the snapshot", () => {
  const room = new FakeRoom();
  let state = addCommand(enter(room), create("b1"), 5);
  room.changeEpoch();
  state = answer(state, done(room, ana, create("b1")));
  expect(state.seq).toBe(0);
  expect(nextWrites(state)).toEqual([]);
  expect(show(enter(room, state)).conversations).toMatchObject([{ id: "chat1" }]);
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
  expect([...state.pending.keys()]).toEqual(["b3"]);
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
  expect([settled.pending.size, settled.seq]).toEqual([0, outcome.seq + 1]);
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
  expect(() => takeEvents(start, "e1", damaged)).toThrow("damaged");
  expect(takeEvents(start, "e1", events)).toMatchObject({ seq: 3 });
  expect(takeEvents(start, "e2", events)).toBe(start);
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

test("writes that are counted as to be sent are those that the server has not refused", () => {
  const commands = [create("b1"), create("b2"), create("b3"), create("b4")];
  let state = commands.reduce((sum, command) => addCommand(sum, command, 5), enter(new FakeRoom()));
  const codes = { b1: "forbidden", b2: "no-answer", b3: "rate-limited" };
  for (const [id, code] of Object.entries(codes)) state = failCommand(state, id, { code });
  expect(show(state).toSend).toBe(3);
});

test("what an earlier page left is shown in its order, by the one who wrote it, before anything is loaded", () => {
  const by = { id: ana, name: "Ana", isGuest: true, isModerator: false };
  const left: Pending[] = [
    { command: reply("b2", "~b1", "second"), at: 101, by },
    { command: create("b1", "first"), at: 100, by, failure: { code: "no-answer" } },
    { command: create("b3"), at: 102, by, failure: { code: "forbidden" } },
  ];
  const state = takeOutbox(emptyState, left, 200);
  const view = show(state);
  expect(view).toMatchObject({ me: by, isLoaded: false, toSend: 2 });
  expect(view.conversations).toMatchObject([
    { id: "~b1", state: "pending", createdBy: { name: "Ana" }, comments: [{ text: "first" }, { text: "second" }] },
    { id: "~b3", state: "failed", failure: { code: "forbidden" } },
  ]);
  expect(nextWrites(state).map(({ command }) => command.broadcastId)).toEqual(["b1"]);
});

test("what is older than 6 days is not sent by itself, as the server may have forgotten that it has it", () => {
  const day = 86_400_000;
  const by = { id: ana, name: "Ana", isGuest: true, isModerator: false };
  const state = takeOutbox(emptyState, [{ command: create("b1"), at: day, by }], 7 * day + 1);
  expect(show(state)).toMatchObject({ toSend: 0, conversations: [{ state: "failed", failure: { code: "too-old" } }] });
  expect(nextWrites(state)).toEqual([]);
  expect(nextWrites(failCommand(state, "b1"))).toHaveLength(1);
});

test("what somebody else left in this browser is not shown to this reader", () => {
  const by = { id: bo, name: "Bo", isGuest: true, isModerator: false };
  let state = takeOutbox(emptyState, [{ command: create("b1"), at: 5, by }], 10);
  state = addCommand(state, create("b2"), 11);
  expect(show(enter(new FakeRoom(), state)).conversations).toMatchObject([{ id: "~b2" }]);
});

test("writes of one moment keep their order", () => {
  const commands = [create("b1"), create("b2"), create("b3")];
  const state = commands.reduce((sum, command) => addCommand(sum, command, 5), emptyState);
  expect([...state.pending.values()].map(({ at }) => at)).toEqual([5, 6, 7]);
});

test("what waits for a write gets the ids that it made, and keeps the conversation", () => {
  const room = new FakeRoom();
  const edit = { type: "edit", broadcastId: "b3", chatId: "~b1", commentId: "~b1", text: "new" } as const;
  let state = [create("b1"), reply("b2", "~b1"), edit].reduce<State>(
    (sum, one) => addCommand(sum, one, 5),
    enter(room),
  );
  state = answer(state, done(room, ana, create("b1")));
  expect([...state.pending.values()]).toMatchObject([
    { command: { chatId: "chat1" }, chat: { id: "chat1", thread: "book-p2:0", anchor } },
    { command: { chatId: "chat1", commentId: "comment2" } },
  ]);
  expect(addCommand(state, { ...edit, broadcastId: "b4" }, 6).pending.get("b4")?.command).toMatchObject({
    chatId: "chat1",
    commentId: "comment2",
  });
});

test("any interleaving of answers, frames, log, duplicates and resets ends as a fresh snapshot", () => {
  for (let seed = 0; seed < 1000; seed++) {
    const below = seeded(seed);
    const room = new FakeRoom();
    let state = enter(room);
    let view = show(state);
    const inbox: (() => State)[] = [];
    const pick = <T>(list: readonly T[]): T | undefined => list[below(list.length)];
    const readings = new Map<string, object>();
    const reset = (next: State) => {
      readings.clear();
      return enter(room, next);
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
      const userId = below(2) ? ana : bo;
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
      if (command.type === "create" || chatId) {
        if (userId === ana) settle(addCommand(state, command, 2_000_000 + i));
        const outcome = room.write(userId, command);
        if (typeof outcome === "string") {
          settle(failCommand(state, broadcastId, { code: outcome }));
          settle(discardCommand(state, broadcastId));
        } else {
          if (below(5)) inbox.push(() => hear(state, outcome)); // else it is lost
          if (!below(5)) inbox.push(() => hear(state, outcome));
          // An answer in a foreign epoch asks for a snapshot.
          const told = () => (outcome.epoch === state.epoch ? answer(state, outcome) : reset(answer(state, outcome)));
          if (userId === ana) inbox.push(told);
        }
      }
      if (!below(25)) room.changeEpoch();
      if (!below(10)) settle(reset(state));
      if (!below(4)) settle(below(2) ? openChat(state, chatId) : closeChat(state, chatId));
      for (let n = below(4); n > 0 && inbox.length > 0; n--) {
        const [deliver] = inbox.splice(below(inbox.length), 1);
        if (deliver) settle(deliver());
      }
      if (!below(6)) settle(catchUp(room, state, reset));
      if (!below(4)) {
        const id = pick([...state.chats.keys()]);
        if (id !== undefined) settle(startLoading(state, id));
        for (const loading of state.loading.keys()) {
          // As the client does: a new reading, or a snapshot, replaces the one under way.
          const reading = {};
          readings.set(loading, reading);
          const isThere = room.chatIds().includes(loading);
          const read = readThread(room, state, loading);
          inbox.push(() => (isThere && readings.get(loading) === reading ? takeComments(state, loading, read) : state));
        }
      }
    }
    for (const deliver of inbox) settle(deliver());
    settle(catchUp(room, state, reset));
    for (const id of state.loading.keys()) settle(takeComments(state, id, readThread(room, state, id)));
    for (const id of state.open) settle(closeChat(state, id));

    const fresh = show(readAll(room, enter(room)));
    expect(state.pending.size, `seed ${seed}`).toBe(0);
    expect(state.ahead.size, `seed ${seed}`).toBe(0);
    // What is read is this page's business until the server is told; see client.test.ts.
    const unread = (chat: Conversation) => ({ ...chat, isUnread: false });
    const plain = (one: View) => seen({ ...one, conversations: one.conversations.map(unread) });
    expect(plain(show(readAll(room, state))), `seed ${seed}`).toEqual(plain(fresh));
  }
});

function catchUp(room: FakeRoom, state: State, reset: (state: State) => State): State {
  const [{ result, epoch = "" }, missed] = room.watch(state);
  return result === "reset" ? reset(state) : takeEvents(state, epoch, missed);
}

function readThread(room: FakeRoom, state: State, chatId: string): Comment[] {
  return room.comments("x", state.chats.get(chatId)?.thread ?? "").map((comment) => decodeComment(comment));
}

test("a reply to a discussion that came early knows its thread", () => {
  const room = new FakeRoom();
  const before = enter(room);
  done(room, bo, create("o1"));
  const early = done(room, bo, create("o2"));
  const state = addCommand(hear(before, early), reply("b1", "chat3"), 5);
  expect(show(state).conversations).toMatchObject([{ id: "chat3", commentCount: 2 }]);
  expect(nextWrites(state)).toMatchObject([{ chat: { thread: early.event.chat?.urlId } }]);
});

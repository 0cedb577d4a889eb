import { expect, test } from "vitest";
import type { Command } from "../src/core/model";
import { startState, type State } from "../src/core/store";
import {
  addCommand,
  discardCommand,
  failCommand,
  nextWrites,
  realId,
  takeOutbox,
  type Pending,
} from "../src/core/writes";
import { anchor, create, FakeRoom, reply } from "./fake-room";
import { ana, answer, bo, done, enter, hear, home, readAll, resolve, show } from "./play";

const empty = startState("book-p2");

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
  expect(settled.unsettled.size).toBe(0);
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

test("a broadcastId of somebody else settles nothing", () => {
  const room = new FakeRoom();
  const pending = addCommand(enter(room), create("b1"), 5);
  const state = hear(pending, done(room, bo, create("b1")));
  expect(show(state).conversations.map(({ id }) => id)).toEqual(["chat1", "~b1"]);
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
  expect(empty.unsettled.size).toBe(0);
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

test("a new try replaces the failed one that it makes pointless", () => {
  const room = new FakeRoom();
  room.write(bo, create("o1"));
  const failed = failCommand(addCommand(enter(room), resolve("b1", "chat1"), 5), "b1", { code: "forbidden" });
  const state = addCommand(failed, resolve("b2", "chat1"), 6);
  expect([...state.unsettled.keys()]).toEqual(["b2"]);
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
  expect(home(state)?.seq).toBe(0);
  expect(nextWrites(state)).toEqual([]);
  expect(show(enter(room, state)).conversations).toMatchObject([{ id: "chat1" }]);
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
  const state = takeOutbox(empty, left, 200);
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
  const state = takeOutbox(empty, [{ command: create("b1"), at: day, by }], 7 * day + 1);
  expect(show(state)).toMatchObject({ toSend: 0, conversations: [{ state: "failed", failure: { code: "too-old" } }] });
  expect(nextWrites(state)).toEqual([]);
  expect(nextWrites(failCommand(state, "b1"))).toHaveLength(1);
});

test("what somebody else left in this browser is not shown to this reader", () => {
  const by = { id: bo, name: "Bo", isGuest: true, isModerator: false };
  let state = takeOutbox(empty, [{ command: create("b1"), at: 5, by }], 10);
  state = addCommand(state, create("b2"), 11);
  expect(show(enter(new FakeRoom(), state)).conversations).toMatchObject([{ id: "~b2" }]);
});

test("writes of one moment keep their order", () => {
  const commands = [create("b1"), create("b2"), create("b3")];
  const state = commands.reduce((sum, command) => addCommand(sum, command, 5), empty);
  expect([...state.unsettled.values()].map(({ at }) => at)).toEqual([5, 6, 7]);
});

test("what waits for a write gets the ids that it made, and keeps the conversation", () => {
  const room = new FakeRoom();
  const edit = { type: "edit", broadcastId: "b3", chatId: "~b1", commentId: "~b1", text: "new" } as const;
  let state = [create("b1"), reply("b2", "~b1"), edit].reduce<State>(
    (sum, one) => addCommand(sum, one, 5),
    enter(room),
  );
  state = answer(state, done(room, ana, create("b1")));
  expect([...state.unsettled.values()]).toMatchObject([
    { command: { chatId: "chat1" }, chat: { id: "chat1", thread: "book-p2:0", anchor } },
    { command: { chatId: "chat1", commentId: "comment2" } },
  ]);
  expect(addCommand(state, { ...edit, broadcastId: "b4" }, 6).unsettled.get("b4")?.command).toMatchObject({
    chatId: "chat1",
    commentId: "comment2",
  });
});

test("a reply to a discussion that came early knows its thread", () => {
  const room = new FakeRoom();
  const before = enter(room);
  done(room, bo, create("o1"));
  const early = done(room, bo, create("o2"));
  const state = addCommand(hear(before, early), reply("b1", "chat3"), 5);
  expect(show(state).conversations).toMatchObject([{ id: "chat3", commentCount: 2 }]);
  expect(nextWrites(state)).toMatchObject([{ chat: { thread: early.event.chat?.urlId } }]);
});

/// <reference types="vite/client" />
// The vectors of protocol/ that concern a client: the store obeys the same file as the server.
import { expect, test } from "vitest";
import vectors from "../../protocol/apply.jsonl?raw";
import type { Comment, Conversation } from "../src/core/model";
import { project } from "../src/core/show";
import { startLoading, startState, takeComments, takeEvents, takeSnapshot, type State } from "../src/core/store";
import {
  decodeComment,
  type WireChat,
  type WireComment,
  type WireEvent,
  type WireSnapshot,
  type WireUser,
} from "../src/core/wire";

interface Room {
  readonly epoch: string;
  readonly seq: number;
  readonly conversations: readonly WireChat[];
  readonly comments: Readonly<Record<string, readonly WireComment[]>>;
}

interface Vector {
  readonly name: string;
  readonly given: Room;
  readonly when: readonly WireEvent[];
  readonly then: Room;
}

const all = vectors
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Vector);

const reader: WireUser = { id: "anon:reader", username: "Reader", isAnonSession: true };

/** A page as it is loaded, with every conversation opened once. */
function load({ epoch, seq, conversations, comments }: Room): State {
  const ids = { tenantIdWS: "acme", urlIdWS: "room", userIdWS: "token" };
  const snapshot: WireSnapshot = { user: reader, conversations, epoch, seq, viewerCount: 1, ...ids };
  return Object.entries(comments).reduce(
    (state, [id, read]) =>
      takeComments(
        startLoading(state, id),
        id,
        read.map((comment) => decodeComment(comment)),
      ),
    takeSnapshot(startState("guide"), snapshot),
  );
}

/** What all readers of the page see; `isUnread` is each one's own. */
function show(state: State): readonly Conversation[] {
  return project(state, "live", undefined).conversations.map((chat) => ({ ...chat, isUnread: false }));
}

test.each(all.map((vector) => [vector.name, vector] as const))("%s", (_, { given, when, then }) => {
  const told = takeEvents(load(given), when, given.epoch);
  expect(show(told)).toEqual(show(load({ ...then, epoch: given.epoch })));
  expect(told.rooms.get("guide")?.seq).toBe(then.seq);
});

test.each(all.map((vector) => [vector.name, vector] as const))("%s, one by one", (_, { given, when, then }) => {
  const told = when.reduce((state, event) => takeEvents(state, [event], given.epoch), load(given));
  expect(show(told)).toEqual(show(load({ ...then, epoch: given.epoch })));
});

test("without the comments, the conversations are the same", () => {
  const withoutComments = (chats: readonly Conversation[]) =>
    chats.map((chat) => ({ ...chat, comments: [] as readonly Comment[] }));
  for (const { given, when, then } of all) {
    const told = takeEvents(load({ ...given, comments: {} }), when, given.epoch);
    expect(withoutComments(show(told))).toEqual(withoutComments(show(load({ ...then, comments: {} }))));
  }
});

// The store in a room: what a page does with what it reads, hears and is answered, and what its reader sees of it.
import type { Command, Comment, Conversation, View } from "../src/core/model";
import { project } from "../src/core/show";
import {
  startLoading,
  startState,
  takeAnswer,
  takeComments,
  takeEvents,
  takeSnapshot,
  type State,
} from "../src/core/store";
import { decodeComment } from "../src/core/wire";
import type { FakeRoom, Outcome } from "./fake-room";

export const ana = "anon:ana";
export const bo = "demo:bo";

export const enter = (room: FakeRoom, state = startState(room.urlId), ...circles: FakeRoom[]) =>
  takeSnapshot(state, room.snapshot(ana, [], circles));
/** What is known of the page's own room. */
export const home = ({ rooms, urlId }: State) => rooms.get(urlId);
export const show = (state: State, before?: View) => project(state, "live", undefined, before);
export const resolve = (broadcastId: string, chatId: string, isResolved = true): Command => ({
  type: "resolve",
  broadcastId,
  chatId,
  isResolved,
});
export const done = (room: FakeRoom, userId: string, command: Command) => room.write(userId, command) as Outcome;
export const hear = (state: State, { epoch, event }: Outcome) => takeEvents(state, [event], epoch);
export const answer = (state: State, { epoch, event }: Outcome) => takeAnswer(state, event, epoch);

/** Reads all comments, as if every conversation were opened. */
export function readAll(room: FakeRoom, state: State): State {
  for (const [id, { thread, comments }] of state.chats) {
    if (comments || !room.has(id)) continue;
    const read = room.comments(bo, thread).map((comment) => decodeComment(comment));
    state = takeComments(startLoading(state, id), id, read);
  }
  return state;
}

/** What a reader sees, without the names that only this page's own writes have. */
export function seen({ conversations, viewerCount }: View): unknown {
  const plain = <T extends Comment | Conversation>(one: T) => ({ ...one, broadcastId: undefined });
  return [
    viewerCount,
    conversations.map(plain).map((chat) => ({ ...chat, comments: chat.comments?.map((comment) => plain(comment)) })),
  ];
}

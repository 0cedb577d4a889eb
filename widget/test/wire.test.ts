import { expect, test } from "vitest";
import { decodeEvent, decodeFrame, decodeMe, decodeSnapshot, encodeCommand } from "../src/core/wire";
import { anchor, create, FakeRoom } from "./fake-room";

const frame = { urlId: "p", seq: 7, timestamp: 5000, broadcastId: "b", userId: "demo:ana" };
const page = { urlId: "book-p2", url: "https://a.example/", pageTitle: "Book", commenterName: "Ana", thread: "t" };

test("a new conversation's frame is filled in: times from the event, the author from the creator", () => {
  const createdBy = { id: "demo:ana", name: "Ana" };
  const event = decodeEvent({
    ...frame,
    type: "new-text-chat",
    chat: { _id: "c", urlId: "t", createdBy },
    comment: { _id: "m", commentHTML: "<p>hi</p>" },
  });
  expect(event?.created).toEqual({
    id: "c",
    thread: "t",
    createdAt: 5000,
    createdBy,
    commentCount: 1,
    lastCommentAt: 5000,
    isResolved: false,
    isUnread: false,
    state: "sent",
    comments: [{ id: "m", author: createdBy, html: "<p>hi</p>", at: 5000, isEdited: false, state: "sent" }],
  });
});

test("an added comment moves lastCommentAt, an edited one does not", () => {
  const chat = { _id: "c", commentCount: 2 };
  const comment = { _id: "m", commentHTML: "x", commenterName: "Ana" };
  const added = decodeEvent({ ...frame, type: "updated-text-chat", chat, comment });
  const edited = decodeEvent({ ...frame, type: "updated-text-chat", chat, comment: { ...comment, editedAt: 5000 } });
  expect(added).toMatchObject({ changed: { commentCount: 2, lastCommentAt: 5000 }, comment: { isEdited: false } });
  expect(added?.comment?.author).toEqual({ id: "demo:ana", name: "Ana" });
  expect(edited?.changed).toEqual({ commentCount: 2 });
  expect(edited?.comment).toMatchObject({ isEdited: true, editedAt: 5000 });
});

test("an event of an unknown type keeps its number; what is no event is nothing", () => {
  expect(decodeEvent({ ...frame, type: "from-the-future" })).toMatchObject({ seq: 7 });
  expect(["", "null", "[]", "7", "{", '{"type":"p-u"}'].map(decodeFrame)).toEqual(Array(6).fill(undefined));
  expect(decodeFrame('{"type":"p-u","sc":12,"uj":["x"]}')).toEqual({ viewerCount: 12 });
});

test("a snapshot's dates, people and defaults are translated", () => {
  const room = new FakeRoom();
  room.write("anon:bo", create("b1"));
  const snapshot = room.snapshot("anon:ana");
  const { me, conversations, ticket } = decodeSnapshot({ ...snapshot, user: { ...snapshot.user, isAdmin: true } });
  expect(me).toEqual({ id: "anon:ana", name: "ANA", isGuest: true, isModerator: true });
  expect(conversations[0]).toMatchObject({ id: "chat1", anchor, isUnread: true, createdBy: { name: "BO" } });
  expect(ticket).toEqual({ tenantIdWS: "demo", urlId: "room", userIdWS: "anon:ana" });
  expect(decodeMe({ id: "x", username: "", displayName: "" }).name).toBe("");
});

test("every command becomes the request of the contract", () => {
  const reply = { type: "reply", broadcastId: "b", chatId: "c", text: "hi" } as const;
  expect(encodeCommand(reply, page)).toEqual({
    method: "POST",
    collection: "comments",
    rest: "",
    query: { urlId: "t", broadcastId: "b" },
    body: { commenterName: "Ana", comment: "hi", url: page.url, urlId: "t" },
  });
  expect(encodeCommand(create("b", "hi"), page).body).toMatchObject({
    urlId: "book-p2",
    urlIdWithRange: "book-p2:article:0:4,0:8",
    anchor,
    broadcastId: "b",
    comment: { comment: "hi", commenterName: "Ana", urlId: "book-p2" },
  });
  const edit = { type: "edit", broadcastId: "b", chatId: "c", commentId: "m", text: "x" } as const;
  expect(encodeCommand(edit, page)).toMatchObject({ rest: "/m/update-text", query: { broadcastId: "b" } });
  const resolve = { type: "resolve", broadcastId: "b", chatId: "c", isResolved: true } as const;
  const body = { broadcastId: "b", isResolved: true };
  expect(encodeCommand(resolve, page)).toEqual({
    method: "PATCH",
    collection: "comment-collab-chats",
    rest: "/c",
    body,
  });
});

test("a thread's name has at most 1,000 characters, and no half character", () => {
  const named = (urlId: string) =>
    (encodeCommand(create("b"), { ...page, urlId }).body as { urlIdWithRange: string }).urlIdWithRange;
  const long = named("😀".repeat(500));
  expect(long.length).toBeLessThanOrEqual(1000);
  expect(long.endsWith("😀:article:0:4,0:8")).toBe(true);
  expect(() => encodeURIComponent(named("x" + "😀".repeat(499)))).not.toThrow();
});

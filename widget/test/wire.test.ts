import { expect, test } from "vitest";
import { decodeChat, decodeComment, decodeMe, encodeCommand, type WireChat } from "../src/core/wire";
import { anchor, create, FakeRoom } from "./fake-room";

const frame = { timestamp: 5000, userId: "demo:ana" };
const page = { urlId: "book-p2", url: "https://a.example/", pageTitle: "Book", thread: "t" };

test("a new conversation and its comment are filled in from the event", () => {
  const createdBy = { id: "demo:ana", name: "Ana" };
  expect(decodeChat({ _id: "c", urlId: "t", createdBy }, 5000)).toEqual({
    id: "c",
    thread: "t",
    createdAt: 5000,
    createdBy,
    commentCount: 1,
    lastCommentAt: 5000,
    isResolved: false,
    isUnread: false,
    isLocked: false,
    isPinned: false,
    state: "sent",
  });
  const comment = { _id: "m", commentHTML: "<p>hi</p>", commenterName: "Ana" };
  const decoded = {
    id: "m",
    author: createdBy,
    html: "<p>hi</p>",
    at: 5000,
    isEdited: false,
    isHeld: false,
    state: "sent",
  };
  expect(decodeComment(comment, frame)).toEqual(decoded);
  expect(decodeComment({ ...comment, editedAt: 6000 }, frame)).toEqual({ ...decoded, isEdited: true, editedAt: 6000 });
  expect(decodeComment({ ...comment, approved: false }, frame)).toEqual({ ...decoded, isHeld: true });
});

test("a snapshot's dates, people and defaults are translated", () => {
  const room = new FakeRoom();
  room.write("anon:bo", create("b1"));
  const { user, conversations } = room.snapshot("anon:ana");
  expect(decodeMe({ ...user, isAdmin: true })).toEqual({
    id: "anon:ana",
    name: "ANA",
    isGuest: true,
    isModerator: true,
  });
  const [chat] = conversations as [WireChat];
  expect(decodeChat(chat)).toMatchObject({ id: "chat1", anchor, isUnread: true, createdBy: { name: "BO" } });
  expect(decodeComment({ _id: "m", date: "1970-01-01T00:00:05.000Z", userId: "x" })).toMatchObject({ at: 5000 });
  expect(decodeMe({ id: "x", username: "", displayName: "" }).name).toBe("");
});

test("every command becomes the request of the contract", () => {
  const reply = { type: "reply", broadcastId: "b", chatId: "c", text: "hi" } as const;
  const comment = { comment: "hi", url: page.url, urlId: "t" };
  expect(encodeCommand(reply, page)).toEqual(["POST", "comments", "", comment]);
  expect(encodeCommand(create("b", "hi"), page)[3]).toMatchObject({
    urlId: "book-p2",
    urlIdWithRange: "book-p2:article:0:4,0:8",
    anchor,
    comment: { comment: "hi", urlId: "book-p2" },
  });
  const edit = { type: "edit", broadcastId: "b", chatId: "c", commentId: "m", text: "x" } as const;
  expect(encodeCommand(edit, page)[2]).toBe("/m/update-text");
  const resolve = { type: "resolve", broadcastId: "b", chatId: "c", isResolved: true } as const;
  expect(encodeCommand(resolve, page)).toEqual(["PATCH", "comment-collab-chats", "/c", { isResolved: true }]);
});

test("a thread's name has at most 990 characters, and no half character", () => {
  const named = (urlId: string) =>
    (encodeCommand(create("b"), { ...page, urlId })[3] as { urlIdWithRange: string }).urlIdWithRange;
  const long = named("x" + "😀".repeat(1000));
  expect([...long]).toHaveLength(990);
  expect(long.endsWith("😀:article:0:4,0:8")).toBe(true);
  expect(() => encodeURIComponent(long)).not.toThrow();
});

import { describe, expect, it } from "vitest";
import {
  actionsFor,
  append,
  chosen,
  decide,
  empty,
  load,
  move,
  open,
  selectAll,
  settle,
  takeUndo,
  toggle,
  type Comment,
  type Queue,
} from "../../src/dashboard/moderation/queue";

const comment = (id: string, fields: Partial<Comment> = {}): Comment => ({
  id,
  urlId: "/p",
  thread: "/p:t",
  conversationId: "c",
  userId: "anon:x",
  commenterName: "Dario",
  avatarSrc: null,
  isByGuest: true,
  comment: id,
  commentHTML: id,
  state: "waiting",
  isDeleted: false,
  heldBecause: "first",
  flagCount: 0,
  createdAt: 1,
  editedAt: null,
  quote: null,
  pageTitle: null,
  ...fields,
});

const counts = { waiting: 3, flagged: 0, spam: 0, all: 9 };
const listed = (...ids: string[]) => ({ comments: ids.map((id) => comment(id)), counts, nextCursor: null });
const ids = (queue: Queue) => queue.comments.map(({ id }) => id);
const abc = load(empty(), listed("a", "b", "c"));

describe("the cursor", () => {
  it("begins at the first comment and stops at the ends", () => {
    expect(abc.at).toBe("a");
    expect(move(abc, -1).at).toBe("a");
    expect(move(abc, 1).at).toBe("b");
    expect(move(abc, 9).at).toBe("c");
    expect(move(empty(), 1).at).toBeNull();
  });

  it("stays on its comment when the list comes anew", () => {
    expect(load(open(abc, "b"), listed("n", "a", "b")).at).toBe("b");
  });

  it("goes to what came after a comment that left, else before it", () => {
    const approved = (id: string) => [{ id, ok: true, comment: comment(id, { state: "shown" }) }];
    expect(settle(open(abc, "b"), approved("b")).at).toBe("c");
    expect(settle(open(abc, "c"), approved("c")).at).toBe("b");
    expect(load(open(abc, "b"), listed("c")).at).toBe("c");
    expect(load(abc, listed()).at).toBeNull();
  });
});

describe("an action", () => {
  it("is for the selected in their order, else for the one at the cursor", () => {
    expect(chosen(open(abc, "b"))).toEqual(["b"]);
    expect(chosen(toggle(toggle(abc, "c"), "a"))).toEqual(["a", "c"]);
    expect(chosen(selectAll(abc, true))).toEqual(["a", "b", "c"]);
    expect(chosen(selectAll(selectAll(abc, true), false))).toEqual(["a"]);
  });

  it("takes what it settled out of the list and the selection, and leaves what was refused", () => {
    const busy = decide(selectAll(abc, true), ["a", "b"]);
    expect([...busy.busy]).toEqual(["a", "b"]);
    const after = settle(busy, [
      { id: "a", ok: true, comment: comment("a", { state: "spam" }) },
      { id: "b", ok: false, code: "not-found", reason: "gone" },
    ]);
    expect(ids(after)).toEqual(["b", "c"]);
    expect([...after.selected]).toEqual(["b", "c"]);
    expect([...after.busy]).toEqual([]);
  });

  it("shows in the list of all what a comment is now, and what is deleted in the list of that", () => {
    const all = load(empty("all"), listed("a"));
    const spam = comment("a", { state: "spam" });
    expect(settle(all, [{ id: "a", ok: true, comment: spam }]).comments).toEqual([spam]);
    const deleted = comment("a", { isDeleted: true });
    expect(settle(all, [{ id: "a", ok: true, comment: deleted }]).comments).toEqual([]);
    const gone = load(empty("deleted"), { ...listed(), comments: [deleted] });
    expect(settle(gone, [{ id: "a", ok: true, comment: comment("a") }]).comments).toEqual([]);
  });

  it("can be taken back, each comment to where it was", () => {
    const mixed = load(empty("all"), {
      comments: [comment("a"), comment("b", { state: "spam" }), comment("c", { state: "shown" })],
      counts,
      nextCursor: null,
    });
    const after = settle(
      mixed,
      ["a", "b", "c"].map((id) => ({ id, ok: true, comment: comment(id, { isDeleted: true }) })),
    );
    expect(takeUndo(after)[0]).toEqual([{ action: "restore", ids: ["a", "b", "c"] }]);
    const approved = settle(
      mixed,
      ["a", "b"].map((id) => ({ id, ok: true, comment: comment(id, { state: "shown" }) })),
    );
    const [undo, rest] = takeUndo(approved);
    expect(undo).toEqual([
      { action: "hold", ids: ["a"] },
      { action: "spam", ids: ["b"] },
    ]);
    expect(takeUndo(rest)[0]).toBeUndefined();
  });

  it("that changed nothing, or took another back, is not taken back", () => {
    const same = [{ id: "a", ok: true, comment: comment("a") }];
    expect(settle(abc, same).undo).toEqual([]);
    const approved = [{ id: "a", ok: true, comment: comment("a", { state: "shown" as const }) }];
    expect(settle(abc, approved, true).undo).toEqual([]);
  });
});

describe("the list", () => {
  it("goes on without doubles", () => {
    expect(ids(append(abc, listed("c", "d")))).toEqual(["a", "b", "c", "d"]);
  });

  it("offers what can be done with a comment as it is", () => {
    expect(actionsFor(comment("a"))).toEqual(["approve", "spam", "delete"]);
    expect(actionsFor(comment("a", { state: "spam" }))).toEqual(["approve", "delete"]);
    expect(actionsFor(comment("a", { state: "shown", flagCount: 2 }))).toEqual(["unflag", "hold", "spam", "delete"]);
    expect(actionsFor(comment("a", { isDeleted: true }))).toEqual(["restore"]);
  });
});

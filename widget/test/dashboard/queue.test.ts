import { describe, expect, it } from "vitest";
import { heldBy } from "../../src/dashboard/moderation/history";
import {
  actionsFor,
  actionsForAny,
  append,
  chosen,
  decide,
  empty,
  hear,
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
  // Newest first is the order of their names.
  createdAt: 1_000 - id.charCodeAt(0),
  editedAt: null,
  quote: null,
  pageTitle: null,
  ...fields,
});

const counts = { waiting: 3, flagged: 0, spam: 0, all: 9 };
const listed = (...ids: string[]) => ({ comments: ids.map((id) => comment(id)), counts, nextCursor: null });
const ids = (queue: Queue) => queue.comments.map(({ id }) => id);
const abc = load(empty(), listed("a", "b", "c"));

describe("why a comment was held at first", () => {
  const deed = (act: string, details = {}) => ({ at: 1, actorName: "Mo", act, details });

  it("is known while it waits, and from whoever decided", () => {
    expect(heldBy(comment("a"), [])).toBe("first");
    const shown = comment("a", { state: "shown", heldBecause: null });
    expect(heldBy(shown, [deed("approve", { heldBecause: "all" }), deed("hold")])).toBe("all");
    const again = comment("a", { heldBecause: "moderator" });
    expect(heldBy(again, [deed("approve", { heldBecause: "all" }), deed("hold")])).toBe("all");
    expect(heldBy(again, [deed("hold")])).toBeUndefined();
    expect(heldBy(shown, [])).toBeUndefined();
  });
});

describe("the cursor", () => {
  it("begins at the first comment and stops at the ends", () => {
    expect(abc.at).toBe("a");
    expect(move(abc, -1).at).toBe("a");
    expect(move(abc, 1).at).toBe("b");
    expect(move(abc, 9).at).toBe("c");
    expect(move(empty(), 1).at).toBeNull();
  });

  it("stays on its comment when the list comes anew", () => {
    expect(load(open(abc, "b"), listed("A", "a", "b")).at).toBe("b");
  });

  it("goes to what came after a comment that left, else before it", () => {
    const approved = (id: string) => [{ id, ok: true, comment: comment(id, { state: "shown" }) }];
    expect(settle(open(abc, "b"), approved("b")).at).toBe("c");
    expect(settle(open(abc, "c"), approved("c")).at).toBe("b");
  });

  it("goes to no other comment when somebody else has taken its own away, and walks on from there", () => {
    const lost = load(open(abc, "b"), listed("A", "a", "c"));
    expect([lost.at, lost.lostAt]).toEqual([null, 2]);
    expect(chosen(lost)).toEqual([]);
    expect(move(lost, 1).at).toBe("c");
    expect(move(lost, -1).at).toBe("a");
    expect(load(lost, listed("a", "c", "d")).at).toBeNull();
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
    const after = settle(
      busy,
      [
        { id: "a", ok: true, comment: comment("a", { state: "spam" }) },
        { id: "b", ok: false, code: "not-found", reason: "gone" },
      ],
      "spam",
    );
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
      "delete",
    );
    expect(takeUndo(after)[0]).toEqual({ deed: "delete", n: 3, back: [{ action: "restore", ids: ["a", "b", "c"] }] });
    const approved = settle(
      mixed,
      ["a", "b"].map((id) => ({ id, ok: true, comment: comment(id, { state: "shown" }) })),
      "approve",
    );
    const [undo, rest] = takeUndo(approved);
    expect(undo?.back).toEqual([
      { action: "hold", ids: ["a"] },
      { action: "spam", ids: ["b"] },
    ]);
    expect(takeUndo(rest)[0]).toBeUndefined();
  });

  it("that is taken back brings its comment into the list again, where that is known so far down", () => {
    const bd = { ...listed("b", "d"), nextCursor: "more" };
    const back = (id: string) => settle(load(empty(), bd), [{ id, ok: true, comment: comment(id) }]);
    expect(ids(back("c"))).toEqual(["b", "c", "d"]);
    expect(back("c").at).toBe("c");
    expect(ids(back("e"))).toEqual(["b", "d"]);
  });

  it("that changed nothing, or took another back, is not taken back", () => {
    const same = [{ id: "a", ok: true, comment: comment("a") }];
    expect(settle(abc, same, "hold").undo).toEqual([]);
    const approved = [{ id: "a", ok: true, comment: comment("a", { state: "shown" as const }) }];
    expect(settle(abc, approved).undo).toEqual([]);
  });

  it("that was not done leaves nothing to take back: what came before it is not meant", () => {
    const held = settle(abc, [{ id: "a", ok: true, comment: comment("a", { state: "spam" }) }], "spam");
    expect(held.undo).toHaveLength(1);
    expect(settle(held, [{ id: "b", ok: false, code: "locked" }], "delete").undo).toEqual([]);
  });
});

describe("the list", () => {
  it("goes on without doubles", () => {
    expect(ids(append(abc, listed("c", "d")))).toEqual(["a", "b", "c", "d"]);
  });

  it("keeps what is known further down when its first part comes anew, with the cursor and the selection", () => {
    const first = (...names: string[]) => ({ ...listed(...names), nextCursor: "after" });
    const long = append(load(empty(), first("b", "c")), { ...listed("d", "e"), nextCursor: "more" });
    const after = load(toggle(open(long, "e"), "d"), first("a", "b"));
    expect(ids(after)).toEqual(["a", "b", "c", "d", "e"]);
    expect([after.at, [...after.selected], after.nextCursor]).toEqual(["e", ["d"], "more"]);
    expect(ids(load(long, first("a", "c")))).toEqual(["a", "c", "d", "e"]);
    expect(ids(load(long, listed("b")))).toEqual(["b"]);
  });

  it("hears what became of any comment, however far down", () => {
    expect(ids(hear(abc, "c", "shown"))).toEqual(["a", "b"]);
    expect(ids(hear(load(empty("all"), listed("a")), "a", "deleted"))).toEqual([]);
    expect(hear(load(empty("all"), listed("a")), "a", "spam").comments[0]?.state).toBe("spam");
    expect([hear(abc, "a", "shown").at, hear(decide(abc, ["a"]), "a", "shown").at]).toEqual([null, "a"]);
  });

  it("begins anew where there may be a gap between what came and what was known", () => {
    const after = load(abc, { ...listed("A", "B"), nextCursor: "after" });
    expect([ids(after), after.nextCursor]).toEqual([["A", "B"], "after"]);
  });

  it("keeps what waits for an answer, so that the cursor goes on from it", () => {
    const busy = load(decide(open(abc, "b"), ["b"]), listed("a", "c"));
    expect([ids(busy), busy.at]).toEqual([["a", "b", "c"], "b"]);
    const approved = { id: "b", ok: true, comment: comment("b", { state: "shown" }) };
    expect(settle(busy, [approved]).at).toBe("c");
    const early = load(decide(load(empty("all"), listed("b")), ["b"]), { ...listed(), comments: [approved.comment] });
    expect(settle(hear(early, "b", "shown"), [approved], "approve").undo).toHaveLength(1);
  });

  it("offers for several what can be done with any of them", () => {
    const [waiting, shown, deleted] = [
      comment("a"),
      comment("b", { state: "shown" }),
      comment("c", { isDeleted: true }),
    ];
    expect(actionsForAny([deleted])).toEqual(["restore"]);
    expect(actionsForAny([waiting, shown])).toEqual(["approve", "hold", "spam", "delete"]);
  });

  it("offers what can be done with a comment as it is", () => {
    expect(actionsFor(comment("a"))).toEqual(["approve", "spam", "delete"]);
    expect(actionsFor(comment("a", { state: "spam" }))).toEqual(["approve", "delete"]);
    expect(actionsFor(comment("a", { state: "shown", flagCount: 2 }))).toEqual(["unflag", "hold", "spam", "delete"]);
    expect(actionsFor(comment("a", { isDeleted: true }))).toEqual(["restore"]);
  });
});

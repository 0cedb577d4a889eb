// @vitest-environment jsdom
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Anchor, Command, Comment, Conversation, Failure, Me, View } from "../src/core/model";
import type { Client } from "../src/io/client";
import { languageOf, type Words } from "../src/locales";
import { table } from "../src/locales/words";
import { chatWindow } from "../src/view/window";
import { bar } from "../src/view/bar";
import {
  ask,
  change,
  close,
  confirm,
  createDesk,
  discard,
  edit,
  flag,
  lengthOf,
  open,
  save,
  setText,
  startDraft,
  stepBack,
  submit,
  textOf,
  toggleList,
  type Desk,
} from "../src/view/desk";
import { render } from "../src/view/dom/render";
import { list } from "../src/view/list";
import type { Marks } from "../src/view/marks";

vi.stubGlobal("CSS", { escape: (text: string) => text, supports: () => true });

const words = Object.fromEntries(Object.entries(table).map(([name, [english]]) => [name, english])) as Words;
const anchor: Anchor = { v: 1, quote: "born free", start: 10, end: 19 };
const neva: Me = { id: "demo:neva", name: "Neva Quill", isGuest: false, isModerator: false };
const orla = { id: "demo:orla", name: "Orla Venn" };

function comment(id: string, author = orla, part: Partial<Comment> = {}): Comment {
  return {
    id,
    author: { id: author.id, name: author.name },
    html: `<p>${id}</p>`,
    at: 1,
    isEdited: false,
    state: "sent",
    ...part,
  };
}

function chat(id: string, part: Partial<Conversation> = {}): Conversation {
  const comments = part.comments ?? [comment(`${id}-1`)];
  return {
    id,
    thread: id,
    anchor,
    createdAt: 1,
    createdBy: orla,
    commentCount: comments.length,
    lastCommentAt: 1,
    isResolved: false,
    isUnread: false,
    isLocked: false,
    isPinned: false,
    state: "sent",
    comments,
    ...part,
  };
}

/** A client that remembers what it was told; the test says what becomes of it. */
class FakeClient implements Client {
  view: View = { link: "live", viewerCount: 1, isLoaded: true, me: neva, conversations: [], toSend: 0 };
  readonly sent: Command[] = [];
  readonly calls: string[] = [];
  nameFailure: Failure | undefined;
  flagFailure: Failure | undefined;
  source = Promise.resolve("the *source*");
  private listener: (view: View) => void = () => undefined;

  show(part: Partial<View>): void {
    this.view = { ...this.view, ...part };
    this.listener(this.view);
  }
  subscribe(listener: (view: View) => void) {
    this.listener = listener;
    return () => undefined;
  }
  send(command: Command) {
    this.sent.push(command);
  }
  setName(name: string) {
    this.calls.push(`name ${name}`);
    if (!this.nameFailure) this.show({ me: { ...neva, isGuest: true, name } });
    return Promise.resolve(this.nameFailure);
  }
  sourceText() {
    return this.source;
  }
  retry = (id: string) => void this.calls.push(`retry ${id}`);
  discard = (id: string) => (this.calls.push(`discard ${id}`), "");
  open = (id: string) => void this.calls.push(`open ${id}`);
  close = (id: string) => void this.calls.push(`close ${id}`);
  flag = (id: string) => (this.calls.push(`flag ${id}`), Promise.resolve(this.flagFailure));
  typing = (id: string) => void this.calls.push(`typing ${id}`);
  reconnect = () => undefined;
  destroy = () => undefined;
}

let client: FakeClient;
let desk: Desk;
let events: string[];
const root = document.createElement("div");

function setUp(isReadonly = false): void {
  client = new FakeClient();
  events = [];
  desk = createDesk({
    ...languageOf("en", words),
    client,
    isReadonly,
    changed: () => undefined,
    tell: (name, id) => events.push(`${name} ${id}`),
  });
}

/** Draws the window and finds something in it. */
function draw(selector: string): HTMLElement | null {
  render(desk.window && chatWindow(desk, desk.window, undefined), root);
  return root.querySelector(selector);
}

const place = { anchor, range: "0:1,0:2{x}", selector: "p" };

beforeEach(() => setUp());

describe("a new discussion", () => {
  test("is stored by one command, and its window stays the same node from draft to stored", () => {
    startDraft(desk, place);
    const node = draw(".collab-chat-window");
    setText(desk, desk.window?.chatId ?? "", " First words \n");
    void submit(desk, "");
    const [command] = client.sent;
    expect(command).toMatchObject({ type: "create", text: "First words", ...place });
    const broadcastId = command?.broadcastId ?? "";

    const pending = comment(`~${broadcastId}`, neva, { state: "pending", broadcastId, text: "First words" });
    client.show({ conversations: [chat(`~${broadcastId}`, { state: "pending", broadcastId, comments: [pending] })] });
    const row = draw(".collab-chat-comment");
    expect(row?.dataset["state"]).toBe("pending");

    client.show({ conversations: [chat("c1", { broadcastId, comments: [comment("k1", neva, { broadcastId })] })] });
    expect(draw(".collab-chat-window")).toBe(node);
    expect(node?.dataset["chatId"]).toBe("c1");
    expect(draw(".collab-chat-comment")).toBe(row);
    expect(row?.dataset).toMatchObject({ commentId: "k1", state: "sent" });
    expect(client.calls).toContain("open c1");
    expect(events).toEqual(["open c1"]);
  });

  test("keeps its words when it is closed, and shows them again", () => {
    startDraft(desk, place);
    const { chatId = "" } = desk.window ?? {};
    setText(desk, chatId, "half a thought");
    close(desk);
    expect([...desk.drafts.keys()]).toEqual([chatId]);
    open(desk, chatId);
    expect((draw("textarea") as HTMLTextAreaElement).value).toBe("half a thought");
  });

  test("that is empty leaves nothing behind", () => {
    startDraft(desk, place);
    close(desk);
    expect(desk.drafts.size).toBe(0);
    expect(client.calls).toEqual([]);
  });

  test("that is refused for a reason of the server's says it, and keeps the words", () => {
    startDraft(desk, place);
    const key = desk.window?.key ?? "";
    setText(desk, `~${key}`, "buy now");
    void submit(desk, "");
    const reason = "This site takes at most 2 links in a comment.";
    const failed = { state: "failed", broadcastId: key, failure: { code: "spam-suspected", reason } } as const;
    client.show({
      conversations: [
        chat(`~${key}`, {
          ...failed,
          comments: [comment(`~${key}`, neva, { ...failed, html: undefined, text: "buy now" })],
        }),
      ],
    });
    expect(draw(".cc-fate")?.textContent).toBe(`Not sent: the server did not accept it. ${reason}`);
    expect(draw(".cc-text")?.textContent).toBe("buy now");
  });

  test("that failed and is discarded closes its window", () => {
    startDraft(desk, place);
    const key = desk.window?.key ?? "";
    setText(desk, `~${key}`, "words");
    void submit(desk, "");
    const failed = { state: "failed", broadcastId: key, failure: { code: "forbidden" } } as const;
    client.show({
      conversations: [
        chat(`~${key}`, { ...failed, comments: [comment(`~${key}`, neva, { ...failed, text: "words" })] }),
      ],
    });
    expect(draw(".cc-fate")?.textContent).toBe("Not sent: you may not write here.");
    discard(desk, key);
    expect(desk.window).toBeUndefined();
    expect(client.calls).toContain(`discard ${key}`);
  });
});

describe("a guest", () => {
  beforeEach(() => client.show({ me: { ...neva, isGuest: true, name: "" }, conversations: [chat("c1")] }));

  test("is asked for a name in the same form, and the comment follows it", async () => {
    open(desk, "c1");
    expect(draw("input")).not.toBeNull();
    setText(desk, "c1", "hello");
    await submit(desk, " Zoe ");
    expect(client.calls).toContain("name Zoe");
    expect(client.sent).toMatchObject([{ type: "reply", chatId: "c1", text: "hello" }]);
    expect(draw("input")).toBeNull();
  });

  test("whose name is refused keeps the words and is told why", async () => {
    client.nameFailure = { code: "rate-limited", retryAfterS: 7 };
    open(desk, "c1");
    setText(desk, "c1", "hello");
    await submit(desk, "Zoe");
    expect(client.sent).toEqual([]);
    expect(textOf(desk, "c1")).toBe("hello");
    expect(draw("[role=alert]")?.textContent).toBe("Not sent: too fast, wait 7 s.");
  });
});

describe("an open discussion", () => {
  beforeEach(() => {
    client.show({
      conversations: [chat("c1"), chat("c2", { createdBy: neva, comments: [comment("m1", neva), comment("o1")] })],
    });
  });

  test("keeps its draft while another is open", () => {
    open(desk, "c1");
    setText(desk, "c1", "not yet");
    open(desk, "c2");
    expect((draw("textarea") as HTMLTextAreaElement).value).toBe("");
    open(desk, "c1");
    expect((draw("textarea") as HTMLTextAreaElement).value).toBe("not yet");
    expect(events).toEqual(["open c1", "close c1", "open c2", "close c2", "open c1"]);
  });

  test("that someone deletes says so, and keeps the unsent words", () => {
    open(desk, "c1");
    setText(desk, "c1", "my answer");
    client.show({ conversations: [] });
    expect(draw("[role=alert] span")?.textContent).toBe("This discussion was deleted.");
    expect(draw(".cc-kept")?.textContent).toBe("my answer");
    expect(draw(".cc-quote q")?.textContent).toBe("born free");
    expect(draw("textarea")).toBeNull();
  });

  test("announces what others add, not what was there or is one's own", () => {
    open(desk, "c1");
    const [first] = client.view.conversations[0]?.comments ?? [];
    const comments = [first as Comment, comment("x", orla), comment("y", neva)];
    client.show({ conversations: [chat("c1", { comments })] });
    expect(desk.said).toBe("New comment by Orla Venn.");
    expect([...desk.arrived]).toEqual(["x"]);
  });

  test("offers to change one's own comments only, and all of them to a moderator", () => {
    open(desk, "c2");
    const offered = (about: string) => {
      change(desk, { mode: "menu", about });
      draw(".cc-menu");
      return [...root.querySelectorAll(".cc-menu button")].map((each) => each.textContent);
    };
    expect(offered("m1")).toEqual(["Edit", "Delete"]);
    expect(offered("o1")).toEqual(["Report"]);
    client.show({ me: { ...neva, isModerator: true } });
    expect(offered("o1")).toEqual(["Edit", "Delete"]);
    client.show({ me: { ...neva, isGuest: true, name: "" } });
    expect(draw("[data-comment-id=o1] [data-about]")).toBeNull();
  });

  test("has comments that can be reported: it says so, or why not", async () => {
    open(desk, "c2");
    await flag(desk, "o1");
    expect(draw("[data-comment-id=o1] [role=status]")?.textContent).toBe("Reported to the moderators");
    client.flagFailure = { code: "rate-limited", retryAfterS: 9 };
    await flag(desk, "o1");
    expect(draw("[data-comment-id=o1] [role=status]")).toBeNull();
    expect(draw("[role=alert]")?.textContent).toBe("Not sent: too fast, wait 9 s.");
    const leaving = flag(desk, "o1");
    open(desk, "c1");
    await leaving;
    expect(desk.window?.failure).toBeUndefined();
    expect(client.calls.filter((call) => call.startsWith("flag"))).toEqual(["flag o1", "flag o1", "flag o1"]);
  });

  test("that is locked says so, keeps the unsent words, and offers nothing to change until it is open again", () => {
    const mine = { createdBy: neva, comments: [comment("m1", neva)] };
    client.show({ me: { ...neva, isModerator: true }, conversations: [chat("c1", mine)] });
    open(desk, "c1");
    setText(desk, "c1", "my answer");
    client.show({ conversations: [chat("c1", { ...mine, isLocked: true })] });
    expect(draw("[role=alert] span")?.textContent).toBe("Locked by a moderator.");
    expect(draw(".cc-kept")?.textContent).toBe("my answer");
    expect(draw("textarea")).toBeNull();
    expect(draw("[data-about]")).toBeNull();
    expect(draw(".cc-head .i-check")).not.toBeNull();
    client.show({ conversations: [chat("c1", mine)] });
    expect((draw("textarea") as HTMLTextAreaElement).value).toBe("my answer");
    expect(draw("[data-comment-id=m1] [data-about]")).not.toBeNull();
  });

  test("is edited in its source text", async () => {
    open(desk, "c2");
    const coming = edit(desk, comment("m1", neva));
    expect(draw(".cc-edit")).toBeNull();
    await coming;
    const field = draw(".cc-edit") as HTMLTextAreaElement;
    expect(field.value).toBe("the *source*");
    setText(desk, "m1", "better");
    save(desk, "m1");
    expect(client.sent).toMatchObject([{ type: "edit", chatId: "c2", commentId: "m1", text: "better" }]);
    expect(draw(".cc-edit")).toBeNull();
  });

  test("is not edited by whoever has gone on before its text came, or if that does not come", async () => {
    open(desk, "c2");
    const coming = edit(desk, comment("m1", neva));
    change(desk, { mode: "ask", about: "m1" });
    await coming;
    expect(desk.window?.mode).toBe("ask");
    change(desk, { mode: "menu", about: "m1" });
    client.source = Promise.reject(new Error("no-answer"));
    await edit(desk, comment("m1", neva));
    expect(desk.window?.mode).toBe("menu");
  });

  test("is left step by step by Esc", async () => {
    open(desk, "c2");
    toggleList(desk, "mine");
    await edit(desk, comment("m1", neva));
    change(desk, { mode: "menu", about: "o1" });
    const steps = [];
    while (stepBack(desk)) steps.push([!!desk.window?.mode, !!desk.list, !!desk.window].map(Number).join(""));
    expect(steps).toEqual(["011", "001", "000"]);
  });

  test("asks about the whole discussion when its last comment is to go", () => {
    client.show({ conversations: [chat("c3", { createdBy: neva, comments: [comment("last", neva)] })] });
    open(desk, "c3");
    ask(desk, "last");
    expect(draw("[role=alertdialog]")?.textContent).toContain("Delete this discussion with 1 comment?");
    confirm(desk);
    expect(client.sent).toMatchObject([{ type: "delete", chatId: "c3" }]);
    expect(desk.window).toBeUndefined();
  });

  test("deletes one of several comments after asking", () => {
    open(desk, "c2");
    ask(desk, "m1");
    expect(draw("[data-comment-id=m1] [role=alertdialog]")).not.toBeNull();
    confirm(desk);
    expect(client.sent).toMatchObject([{ type: "delete-comment", chatId: "c2", commentId: "m1" }]);
  });

  test("shows what is on its way, and offline that it will be sent, which is no failure", () => {
    const waiting = comment("~b", neva, { state: "pending", broadcastId: "b", text: "later" });
    client.show({ conversations: [chat("c1", { comments: [waiting] })] });
    open(desk, "c1");
    expect(draw(".cc-fate")?.textContent).toBe("Sending…");
    client.show({ link: "offline", toSend: 1 });
    expect(draw(".cc-fate")?.textContent).toBe("Will be sent");
    const late = { ...waiting, state: "failed", failure: { code: "no-answer" } } as const;
    client.show({ conversations: [chat("c1", { comments: [late] })] });
    expect(draw(".cc-fate")?.textContent).toBe("Will be sent");
    expect(draw("[role=alert]")).toBeNull();
    client.show({ link: "live" });
    expect(draw("[role=alert]")?.textContent).toBe("Not sent: the server did not answer.");
  });

  test("says who is typing, in a place that is always kept, and does not announce it", () => {
    open(desk, "c1");
    const line = draw(".cc-typing");
    expect(line?.textContent).toBe("");
    client.show({ conversations: [chat("c1", { typing: ["Orla Venn"] })] });
    expect(draw(".cc-typing")).toBe(line);
    expect(line?.textContent).toBe("Orla Venn is typing…");
    expect(line?.closest("[aria-live],[role=status],[role=alert]")).toBeNull();
    expect(desk.said).toBe("");
  });

  test("tells that somebody answers, not that they edit or begin", () => {
    startDraft(desk, place);
    setText(desk, desk.window?.chatId ?? "", "begins");
    open(desk, "c1");
    setText(desk, "m1", "edits");
    expect(client.calls.join()).not.toContain("typing");
    setText(desk, "c1", "answers");
    expect(client.calls).toContain("typing c1");
  });

  test("that is resolved has no field, but a way back", () => {
    client.show({ conversations: [chat("c1", { isResolved: true })] });
    open(desk, "c1");
    expect(draw("textarea")).toBeNull();
    (draw(".cc-notice button") as HTMLElement).click();
    expect(client.sent).toMatchObject([{ type: "resolve", chatId: "c1", isResolved: false }]);
  });

  test("keeps a comment's node through an edit, whose command has another id", () => {
    client.show({ conversations: [chat("c1", { comments: [comment("k", neva, { broadcastId: "reply" })] })] });
    open(desk, "c1");
    const row = draw(".collab-chat-comment");
    client.show({ conversations: [chat("c1", { comments: [comment("k", neva, { broadcastId: "edit" })] })] });
    expect(draw(".collab-chat-comment")).toBe(row);
  });

  test("shows markup as elements, and links that give nothing away", () => {
    const html = '<p>See <a href="https://a.example/">it</a> <strong>now</strong></p>';
    client.show({ conversations: [chat("c1", { comments: [comment("k", orla, { html })] })] });
    open(desk, "c1");
    expect(draw(".cc-text a")?.getAttribute("rel")).toContain("noopener");
    expect(draw(".cc-text strong")?.textContent).toBe("now");
  });
});

test("discussions that are pinned come first in the list, under a heading of their own", () => {
  client.show({ conversations: [chat("c1"), chat("c2"), chat("c3", { isPinned: true })] });
  const places = ["c1", "c2", "c3"];
  const marks = {
    found: (id: string) => ({ start: places.indexOf(id) }),
    headingOf: () => "Article 1",
  } as unknown as Marks;
  render(
    list(desk, marks, "open", undefined, () => undefined),
    root,
  );
  const rows = [...root.querySelectorAll(".cc-place,.cc-row")].map((each) => each.textContent);
  expect(rows).toMatchObject([/^Pinned$/, /./, /^Article 1$/, /./, /./].map((text) => expect.stringMatching(text)));
});

describe("a private discussion", () => {
  test("says that it is, in the window's name and in the list", () => {
    client.show({ conversations: [chat("c1", { room: "circle:1" }), chat("c2")] });
    open(desk, "c1");
    expect(draw("[role=dialog] #cc-quote")?.textContent).toBe("Private Discussion about born free");
    open(desk, "c2");
    expect(draw("[role=dialog] #cc-quote")?.textContent).toBe("Discussion about born free");
  });

  test("that may be seen no more leaves no word of others in its window", () => {
    client.show({ conversations: [chat("c1", { room: "circle:1", comments: [comment("k", orla)] })] });
    open(desk, "c1");
    setText(desk, "c1", "my answer");
    client.show({ conversations: [chat("c1", { comments: [comment("k", orla), comment("new", orla)] })] });
    expect(desk.said).toContain("Orla");
    client.show({ link: "refused", refusal: "forbidden", conversations: [], isLoaded: false });
    expect(draw(".collab-chat-comment")).toBeNull();
    expect(draw(".cc-kept")?.textContent).toBe("my answer");
    expect(root.textContent + desk.said).not.toContain("Orla");
  });
});

describe("the field", () => {
  beforeEach(() => {
    client.show({ conversations: [chat("c1")] });
    open(desk, "c1");
  });
  const send = () => draw(".collab-chat-send") as HTMLButtonElement;

  test("sends nothing empty and nothing too long", () => {
    expect(send().disabled).toBe(true);
    setText(desk, "c1", "x".repeat(2001));
    expect(send().disabled).toBe(true);
    expect(draw(".cc-hint")?.textContent).toBe("1 character too many");
    setText(desk, "c1", "x".repeat(1999));
    expect(send().disabled).toBe(false);
    expect(draw(".cc-hint")?.textContent).toBe("1 character left");
  });
  test("counts characters as people do", () => {
    expect(lengthOf(" 👍🏽 і є ")).toBe(6);
  });
  test("sends with Ctrl and Enter", () => {
    const field = draw("textarea") as HTMLTextAreaElement;
    document.body.append(root);
    field.value = "by keyboard";
    field.dispatchEvent(new Event("input"));
    const after = draw("textarea") as HTMLTextAreaElement;
    after.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true, cancelable: true }));
    expect(client.sent).toMatchObject([{ type: "reply", text: "by keyboard" }]);
    expect((draw("textarea") as HTMLTextAreaElement).value).toBe("");
  });
});

describe("who may only read", () => {
  test("sees why there is no field and no action", () => {
    setUp(true);
    client.show({ conversations: [chat("c1", { createdBy: neva, comments: [comment("m", neva)] })] });
    open(desk, "c1");
    expect(draw("textarea")).toBeNull();
    expect(draw(".cc-last")?.textContent).toBe("Read only");
    expect(draw("[data-about]")).toBeNull();
  });
});

describe("the bar", () => {
  function text(selector: string): string | undefined {
    render(bar(desk), root);
    return root.querySelector(selector)?.textContent;
  }

  test("holds the numbers, whatever the words say", () => {
    expect(text(".collab-chat-discussions")).toBe("0 discussions Select text to discuss it");
    expect(text(".collab-chat-viewers")).toBe("Only you 1");
    client.show({ viewerCount: 3, conversations: [chat("c1"), chat("c2", { isUnread: true })] });
    expect(text(".collab-chat-discussions")).toBe("2 discussions");
    expect(text(".collab-chat-viewers")).toBe("3 viewing");
    expect(text(".cc-new")).toBe("1 new");
  });
  test("shows no number that is not known", () => {
    client.show({ isLoaded: false, link: "connecting" });
    expect(text(".collab-chat-discussions")).toBe("Discussions");
    expect(text(".collab-chat-viewers")).toBeUndefined();
    expect(root.querySelector<HTMLElement>(".collab-chat-status")?.dataset["state"]).toBe("connecting");
  });
  test("says how the line is, and how much waits", () => {
    client.show({ link: "reconnecting" });
    expect(text(".collab-chat-status")).toBe("Reconnecting…");
    client.show({ link: "offline", toSend: 0 });
    expect(text(".collab-chat-status")).toBe("Offline");
    client.show({ toSend: 1 });
    expect(text(".collab-chat-status")).toBe("Offline · 1 to send");
    client.show({ link: "live" });
    expect(desk.said).toBe("Reconnected.");
    client.show({ link: "refused", refusal: "forbidden" });
    expect(text(".collab-chat-status")).toBe("This page cannot be discussed now.");
  });
});

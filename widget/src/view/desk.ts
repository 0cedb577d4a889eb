// What one reader has open over one container: the window, the list, drafts, questions. One record, and functions that
// change it and ask for a drawing. No DOM.
//
//   selection ─startDraft─▶ draft ─submit─▶ conversation (same window, same key) ─close─▶ nothing; the draft is kept
//   a conversation that disappears while it is open stays as "deleted", with the reader's unsent words
import type { Anchor, Command, Comment, Conversation, Failure, Person, View } from "../core/model";
import type { Client } from "../io/client";
import { fill, type Language } from "../locales";

/** A discussion that is not stored yet: where it will stand. */
export interface Draft {
  readonly broadcastId: string;
  readonly anchor: Anchor;
  readonly range: string;
  readonly selector: string;
}

export interface OpenWindow {
  /** Names the window's DOM node; stays when the draft becomes a conversation. */
  readonly key: string;
  /** The conversation's id, `~<broadcastId>` while it is a draft or pending. */
  chatId: string;
  /** As last seen; absent while it is a draft. */
  chat?: Conversation | undefined;
  isDeleted?: boolean;
  /** On a narrow screen: full screen instead of a sheet. */
  isFull?: boolean;
  /** What is under way with `about`: a comment's id, or `""` for the whole discussion. */
  mode?: "menu" | "ask" | "edit" | "flagged" | undefined;
  about?: string;
  /** A guest's name is on its way, or has not been taken. */
  isBusy?: boolean;
  failure?: Failure | undefined;
}

export type Tab = "open" | "mine" | "resolved" | "lost";

export interface Desk extends Language {
  readonly client: Client;
  readonly isReadonly: boolean;
  /** Asks for a drawing. */
  readonly changed: () => void;
  /** A stored conversation was opened or closed. */
  readonly tell: (name: "open" | "close", chatId: string) => void;
  view: View;
  /** The line has stood before: only then can it be lost. */
  wasLive: boolean;
  window?: OpenWindow | undefined;
  list?: Tab | undefined;
  /** A selector of what takes the focus after the next drawing. */
  wish?: string | undefined;
  /** The reader has just written: the end of the comments is to be seen. */
  isAtEnd: boolean;
  /** The last announcement for screen readers. */
  said: string;
  /** Comments that arrived from others while their window was open; shown on a fading ground. */
  readonly arrived: Set<string>;
  /** Unsent discussions by `~<broadcastId>`: the open one, and those that hold words. */
  readonly drafts: Map<string, Draft>;
  /** What is typed and not sent, by conversation, or by the comment that is edited. */
  readonly texts: Map<string, string>;
  readonly keys: Map<string, string>;
}

export const maxLength = 2000;

/** Some 20 digits: short, as everybody gets it with every event, and one writer does not make the same one twice. */
const newBroadcastId = (): string => `${crypto.getRandomValues(new BigUint64Array(1))}`;

/** Comments are counted as the server counts them: in characters, not in UTF-16 units. */
export const lengthOf = (text: string): number => [...text.trim()].length;

export function createDesk(parts: Language & Pick<Desk, "client" | "isReadonly" | "changed" | "tell">): Desk {
  const { view } = parts.client;
  const desk: Desk = {
    ...parts,
    view,
    wasLive: view.link === "live",
    isAtEnd: false,
    said: "",
    arrived: new Set(),
    drafts: new Map(),
    texts: new Map(),
    keys: new Map(),
  };
  parts.client.subscribe((view) => receive(desk, view));
  return desk;
}

// ── What is there ──────────────────────────────────────────────────────────────────────────────────────────────────

export function mayWrite({ isReadonly, view: { me, link } }: Desk): boolean {
  return !isReadonly && !!me && link !== "refused";
}

export function isMine({ view: { me } }: Desk, person: Person | undefined): boolean {
  return person?.id === me?.id;
}

/** Whether the reader may edit or delete what this author wrote in the open conversation. */
export function mayChange(desk: Desk, author: Person): boolean {
  return mayWrite(desk) && !desk.window?.chat?.isLocked && (isMine(desk, author) || !!desk.view.me?.isModerator);
}

export function mayFlag(desk: Desk, author: Person): boolean {
  return mayWrite(desk) && !needsName(desk) && !isMine(desk, author);
}

/** Names a comment's DOM node: the same while it is pending, sent and edited. */
export function keyOf({ keys }: Desk, { id, broadcastId }: Comment): string {
  const key = keys.get(id) ?? keys.get(`~${broadcastId}`) ?? id;
  keys.set(id, key);
  return key;
}

export function textOf(desk: Desk, key: string): string {
  return desk.texts.get(key) ?? "";
}

/** Keeps what is typed; others may know that somebody answers. */
export function setText(desk: Desk, key: string, text: string): void {
  if (key === desk.window?.chat?.id) desk.client.typing(key);
  desk.texts.set(key, text.trim() && text);
  change(desk, { failure: undefined });
}

// ── Windows ────────────────────────────────────────────────────────────────────────────────────────────────────────

export function startDraft(desk: Desk, place: Omit<Draft, "broadcastId">): void {
  const broadcastId = newBroadcastId();
  desk.drafts.set(`~${broadcastId}`, { broadcastId, ...place });
  open(desk, `~${broadcastId}`);
}

/** Opens a conversation, or a kept draft, by its id; the one that is open keeps its place. */
export function open(desk: Desk, chatId: string): void {
  const draft = desk.drafts.get(chatId);
  const chat = desk.view.conversations.find((chat) => chat.id === chatId);
  if (desk.window?.chatId !== chatId) {
    close(desk);
    desk.list = undefined;
    // Who begins a discussion is about to write, and needs the whole of a narrow screen.
    desk.window = { key: (draft ?? chat)?.broadcastId ?? chatId, chatId, chat, isFull: !!draft };
    if (chat) tellOpen(desk);
  }
  wish(desk, draft ? ".collab-chat-composer" : ".cc-window");
}

export function close(desk: Desk): void {
  const { window, texts } = desk;
  if (!window) return;
  const { chatId } = window;
  if (window.isDeleted) texts.delete(chatId);
  if (!texts.get(chatId)) desk.drafts.delete(chatId);
  desk.window = undefined;
  desk.arrived.clear();
  if (!window.chat) return wish(desk);
  desk.client.close(chatId);
  desk.tell("close", chatId);
  wish(desk, `[data-marker="${chatId}"],.cc-count`);
}

export function toggleList(desk: Desk, tab?: Tab): void {
  desk.list = tab;
  wish(desk, tab ? ".cc-tab[aria-pressed=true]" : ".cc-count");
}

/** Changes something about the window, if there still is one. */
export function change(desk: Desk, part: Partial<OpenWindow>, focus?: string): void {
  if (desk.window) Object.assign(desk.window, part);
  wish(desk, focus);
}

/** Esc: menu, question or edit, then the list, then the window; false if there was nothing to leave. */
export function stepBack(desk: Desk): boolean {
  if (desk.window?.mode) leave(desk);
  else if (desk.list) toggleList(desk);
  else if (desk.window) close(desk);
  else return false;
  return true;
}

/** Puts menu, question or edit away; the focus returns to the menu's button. */
export function leave(desk: Desk): void {
  const { mode, about = "" } = desk.window ?? {};
  if (mode === "edit") desk.texts.delete(about);
  change(desk, { mode: undefined }, `[data-about="${about}"]`);
}

// ── Writing ────────────────────────────────────────────────────────────────────────────────────────────────────────

type Part<C> = C extends { chatId: string } ? Omit<C, "broadcastId" | "chatId"> : never;

/** Writes something about the open conversation. */
function send({ client, window }: Desk, command: Part<Command>): void {
  client.send({ broadcastId: newBroadcastId(), chatId: window?.chatId, ...command } as Command);
}

/** A guest whose name is unknown is asked for it. */
export function needsName({ view: { me } }: Desk): boolean {
  return !!me?.isGuest && !me.name;
}

/** Sends the field's text, after telling the guest's name if it is still unknown; on failure the text stays. */
export async function submit(desk: Desk, guestName: string): Promise<void> {
  const { window, client } = desk;
  if (!window || window.isBusy) return;
  if (needsName(desk)) {
    change(desk, { isBusy: true });
    const failure = await client.setName(guestName.trim());
    window.isBusy = false;
    change(desk, { failure });
    if (failure) return;
  }
  const { chatId } = window;
  const text = textOf(desk, chatId).trim();
  const draft = desk.drafts.get(chatId);
  if (!text) return;
  desk.texts.delete(chatId);
  if (draft) client.send({ type: "create", text, ...draft });
  else client.send({ type: "reply", broadcastId: newBroadcastId(), chatId, text });
  desk.isAtEnd = true;
  desk.changed();
}

/** Begins to edit, in the text as it was typed; there is no field before that is here, or it would replace what is written. */
export async function edit(desk: Desk, { id, text }: Comment): Promise<void> {
  const { window } = desk;
  if (!window) return;
  const { mode } = window;
  const source = text ?? (await desk.client.sourceText(window.chatId, id).catch(() => undefined));
  // Who has gone on meanwhile is not called back.
  if (source === undefined || desk.window !== window || window.mode !== mode) return;
  desk.texts.set(id, source);
  change(desk, { mode: "edit", about: id }, ".cc-edit");
}

/** Asks the moderators to look at a comment. */
export async function flag(desk: Desk, about: string): Promise<void> {
  const { window } = desk;
  const failure = await desk.client.flag(about);
  if (desk.window === window) change(desk, { mode: failure ? undefined : "flagged", about, failure });
}

export function save(desk: Desk, commentId: string): void {
  send(desk, { type: "edit", commentId, text: textOf(desk, commentId).trim() });
  leave(desk);
}

export function resolve(desk: Desk, isResolved: boolean): void {
  send(desk, { type: "resolve", isResolved });
  wish(desk, ".cc-window");
}

/** Asks before something is deleted; with its last comment the discussion goes. */
export function ask(desk: Desk, about: string): void {
  const isLast = desk.window?.chat?.commentCount === 1;
  change(desk, { mode: "ask", about: isLast ? "" : about }, ".cc-question button");
}

/** Yes to the question. */
export function confirm(desk: Desk): void {
  const commentId = desk.window?.about;
  if (commentId) {
    send(desk, { type: "delete-comment", commentId });
    change(desk, { mode: undefined }, ".cc-window");
  } else {
    send(desk, { type: "delete" });
    close(desk);
  }
}

export function retry(desk: Desk, broadcastId: string): void {
  desk.client.retry(broadcastId);
  wish(desk, ".cc-window");
}

export function discard(desk: Desk, broadcastId: string): void {
  const { key, chat } = desk.window ?? {};
  // The discussion that never was goes with its only comment.
  if (key === broadcastId && chat?.state === "failed") close(desk);
  desk.client.discard(broadcastId);
  wish(desk, ".cc-window");
}

// ── Changes from outside ───────────────────────────────────────────────────────────────────────────────────────────

function receive(desk: Desk, view: View): void {
  const { window } = desk;
  if (view.link === "live") {
    if (/^(rec|off)/.test(desk.view.link)) desk.said = desk.words.reconnected;
    desk.wasLive = true;
  }
  desk.view = view;
  if (window && !window.isDeleted) {
    const { chatId, key, chat } = window;
    // A draft's conversation is known by the command that makes it, then gets the server's id.
    const now = view.conversations.find(({ id, broadcastId }) => id === chatId || broadcastId === key);
    if (now) {
      welcome(desk, chat, now);
      desk.drafts.delete(chatId);
      window.chat = now;
      window.chatId = now.id;
      if (now.id !== chatId) {
        desk.texts.set(now.id, textOf(desk, chatId));
        tellOpen(desk);
      }
    } else if (chat) {
      window.isDeleted = chat.state === "sent";
      window.mode = undefined;
      // Who wrote in it may be no more to be known.
      desk.said = "";
    }
  }
  desk.changed();
}

/** Marks and announces what others added to the open conversation. */
function welcome(desk: Desk, was: Conversation | undefined, now: Conversation): void {
  const old = was?.comments;
  if (!old || old === now.comments) return;
  for (const { id, author } of now.comments ?? []) {
    if (isMine(desk, author) || old.some((comment) => comment.id === id)) continue;
    desk.arrived.add(id);
    desk.said = fill(desk.words.newComment, author.name);
  }
}

/** Loads the open conversation, once it is stored. */
function tellOpen(desk: Desk): void {
  const { chatId = "~" } = desk.window ?? {};
  if (chatId.startsWith("~")) return;
  desk.client.open(chatId);
  desk.tell("open", chatId);
}

function wish(desk: Desk, focus?: string): void {
  desk.wish = focus ?? desk.wish;
  desk.changed();
}

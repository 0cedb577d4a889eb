// What one reader has open over one container: the window, the list, drafts, questions. No DOM.
//
//   selection ─startDraft─▶ draft ─submit─▶ conversation (same window, same key) ─close─▶ nothing; the draft is kept
//   a conversation that disappears while it is open stays as "deleted", with the reader's unsent words
import type { Anchor, Comment, Conversation, Failure, View } from "../core/model";
import { newBroadcastId, type Client } from "../io/client";
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
  readonly chatId: string;
  readonly draft?: Draft | undefined;
  /** As last seen, for when it is deleted by someone. */
  readonly last?: Conversation;
  readonly isDeleted?: boolean;
  /** On a narrow screen: full screen instead of a sheet. */
  readonly isFull?: boolean;
  /** Whose menu is open, about what is asked: a comment's id, or `""` for the whole discussion. */
  readonly menu?: string | undefined;
  readonly asks?: string | undefined;
  /** The comment that is being edited; its text is among the kept texts, once it is loaded. */
  readonly edits?: string | undefined;
  /** A guest's name is on its way. */
  readonly isBusy?: boolean;
  readonly failure?: Failure | undefined;
}

export type Tab = "open" | "mine" | "resolved" | "lost";

export interface DeskEvents {
  changed(): void;
  opened(chatId: string): void;
  closed(chatId: string): void;
}

export const maxLength = 2000;

/** Comments are counted as the server counts them: in characters, not in UTF-16 units. */
export const lengthOf = (text: string): number => [...text.trim()].length;

export class Desk {
  view: View;
  window: OpenWindow | undefined;
  list: Tab | undefined;
  /** A selector of what takes the focus after the next drawing; "back": where it was before. */
  focusWish: string | undefined;
  /** The reader has just written: the end of the comments is to be seen. */
  isAtEnd = false;
  /** The last announcement for screen readers. */
  said = "";
  /** Comments that arrived from others while their window was open; shown on a fading ground. */
  readonly arrived = new Set<string>();
  /** Unsent discussions that hold words, so that they can be found again, by `~<broadcastId>`. */
  readonly drafts = new Map<string, Draft>();

  /** What is typed and not sent, by conversation, or by the comment that is edited. */
  private readonly texts = new Map<string, string>();
  private readonly keys = new Map<string, string>();
  private readonly stop: () => void;

  constructor(
    private readonly client: Client,
    private readonly isReadonly: boolean,
    readonly language: Language,
    private readonly events: DeskEvents,
  ) {
    this.view = client.view;
    this.stop = client.subscribe((view) => {
      this.receive(view);
      events.changed();
    });
  }

  destroy(): void {
    this.close();
    this.stop();
  }

  // ── What is there ────────────────────────────────────────────────────────────────────────────────────────────────

  get mayWrite(): boolean {
    return !this.isReadonly && !!this.view.me && this.view.link !== "refused";
  }

  get needsName(): boolean {
    return !!this.view.me?.isGuest && !this.view.me.name;
  }

  get conversation(): Conversation | undefined {
    return this.view.conversations.find(({ id }) => id === this.window?.chatId);
  }

  isMine(author: { readonly id: string }): boolean {
    return author.id === this.view.me?.id;
  }

  mayChange(author: { readonly id: string }): boolean {
    return this.mayWrite && (this.isMine(author) || !!this.view.me?.isModerator);
  }

  /** Names a comment's DOM node: the same while it is pending, sent and edited. */
  keyOf({ id, broadcastId }: Comment): string {
    const key = this.keys.get(id) ?? this.keys.get(`~${broadcastId}`) ?? id;
    this.keys.set(id, key);
    return key;
  }

  textOf(key: string): string {
    return this.texts.get(key) ?? "";
  }

  /** Keeps what is typed. */
  setText(key: string, text: string): void {
    if (text.trim()) this.texts.set(key, text);
    else this.texts.delete(key);
    this.change({ failure: undefined });
  }

  // ── Windows ──────────────────────────────────────────────────────────────────────────────────────────────────────

  startDraft(place: Omit<Draft, "broadcastId">): void {
    const broadcastId = newBroadcastId();
    this.show({ key: broadcastId, chatId: `~${broadcastId}`, draft: { broadcastId, ...place } });
  }

  /** Opens a conversation, or a kept draft, by its id; the one that is open keeps its place. */
  open(chatId: string): void {
    const draft = this.drafts.get(chatId);
    const last = this.view.conversations.find(({ id }) => id === chatId);
    if (this.window?.chatId === chatId) this.wish(".cc-window");
    else if (draft) this.show({ key: draft.broadcastId, chatId, draft });
    else if (last) {
      this.show({ key: last.broadcastId ?? chatId, chatId, last });
      this.tellOpen(chatId);
    }
  }

  close(): void {
    const { draft, chatId, isDeleted } = this.window ?? {};
    if (chatId === undefined) return;
    if (draft && this.textOf(chatId)) this.drafts.set(chatId, draft);
    else this.drafts.delete(chatId);
    if (isDeleted) this.texts.delete(chatId);
    this.window = undefined;
    this.arrived.clear();
    if (!draft) {
      this.client.close(chatId);
      this.events.closed(chatId);
    }
    this.wish("back");
  }

  toggleList(tab: Tab | undefined = this.list ? undefined : "open"): void {
    this.list = tab;
    this.wish(tab ? ".cc-tab[aria-pressed=true]" : "back");
  }

  /** Changes something about the window, if there still is one. */
  change(part: Partial<OpenWindow>, focus?: string): void {
    if (this.window) this.window = { ...this.window, ...part };
    this.wish(focus);
  }

  /** Esc: menu, question, edit, then the window, then the list; false if there was nothing to leave. */
  stepBack(): boolean {
    const { menu, asks, edits } = this.window ?? {};
    const subject = menu ?? asks ?? edits;
    if (subject !== undefined) this.leave(subject);
    else if (this.list) this.toggleList();
    else if (this.window) this.close();
    else return false;
    return true;
  }

  /** Puts menu, question and edit away; the focus returns to the menu's button. */
  leave(subject = ""): void {
    if (this.window?.edits !== undefined) this.texts.delete(this.window.edits);
    this.change({ menu: undefined, asks: undefined, edits: undefined }, `[data-subject="${CSS.escape(subject)}"]`);
  }

  // ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Sends the field's text, after telling the guest's name if it is still unknown; on failure the text stays. */
  async submit(guestName: string): Promise<void> {
    const { window } = this;
    if (!window || window.isBusy) return;
    if (this.needsName) {
      this.change({ isBusy: true });
      const failure = await this.client.setName(guestName.trim());
      this.change({ isBusy: false, failure });
      if (failure) return;
    }
    const { draft, chatId } = window;
    const text = this.textOf(chatId).trim();
    if (!text) return;
    this.texts.delete(chatId);
    this.drafts.delete(chatId);
    if (draft) this.client.send({ type: "create", text, ...draft });
    else this.client.send({ type: "reply", broadcastId: newBroadcastId(), chatId, text });
    this.isAtEnd = true;
    this.wish(undefined);
  }

  async edit({ id, text }: Comment): Promise<void> {
    const { chatId } = this.window ?? {};
    if (chatId === undefined) return;
    this.change({ menu: undefined, edits: id });
    const source = text ?? (await this.client.sourceText(chatId, id).catch(() => undefined));
    if (this.window?.edits !== id) return;
    if (source === undefined) return this.leave(id);
    this.setText(id, source);
    this.wish(".cc-edit");
  }

  save(commentId: string): void {
    const { chatId } = this.window ?? {};
    const text = this.textOf(commentId).trim();
    this.leave(commentId);
    if (chatId !== undefined)
      this.client.send({ type: "edit", broadcastId: newBroadcastId(), chatId, commentId, text });
  }

  resolve(isResolved: boolean): void {
    const { chatId } = this.window ?? {};
    if (chatId === undefined) return;
    this.client.send({ type: "resolve", broadcastId: newBroadcastId(), chatId, isResolved });
    this.wish(".cc-window");
  }

  /** Asks before something is deleted; with its last comment the discussion goes. */
  ask(subject: string): void {
    const isLast = this.conversation?.commentCount === 1;
    this.change({ menu: undefined, asks: isLast ? "" : subject }, ".cc-question button");
  }

  /** Yes to the question. */
  confirm(): void {
    const { chatId, asks } = this.window ?? {};
    if (chatId === undefined || asks === undefined) return;
    const broadcastId = newBroadcastId();
    if (asks) {
      this.client.send({ type: "delete-comment", broadcastId, chatId, commentId: asks });
      this.change({ asks: undefined }, ".cc-window");
    } else {
      this.close();
      this.client.send({ type: "delete", broadcastId, chatId });
    }
  }

  retry(broadcastId: string): void {
    this.client.retry(broadcastId);
    this.wish(".cc-window");
  }

  discard(broadcastId: string): void {
    const { key } = this.window ?? {};
    // The discussion that never was goes with its only comment.
    if (key === broadcastId && this.conversation?.state === "failed") this.close();
    this.client.discard(broadcastId);
    this.wish(".cc-window");
  }

  // ── Changes from outside ─────────────────────────────────────────────────────────────────────────────────────────

  private receive(view: View): void {
    if (view.link === "live" && /^(reconnecting|offline)$/.test(this.view.link))
      this.said = this.language.words.reconnected;
    this.view = view;
    const { window } = this;
    if (!window || window.isDeleted) return;
    const { chatId, key, last } = window;
    // A draft's conversation is known by the command that makes it, then gets the server's id.
    const now = view.conversations.find(({ id, broadcastId }) => id === chatId || broadcastId === key);
    if (now) {
      this.welcome(last, now);
      this.window = { ...window, chatId: now.id, last: now, draft: undefined };
      if (now.id === chatId) return;
      this.texts.set(now.id, this.textOf(chatId));
      this.tellOpen(now.id);
    } else if (last) {
      this.window = { ...window, isDeleted: last.state === "sent", menu: undefined, asks: undefined };
    }
  }

  /** Marks and announces what others added to the open conversation. */
  private welcome(was: Conversation | undefined, now: Conversation): void {
    const { comments: old } = was ?? {};
    if (!old || old === now.comments) return;
    for (const { id, author } of now.comments ?? []) {
      if (this.isMine(author) || old.some((comment) => comment.id === id)) continue;
      this.arrived.add(id);
      this.said = fill(this.language.words.newComment, author.name);
    }
  }

  private tellOpen(chatId: string): void {
    if (chatId.startsWith("~")) return;
    this.client.open(chatId);
    this.events.opened(chatId);
  }

  private show(window: OpenWindow): void {
    this.close();
    this.list = undefined;
    // Who begins a discussion is about to write, and needs the whole of a narrow screen.
    this.window = { ...window, isFull: !!window.draft };
    this.wish(window.draft ? ".collab-chat-composer" : ".cc-window");
  }

  private wish(focus: string | undefined): void {
    this.focusWish = focus ?? this.focusWish;
    this.events.changed();
  }
}

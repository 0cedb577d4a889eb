// A room as the server keeps it, a page's own or that of its private conversations: rows, log and idempotent writes,
// without HTTP, time or disk.
import type { Command } from "../src/core/model";
import type { WireChat, WireComment, WireEvent, WireFrame, WireSnapshot, WireUser } from "../src/core/wire";

export interface Outcome {
  readonly event: WireEvent;
  readonly epoch: string;
  readonly seq: number;
}

type Row = { -readonly [K in keyof WireChat]: WireChat[K] } & { comments: WireComment[] };

export class FakeRoom {
  epoch = "e1";
  seq = 0;
  /** The greatest seq that was pruned from the log. */
  base = 0;
  /** A resume may miss so many events. */
  farAfter = 500;
  log: WireEvent[] = [];
  viewerCount = 1;
  /** All texts that were written here, whatever became of them. */
  readonly history: { readonly chatId: string; readonly text: string }[] = [];
  private readonly rows = new Map<string, Row>();
  private readonly done = new Map<string, Outcome>();
  private readonly readUntil = new Map<string, number>();
  private ids = 0;
  private clock = 1_000_000;

  /** Ids in a room of another name begin with it. `readers` may see it; undefined: everybody. */
  constructor(
    readonly urlId = "book-p2",
    readonly readers?: Set<string>,
  ) {}

  isFor(userId: string): boolean {
    return this.readers?.has(userId) ?? true;
  }

  /** Does a write once per (user, broadcastId); a string is the error code. */
  write(userId: string, command: Command): Outcome | string {
    const { broadcastId } = command;
    const before = this.done.get(`${userId} ${broadcastId}`);
    if (before) return before;
    const timestamp = (this.clock += 2);
    const event = { broadcastId, userId, timestamp, urlId: this.urlId };
    if (command.type === "create") {
      const { range, selector, anchor, text } = command;
      const createdBy = { id: userId, name: nameOf(userId) };
      const row = { urlId: `${this.urlId}:${this.ids}`, createdBy, anchor, commentCount: 1, createdAt: timestamp };
      const chat = { _id: this.newId("chat"), ...row, lastCommentAt: timestamp, isResolved: false };
      const comment = { _id: this.newId("comment"), commentHTML: `<p>${text}</p>` };
      const date = new Date(timestamp).toISOString();
      const first = { ...comment, commenterName: createdBy.name, userId, date };
      this.rows.set(chat._id, { ...chat, comments: [first] });
      const { _id, urlId } = chat;
      this.history.push({ chatId: _id, text });
      return this.publish({
        type: "new-text-chat",
        ...event,
        chat: { _id, urlId, anchor, createdBy, ...{ range, selector } },
        comment,
      });
    }
    const row = [...this.rows.values()].find(({ _id, comments }) =>
      "commentId" in command ? comments.some((one) => one._id === command.commentId) : _id === command.chatId,
    );
    if (!row) return "not-found";
    const { _id } = row;
    const updated = { type: "updated-text-chat", ...event };
    switch (command.type) {
      case "reply": {
        const comment = {
          _id: this.newId("comment"),
          commentHTML: `<p>${command.text}</p>`,
          commenterName: nameOf(userId),
        };
        row.comments.push({ ...comment, userId, date: new Date(timestamp).toISOString() });
        row.commentCount = row.comments.length;
        row.lastCommentAt = timestamp;
        this.history.push({ chatId: _id, text: command.text });
        return this.publish({ ...updated, chat: { _id, commentCount: row.commentCount }, comment });
      }
      case "edit": {
        const changes = { commentHTML: `<p>${command.text}</p>`, editedAt: timestamp };
        row.comments = row.comments.map((one) => (one._id === command.commentId ? { ...one, ...changes } : one));
        return this.publish({ ...updated, chat: { _id }, comment: { _id: command.commentId, ...changes } });
      }
      case "delete-comment": {
        row.comments = row.comments.filter((one) => one._id !== command.commentId);
        row.commentCount = row.comments.length;
        if (row.commentCount === 0) return this.remove(_id, event);
        const chat = { _id, commentCount: row.commentCount };
        return this.publish({ ...updated, chat, deletedCommentId: command.commentId });
      }
      case "resolve":
        row.isResolved = command.isResolved;
        row.resolvedBy = command.isResolved ? nameOf(userId) : null;
        row.resolvedAt = command.isResolved ? timestamp : null;
        return this.publish({ ...updated, chat: { _id, isResolved: row.isResolved, resolvedBy: row.resolvedBy } });
      case "delete":
        return this.remove(_id, event);
    }
  }

  /** A moderator locks, unlocks, pins or unpins. */
  mark(_id: string, part: Pick<WireChat, "isLocked" | "isPinned">): Outcome {
    Object.assign(this.rows.get(_id) ?? {}, part);
    const event = {
      broadcastId: `mark${this.seq}`,
      userId: "demo:mo",
      timestamp: (this.clock += 2),
      urlId: this.urlId,
    };
    return this.publish({ type: "updated-text-chat", ...event, chat: { _id, ...part } });
  }

  /** Whether a write may be about something in this room. */
  has(id: string): boolean {
    return [...this.rows.values()].some(
      ({ _id, urlId, comments }) => [_id, urlId].includes(id) || comments.some((one) => one._id === id),
    );
  }

  chatIds(): string[] {
    return [...this.rows.keys()];
  }

  /** The id of a thread's conversation. */
  chatOf(thread: string): string {
    return [...this.rows.values()].find(({ urlId }) => urlId === thread)?._id ?? "";
  }

  commentIds(chatId: string): string[] {
    return this.rows.get(chatId)?.comments.map(({ _id }) => _id) ?? [];
  }

  /** A thread's comments; reading them marks it as read. */
  comments(userId: string, thread: string): WireComment[] {
    const row = [...this.rows.values()].find(({ urlId }) => urlId === thread);
    if (row) this.readUntil.set(`${userId} ${row._id}`, row.lastCommentAt ?? 0);
    return [...(row?.comments ?? [])];
  }

  /**
   * The page, with its private rooms that this user may see. `userIdWS` is the user's id, so that tests can read it.
   * `pending` are the broadcastIds that are asked after.
   */
  snapshot(userId: string, pending: readonly string[] = [], circles: readonly FakeRoom[] = []): WireSnapshot {
    const { epoch, seq, viewerCount } = this;
    const rooms = [this, ...circles].filter((room) => room.isFor(userId));
    const conversations = rooms.flatMap((room) => room.rowsFor(userId));
    const settled = pending.flatMap((broadcastId) =>
      rooms.flatMap(({ done }) => done.get(`${userId} ${broadcastId}`)?.event ?? []),
    );
    const places = rooms.map(({ urlId, epoch, seq }) => ({ urlId, epoch, seq }));
    const more = { viewerCount, userIdWS: userId, settled, ...(circles.length && { rooms: places }) };
    return { user: userOf(userId), conversations, epoch, seq, ...more };
  }

  private rowsFor(userId: string): WireChat[] {
    return [...this.rows.values()].map(({ comments, ...row }) => {
      const until = this.readUntil.get(`${userId} ${row._id}`) ?? 0;
      const isUnread = comments.some(({ date = 0, userId: by }) => by !== userId && new Date(date).getTime() > until);
      return { ...row, isUnread, ...(this.readers && { room: this.urlId, groups: ["staff"] }) };
    });
  }

  /** The answer to a watch, and the events that were missed. */
  watch({ epoch, seq }: { epoch?: string; seq?: number }): [WireFrame, readonly WireEvent[]] {
    const { seq: head, urlId } = this;
    const from = seq ?? head;
    const missed = this.log.filter((event) => event.seq > from);
    const checks: [string, boolean][] = [
      ["epoch", seq !== undefined && epoch !== this.epoch],
      ["ahead", from > head],
      ["retention", from < this.base],
      ["far", missed.length > this.farAfter],
    ];
    const [reason] = checks.find(([, isSo]) => isSo) ?? [];
    const watching = { type: "watching", urlId, epoch: this.epoch, seq: head };
    return reason === undefined
      ? [{ ...watching, result: "resumed" }, missed]
      : [{ ...watching, result: "reset", reason }, []];
  }

  prune(upTo = this.seq): void {
    this.base = upTo;
    this.log = this.log.filter(({ seq }) => seq > upTo);
  }

  /** As after a restore: the numbering begins a new life. */
  changeEpoch(): void {
    this.epoch = `e${Number(this.epoch.slice(1)) + 1}`;
    this.seq = this.base = 3;
    this.log = [];
  }

  private newId(kind: string): string {
    return `${this.urlId === "book-p2" ? "" : this.urlId}${kind}${++this.ids}`;
  }

  private remove(_id: string, event: object): Outcome {
    this.rows.delete(_id);
    return this.publish({ type: "deleted-text-chat", ...event, chat: { _id } });
  }

  private publish(event: Omit<WireEvent, "seq">): Outcome {
    const numbered = { ...event, seq: ++this.seq };
    this.log.push(numbered);
    const outcome = { event: numbered, epoch: this.epoch, seq: this.seq };
    this.done.set(`${event.userId} ${event.broadcastId}`, outcome);
    return outcome;
  }
}

export function nameOf(userId: string): string {
  return userId.replace(/^.*:/, "").toUpperCase();
}

function userOf(id: string): WireUser {
  return { id, username: nameOf(id), displayName: nameOf(id), isAnonSession: true };
}

export const anchor = { v: 1, quote: "word", start: 4, end: 8 } as const;

export function create(broadcastId: string, text = "hello"): Command {
  return { type: "create", broadcastId, text, anchor, range: "0:4,0:8", selector: "article" };
}

export function reply(broadcastId: string, chatId: string, text = "reply"): Command {
  return { type: "reply", broadcastId, chatId, text };
}

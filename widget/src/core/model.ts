// The widget's vocabulary: what comes over the wire, and what the view shows. Types only.
//
// Wire names (`_id`, `urlId`) live in the Wire* types and are translated once, in core/wire.ts. A field that is undefined
// is as good as absent.

/** Where a conversation belongs in the container's text; offsets in UTF-16 units of the text model (protocol/). */
export interface Anchor {
  readonly v: 1;
  readonly quote: string;
  readonly start: number;
  readonly end: number;
  readonly prefix?: string;
  readonly suffix?: string;
  /** Only for a quote over 512 units: `quote` is then its first 256, `quoteEnd` its last 256. */
  readonly quoteEnd?: string;
  readonly quoteLength?: number;
}

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly avatarSrc?: string | null | undefined;
}

/** The signed-in reader; `name` is empty for a guest who has not given one yet. */
export interface Me extends Person {
  readonly isGuest: boolean;
  readonly isModerator: boolean;
}

/** Why a write did not go through; `retryAfterS` only with "rate-limited". */
export interface Failure {
  /** A stable code of CONTRACT §3, or "no-answer" when the server did not answer. */
  readonly code: string;
  /** The server's own sentence, in English. */
  readonly reason?: string | undefined;
  readonly retryAfterS?: number | undefined;
}

export interface Comment {
  readonly id: string;
  readonly author: Person;
  /** The server's safe HTML subset; for a pending comment, `text` holds what was typed and `html` is absent. */
  readonly html?: string | undefined;
  readonly text?: string | undefined;
  /** Epoch ms. */
  readonly at: number;
  /** It waits for a moderator; nobody else sees it but moderators. */
  readonly isHeld?: boolean | undefined;
  readonly isEdited: boolean;
  /** Epoch ms of the last edit. */
  readonly editedAt?: number | null | undefined;
  readonly state: "sent" | "pending" | "failed";
  readonly failure?: Failure | undefined;
  /**
   * This page's last command about it, for retry() and discard(); kept when it is settled, so that
   * `broadcastId ?? id` names the same comment before and after.
   */
  readonly broadcastId?: string | undefined;
}

export interface Conversation {
  /** The server's id, or `~<broadcastId>` until it is known. */
  readonly id: string;
  /** The thread room's name (`urlIdWithRange`); empty while pending. */
  readonly thread: string;
  /** Only for a private one: the room that its events come from, which not everybody may see. */
  readonly room?: string | undefined;
  readonly anchor?: Anchor | undefined;
  readonly createdAt: number;
  readonly createdBy: Person;
  readonly commentCount: number;
  readonly lastCommentAt: number;
  readonly isResolved: boolean;
  /** Who resolved it, by name, and when, epoch ms; only while it is resolved. */
  readonly resolvedBy?: string | undefined;
  readonly resolvedAt?: number | undefined;
  readonly isUnread: boolean;
  /** By a moderator: nobody replies, edits or deletes. */
  readonly isLocked: boolean;
  /** By a moderator: it stands first in the list. */
  readonly isPinned: boolean;
  readonly state: "sent" | "pending" | "failed";
  readonly failure?: Failure | undefined;
  /** The command that created it on this page; kept when it is settled: `broadcastId ?? id` stays the same. */
  readonly broadcastId?: string | undefined;
  /** The resolve or delete that `failure` tells of, for retry() and discard(); `state` is "sent" then. */
  readonly failedBroadcastId?: string | undefined;
  /** `undefined` until loaded (while loading, it may hold this reader's pending ones alone); oldest first, with this reader's pending ones at the end. */
  readonly comments?: readonly Comment[] | undefined;
  /** Names of others who are typing here now. */
  readonly typing?: readonly string[] | undefined;
}

/** What a reader wants done; `broadcastId` is made here and names it everywhere. */
export type Command =
  | {
      readonly type: "create";
      readonly broadcastId: string;
      readonly text: string;
      readonly anchor: Anchor;
      readonly range: string;
      readonly selector: string;
    }
  | { readonly type: "reply"; readonly broadcastId: string; readonly chatId: string; readonly text: string }
  | {
      readonly type: "edit";
      readonly broadcastId: string;
      readonly chatId: string;
      readonly commentId: string;
      readonly text: string;
    }
  | {
      readonly type: "delete-comment";
      readonly broadcastId: string;
      readonly chatId: string;
      readonly commentId: string;
    }
  | { readonly type: "resolve"; readonly broadcastId: string; readonly chatId: string; readonly isResolved: boolean }
  | { readonly type: "delete"; readonly broadcastId: string; readonly chatId: string };

/** live · reconnecting (line lost, trying) · offline (for 10 s, or the browser says so) · refused (will not be let in). */
export type LinkState = "connecting" | "live" | "reconnecting" | "offline" | "refused";

/** Everything that the view draws. A new object for every change; unchanged parts keep their identity. */
export interface View {
  readonly link: LinkState;
  /** Why the server refuses, only with link "refused": a code, or of a ban its sentence. */
  readonly refusal?: string | undefined;
  readonly me?: Me | undefined;
  readonly viewerCount: number;
  /** In order of creation; deleted ones are gone. */
  readonly conversations: readonly Conversation[];
  /** False until the first snapshot is there. */
  readonly isLoaded: boolean;
  /** How many of this reader's writes are not settled and not refused. */
  readonly toSend: number;
}

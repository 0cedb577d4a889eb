/** @jsxImportSource ./dom */
// A conversation's window: its words, its comments, its field. Where it stands is placer.ts's concern.
import type { Anchor, Conversation } from "../core/model";
import { fill } from "../locales";
import { button, dots, iconButton } from "./button";
import { commentRow, question } from "./comment";
import { ask, close, edit, isMine, mayChange, mayWrite, needsName, resolve, submit, textOf } from "./desk";
import type { Desk, OpenWindow } from "./desk";
import type { Content } from "./dom/jsx-runtime";
import { copyButton, failed, isFailed, wait } from "./fate";
import { field } from "./field";
import { icon } from "./icons";

/** `form`: "sheet" or "full" on a narrow screen. */
export function chatWindow(desk: Desk, window: OpenWindow, form: string | undefined): Content {
  const { words } = desk;
  const { chatId, chat, isDeleted } = window;
  const { isResolved, createdBy } = chat ?? {};
  // The server knows no guest without a name.
  const canChange = chat?.state === "sent" && !isDeleted && mayWrite(desk) && !needsName(desk);
  const menu = window.about === "" && window.mode;

  return (
    <div
      class="cc cc-window collab-chat-window"
      key={window.key}
      role="dialog"
      aria-modal={form === "full" || undefined}
      aria-labelledby="cc-quote"
      tabindex={-1}
      data-chat-id={chatId}
      data-form={form}
    >
      {form ? <i class="cc-grip" /> : icon("arrow")}
      <div class="cc-head">
        <p class="cc-quote" id="cc-quote" data-quiet={isDeleted || isResolved}>
          {chat?.room && <b>{words.private} </b>}
          <span class="cc-sr">{words.about} </span>
          <q dir="auto">{quoteOf((chat ?? desk.drafts.get(chatId))?.anchor)}</q>
        </p>
        {canChange && !isResolved && iconButton("check", words.resolve, () => resolve(desk, true))}
        {canChange && createdBy && mayChange(desk, createdBy) && dots(desk, "")}
        {iconButton("close", words.close, () => close(desk))}
      </div>
      {menu === "menu" && <p class="cc-notice cc-menu">{button(words.delete, () => ask(desk, ""), "cc-danger")}</p>}
      {menu === "ask" && question(desk, desk.count(chat?.commentCount ?? 0, words.deleteDiscussion))}
      {isDeleted
        ? closed(desk, words.deleted, textOf(desk, chatId))
        : [chat && talk(desk, chat), !isResolved && foot(desk, chatId, chat)]}
    </div>
  );
}

/** The marked words; a long quote is known by its beginning and its end. */
export function quoteOf({ quote, quoteEnd }: Partial<Anchor> = {}): string {
  return [quote, quoteEnd].filter(Boolean).join(" … ");
}

/** What has become of the discussion, or of a change to it that did not go through; its comments; who is typing. */
function talk(desk: Desk, chat: Conversation): Content {
  const { words } = desk;
  const { failedBroadcastId, comments, typing } = chat;
  return [
    chat.isResolved && (
      <div class="cc-notice">
        {icon("check")}
        <span>
          {fill(words.resolvedBy, chat.resolvedBy ?? "")} · {desk.time(chat.resolvedAt ?? 0)}
        </span>
        {mayWrite(desk) && !needsName(desk) && button(words.reopen, () => resolve(desk, false))}
      </div>
    ),
    failedBroadcastId && isFailed(desk, chat.failure) && (
      <div class="cc-notice">{failed(desk, chat.failure, failedBroadcastId)}</div>
    ),
    <div class="cc-scroll" tabindex={0}>
      <ol class="cc-comments">
        {comments ? comments.map((comment) => commentRow(desk, comment)) : <li>{wait(words.loading)}</li>}
      </ol>
    </div>,
    // Not announced: it comes and goes too often. Its place is always kept, so that nothing jumps.
    <p class="cc-typing">{typing && [<i class="cc-beat" />, <span>{desk.typing(typing)}</span>]}</p>,
  ];
}

/** The field, or why there is none. */
function foot(desk: Desk, key: string, chat: Conversation | undefined): Content {
  const { words, view } = desk;
  const goBack = (): void => {
    const mine = chat?.comments?.findLast((comment) => comment.state === "sent" && isMine(desk, comment.author));
    if (mine) void edit(desk, mine);
  };
  if (chat?.isLocked) return closed(desk, words.locked, textOf(desk, key));
  return mayWrite(desk) ? (
    <div class="cc-foot">
      {field(desk, key, chat ? words.reply : words.start, (name) => void submit(desk, name), false, goBack)}
    </div>
  ) : (
    <div class="cc-notice cc-last">{view.isLoaded && !view.me ? words.signIn : words.readOnly}</div>
  );
}

/** Someone deleted or locked the discussion, perhaps while it was open: what the reader has written is not lost. */
function closed(desk: Desk, text: string, kept: string): Content {
  return [
    <div class="cc-notice" role="alert">
      <span>{text}</span>
      {kept && copyButton(desk, kept)}
    </div>,
    kept && (
      <p class="cc-kept" dir="auto">
        {kept}
      </p>
    ),
  ];
}

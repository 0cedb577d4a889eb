/** @jsxImportSource ./dom */
// A conversation's window: its words, its comments, its field. Where it stands is placer.ts's concern.
import type { Anchor, Conversation } from "../core/model";
import { fill } from "../locales";
import { button, dots, iconButton } from "./button";
import { commentRow, question } from "./comment";
import { ask, close, edit, isMine, mayChange, mayWrite, needsName, resolve, submit, textOf } from "./desk";
import type { Desk, OpenWindow } from "./desk";
import type { Content } from "./dom/jsx-runtime";
import { copyButton, failed, wait } from "./fate";
import { field } from "./field";
import { icon } from "./icons";

/** `form`: "sheet" or "full" on a narrow screen. */
export function chatWindow(desk: Desk, window: OpenWindow, form: string | undefined): Content {
  const { count, words, drafts } = desk;
  const { key, chatId, chat, isDeleted, mode, about } = window;
  const { isResolved, createdBy, commentCount = 0 } = chat ?? {};
  // The server knows no guest without a name.
  const canChange = chat?.state === "sent" && !isDeleted && mayWrite(desk) && !needsName(desk);
  const menu = about === "" && mode;

  return (
    <div
      class="cc cc-window collab-chat-window"
      key={key}
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
          <span class="cc-sr">{words.about} </span>
          <q dir="auto">{quoteOf((chat ?? drafts.get(chatId))?.anchor)}</q>
        </p>
        {canChange && !isResolved && iconButton("check", words.resolve, () => resolve(desk, true))}
        {canChange && createdBy && mayChange(desk, createdBy) && dots(desk, "")}
        {iconButton("close", words.close, () => close(desk))}
      </div>
      {menu === "menu" && <p class="cc-notice cc-menu">{button(words.delete, () => ask(desk, ""), "cc-danger")}</p>}
      {menu === "ask" && question(desk, count(commentCount, words.deleteDiscussion))}
      {isDeleted
        ? farewell(desk, textOf(desk, chatId))
        : [chat && talk(desk, chat), !isResolved && foot(desk, chatId, chat)]}
    </div>
  );
}

/** The marked words; a long quote is known by its beginning and its end. */
export function quoteOf({ quote, quoteEnd }: Partial<Anchor> = {}): string {
  return [quote, quoteEnd].filter(Boolean).join(" … ");
}

/** What has become of the discussion, or of a change to it that did not go through; then its comments. */
function talk(desk: Desk, chat: Conversation): Content {
  const { words, time } = desk;
  const { isResolved, resolvedBy, resolvedAt, failure, failedBroadcastId, comments } = chat;
  return [
    isResolved && (
      <div class="cc-notice">
        {icon("check")}
        <span>
          {fill(words.resolvedBy, resolvedBy ?? "")} · {time(resolvedAt ?? 0)}
        </span>
        {mayWrite(desk) && !needsName(desk) && button(words.reopen, () => resolve(desk, false))}
      </div>
    ),
    failedBroadcastId && <div class="cc-notice">{failed(desk, failure, failedBroadcastId)}</div>,
    <div class="cc-scroll" tabindex={0}>
      <ol class="cc-comments">
        {comments ? comments.map((comment) => commentRow(desk, comment)) : <li>{wait(words.loading)}</li>}
      </ol>
    </div>,
  ];
}

/** The field, or why there is none. */
function foot(desk: Desk, key: string, chat: Conversation | undefined): Content {
  const { words, view } = desk;
  const goBack = (): void => {
    const mine = chat?.comments?.findLast(({ author, state }) => state === "sent" && isMine(desk, author));
    if (mine) void edit(desk, mine);
  };
  return mayWrite(desk) ? (
    <div class="cc-foot">
      {field(desk, key, chat ? words.reply : words.start, (name) => void submit(desk, name), false, goBack)}
    </div>
  ) : (
    <div class="cc-notice cc-last">{view.isLoaded && !view.me ? words.signIn : words.readOnly}</div>
  );
}

/** Someone deleted the discussion while it was open: what the reader has written is not lost. */
function farewell(desk: Desk, kept: string): Content {
  return [
    <div class="cc-notice" role="alert">
      <span>{desk.words.deleted}</span>
      {kept && copyButton(desk, kept)}
    </div>,
    kept && (
      <p class="cc-kept" dir="auto">
        {kept}
      </p>
    ),
  ];
}

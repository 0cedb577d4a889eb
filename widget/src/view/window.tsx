/** @jsxImportSource ./dom */
// A conversation's window: its words, its comments, its field. Where it stands is placer.ts's concern.
import type { Conversation } from "../core/model";
import { button, dots, iconButton } from "./button";
import { commentRow, copy, question } from "./comment";
import type { Desk, OpenWindow } from "./desk";
import type { Content } from "./dom/jsx-runtime";
import { fate, wait } from "./fate";
import { field } from "./field";
import { icon } from "./icons";

export function chatWindow(desk: Desk, window: OpenWindow, isNarrow: boolean): Content {
  const { count, words } = desk.language;
  const { key, chatId, isFull, isDeleted, asks, menu } = window;
  const chat = desk.conversation ?? window.last;
  const form = isNarrow ? (isFull ? "full" : "sheet") : undefined;

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
      {form ? <span class="cc-grip" /> : icon("arrow")}
      {head(desk, window, chat)}
      {menu === "" && <p class="cc-notice cc-menu">{button("bare", words.delete, () => desk.ask(""), "cc-danger")}</p>}
      {asks === "" && question(desk, count(chat?.commentCount ?? 0, words.deleteDiscussion))}
      {isDeleted
        ? farewell(desk, chatId)
        : [chat && notices(desk, chat), chat && comments(desk, chat), foot(desk, chatId, chat)]}
    </div>
  );
}

/** The marked words; a long quote is known by its beginning and its end. */
export function quoteOf({ anchor }: Pick<Conversation, "anchor">): string {
  const { quote = "", quoteEnd } = anchor ?? {};
  return quoteEnd === undefined ? quote : `${quote} … ${quoteEnd}`;
}

function head(desk: Desk, { draft, isDeleted }: OpenWindow, chat: Conversation | undefined): Content {
  const { words } = desk.language;
  const canChange = chat?.state === "sent" && !isDeleted && desk.mayWrite;
  return (
    <div class="cc-head">
      <p class="cc-quote" id="cc-quote" data-quiet={isDeleted || chat?.isResolved}>
        <span class="cc-sr">{words.about} </span>
        <q dir="auto">{quoteOf(draft ?? chat ?? {})}</q>
      </p>
      {canChange && !chat.isResolved && iconButton("check", words.resolve, () => desk.resolve(true))}
      {canChange && desk.mayChange(chat.createdBy) && dots(desk, "")}
      {iconButton("close", words.close, () => desk.close())}
    </div>
  );
}

/** Resolved; or a change of the whole discussion that did not go through. */
function notices(desk: Desk, { isResolved, failure, failedBroadcastId: failed }: Conversation): Content {
  const { words } = desk.language;
  return [
    isResolved && (
      <div class="cc-notice">
        {icon("check")}
        <span>{words.isResolved}</span>
        {desk.mayWrite && button("bare", words.reopen, () => desk.resolve(false))}
      </div>
    ),
    failed !== undefined && (
      <div class="cc-notice">
        {fate(desk, failure)}
        {button("bare", words.tryAgain, () => desk.retry(failed))}
        {button("bare", words.discard, () => desk.discard(failed), "cc-danger")}
      </div>
    ),
  ];
}

function comments(desk: Desk, { comments }: Conversation): Content {
  return (
    <div class="cc-scroll" tabindex={0}>
      <ol class="cc-comments">
        {comments ? comments.map((comment) => commentRow(desk, comment)) : <li>{wait(desk.language.words.loading)}</li>}
      </ol>
    </div>
  );
}

/** The field, or why there is none. */
function foot(desk: Desk, key: string, chat: Conversation | undefined): Content {
  const { words } = desk.language;
  if (chat?.isResolved) return null;
  if (!desk.mayWrite) {
    const isSignedOut = desk.view.isLoaded && !desk.view.me;
    return <div class="cc-notice cc-last">{isSignedOut ? words.signIn : words.readOnly}</div>;
  }
  return (
    <div class="cc-foot">
      {field(desk, {
        key,
        label: chat ? words.reply : words.start,
        action: words.send,
        isEdit: false,
        send: (guestName) => void desk.submit(guestName),
        goBack() {
          const mine = chat?.comments?.findLast(({ author, state }) => state === "sent" && desk.isMine(author));
          if (mine) void desk.edit(mine);
        },
      })}
    </div>
  );
}

/** Someone deleted the discussion while it was open: nothing vanishes under the reader's hands. */
function farewell(desk: Desk, chatId: string): Content {
  const { words } = desk.language;
  const kept = desk.textOf(chatId);
  return [
    <div class="cc-notice cc-last" role="alert">
      {words.deleted}
    </div>,
    kept && [
      <p class="cc-note">{words.unsent}</p>,
      <p class="cc-kept" dir="auto">
        {kept}
      </p>,
      <div class="cc-choice">
        {button("line", words.close, () => desk.close())}
        {button("main", words.copyText, () => copy(kept))}
      </div>,
    ],
  ];
}

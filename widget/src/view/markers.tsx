/** @jsxImportSource ./dom */
// The doors to the highlights in the margin, and the prompt beside a selection.
import type { Desk } from "./desk";
import type { Content } from "./dom/jsx-runtime";
import { icon } from "./icons";
import { inPageOrder } from "./list";
import type { Marks } from "./marks";
import { quoteOf } from "./window";

/** Focusable, in the order of the page, so that highlights are reached without a mouse. */
export function markers(desk: Desk, marks: Marks, open: (chatId: string) => void): Content {
  const { count, words } = desk.language;
  return inPageOrder(desk, marks).map((chat) => (
    <button
      key={chat.id}
      type="button"
      class="cc cc-marker cc-num"
      data-marker={chat.id}
      data-unread={chat.isUnread}
      data-quiet={chat.isResolved}
      aria-label={`${count(chat.commentCount, words.comments)}: ${quoteOf(chat)}`}
      onClick={() => open(chat.id)}
    >
      {icon("mark")}
      {chat.commentCount}
    </button>
  ));
}

/** `byTouch`: at the lower edge of the screen, clear of the system's menu and handles. */
export function prompt({ language: { words } }: Desk, byTouch: boolean, startDraft: () => void): Content {
  return (
    <button
      type="button"
      class="cc cc-prompt collab-chat-prompt"
      data-form={byTouch ? "touch" : undefined}
      // A press must not end the selection that it is about.
      onMouseDown={(event) => event.preventDefault()}
      onClick={startDraft}
    >
      {!byTouch && icon("arrow")}
      {icon("mark")}
      {byTouch ? words.discussSelected : words.discuss}
    </button>
  );
}

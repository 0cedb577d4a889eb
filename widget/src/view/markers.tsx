/** @jsxImportSource ./dom */
// The doors to the highlights in the margin, and the prompt beside a selection.
import type { Desk } from "./desk";
import type { Content } from "./dom/jsx-runtime";
import { icon } from "./icons";
import { inPageOrder } from "./list";
import type { Marks } from "./marks";
import { quoteOf } from "./window";

/** Focusable, in the order of the page, so that highlights are reached without a mouse. */
export function markers(desk: Desk, marks: Marks, go: (chatId: string) => void): Content {
  return inPageOrder(desk, marks).map(({ id, isUnread, isResolved, commentCount, anchor }) => (
    <button
      key={id}
      class="cc cc-marker"
      data-marker={id}
      data-unread={isUnread}
      data-quiet={isResolved}
      aria-label={`${desk.count(commentCount, desk.words.comments)}: ${quoteOf(anchor)}`}
      onClick={() => go(id)}
    >
      {icon("mark")}
      {commentCount}
    </button>
  ));
}

/** `byTouch`: at the lower edge of the screen, clear of the system's menu and handles. */
export function prompt({ words }: Desk, byTouch: boolean, begin: () => void): Content {
  return (
    <button
      class="cc cc-prompt collab-chat-prompt"
      data-form={byTouch ? "touch" : undefined}
      // A press must not end the selection that it is about.
      onMouseDown={(event) => event.preventDefault()}
      onClick={begin}
    >
      {!byTouch && icon("arrow")}
      {icon("mark")}
      {byTouch ? words.discussSelected : words.discuss}
    </button>
  );
}

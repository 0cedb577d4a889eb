/** @jsxImportSource ./dom */
// All discussions in one panel: by their place in the page, and those that have lost it.
import type { Conversation } from "../core/model";
import { avatar } from "./avatar";
import { iconButton } from "./button";
import { isMine, mayWrite, toggleList, type Desk, type Tab } from "./desk";
import type { Content } from "./dom/jsx-runtime";
import { icon } from "./icons";
import type { Marks } from "./marks";
import { quoteOf } from "./window";

/** The conversations whose words are on the page, as they stand there. */
export function inPageOrder({ view }: Desk, marks: Marks): Conversation[] {
  const startOf = ({ id }: Conversation): number => marks.found(id)?.start ?? -1;
  return view.conversations.filter((chat) => startOf(chat) >= 0).sort((a, b) => startOf(a) - startOf(b));
}

/** What each tab holds; lost ones in the order of their making. */
export function sortIntoTabs(desk: Desk, marks: Marks): Record<Tab, Conversation[]> {
  const found = inPageOrder(desk, marks);
  return {
    open: found.filter(({ isResolved }) => !isResolved),
    mine: found.filter(({ createdBy }) => isMine(desk, createdBy)),
    resolved: found.filter(({ isResolved }) => isResolved),
    lost: desk.view.conversations.filter(({ id }) => !marks.found(id)),
  };
}

export function list(desk: Desk, marks: Marks, tab: Tab, form: string | undefined, go: (id: string) => void): Content {
  const { words } = desk;
  const tabs = sortIntoTabs(desk, marks);
  const rows = tabs[tab];
  let heading = "";

  return (
    <div class="cc cc-panel collab-chat-list" role="dialog" aria-label={words.list} data-form={form}>
      <div class="cc-title">
        <b>{words.list}</b>
        {iconButton("close", words.close, () => toggleList(desk))}
      </div>
      <div class="cc-tabs" role="group">
        {(Object.keys(tabs) as Tab[]).map((name) => (
          <button key={name} class="cc-tab" aria-pressed={name === tab} onClick={() => toggleList(desk, name)}>
            {words[name]} <span>{tabs[name].length}</span>
          </button>
        ))}
      </div>
      {!rows.length ? (
        <p class="cc-nothing">
          <b>{words.none}</b>
          {mayWrite(desk) && words.howTo}
        </p>
      ) : (
        tab === "lost" && <p class="cc-notice cc-note">{words.lostNote}</p>
      )}
      <div class="cc-rows">
        {rows.map((chat) => {
          const before = heading;
          heading = marks.headingOf(chat.id);
          return [
            heading !== before && (
              <p class="cc-place" dir="auto">
                {heading}
              </p>
            ),
            row(desk, chat, tab, go),
          ];
        })}
      </div>
    </div>
  );
}

function row({ time, count, words }: Desk, chat: Conversation, tab: Tab, go: (id: string) => void): Content {
  const { id, anchor, createdBy, lastCommentAt, commentCount, isUnread } = chat;
  return (
    <button key={id} class="cc-row" data-quiet={tab === "resolved" || tab === "lost"} onClick={() => go(id)}>
      {avatar(createdBy)}
      <span class="cc-row-text">
        <q dir="auto">{quoteOf(anchor)}</q>
        <br />
        {createdBy.name}
      </span>
      <span class="cc-side">
        {time(lastCommentAt)}
        <span class="cc-marker" data-unread={isUnread} role="img" aria-label={count(commentCount, words.comments)}>
          {icon("mark")}
          {commentCount}
        </span>
      </span>
    </button>
  );
}

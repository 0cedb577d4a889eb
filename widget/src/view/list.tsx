/** @jsxImportSource ./dom */
// All discussions in one panel: those that are pinned, the others by their place in the page, and those that have lost it.
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
  const startOf = (chat: Conversation): number => marks.found(chat.id)?.start ?? -1;
  return view.conversations.filter((chat) => startOf(chat) >= 0).sort((a, b) => startOf(a) - startOf(b));
}

export function list(desk: Desk, marks: Marks, tab: Tab, form: string | undefined, go: (id: string) => void): Content {
  const { words } = desk;
  const found = inPageOrder(desk, marks);
  const tabs: Record<Tab, [label: string, held: Conversation[]]> = {
    open: [words.open, found.filter((chat) => !chat.isResolved)],
    mine: [words.mine, found.filter((chat) => isMine(desk, chat.createdBy))],
    resolved: [words.resolved, found.filter((chat) => chat.isResolved)],
    // In the order of their making.
    lost: [words.lost, desk.view.conversations.filter((chat) => !marks.found(chat.id))],
  };
  const rows = tabs[tab][1].sort((a, b) => +b.isPinned - +a.isPinned);
  let heading = "";

  return (
    <div class="cc cc-panel collab-chat-list" role="dialog" aria-label={words.list} data-form={form}>
      <div class="cc-title">
        <b>{words.list}</b>
        {iconButton("close", words.close, () => toggleList(desk))}
      </div>
      <div class="cc-tabs" role="group">
        {Object.entries(tabs).map(([name, [label, held]]) => (
          <button key={name} class="cc-tab" aria-pressed={name === tab} onClick={() => toggleList(desk, name as Tab)}>
            {label} <span>{held.length}</span>
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
          heading = chat.isPinned ? words.pinned : marks.headingOf(chat.id);
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

function row(desk: Desk, chat: Conversation, tab: Tab, go: (id: string) => void): Content {
  const { id, createdBy, commentCount } = chat;
  return (
    <button key={id} class="cc-row" data-quiet={tab === "resolved" || tab === "lost"} onClick={() => go(id)}>
      {avatar(createdBy)}
      <span class="cc-row-text">
        <q dir="auto">{quoteOf(chat.anchor)}</q>
        <br />
        {chat.room && `${desk.words.private} · `}
        {createdBy.name}
      </span>
      <span class="cc-side">
        {desk.time(chat.lastCommentAt)}
        <span
          class="cc-marker"
          data-unread={chat.isUnread}
          role="img"
          aria-label={desk.count(commentCount, desk.words.comments)}
        >
          {icon("mark")}
          {commentCount}
        </span>
      </span>
    </button>
  );
}

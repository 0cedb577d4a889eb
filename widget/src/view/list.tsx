/** @jsxImportSource ./dom */
// All discussions in one panel: by their place in the page, and those that have lost it.
import type { Conversation } from "../core/model";
import { fill } from "../locales";
import { avatar } from "./avatar";
import { button, iconButton } from "./button";
import type { Desk, Tab } from "./desk";
import type { Content } from "./dom/jsx-runtime";
import { icon } from "./icons";
import type { Marks } from "./marks";
import { quoteOf } from "./window";

/** The conversations whose words are on the page, as they stand there. */
export function inPageOrder(desk: Desk, marks: Marks): Conversation[] {
  const startOf = ({ id }: Conversation): number => marks.found(id)?.start ?? 0;
  return desk.view.conversations.filter(({ id }) => marks.found(id)).sort((a, b) => startOf(a) - startOf(b));
}

/** What each tab holds; lost ones in the order of their making. */
export function sortIntoTabs(desk: Desk, marks: Marks): Record<Tab, Conversation[]> {
  const found = inPageOrder(desk, marks);
  return {
    open: found.filter(({ isResolved }) => !isResolved),
    mine: found.filter(({ createdBy }) => desk.isMine(createdBy)),
    resolved: found.filter(({ isResolved }) => isResolved),
    lost: desk.view.conversations.filter(({ id }) => !marks.found(id)),
  };
}

export function list(desk: Desk, marks: Marks, tab: Tab, isNarrow: boolean, go: (chatId: string) => void): Content {
  const { words } = desk.language;
  const sorted = sortIntoTabs(desk, marks);
  const rows = sorted[tab];
  let heading = "";

  return (
    <div
      class="cc cc-panel collab-chat-list"
      role="dialog"
      aria-labelledby="cc-list"
      data-form={isNarrow ? "full" : undefined}
    >
      <div class="cc-panel-head">
        <h2 id="cc-list">{words.list}</h2>
        {iconButton("close", words.close, () => desk.toggleList())}
      </div>
      <div class="cc-tabs" role="group">
        {(Object.keys(sorted) as Tab[]).map((name) => (
          <button
            key={name}
            type="button"
            class="cc-tab"
            aria-pressed={name === tab}
            onClick={() => desk.toggleList(name)}
          >
            {words[name]}
            <span class="cc-num">{sorted[name].length}</span>
          </button>
        ))}
      </div>
      <div class="cc-rows">
        {!rows.length && (
          <p class="cc-nothing">
            <b>{words.none}</b>
            {desk.mayWrite && words.howTo}
          </p>
        )}
        {tab === "lost" && rows.length > 0 && <p class="cc-teach">{words.lostNote}</p>}
        {rows.map((chat) => {
          if (tab === "lost") return lostRow(desk, chat, marks.isAmbiguous(chat.id), go);
          const before = heading;
          heading = marks.headingOf(chat.id);
          return [
            heading !== before && (
              <p class="cc-place" dir="auto">
                {heading}
              </p>
            ),
            row(desk, chat, go),
          ];
        })}
      </div>
    </div>
  );
}

function row({ language }: Desk, chat: Conversation, go: (chatId: string) => void): Content {
  const { id, createdBy, lastCommentAt, commentCount, isUnread } = chat;
  const { words, count, time } = language;
  return (
    <button key={id} type="button" class="cc-row" onClick={() => go(id)}>
      {avatar(createdBy)}
      <span>
        <span class="cc-row-quote">
          <q dir="auto">{quoteOf(chat)}</q>
        </span>
        <span class="cc-row-last">{createdBy.name}</span>
      </span>
      <span class="cc-row-side">
        {time(lastCommentAt)}
        <span
          class="cc-row-count cc-num"
          data-unread={isUnread}
          aria-label={count(commentCount, words.comments)}
          role="img"
        >
          {icon("mark")}
          {commentCount}
        </span>
      </span>
    </button>
  );
}

function lostRow({ language }: Desk, chat: Conversation, isTwice: boolean, go: (chatId: string) => void): Content {
  const { words, count, time } = language;
  const { id, anchor, commentCount, lastCommentAt } = chat;
  // The last few words before the lost ones, from a word's beginning on.
  const before = /(?:^|\s)(\S.{0,40})$/.exec(anchor?.prefix?.replace(/\s+/g, " ").trim() ?? "")?.[1];
  return (
    <div class="cc-lost" key={id}>
      <p class="cc-lost-quote" dir="auto">
        {quoteOf(chat)}
      </p>
      <p class="cc-lost-where">
        {[before && fill(words.stoodAfter, before), isTwice && words.twice].filter(Boolean).join(" · ")}
      </p>
      <p class="cc-lost-where">
        {count(commentCount, words.comments)} · {time(lastCommentAt)}
      </p>
      <p class="cc-doors">{button("bare", words.read, () => go(id))}</p>
    </div>
  );
}

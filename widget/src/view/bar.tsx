/** @jsxImportSource ./dom */
// The top bar: how many discussions, how many people, and how the line is.
import { fill } from "../locales";
import { button } from "./button";
import type { Desk } from "./desk";
import type { Content } from "./dom/jsx-runtime";
import { icon } from "./icons";

export function bar(desk: Desk, reconnect: () => void): Content {
  const { words } = desk.language;
  const { link } = desk.view;

  return (
    <section class="cc cc-bar fastcomments-collab-chat-top-bar" aria-label={words.list}>
      <button
        type="button"
        class="cc-btn cc-count"
        aria-haspopup="dialog"
        aria-expanded={!!desk.list}
        onClick={() => desk.toggleList()}
      >
        {icon("mark")}
        {counts(desk)}
      </button>
      <div class="cc-bar-end">
        <span class="cc-state collab-chat-status" data-state={link === "connecting" ? undefined : link} role="status">
          {status(desk)}
        </span>
        {link === "live" && viewers(desk)}
        {link === "offline" && button("bare", words.tryNow, reconnect)}
      </div>
    </section>
  );
}

function counts(desk: Desk): Content {
  const { words, count } = desk.language;
  const { conversations, isLoaded } = desk.view;
  const fresh = conversations.filter(({ isUnread }) => isUnread).length;
  const [number, noun] = count(conversations.length, words.discussions).split(" ");
  // The noun gives way first where the bar is narrow. Before the first snapshot nobody knows how many there are.
  const full = [number, <span class="cc-word"> {noun}</span>];
  const none = [<span class="cc-sr">{number} </span>, desk.mayWrite ? words.selectText : words.none];
  return [
    <span class="cc-num collab-chat-discussions">{!isLoaded ? words.list : conversations.length ? full : none}</span>,
    fresh > 0 && <span class="cc-new cc-num">{count(fresh, words.fresh)}</span>,
  ];
}

function viewers({ language: { words, count }, view: { viewerCount } }: Desk): Content {
  return (
    <span class="cc-num collab-chat-viewers">
      {viewerCount > 1
        ? count(viewerCount, words.viewing)
        : [words.onlyYou, <span class="cc-sr"> ({viewerCount})</span>]}
    </span>
  );
}

function status({ language: { words }, view: { link, refusal = "", conversations } }: Desk): Content {
  if (link === "refused") return /^unauth|-sso$/.test(refusal) ? words.signIn : words.refused;
  if (link === "reconnecting") return words.reconnecting;
  if (link !== "offline") return null;
  const waiting = conversations.flatMap(({ comments = [] }) => comments).filter(({ state }) => state !== "sent").length;
  return words.offline + (waiting ? ` · ${fill(words.toSend, waiting)}` : "");
}

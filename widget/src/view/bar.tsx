/** @jsxImportSource ./dom */
// The top bar: how many discussions, how many people, and how the line is.
import { fill } from "../locales";
import { button } from "./button";
import { mayWrite, toggleList, type Desk } from "./desk";
import type { Content } from "./dom/jsx-runtime";
import { isSignedOut } from "./fate";
import { icon } from "./icons";

export function bar(desk: Desk): Content {
  const { words, view, list } = desk;
  const { viewerCount } = view;
  const link = view.link === "reconnecting" && !desk.wasLive ? "connecting" : view.link;

  return (
    <section class="cc cc-bar fastcomments-collab-chat-top-bar" aria-label={words.list}>
      <button
        class="cc-btn cc-count"
        aria-haspopup="dialog"
        aria-expanded={!!list}
        onClick={() => toggleList(desk, list ? undefined : "open")}
      >
        {icon("mark")}
        {counts(desk)}
      </button>
      <span class="cc-state collab-chat-status" data-state={link} role="status">
        {status(desk, link)}
      </span>
      {link === "live" && (
        <span class="collab-chat-viewers">
          {viewerCount > 1
            ? desk.count(viewerCount, words.viewing)
            : [words.onlyYou, <span class="cc-sr"> {viewerCount}</span>]}
        </span>
      )}
      {(link === "offline" || link === "refused") && button(words.tryNow, () => desk.client.reconnect())}
    </section>
  );
}

function counts(desk: Desk): Content {
  const { words, count } = desk;
  const { conversations, isLoaded } = desk.view;
  const fresh = conversations.filter((chat) => chat.isUnread).length;
  const [number, noun] = count(conversations.length, words.discussions).split(" ");
  // The noun gives way first where the bar is narrow. Before the first snapshot nobody knows how many there are.
  const full = [number, <span class="cc-word"> {noun}</span>];
  const none = [<span class="cc-sr">{`${number} ${noun} `}</span>, mayWrite(desk) ? words.selectText : words.none];
  return [
    <span class="collab-chat-discussions">{!isLoaded ? words.list : conversations.length ? full : none}</span>,
    fresh > 0 && <span class="cc-new">{count(fresh, words.fresh)}</span>,
  ];
}

function status({ words, view: { refusal = "", toSend } }: Desk, link: string): Content {
  if (link === "refused") return isSignedOut(refusal) ? words.signIn : / /.test(refusal) ? refusal : words.refused;
  if (link === "reconnecting") return words.reconnecting;
  return link === "offline" && words.offline + (toSend ? ` · ${fill(words.toSend, toSend)}` : "");
}

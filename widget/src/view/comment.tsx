/** @jsxImportSource ./dom */
// One comment: who, when, what; its menu, its fate while it is on its way, and the field in which it is edited.
import { parseMarkup, type Markup } from "../core/markup";
import type { Comment } from "../core/model";
import { avatar } from "./avatar";
import { button, dots } from "./button";
import { ask, confirm, edit, flag, keyOf, leave, mayChange, mayFlag, save, type Desk } from "./desk";
import type { Content } from "./dom/jsx-runtime";
import { failed, isFailed, wait } from "./fate";
import { field } from "./field";

export function commentRow(desk: Desk, comment: Comment): Content {
  const { words, window } = desk;
  const { id, author, at, failure, text, html } = comment;
  const state = comment.state === "failed" && !isFailed(desk, failure) ? "pending" : comment.state;
  const mode = window?.about === id ? window.mode : "";
  const isSent = state === "sent";
  const isToChange = mayChange(desk, author);

  return (
    <li
      class="cc-comment collab-chat-comment"
      key={keyOf(desk, comment)}
      data-comment-id={id}
      data-state={state}
      data-arrived={desk.arrived.has(id)}
    >
      {avatar(author)}
      <div>
        <p class="cc-by">
          <b>{author.name}</b>
          {isSent && (
            <time class="cc-when" title={new Date(at).toLocaleString(desk.tag)}>
              {desk.time(at)}
            </time>
          )}
          {comment.isEdited && <span class="cc-when">{words.edited}</span>}
        </p>
        {mode === "edit" ? (
          field(desk, id, words.editComment, () => save(desk, id), true)
        ) : (
          <div class="cc-text" dir="auto">
            {html === undefined ? text : treeOf(comment, html)}
          </div>
        )}
        {comment.isHeld && <p class="cc-fate">{words.held}</p>}
        {state === "pending" &&
          (desk.view.link === "offline" ? <p class="cc-fate">{words.willSend}</p> : wait(words.sending))}
        {state === "failed" && failed(desk, failure, comment.broadcastId ?? "", text)}
        {mode === "menu" && (
          <p class="cc-doors cc-menu">
            {isToChange
              ? [
                  button(words.edit, () => void edit(desk, comment)),
                  button(words.delete, () => ask(desk, id), "cc-danger"),
                ]
              : button(words.flag, () => void flag(desk, id))}
          </p>
        )}
        {mode === "flagged" && (
          <p class="cc-fate" role="status">
            {words.flagged}
          </p>
        )}
        {mode === "ask" && question(desk, words.deleteComment)}
      </div>
      {isSent && mode !== "edit" && (isToChange || mayFlag(desk, author)) && dots(desk, id)}
    </li>
  );
}

// Parsed once per comment: the model gives an unchanged comment the same identity.
const trees = new WeakMap<Comment, readonly Markup[]>();

function treeOf(comment: Comment, html: string): readonly Markup[] {
  const tree = trees.get(comment) ?? parseMarkup(html);
  trees.set(comment, tree);
  return tree;
}

/** Asks before something is deleted; stands where it will be missing. */
export function question(desk: Desk, text: string): Content {
  return (
    <div class="cc-notice cc-question" role="alertdialog" aria-label={text}>
      <span>{text}</span>
      {button(desk.words.cancel, () => leave(desk))}
      {button(desk.words.delete, () => confirm(desk), "cc-danger")}
    </div>
  );
}

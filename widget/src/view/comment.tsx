/** @jsxImportSource ./dom */
// One comment: who, when, what; its menu, its fate while it is on its way, and the field in which it is edited.
import { parseMarkup, type Markup } from "../core/markup";
import type { Comment } from "../core/model";
import { avatar } from "./avatar";
import { button, dots } from "./button";
import type { Desk } from "./desk";
import { jsx, type Content } from "./dom/jsx-runtime";
import { fate, wait } from "./fate";
import { field } from "./field";

export function commentRow(desk: Desk, comment: Comment): Content {
  const { words, time } = desk.language;
  const { id, author, at, state, isEdited, failure, broadcastId = "", text } = comment;
  const { menu, asks, edits } = desk.window ?? {};
  const isSent = state === "sent";

  return (
    <li
      class="cc-comment collab-chat-comment"
      key={desk.keyOf(comment)}
      data-comment-id={id}
      data-state={state}
      data-arrived={desk.arrived.has(id)}
    >
      {avatar(author)}
      <div>
        <p class="cc-by">
          <span class="cc-name">{author.name}</span>
          {isSent && (
            <time class="cc-when cc-num" title={new Date(at).toLocaleString(desk.language.tag)}>
              {time(at)}
            </time>
          )}
          {isSent && isEdited && <span class="cc-when">{words.edited}</span>}
        </p>
        {edits === id ? (
          editField(desk, id)
        ) : (
          <div class="cc-text" dir="auto">
            {comment.html === undefined ? text : nodesOf(treeOf(comment))}
          </div>
        )}
        {state === "pending" && wait(words.sending)}
        {state === "failed" && [
          fate(desk, failure),
          <p class="cc-doors">
            {button("bare", words.tryAgain, () => desk.retry(broadcastId))}
            {text && button("bare", words.copyText, () => copy(text))}
            {button("bare", words.discard, () => desk.discard(broadcastId), "cc-danger")}
          </p>,
        ]}
        {menu === id && (
          <p class="cc-doors cc-menu">
            {button("bare", words.edit, () => void desk.edit(comment))}
            {button("bare", words.delete, () => desk.ask(id), "cc-danger")}
          </p>
        )}
        {asks === id && question(desk, words.deleteComment)}
      </div>
      {isSent && edits !== id && desk.mayChange(author) && dots(desk, id)}
    </li>
  );
}

function editField(desk: Desk, id: string): Content {
  const { words } = desk.language;
  return field(desk, {
    key: id,
    label: words.editComment,
    action: words.save,
    isEdit: true,
    send: () => desk.save(id),
  });
}

// Parsed once per comment: the model gives an unchanged comment the same identity.
const trees = new WeakMap<Comment, readonly Markup[]>();

function treeOf(comment: Comment): readonly Markup[] {
  const tree = trees.get(comment) ?? parseMarkup(comment.html ?? "");
  trees.set(comment, tree);
  return tree;
}

/** The server's safe subset as elements, never `innerHTML`. */
function nodesOf(tree: readonly Markup[]): Content {
  return tree.map((part) => {
    if (typeof part === "string") return part;
    const { tag, href, children } = part;
    const link = href && { href, target: "_blank", rel: "noopener nofollow ugc" };
    return jsx(tag, { ...link, children: nodesOf(children) });
  });
}

export function copy(text: string): void {
  void navigator.clipboard?.writeText(text);
}

/** Asks before something is deleted; stands where it will be missing. */
export function question(desk: Desk, text: string): Content {
  const { words } = desk.language;
  return (
    <div class="cc-notice cc-question" role="alertdialog" aria-label={text}>
      <span>{text}</span>
      {button("bare", words.cancel, () => desk.stepBack())}
      {button("bare", words.delete, () => desk.confirm(), "cc-danger")}
    </div>
  );
}

// The comments of the queue, one row each: who, what, why it is here.
import { useEffect, useRef } from "preact/hooks";
import { useTag } from "../desk";
import type { Say } from "../words";
import { Face } from "../parts/face";
import { useNow } from "./now";
import type { Comment, Queue } from "./queue";
import { reasonOf } from "./reasons";
import { ago, moment } from "./when";
import type { Words } from "./words";

interface Props {
  readonly queue: Queue;
  readonly say: Say<Words>;
  readonly onOpen: (id: string) => void;
  readonly onToggle: (id: string) => void;
}

export function List({ queue, say, onOpen, onToggle }: Props) {
  const now = useNow();
  return (
    <ul class="queue-items">
      {queue.comments.map((comment) => (
        <Row
          key={comment.id}
          comment={comment}
          isAt={comment.id === queue.at}
          isSelected={queue.selected.has(comment.id)}
          isBusy={queue.busy.has(comment.id)}
          {...{ now, say, onOpen, onToggle }}
        />
      ))}
    </ul>
  );
}

interface RowProps extends Omit<Props, "queue"> {
  readonly comment: Comment;
  readonly isAt: boolean;
  readonly isSelected: boolean;
  readonly isBusy: boolean;
  readonly now: number;
}

function Row({ comment, isAt, isSelected, isBusy, now, say, onOpen, onToggle }: RowProps) {
  const tag = useTag();
  const { id, commenterName, createdAt, pageTitle, urlId } = comment;
  const row = useRef<HTMLLIElement>(null);
  // Once, when the cursor comes: whoever scrolled on since is not called back by each news.
  useEffect(() => {
    if (isAt) row.current?.scrollIntoView?.({ block: "nearest" });
  }, [isAt]);
  return (
    <li
      class="queue-item"
      data-comment-id={id}
      data-state={comment.isDeleted ? "deleted" : comment.state}
      aria-current={isAt ? "true" : undefined}
      aria-busy={isBusy || undefined}
      ref={row}
    >
      <input
        type="checkbox"
        checked={isSelected}
        aria-label={say("selectOne", { name: commenterName })}
        onChange={() => onToggle(id)}
      />
      <Face name={commenterName} id={comment.userId} />
      <button type="button" class="queue-open" onClick={() => onOpen(id)}>
        <span class="by">
          <b>{commenterName}</b>
          <time class="dim" dateTime={new Date(createdAt).toISOString()} title={moment(createdAt, tag)}>
            {ago(createdAt, now, tag)}
          </time>
        </span>
        <span class="queue-text">{comment.comment}</span>
        <span class="why">
          <Why comment={comment} say={say} />
          <span>{pageTitle || urlId}</span>
        </span>
      </button>
    </li>
  );
}

/** Why a comment is in the queue, as chips. */
export function Why({ comment, say }: { readonly comment: Comment; readonly say: Say<Words> }) {
  return (
    <>
      {reasonOf(comment).map(({ word, kind, n }) => (
        <span class="chip" data-kind={kind} key={word}>
          {say(word, { n: n ?? 0 })}
        </span>
      ))}
    </>
  );
}

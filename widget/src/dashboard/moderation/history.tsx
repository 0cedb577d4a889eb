// What was done to a comment, its discussion and its author, line by line; times are those of the reader's clock.
import { useTag } from "../desk";
import type { Say } from "../words";
import type { Comment } from "./queue";
import { whyHeld } from "./reasons";
import { moment, zoneOf } from "./when";
import { words, type Words } from "./words";

/** What somebody did; of which kinds there are more than are known here, the server's version decides. */
export interface Deed {
  readonly at: number;
  readonly actorName: string;
  readonly act: string;
  readonly details: Readonly<Record<string, unknown>>;
}

interface Props {
  readonly comment: Comment;
  readonly history: readonly Deed[];
  readonly say: Say<Words>;
}

export function History({ comment, history, say }: Props) {
  const tag = useTag();
  const { createdAt, editedAt } = comment;
  const rule = heldBy(comment, history);
  const lines = [
    ...(rule ? [{ at: createdAt, text: say("act_held", { why: say(whyHeld(rule).word) }) }] : []),
    ...(editedAt ? [{ at: editedAt, text: say("act_edited") }] : []),
    ...history.map((deed) => ({ at: deed.at, text: sayDeed(say, deed) })),
  ].sort((a, b) => a.at - b.at);
  return (
    <div>
      <h2 class="small-title">{say("history", { zone: zoneOf(createdAt, tag) })}</h2>
      <ol class="judge-log">
        <Line at={createdAt} text={say("act_written", { name: comment.commenterName })} />
        {lines.map(({ at, text }, place) => (
          <Line key={place} at={at} text={text} />
        ))}
      </ol>
    </div>
  );
}

function Line({ at, text }: { readonly at: number; readonly text: string }) {
  const tag = useTag();
  return (
    <li>
      <time dateTime={new Date(at).toISOString()}>{moment(at, tag)}</time>
      <span>{text}</span>
    </li>
  );
}

/** By which rule it waits, or waited until somebody decided. */
export function heldBy({ state, heldBecause }: Comment, history: readonly Deed[]): string | undefined {
  const rules = [...history.map(({ details }) => details["heldBecause"]), state === "waiting" && heldBecause];
  return rules.find((rule): rule is string => !!rule && rule !== "moderator");
}

function sayDeed(say: Say<Words>, { act, actorName }: Deed): string {
  const word = `act_${act}`;
  return say(isWord(word) ? word : "act_other", { name: actorName, act });
}

const isWord = (word: string): word is keyof Words & `act_${string}` => Object.hasOwn(words, word);

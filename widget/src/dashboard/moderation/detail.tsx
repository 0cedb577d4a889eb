// One comment in the place where it stands: the words it is about, the thread, what can be done, what was done.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Failure } from "../api";
import { useAsked, useDesk, useTag } from "../desk";
import { Failed } from "../parts/failed";
import { Icon } from "../parts/icon";
import type { Say } from "../words";
import { keyOf } from "./keys";
import { Why } from "./list";
import { actionsFor, type Action, type Comment } from "./queue";
import { reasonOf } from "./reasons";
import { ago, moment } from "./when";
import { actionWords, type Words } from "./words";
import { Face } from "../parts/face";

export interface Conversation {
  readonly id: string;
  readonly urlId: string;
  readonly quote: string | null;
  readonly prefix: string | null;
  readonly suffix: string | null;
  readonly isResolved: boolean;
  readonly isLocked: boolean;
  readonly isPinned: boolean;
  readonly pageTitle: string | null;
}

interface Deed {
  readonly at: number;
  readonly actorName: string;
  readonly act: string;
  readonly details: Readonly<Record<string, unknown>>;
}

interface Judged {
  readonly comment: Comment;
  readonly conversation: Conversation | null;
  readonly thread: readonly Comment[];
  readonly history: readonly Deed[];
  readonly ban: { readonly reason: string } | null;
  readonly viewerCount: number;
}

interface Props {
  readonly comment: Comment;
  readonly say: Say<Words>;
  readonly isBusy: boolean;
  /** Changes whenever the comment may have. */
  readonly version: number;
  readonly onAct: (action: Action) => void;
  readonly onBan: () => void;
  readonly onBack: () => void;
}

export function Detail({ comment, say, isBusy, version, onAct, onBan, onBack }: Props) {
  const { api } = useDesk();
  const tag = useTag();
  const asked = useAsked<Judged>(comment.id, (signal) =>
    api.get(`comments/${encodeURIComponent(comment.id)}`, {}, signal),
  );
  useEffect(() => asked.refresh(), [version]);
  const place = useRef<HTMLElement>(null);
  useEffect(() => place.current?.scrollTo?.(0, 0), [comment.id]);
  // While another one is on its way, nothing of the last one is shown.
  const judged = asked.value?.comment.id === comment.id ? asked.value : undefined;
  const { conversation = null, thread = [], history = [] } = judged ?? {};
  const actions = actionsFor(comment);
  return (
    <section class="judge" ref={place} aria-label={say("discussion")} data-comment-id={comment.id}>
      <button type="button" class="button-bare judge-back" onClick={onBack}>
        <Icon name="back" />
        {say("back")}
      </button>
      <div>
        <p class="small dim">
          {say("onPage", { title: comment.pageTitle || comment.urlId, n: judged?.viewerCount ?? 0 })}
        </p>
        {comment.quote && (
          <p class="judge-words">
            {conversation?.prefix}
            <mark>{comment.quote}</mark>
            {conversation?.suffix}
          </p>
        )}
      </div>
      <ol class="judge-thread">
        {(thread.length ? thread : [comment]).map((each) => (
          <li key={each.id} aria-current={each.id === comment.id ? "true" : undefined}>
            <Face name={each.commenterName} id={each.userId} />
            <div>
              <p class="by">
                <b>{each.commenterName}</b>
                <span class="dim">{ago(each.createdAt, Date.now(), tag)}</span>
              </p>
              <p class="judge-text">{each.comment}</p>
              {each.id === comment.id && (
                <p class="why">
                  <Why comment={comment} say={say} />
                  {comment.isDeleted ? (
                    <span>{say("gone")}</span>
                  ) : (
                    comment.state !== "shown" && <span>{say("hidden")}</span>
                  )}
                </p>
              )}
            </div>
          </li>
        ))}
      </ol>
      {judged?.ban && <p class="notice">{say("banned", { reason: judged.ban.reason })}</p>}
      <div class="judge-verbs">
        {actions.map((action, place) => (
          <button
            key={action}
            type="button"
            class={place === 0 && action !== "hold" ? "button-main" : "button"}
            disabled={isBusy}
            aria-keyshortcuts={keyOf[action]}
            onClick={() => onAct(action)}
          >
            {say(actionWords[action])}
            <kbd aria-hidden="true">{keyOf[action]}</kbd>
          </button>
        ))}
        {!judged?.ban && (
          <button type="button" class="button" aria-keyshortcuts={keyOf.ban} onClick={onBan}>
            {say("doBan")}
            <kbd aria-hidden="true">{keyOf.ban}</kbd>
          </button>
        )}
      </div>
      {asked.failure && <Failed failure={asked.failure} onRetry={asked.refresh} />}
      {conversation && <Fate conversation={conversation} say={say} onDone={asked.refresh} />}
      <div>
        <h2 class="small-title">{say("history")}</h2>
        <ol class="judge-log">
          <Line at={comment.createdAt} text={say("act_written", { name: comment.commenterName })} />
          {reasonOf(comment)
            .filter(() => comment.state === "waiting" && !comment.isDeleted)
            .map(({ word, n }) => (
              <Line key={word} at={comment.createdAt} text={say("act_held", { why: say(word, { n: n ?? 0 }) })} />
            ))}
          {comment.editedAt && <Line at={comment.editedAt} text={say("act_edited")} />}
          {history.map((deed) => (
            <Line key={`${deed.at} ${deed.act}`} at={deed.at} text={sayDeed(say, deed)} />
          ))}
        </ol>
      </div>
    </section>
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

/** What can be done with the whole discussion. */
function Fate({
  conversation,
  say,
  onDone,
}: {
  readonly conversation: Conversation;
  readonly say: Say<Words>;
  readonly onDone: () => void;
}) {
  const { api } = useDesk();
  const [failure, setFailure] = useState<Failure>();
  const { isLocked, isPinned, isResolved } = conversation;
  const deeds = [
    [isLocked ? "unlock" : "lock"],
    [isPinned ? "unpin" : "pin"],
    [isResolved ? "reopen" : "resolve"],
  ] as const;

  async function act(action: string): Promise<void> {
    const path = `conversations/${encodeURIComponent(conversation.id)}/moderate`;
    const answer = await api.send("POST", path, { action, broadcastId: crypto.randomUUID() });
    setFailure(answer.ok ? undefined : answer);
    if (answer.ok) onDone();
  }

  return (
    <div>
      <h2 class="small-title">{say("discussion")}</h2>
      <p class="judge-fate">
        {deeds.map(([action]) => (
          <button key={action} type="button" class="button-bare" onClick={() => void act(action)}>
            {say(action)}
          </button>
        ))}
      </p>
      {failure && <Failed failure={failure} onRetry={() => setFailure(undefined)} />}
    </div>
  );
}

function sayDeed(say: Say<Words>, { act, actorName }: Deed): string {
  const word = `act_${act}`;
  return say(isWord(word) ? word : "act_other", { name: actorName, act });
}

const deedWords = [
  "act_approve",
  "act_hold",
  "act_spam",
  "act_delete",
  "act_restore",
  "act_unflag",
  "act_ban",
] as const satisfies (keyof Words)[];

const isWord = (word: string): word is (typeof deedWords)[number] => (deedWords as readonly string[]).includes(word);

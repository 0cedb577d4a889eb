// One comment in the place where it stands: the words it is about, the thread, what can be done, what was done.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Failure } from "../api";
import { useAsked, useDesk, useTag } from "../desk";
import { Face } from "../parts/face";
import { Failed } from "../parts/failed";
import { Icon } from "../parts/icon";
import { Link } from "../parts/link";
import type { Say } from "../words";
import { BanLine, type BanInfo } from "./bans";
import { History, type Deed } from "./history";
import { keyOf } from "./keys";
import { Why } from "./list";
import { useNow } from "./now";
import { actionsFor, type Action, type Comment } from "./queue";
import { Text } from "./text";
import { ago, moment } from "./when";
import { contextAfter, contextBefore } from "./context";
import { actionWords, type Words } from "./words";

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

interface Judged {
  readonly comment: Comment;
  readonly conversation: Conversation | null;
  readonly thread: readonly Comment[];
  readonly history: readonly Deed[];
  readonly ban: BanInfo | null;
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
  const now = useNow();
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
        <p class="small dim judge-page">
          <Link to={{ view: "page", query: { urlId: comment.urlId } }}>{comment.pageTitle || comment.urlId}</Link>
          {judged && ` · ${say("viewing", { n: judged.viewerCount })}`}
          {/^https?:\/\//i.test(comment.urlId) && (
            <>
              {" · "}
              <a href={comment.urlId} target="_blank" rel="noopener noreferrer">
                {say("openPage")}
              </a>
            </>
          )}
        </p>
        {comment.quote && (
          <p class="judge-words">
            {contextBefore(conversation?.prefix)}
            <mark>{comment.quote}</mark>
            {contextAfter(conversation?.suffix)}
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
                <time class="dim" dateTime={new Date(each.createdAt).toISOString()} title={moment(each.createdAt, tag)}>
                  {ago(each.createdAt, now, tag)}
                </time>
              </p>
              <Text html={each.commentHTML} />
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
      {judged?.ban && <BanLine ban={judged.ban} say={say} onDone={asked.refresh} />}
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
      <History comment={comment} history={history} say={say} />
    </section>
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
  const deeds = [isLocked ? "unlock" : "lock", isPinned ? "unpin" : "pin", isResolved ? "reopen" : "resolve"] as const;

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
        {deeds.map((action) => (
          <button key={action} type="button" class="button-bare" onClick={() => void act(action)}>
            {say(action)}
          </button>
        ))}
      </p>
      {failure && <Failed failure={failure} onRetry={() => setFailure(undefined)} />}
    </div>
  );
}

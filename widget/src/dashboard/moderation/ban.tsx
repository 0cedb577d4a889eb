// Keeping somebody from taking part: for how long, why, from where, and what becomes of what they wrote.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Failure } from "../api";
import { useDesk, useReason } from "../desk";
import { Choice } from "../parts/choice";
import type { Say } from "../words";
import { askAll } from "./all";
import type { BanInfo } from "./bans";
import type { Comment } from "./queue";
import type { Words } from "./words";

const dayMs = 86_400_000;
const terms = [
  ["day", "banDay", dayMs],
  ["week", "banWeek", 7 * dayMs],
  ["month", "banMonth", 30 * dayMs],
  ["ever", "banForever", 0],
] as const;
type Term = (typeof terms)[number][0];

interface Props {
  readonly comment: Comment;
  readonly say: Say<Words>;
  /** The ban, and the comments that went with it. */
  readonly onDone: (banId: string, deleted: readonly string[]) => void;
  readonly onCancel: () => void;
}

export function Ban({ comment, say, onDone, onCancel }: Props) {
  const { api } = useDesk();
  const reasonOf = useReason();
  const dialog = useRef<HTMLDialogElement>(null);
  const [term, setTerm] = useState<Term>("week");
  const [failure, setFailure] = useState<Failure>();
  const [isBusy, setBusy] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);

  async function ban(form: HTMLFormElement): Promise<void> {
    const given = new FormData(form);
    const ms = terms.find(([name]) => name === term)?.[2] ?? 0;
    setBusy(true);
    // Which they were is known only before: so that they, and no others, can be restored.
    const theirs = given.has("comments")
      ? await askAll<Comment, "comments">(api, "comments", "comments", {
          queue: "all",
          userId: comment.userId,
          limit: 100,
        })
      : ({ ok: true, value: [] } as const);
    const answer = theirs.ok ? await banAuthor(given, ms) : theirs;
    setBusy(false);
    if (!answer.ok || !theirs.ok) return setFailure(answer.ok ? undefined : answer);
    onDone(
      answer.value.ban.banId,
      theirs.value.map(({ id }) => id),
    );
  }

  const banAuthor = (given: FormData, ms: number) =>
    api.send<{ ban: BanInfo }>("POST", "bans", {
      commentId: comment.id,
      reason: `${given.get("reason") ?? ""}`.trim(),
      address: given.has("address"),
      deleteComments: given.has("comments"),
      ...(ms && { bannedUntil: Date.now() + ms }),
    });

  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="ban-title" onClose={onCancel}>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          void ban(event.currentTarget);
        }}
      >
        <h2 id="ban-title">{say("banTitle", { name: comment.commenterName })}</h2>
        <label class="field">
          <span>{say("banReason")}</span>
          <input name="reason" required maxLength={500} autoFocus />
        </label>
        <div class="field">
          <span>{say("banUntil")}</span>
          <Choice
            label={say("banUntil")}
            options={terms.map(([value, word]) => ({ value, label: say(word) }))}
            value={term}
            onChoose={setTerm}
          />
        </div>
        <label class="check">
          <input type="checkbox" name="address" /> {say("banAddress")}
        </label>
        <label class="check">
          <input type="checkbox" name="comments" /> {say("banComments")}
        </label>
        {failure && (
          <p class="notice" role="alert">
            {reasonOf(failure)}
          </p>
        )}
        <p class="dialog-end">
          <button type="button" class="button" onClick={() => dialog.current?.close()}>
            {say("cancel")}
          </button>
          <button type="submit" class="button button-danger" disabled={isBusy}>
            {say("banNow")}
          </button>
        </p>
      </form>
    </dialog>
  );
}

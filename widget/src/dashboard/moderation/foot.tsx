// What became of the last deed and how to take it back, in sight wherever one is.
import type { Say } from "../words";
import type { Undo } from "./queue";
import type { Note } from "./use-queue";
import { deedWords, type Words } from "./words";

interface Props {
  readonly note: Note | undefined;
  /** The deed that would be taken back. */
  readonly last: Undo | undefined;
  readonly say: Say<Words>;
  readonly onUndo: () => void;
  readonly onUnlock: (locked: NonNullable<Note["locked"]>) => void;
}

export function Foot({ note, last, say, onUndo, onUnlock }: Props) {
  const { locked } = note ?? {};
  return (
    <div class="queue-foot small dim" data-has-note={note !== undefined || undefined}>
      <span role="status" class={note?.isBad ? "bad" : undefined}>
        {note?.text}
      </span>
      {locked && (
        <button type="button" class="button-bare" onClick={() => onUnlock(locked)}>
          {say(locked.action === "delete" ? "unlockDelete" : "unlockRestore")}
        </button>
      )}
      {last && (
        <button type="button" class="button-bare" aria-keyshortcuts="Z" onClick={onUndo}>
          {say("undo", { deed: say(deedWords[last.deed]) })}
        </button>
      )}
      <span class="queue-keys">{say("keys")}</span>
    </div>
  );
}

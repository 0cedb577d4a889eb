"""What waits for a moderator, and what a moderator makes of a comment.

| action  | of a comment that is            | makes it                                        |
|---------|---------------------------------|-------------------------------------------------|
| approve | waiting, spam, flagged          | shown; its flags are done with                  |
| hold    | shown, spam                     | waiting                                         |
| spam    | shown, waiting                  | spam                                            |
| delete  | anything                        | deleted, keeping what it was                    |
| restore | deleted                         | what it was before                              |
| unflag  | flagged                         | the same, without its flags                     |

A deleted comment stays as it is until it is restored: its author may have meant it. Whatever is asked of a comment that
is so already changes nothing.
"""

from typing import Literal

from msgspec.structs import replace

from collabchat.core.model import Actor, Comment, Rules

Action = Literal["approve", "hold", "spam", "delete", "restore", "unflag"]


def why_wait(rules: Rules, actor: Actor, suspicion: str | None, *, is_trusted: bool) -> str | None:
    """The rule by which what somebody writes waits for a moderator, or None.

    `suspicion` is the guards' rule that it fell foul of, `is_trusted`: one of their comments stands.
    """
    if actor.is_moderator:
        return None
    if suspicion is not None:
        return f"suspect:{suspicion}"
    if rules.approval == "all":
        return "all"
    if rules.approval == "guests" and actor.is_guest:
        return "guest"
    return "first" if rules.approval == "first" and not is_trusted else None


def hold(comment: Comment, because: str, now: int) -> Comment:
    """The comment as it waits by a rule (see `why_wait`) from now on."""
    return replace(comment, state="waiting", held_because=because, shown_at=now)


def decide(comment: Comment, action: Action, now: int) -> Comment:
    """The comment as a moderator's action leaves it; the same one if there is nothing to do."""
    is_deleted = comment.deleted_at is not None
    decided = comment
    match action:
        case "restore" if is_deleted:
            decided = replace(comment, deleted_at=None, shown_at=now)
        case "delete" if not is_deleted:
            decided = replace(comment, deleted_at=now, flag_count=0)
        case "approve" if not is_deleted and (comment.state != "shown" or comment.flag_count):
            shown_at = comment.shown_at if comment.state == "shown" else now
            decided = replace(comment, state="shown", held_because=None, flag_count=0, shown_at=shown_at)
        case "hold" if not is_deleted and comment.state != "waiting":
            decided = replace(comment, state="waiting", held_because=None, flag_count=0, shown_at=now)
        case "spam" if not is_deleted and comment.state != "spam":
            decided = replace(comment, state="spam", held_because=None, flag_count=0)
        case "unflag" if comment.flag_count:
            decided = replace(comment, flag_count=0)
    return comment if decided is comment else replace(decided, reviewed_at=now)

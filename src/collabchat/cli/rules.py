"""The rules of a tenant as flags: one table makes them."""

from collections.abc import Callable
from typing import Any, TypeVar

import click
from msgspec import Struct

from collabchat.settings import Switch

Command = TypeVar("Command", bound=Callable[..., Any])

WORDS_MAX = 1_000
WORD_MAX = 100


class Words(click.ParamType[tuple[str, ...]]):
    """Words and phrases, parted by commas."""

    name = "words"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Return the words; nothing clears the list."""
        words = tuple(dict.fromkeys(word.strip() for word in str(value).split(",") if word.strip()))
        if any(len(word) > WORD_MAX for word in words) or len(words) > WORDS_MAX:
            self.fail(f"at most {WORDS_MAX} words of {WORD_MAX} characters.", param, ctx)
        return words


class Rule(Struct, frozen=True):
    """One row of the table of rules; `field` is its name in `core.model.Rules`."""

    field: str
    type: click.ParamType[Any]
    help: str

    @property
    def option(self) -> str:
        """The flag."""
        return f"--{self.field.replace('_', '-')}"


def _who(doing: str) -> click.Choice[str]:
    return click.Choice(
        [
            "authors" if doing == "delete" else "anyone",
            *([] if doing == "delete" else ["members"]),
            "moderators",
            "admins",
        ]
    )


RULES = (
    Rule("guests", Switch(), "Whether people may write with no more than a name (default: on)."),
    Rule(
        "require_sso", click.Choice(["no", "simple", "secure"]),
        "Whether people must have signed in on the site to read and write, in any form or in the proved one (no).",
    ),
    Rule("start", _who("start"), "Who may start a discussion (default: anyone); members: proved by secure SSO."),
    Rule("reply", _who("reply"), "Who may reply (default: anyone)."),
    Rule("resolve", _who("resolve"), "Who may resolve and reopen (default: anyone)."),
    Rule("delete", _who("delete"), "Who may delete what they wrote (default: authors, and who stands further)."),
    Rule(
        "page_access", click.Choice(["closed", "open"]),
        "Whether people without any groups see pages that have some, as with FastComments (default: closed).",
    ),
    Rule("presence_names", click.Choice(["everyone", "nobody"]), "Who sees who is viewing (default: everyone)."),
    Rule("max_comment_length", click.IntRange(1, 20_000), "Characters a comment may have (default: 2000)."),
    Rule("max_links", click.IntRange(0, 1_000), "Links a comment may have (default: 5)."),
    Rule("blocked_words", Words(), "Words and phrases that are not taken, parted by commas; `casino*` for beginnings."),
    Rule("writes_per_minute", click.IntRange(0, 1_000_000), "Of all its people together; 0: as the server says."),
    Rule("retention_days", click.IntRange(0, 36_500), "Discussions quiet for so long are deleted; 0 keeps them all."),
)  # fmt: skip


def with_rules(command: Command) -> Command:
    """Give a command a flag for each rule; all come as `rules`, those not given as None."""
    for rule in reversed(RULES):
        command = click.option(rule.option, rule.field, type=rule.type, help=rule.help)(command)
    return command


def take_rules(options: dict[str, Any]) -> dict[str, object]:
    """Take the rules that were given out of a command's options."""
    given = {rule.field: options.pop(rule.field) for rule in RULES}
    return {name: value for name, value in given.items() if value is not None}

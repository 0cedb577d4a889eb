"""The rules of a tenant as flags: one table makes them."""

from collections.abc import Callable
from typing import Any, Literal, TypeVar, get_args, get_origin

import click
from msgspec import Struct

from collabchat.core.rules import TYPES, WIRE_NAMES, check_rules, tidy_words
from collabchat.errors import InvalidInput
from collabchat.settings import Switch

Command = TypeVar("Command", bound=Callable[..., Any])


class Words(click.ParamType[tuple[str, ...]]):
    """Words and phrases, parted by commas."""

    name = "words"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Return the words; nothing clears the list."""
        words = tidy_words(str(value).split(","))
        try:
            check_rules({WIRE_NAMES["blocked_words"]: list(words)})
        except InvalidInput:
            self.fail("at most 1000 words of 100 characters.", param, ctx)
        return words


class Rule(Struct, frozen=True):
    """One row of the table of rules; `field` is its name in `core.model.Rules`."""

    field: str
    help: str

    @property
    def type(self) -> click.ParamType[Any]:
        """What the flag takes, as the rule's own type says."""
        hint = TYPES[self.field]
        if hint is bool:
            return Switch()
        if get_origin(hint) is Literal:
            return click.Choice(get_args(hint))
        base, limits = get_args(hint)
        return click.IntRange(limits.ge, limits.le) if base is int else Words()

    @property
    def option(self) -> str:
        """The flag."""
        return f"--{self.field.replace('_', '-')}"


RULES = (
    Rule("guests", "Whether people may write with no more than a name (default: on)."),
    Rule(
        "require_sso",
        "Whether people must have signed in on the site to read and write, in any form or in the proved one (no).",
    ),
    Rule("start", "Who may start a discussion (default: anyone); members: proved by secure SSO."),
    Rule("reply", "Who may reply (default: anyone)."),
    Rule("resolve", "Who may resolve and reopen (default: anyone)."),
    Rule("delete", "Who may delete what they wrote (default: authors, and who stands further)."),
    Rule(
        "page_access",
        "Whether people without any groups see pages that have some, as with FastComments (default: closed).",
    ),
    Rule("presence_names", "Who sees who is viewing (default: everyone)."),
    Rule("approval", "Whose comments wait for a moderator (default: none); first: until one of a person's is shown."),
    Rule("suspects", "Whether what looks like spam is refused or waits for a moderator (default: refuse)."),
    Rule("max_comment_length", "Characters a comment may have (default: 2000)."),
    Rule("max_links", "Links a comment may have (default: 5)."),
    Rule("blocked_words", "Words and phrases that are not taken, parted by commas; `casino*` for beginnings."),
    Rule("writes_per_minute", "Of all its people together; 0: as the server says."),
    Rule("retention_days", "Discussions quiet for so long are deleted; 0 keeps them all."),
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

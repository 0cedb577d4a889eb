"""Writes docs/reference from the code, so that it cannot fall behind; `--check` fails when it has.

settings.md from the table of options, commands.md from the command line itself, errors.md from the tree of errors,
events.md from the structs that are encoded.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_type_hints

import click
import msgspec

from collabchat.cli import cli
from collabchat.core import events
from collabchat.errors import Refusal
from collabchat.settings import OPTIONS, PREFIX

FOLDER = Path(__file__).parent / "reference"
NOTE = "<!-- Made by docs/reference.py from the code: do not edit. -->"


def settings() -> str:
    """The options, with their three names."""
    lines = [
        "# Settings\n",
        f"Each is a flag, an environment variable and a key of the TOML file of `--config` (`{PREFIX}_CONFIG`).",
        "The flag wins over the environment, and that over the file.\n",
        "| flag, key | environment | default | what it does |",
        "|---|---|---|---|",
    ]
    for option in OPTIONS:
        default = "" if option.default is None else option.default
        lines.append(f"| `--{option.name}` | `{option.variable}` | {default} | {option.help} |")
    return "\n".join(lines)


def commands() -> str:
    """Every command as `--help` tells it."""
    parts = ["# Commands\n", "Exit codes: 0 ok, 2 usage, 3 could not start.\n"]
    for path, command in _walk(cli, ("collabchat",)):
        context = click.Context(command, info_name=" ".join(path), terminal_width=100, max_content_width=100)
        parts.append(f"## {' '.join(path)}\n\n```\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)


def errors() -> str:
    """Every code that an answer can carry."""
    lines = [
        "# Error codes\n",
        'Every refusal is `{"status":"failed","code","reason","message"}`; `field` names what is wrong.\n',
        "| status | code | meaning |",
        "|---|---|---|",
    ]
    rows = {(error.status, error.code, (error.__doc__ or "").replace("\n    ", " ")) for error in _subclasses(Refusal)}
    lines += [f"| {status} | `{code}` | {meaning} |" for status, code, meaning in sorted(rows)]
    return "\n".join(lines)


def live_events() -> str:
    """What comes over the WebSocket."""
    lines = ["# Live events\n", events.__doc__ or ""]
    for struct in (events.Event, events.Chat, events.ChatComment, events.PubSubComment, events.PresenceUpdate):
        lines += [f"## {struct.__name__}\n", f"{struct.__doc__}\n", "| field | type |", "|---|---|"]
        hints = get_type_hints(struct)
        for field in msgspec.structs.fields(struct):
            kind = getattr(hints[field.name], "__name__", None) or str(hints[field.name])
            kind = kind.replace("collabchat.core.events.", "").replace("collabchat.core.model.", "")
            kind = kind.replace(" | msgspec.UnsetType", ", or absent").replace("|", "\\|")
            lines.append(f"| `{field.encode_name}` | {kind} |")
        lines.append("")
    return "\n".join(lines)


def _walk(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if not isinstance(command, click.Group):
        yield path, command
        return
    for name, child in sorted(command.commands.items()):
        yield from _walk(child, (*path, name))


def _subclasses(error: type[Refusal]) -> Iterator[type[Refusal]]:
    for child in error.__subclasses__():
        yield child
        yield from _subclasses(child)


PAGES = {"settings.md": settings, "commands.md": commands, "errors.md": errors, "events.md": live_events}


def main() -> int:
    """Write the pages, or with `--check` name those that are not as the code says."""
    stale = []
    FOLDER.mkdir(exist_ok=True)
    for name, make in PAGES.items():
        text = f"{NOTE}\n\n{make().rstrip()}\n"
        path = FOLDER / name
        if path.exists() and path.read_text() == text:
            continue
        stale.append(name)
        if "--check" not in sys.argv:
            path.write_text(text)
    if stale and "--check" in sys.argv:
        print(f"docs/reference is not as the code says ({', '.join(stale)}): run `make docs`.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

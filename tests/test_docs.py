"""The docs against the code: what there is, they name; where they point, there is something."""

import re
import subprocess
from pathlib import Path
from typing import Any, cast

import click
import httpx
import pytest

from collabchat.app import Server, lock_database
from collabchat.cli import cli
from collabchat.settings import Settings

ROOT = Path(__file__).parent.parent
PAGES = [
    *(ROOT / name for name in ("README.md", "README.uk.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def prose(page: Path) -> str:
    """A page without its code blocks."""
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def slugs(page: Path) -> set[str]:
    """The fragments by which GitHub links to a page's headings."""
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for _, title in HEADING.findall(prose(page))}


def routes_named(text: str) -> set[str]:
    """What a table's rows begin with, as `GET /comments/{}/{}/text`."""
    found = re.findall(r"^\| `(GET|POST|PUT|PATCH|DELETE) (/[\w\-{}/.]*)", text, re.MULTILINE)
    return {f"{method} {re.sub(r'{[^}]+}', '{}', path).rstrip('/')}" for method, path in found}


def test_every_option_of_the_widget_is_documented() -> None:
    source = read("widget/src/view/options.ts")
    body = re.search(r"export interface Config {\n(.*?)^}", source, re.DOTALL | re.MULTILINE)
    assert body is not None
    options = re.findall(r"^  (\w+)\??:", body[1], re.MULTILINE)
    assert "tenantId" in options
    documented = re.findall(r"^\| `(\w+)` \|", read("docs/widget.md"), re.MULTILINE)
    assert set(options) - set(documented) == set()


def test_every_event_of_the_widget_is_documented() -> None:
    body = re.search(
        r"export interface Events {\n(.*?)^}", read("widget/src/view/widget.tsx"), re.DOTALL | re.MULTILINE
    )
    assert body is not None
    events = re.findall(r"^  (\w+):", body[1], re.MULTILINE)
    assert "ready" in events
    assert [event for event in events if f"`{event}`" not in read("docs/widget.md")] == []


def test_every_attribute_of_the_script_tag_is_documented() -> None:
    taken = re.search(r"const {([\w, ]+)} = script\.dataset", read("widget/src/boot.ts"))
    assert taken is not None
    attributes = ["data-" + re.sub(r"(?=[A-Z])", "-", name).lower() for name in re.findall(r"\w+", taken[1])]
    assert "data-tenant-id" in attributes
    assert [name for name in attributes if f"| `{name}` |" not in read("docs/widget.md")] == []


def test_every_live_event_is_documented() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src/collabchat").rglob("*.py"))
    types = set(re.findall(r'"((?:new|updated|deleted)-(?:text-chat|comment)|p-u)"', code))
    assert {"new-text-chat", "deleted-comment", "p-u"} <= types
    assert [type_ for type_ in sorted(types) if f"| `{type_}` |" not in read("docs/api.md")] == []


# How the server tells Litestar of its parameters is not a matter of the docs.
@pytest.mark.filterwarnings("ignore::litestar.exceptions.LitestarDeprecationWarning")
async def test_every_route_is_documented_and_there_are_no_others(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    server = Server(settings, lock_database(settings), with_demo=False)
    try:
        transport = httpx.ASGITransport(cast(Any, server.app))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            paths = (await client.get("/openapi.json")).json()["paths"]
    finally:
        server.close()
    offered = {
        f"{method.upper()} {re.sub(r'{[^}]+}', '{}', path).rstrip('/')}"
        for path, operations in paths.items()
        for method in operations
    }
    assert "GET /comments/{}/{}/text" in offered
    documented = routes_named(read("docs/api.md"))
    assert offered - documented == set()
    assert documented - offered == {"GET /sub"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_that_are_shown_have_the_options_that_are_shown(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for line in re.findall(r"^collabchat .+$|`collabchat [^`]+", text, re.MULTILINE):
        _, *words = line.partition(" #")[0].split()
        command: click.Command = cli
        while isinstance(command, click.Group) and words and words[0] in command.commands:
            command = command.commands[words.pop(0)]
        known = {name for parameter in command.params for name in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, line


def test_the_demo_takes_options_by_make() -> None:
    done = subprocess.run(
        ["make", "--no-print-directory", "-n", "demo", "ARGS=--port 8080"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    # Make may say more around what it runs.
    assert any(line.endswith("collabchat demo --port 8080") for line in done.stdout.splitlines())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    targets = [target for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)) if not re.match(r"[a-z]+:", target)]
    broken = []
    for target in targets:
        path, _, fragment = target.partition("#")
        file = page.parent / path if path else page
        if not file.exists() or (fragment and fragment not in slugs(file)):
            broken.append(target)
    assert broken == []


def test_docs_for_everybody_do_not_point_at_internal_papers() -> None:
    written = [page for page in PAGES if page.parent.name != "reference"]
    assert [page.name for page in written if re.search(r"CONTRACT|DESIGN|\bFC §", prose(page))] == []


def test_the_ukrainian_readme_follows_the_english_one() -> None:
    english, ukrainian = ROOT / "README.md", ROOT / "README.uk.md"
    levels = [[marks for marks, _ in HEADING.findall(prose(page))] for page in (english, ukrainian)]
    assert levels[0] == levels[1]
    blocks = [FENCED.findall(page.read_text(encoding="utf-8")) for page in (english, ukrainian)]
    assert blocks[0] == blocks[1]
    # The links to the other language differ.
    targets = [
        {target for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)) if not target.startswith("README")}
        for page in (english, ukrainian)
    ]
    assert targets[0] == targets[1]


def test_each_threat_names_tests_that_are_there() -> None:
    rows = [line for line in read("SECURITY.md").splitlines() if line.startswith("| ") and "`tests/" in line]
    assert len(rows) > 15
    for row in rows:
        *_, guards, _ = row.split("|")
        named = re.findall(r"`(tests/[^`]+)`", guards)
        assert named, row
        for name in named:
            assert (ROOT / name).exists(), name
        for fault in re.findall(r"\bF\d\d\b", guards):
            assert any(fault.lower() in (ROOT / name).read_text().lower() for name in named), (fault, named)

"""The chaos run: real servers that are killed, real widget clients, and a network that cannot be trusted.

    python -m tests.faults.chaos            the long form: 100 kills, 1,000 writes (make chaos)
    python -m tests.faults.chaos SEED       the same again

In the end every client shows what the server has, every write is there once, and nothing that was answered is missing.
"""

import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from msgspec import Struct

from tests.faults.browsers import Browsers
from tests.faults.invariants import assert_in_step, whole_log
from tests.faults.nursery import Nursery, QuickSite
from tests.faults.proxy import ChaosProxy
from tests.faults.weather import Weather
from tests.live_reader import LiveReader
from tests.running import Visitor, new_id

PAGE = "chaos"
KINDS = ("create", "reply", "reply", "reply", "reply", "reply", "resolve", "edit")


class Plan(Struct, frozen=True):
    """How much happens in a run."""

    seed: int
    kills: int
    writes: int
    clients: int = 20
    readers: int = 3
    storm_s: float = 10
    """How long it all takes, at least."""
    longest_fault_s: float = 2
    haste: float = 0.15
    """Share of the clients' own waiting times that they wait."""
    reloads: int = 5
    patience_s: float = 30


class Write(Struct):
    """A command that was given to a client, in this order."""

    browser: str
    broadcast_id: str
    chat: str
    kind: str


class Chaos:
    """One run. `run` returns the summary, or fails with what is wrong."""

    def __init__(self, plan: Plan, nursery: Nursery, folder: Path) -> None:
        self._plan = plan
        self._dice = random.Random(plan.seed)
        self._nursery = nursery
        self._folder = folder
        self._writes: list[Write] = []
        self._names = [f"b{number}" for number in range(plan.clients)]

    def run(self) -> str:
        """Do it."""
        plan = self._plan
        with ExitStack() as stack:
            site = QuickSite(self._nursery, self._folder)
            stack.callback(site.end)
            proxy = stack.enter_context(ChaosProxy(site.port, plan.seed))
            browsers = stack.enter_context(Browsers(self._folder / "node.log"))
            ana = site.guest("Ana")
            ana.created(PAGE, "The first")
            readers = [
                stack.enter_context(LiveReader(ana, PAGE, via=proxy.base, silence_s=5, seed=number))
                for number in range(plan.readers)
            ]
            self._begin(browsers, proxy)
            weather = Weather(proxy, plan.seed, plan.longest_fault_s)
            began = time.monotonic()
            self._storm(site, browsers, weather)
            weather.clear()
            calm = time.monotonic()
            self._settle(site, ana, browsers)
            took = time.monotonic() - calm
            log = self._check_log(ana)
            report = self._check_browsers(ana, browsers, log)
            assert_in_step(ana, PAGE, *readers)
            counts, faults = report["counts"], dict(sorted(weather.faults.items()))
            return (
                f"seed {plan.seed}: {plan.kills} kills, {len(self._writes)} writes by {plan.clients} widgets in"
                f" {calm - began:.0f} s, in step {took:.1f} s after; cuts {proxy.cuts}, faults {faults};"
                f" dials {counts['dials']}, connects {counts['welcomes']}, resumes {counts['resumes']},"
                f" resets {counts['resets']}, batches {counts['batches']};"
                f" reference readers: connects {sum(it.connects for it in readers)},"
                f" resets {sum(len(it.room.resets) for it in readers)}, gaps {sum(it.gaps for it in readers)},"
                f" repeats {sum(it.repeats for it in readers)}; answered {len(set(report['answered']))},"
                f" events {len(log)}; 0 lost, 0 doubled"
            )

    def _begin(self, browsers: Browsers, proxy: ChaosProxy) -> None:
        for name in self._names:
            browsers.ask("start", browser=name, server=proxy.base, urlIds=[PAGE], haste=self._plan.haste)
            assert browsers.ask("name", browser=name, name=name.upper()).get("failure") is None
        self._wait(browsers, lambda report: all(view["isLoaded"] for view in views(report).values()))
        for name in self._names:
            browsers.ask("open", browser=name, urlId=PAGE)

    def _storm(self, site: QuickSite, browsers: Browsers, weather: Weather) -> None:
        """Spread all that happens over the time, in an order drawn from the seed."""
        plan, dice = self._plan, self._dice
        deeds = ["kill"] * plan.kills + ["write"] * plan.writes + ["reload"] * plan.reloads
        dice.shuffle(deeds)
        pause_s = plan.storm_s / len(deeds)
        for deed in deeds:
            began = time.monotonic()
            if deed == "kill":
                site.kill()
                site.start()
            elif deed == "reload":
                browsers.ask("reload", browser=dice.choice(self._names))
            else:
                self._write(browsers)
            weather.turn()
            if dice.random() < 0.05:
                browsers.ask("open", browser=dice.choice(self._names), urlId=PAGE)
            time.sleep(max(0.0, pause_s - (time.monotonic() - began)))

    def _write(self, browsers: Browsers) -> None:
        name, broadcast_id = self._dice.choice(self._names), new_id()
        kind = self._dice.choice(KINDS)
        text, pick = f"No. {len(self._writes)}", self._dice.random()
        done = browsers.ask(
            "write", browser=name, urlId=PAGE, broadcastId=broadcast_id, kind=kind, text=text, pick=pick
        )
        self._writes.append(Write(name, broadcast_id, done.get("chatId") or f"~{broadcast_id}", done["type"]))

    def _settle(self, site: QuickSite, ana: Visitor, browsers: Browsers) -> None:
        def is_settled(report: dict[str, Any]) -> bool:
            fresh = ana.snapshot(PAGE)["conversations"]
            return not unsent(report) and all(
                view["link"] == "live" and summary_of(view) == wanted(fresh) for view in views(report).values()
            )

        report = self._wait(browsers, is_settled)
        for name in self._names:  # what appeared while nobody looked is opened now
            browsers.ask("open", browser=name, urlId=PAGE)
        self._wait(browsers, lambda report: all(are_loaded(view) for view in views(report).values()))
        assert report["errors"] == []
        assert site.is_running

    def _check_log(self, ana: Visitor) -> list[dict[str, Any]]:
        """Every write that was ever begun is there once, each person's in the order in which they were given."""
        log = whole_log(ana, PAGE)
        assert [event["seq"] for event in log] == list(range(1, len(log) + 1))
        seqs = {event["broadcastId"]: event["seq"] for event in log}
        assert len(seqs) == len(log), "something was done twice"
        lost = [write for write in self._writes if write.broadcast_id not in seqs]
        assert lost == [], f"{len(lost)} writes are lost: {lost[:5]}"
        assert len(log) == 1 + len(self._writes)
        lanes: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        ids = {f"~{event['broadcastId']}": event["chat"]["_id"] for event in log if event["type"] == "new-text-chat"}
        for write in self._writes:
            lanes[write.browser, ids.get(write.chat, write.chat)].append(seqs[write.broadcast_id])
        assert [lane for lane, at in lanes.items() if at != sorted(at)] == [], "somebody's writes changed places"
        return log

    def _check_browsers(self, ana: Visitor, browsers: Browsers, log: list[dict[str, Any]]) -> dict[str, Any]:
        """Every client shows what the server has, comments and all; what was answered is in the log."""
        report = browsers.ask("report")
        fresh = ana.snapshot(PAGE)["conversations"]
        threads = {
            it["_id"]: [(comment["_id"], comment["commentHTML"]) for comment in ana.comments(it["urlId"], page=-1)]
            for it in fresh
        }
        for name, view in views(report).items():
            assert summary_of(view) == wanted(fresh), name
            seen = {chat["id"]: [(it["id"], it["html"]) for it in chat["comments"]] for chat in view["conversations"]}
            for chat_id, comments in threads.items():
                assert seen[chat_id] == comments, (name, chat_id)
            assert len(seen) == len(threads)
        told = {event["broadcastId"] for event in log}
        assert set(report["answered"]) <= told
        assert not [name for name in self._names if [key for key in report["browsers"][name]["kept"] if is_kept(key)]]
        assert report["errors"] == []
        return report

    def _wait(self, browsers: Browsers, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        deadline = time.monotonic() + self._plan.patience_s
        while not is_it(report := browsers.ask("report")):
            assert not refused(report), self._describe(report)
            assert time.monotonic() < deadline, self._describe(report)
            time.sleep(0.1)
        return report

    def _describe(self, report: dict[str, Any]) -> str:
        lines = [f"seed {self._plan.seed}: not settled; errors {report['errors'][:3]}; counts {report['counts']}"]
        for name, view in views(report).items():
            kept = [key for key in report["browsers"][name]["kept"] if is_kept(key)]
            waiting = [what for what in unsent(report) if what[0] == name]
            chats = len(view["conversations"])
            lines.append(f"{name}: {view['link']}, {chats} discussions, unsent {waiting[:3]}, kept {kept[:3]}")
        return "\n".join(lines)


def views(report: dict[str, Any]) -> dict[str, Any]:
    """What each browser shows of the page."""
    return {name: browser["views"][PAGE] for name, browser in report["browsers"].items()}


def unsent(report: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The conversations and comments that some browser shows as not yet, or not, sent."""
    return [
        (name, it["id"], f"{it['state']} {it.get('failure')}")
        for name, view in views(report).items()
        for chat in view["conversations"]
        for it in [chat, *chat.get("comments", [])]
        if it["state"] != "sent" or "failure" in it
    ]


def refused(report: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What a client has given up, though nothing was wrong with it."""
    return [it for it in unsent(report) if it[2].startswith("failed") and "no-answer" not in it[2]]


def summary_of(view: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What a client knows of each conversation."""
    return [
        (it["id"], it["createdAt"], it["createdBy"]["id"], it["commentCount"], it["lastCommentAt"], it["isResolved"])
        for it in view["conversations"]
    ]


def wanted(fresh: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """What it should know, by a fresh snapshot."""
    return [
        (it["_id"], it["createdAt"], it["createdBy"]["id"], it["commentCount"], it["lastCommentAt"], it["isResolved"])
        for it in fresh
    ]


def are_loaded(view: dict[str, Any]) -> bool:
    """Whether all comments of all conversations are there."""
    return all(len(it.get("comments", [])) == it["commentCount"] for it in view["conversations"])


def is_kept(key: str) -> bool:
    """Whether a key of localStorage is that of a pending write: collabchat:<server>:<tenant>:<urlId>:<broadcastId>."""
    return f":demo:{PAGE}:" in key


def main() -> None:
    """Run the long form."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else random.SystemRandom().randrange(2**32)
    plan = Plan(seed, kills=100, writes=1_000, storm_s=180, longest_fault_s=40, haste=1, reloads=40, patience_s=120)
    sys.stdout.write(f"chaos with seed {seed}, for about four minutes …\n")
    sys.stdout.flush()
    nursery = Nursery()
    try:
        with tempfile.TemporaryDirectory() as folder:
            sys.stdout.write(Chaos(plan, nursery, Path(folder)).run() + "\n")
    finally:
        nursery.close()


if __name__ == "__main__":
    main()

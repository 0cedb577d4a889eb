"""A tenant with moderators, and every way by which words might come out."""

import json
from typing import Any

import httpx

from tests.access.estate import Estate
from tests.access.line import Line, Words, v2
from tests.faults.nursery import QuickSite
from tests.running import Visitor, new_id


class Court(Estate):
    """One tenant; `mod` is its moderator, on the site itself."""

    def __init__(self, site: QuickSite, *rules: str) -> None:
        super().__init__(site, *rules)
        self.mod = self.member("Mod", role="moderator")

    def ask(self, who: Visitor, verb: str, path: str, **options: Any) -> httpx.Response:  # type: ignore[override]
        """Ask `/api/v1` as somebody of the site."""
        headers = {**who.headers, "X-TENANT-ID": self.id}
        return self.site.http.request(verb, f"/api/v1{path}", headers=headers, **options)

    def judge(self, action: str, *ids: str, by: Visitor | None = None, broadcast_id: str = "") -> list[Words]:
        """What becomes of comments."""
        body = {"ids": list(ids), "action": action, "broadcastId": broadcast_id or new_id()}
        answer = self.ask(by or self.mod, "POST", "/comments/moderate", json=body)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["results"])

    def rule(self, action: str, chat: str) -> httpx.Response:
        """Do something with a conversation."""
        body = {"action": action, "broadcastId": new_id()}
        return self.ask(self.mod, "POST", f"/conversations/{chat}/moderate", json=body)

    def queue(self, name: str = "waiting", **params: Any) -> Words:
        """A part of the queue."""
        answer = self.ask(self.mod, "GET", "/comments", params={"queue": name, **params})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def deeds(self) -> list[tuple[str, ...]]:
        """Who did what to which thing, as the audit log has it, oldest first."""
        logs = self.site.http.get("/api/v1/audit-logs", headers=self.keyed).json()["auditLogs"]
        return [
            (log["userId"], log["objectDetails"]["act"], log["resourceName"], log["objectDetails"]["id"])
            for log in logs
        ]  # fmt: skip

    def ways_out(self, who: Visitor, page: str, thread: str, comment: str, broadcast_id: str) -> dict[str, str]:
        """All that somebody gets by asking for whatever they can name, as text."""
        rooms = [page, thread, *(room["urlId"] for room in who.snapshot(page).get("rooms", []))]
        asked: dict[str, tuple[str, dict[str, str]]] = {
            "snapshot": ("/comment-collab-chats/{t}", {"urlId": page, "pending": broadcast_id}),
            "snapshot of the thread": ("/comment-collab-chats/{t}", {"urlId": thread}),
            "comments, oldest first": ("/comments/{t}", {"urlId": thread, "direction": "OF"}),
            "comments, newest first": ("/comments/{t}", {"urlId": thread, "page": "-1", "direction": "NF"}),
            "text": (f"/comments/{{t}}/{comment}/text", {}),
            "writers of the page": ("/pages/{t}/users/offline", {"urlId": page}),
            "writers of the thread": ("/pages/{t}/users/offline", {"urlId": thread}),
        }
        token = who.snapshot(page)["userIdWS"]
        for room in rooms:
            for since in ({"afterSeq": "0"}, {"startTime": "1"}):
                name = f"log of {room} {since}"
                asked[name] = ("/event-log/{t}", {"urlId": room, "userIdWS": token, **since})
        return {name: who.request("GET", path, params=params).text for name, (path, params) in asked.items()}

    def resume(self, who: Visitor, *rooms: str) -> Line:
        """A socket of somebody who asks for all that ever happened in these rooms."""
        positions = [{"urlId": room, "epoch": who.snapshot(room)["epoch"], "seq": 0} for room in rooms]
        token = who.snapshot(rooms[0])["userIdWS"]
        line = v2(self.site.port, self.id).say("hello", token=token, rooms=positions)
        line.hear("welcome")
        return line.settle(token)


def watch_all(court: Court, who: Visitor, page: str, *more: str) -> tuple[Words, Line]:
    """A snapshot, and a socket that goes on from it in all its rooms, and from now on in some more."""
    snapshot = who.snapshot(page)
    at = {name: snapshot[name] for name in ("epoch", "seq")}
    rooms = [*snapshot.get("rooms", [{"urlId": page, **at}]), *({"urlId": room} for room in more)]
    line = v2(court.site.port, court.id).say("hello", token=snapshot["userIdWS"], rooms=rooms)
    line.hear("welcome")
    return snapshot, line.settle(snapshot["userIdWS"])


def said(words: Any) -> str:
    """Anything as text."""
    return json.dumps(words, ensure_ascii=False)

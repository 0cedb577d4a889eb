"""Two tenants of one server: one with a secret, and people of the other who ask for it."""

from typing import Any

import httpx

from tests.running import Site

SECRET = "what only acme may know"
PAGE = "plans"


class Scene:
    """Acme has a page of its own, a conversation, and people; Ana belongs to another tenant."""

    def __init__(self, site: Site) -> None:
        self.site, self.ana, self.mia = site, site.guest("Ana"), site.member("Mia")
        self.port = int(site.base.rpartition(":")[2])
        made = self.mia.created(PAGE, SECRET, pageTitle=SECRET)
        self.chat, self.thread = made["createdChatId"], made["conversation"]["urlId"]
        self.comment, self.broadcast_id = made["event"]["comment"]["_id"], made["event"]["broadcastId"]
        snapshot = self.mia.snapshot(PAGE)
        self.room_token, self.live_token = snapshot["urlIdWS"], snapshot["userIdWS"]
        self.own = self.ana.created("own")["createdChatId"]

    def state(self) -> Any:
        """What Acme has."""
        log = [self.mia.log(room, afterSeq=0)["events"] for room in (PAGE, self.thread)]
        return self.mia.snapshot(PAGE)["conversations"], log, self.mia.comments(self.thread)

    @property
    def ids(self) -> list[str]:
        """All that Acme's things are called."""
        return [
            "acme", PAGE, self.chat, self.thread, self.comment, self.broadcast_id, self.mia.id, self.room_token,
            self.live_token,
        ]  # fmt: skip


def assert_fine(answer: httpx.Response, *asked: object) -> None:
    """It is right, or refused as everything is refused, and says nothing of Acme."""
    assert SECRET not in answer.text, asked
    assert answer.headers["content-type"] == "application/json", asked
    body = answer.json()
    if answer.status_code == 200:
        assert body["status"] == "success", asked
    else:
        assert 400 <= answer.status_code < 500, (asked, answer.text)
        assert body["status"] == "failed", asked
        assert body.keys() >= {"status", "code", "reason", "message"}, asked
        assert body["message"] == body["reason"], asked

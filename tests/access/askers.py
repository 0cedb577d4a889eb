"""Whoever may ask: each with what they send, and with what is true of them."""

import json
import time
from functools import partial
from operator import eq
from typing import Any, Literal

from msgspec import Struct

from collabchat.core.model import Actor
from tests.access.estate import GROUP, Estate, Place
from tests.running import Visitor, eventually

DAY_MS = 24 * 3_600_000

Refusal = tuple[int, str]
SIGN_IN_FIRST: Refusal = (401, "unauthenticated")
BANNED: Refusal = (403, "banned")


class Asker(Struct):
    """Somebody at a tenant. `trouble`: how whatever they send to say who they are is answered."""

    name: str
    role: Literal["nobody", "guest", "viewer", "commenter", "moderator", "admin"] = "nobody"
    is_in_group: bool = False
    is_author: bool = False
    trouble: Refusal | None = None
    origin: Literal["none", "own", "foreign"] = "none"
    is_by_cookie: bool = False
    at: Literal["home", "neighbour", "closed"] = "home"
    headers: dict[str, str] = {}
    sso: dict[str, Any] | None = None
    live: str = ""
    """Their `userIdWS`."""

    user_id: str = ""

    @property
    def params(self) -> dict[str, str]:
        return {} if self.sso is None else {"sso": json.dumps(self.sso)}


class Street:
    """A tenant with its neighbour and one that was closed; places to ask for, and everybody who may ask."""

    def __init__(self, home: Estate, neighbour: Estate, closed: Estate) -> None:
        self.estates = {"home": home, "neighbour": neighbour, "closed": closed}
        self.home = home
        rob, self.old_key = home.member("Rob", GROUP), home.api_key
        self._rotated = self._of("proved by a key that ended", rob, trouble=SIGN_IN_FIRST)
        home.rotate()
        home.limit("grouped", GROUP)
        ann = self.ann = home.member("Ann", GROUP)
        self.places = {
            "public": Place(ann, "public"),
            "grouped": Place(ann, "grouped"),
            "private": Place(ann, "public", [GROUP]),
        }
        self.askers = {asker.name: asker for asker in (*self._people(), *self._elsewhere(), *self._troubled())}
        for asker in self.askers.values():
            if asker.trouble is not None:
                eventually(partial(self._look, asker), partial(eq, asker.trouble[0]))

    def _of(self, name: str, visitor: Visitor, **traits: Any) -> Asker:
        live = visitor.snapshot("any")["userIdWS"]
        return Asker(name, headers=dict(visitor.headers), live=live, user_id=visitor.id, **traits)

    def _look(self, asker: Asker) -> int:
        path, params = f"/comment-collab-chats/{self.home.id}", {"urlId": "any", **asker.params}
        return self.home.site.http.get(path, params=params, headers=asker.headers).status_code

    def again(self, asker: Asker, name: str) -> Asker:
        """Somebody like this, who may be no more afterwards."""
        if asker.trouble or asker.role == "nobody" or asker.at == "closed":
            return asker
        home, groups = self.estates[asker.at], (GROUP,) if asker.is_in_group else ()
        visitor = home.guest() if asker.role == "guest" else home.member(name, *groups, role=asker.role)
        sent = {**asker.headers, **_as_sent(visitor, by_cookie=asker.is_by_cookie)}
        return Asker(name, asker.role, asker.is_in_group, origin=asker.origin, is_by_cookie=asker.is_by_cookie,
                     at=asker.at, headers=sent)  # fmt: skip

    def _people(self) -> list[Asker]:
        home = self.home
        staff: dict[str, Any] = {"is_in_group": True}
        author = self._of("author", self.ann, role="commenter", is_author=True, **staff)
        people = [
            author,
            self._of("admin", home.member("Ada", role="admin"), role="admin"),
            self._of("moderator", home.member("Mod", GROUP, role="moderator"), role="moderator", **staff),
            self._of("moderator without group", home.member("Max", role="moderator"), role="moderator"),
            self._of("colleague", home.member("Cal", GROUP), role="commenter", **staff),
            self._of("viewer", home.member("Vic", GROUP, role="viewer"), role="viewer", **staff),
            self._of("of no group", home.member("Ned"), role="commenter"),
            self._of("of another group", home.member("Oda", "guests"), role="commenter"),
            self._of("of an empty list of groups", self._groupless(), role="commenter"),
            self._of("guest", home.guest(), role="guest"),
            Asker("nobody", live=self._anonymous_token(home)),
        ]
        for name, origin in {
            "own origin": home.origin, "wrong origin": "https://evil.example", "null origin": "null",
            "suffix trick": f"{home.origin}.evil.example", "prefix trick": f"https://evil-{home.id}.example",
            "wrong port": f"{home.origin}:8443", "wrong scheme": home.origin.replace("https", "http"),
            "neighbour's origin": self.estates["neighbour"].origin,
        }.items():  # fmt: skip
            kind: Any = "own" if origin == home.origin else "foreign"
            for by_cookie in (False, True) if name in {"own origin", "wrong origin"} else (False,):
                sent = {**_as_sent(self.ann, by_cookie=by_cookie), "Origin": origin}
                called = f"{name}, by cookie" if by_cookie else name
                people.append(
                    Asker(called, "commenter", True, True, origin=kind, is_by_cookie=by_cookie, headers=sent,
                          live=author.live, user_id=author.user_id)
                )  # fmt: skip
        sent = _as_sent(self.ann, by_cookie=True)
        for site in ("cross-site", "same-site"):
            people.append(
                Asker(f"a {site} page, by cookie", "commenter", True, True, origin="foreign", is_by_cookie=True,
                      headers={**sent, "Sec-Fetch-Site": site}, live=author.live, user_id=author.user_id)
            )  # fmt: skip
        bare = Asker(
            "cookie alone",
            "commenter",
            True,
            True,
            is_by_cookie=True,
            headers=sent,
            live=author.live,
            user_id=author.user_id,
        )
        return [*people, bare]

    def _elsewhere(self) -> list[Asker]:
        neighbour, closed = self.estates["neighbour"], self.estates["closed"]
        nina, cleo = neighbour.member("Ann", GROUP, role="admin"), closed.member("Ann", GROUP, role="admin")
        askers = [
            self._of("neighbour's session", nina, trouble=SIGN_IN_FIRST),
            self._of("neighbour at home", nina, role="admin", at="neighbour"),
            self._of("at a closed tenant", cleo, role="admin", at="closed"),
        ]
        closed.run("disable")
        closed.notice()
        return askers

    def _troubled(self) -> list[Asker]:
        home, now = self.home, int(time.time() * 1_000)
        revoked = self._of("signed out", home.member("Rex", GROUP), trouble=SIGN_IN_FIRST)
        home.site.http.delete(f"/sessions/{home.id}", headers=revoked.headers)
        banned = home.member("Ben", GROUP)
        asker = self._of("banned", banned, trouble=BANNED)
        boss = home.member("Ada", role="admin")
        boss.request("POST", "/bans/{t}", json={"userId": banned.id, "reason": "Enough"}).raise_for_status()
        with_old_key = Asker("payload by a key that ended", trouble=(401, "invalid-sso"), live=self._rotated.live)
        with_old_key.sso = home.payload("Ann", key=self.old_key, groupIds=[GROUP])
        old = Asker("payload of long ago", trouble=(401, "expired-sso"), live=self._expired_token(home, now))
        old.sso = home.payload("Ann", at=now - 3 * DAY_MS, groupIds=[GROUP])
        return [revoked, asker, self._rotated, with_old_key, old, self._expired(home, now)]

    def _groupless(self) -> Visitor:
        answer = self.home.sign_in({"sso": self.home.payload("Eli", groupIds=[])})
        return Visitor(self.home.site, self.home.id, answer.json())

    def _expired(self, home: Estate, now: int) -> Asker:
        """A session that began long ago; there is no other way to have one."""
        actor = Actor(home.id, self.ann.id, "long-ago", "Ann")
        columns = "(tenant_id, id, user_id, created_at, expires_at)"
        with home.data() as data:
            data.execute(f"INSERT INTO session {columns} VALUES (?, 'long-ago', ?, 1, ?)", [home.id, actor.id, now - 1])
        sent = {"Authorization": f"Bearer {home.tokens.session(actor)}"}
        live = self._expired_token(home, now)
        return Asker("expired session", trouble=SIGN_IN_FIRST, headers=sent, live=live)

    @staticmethod
    def _expired_token(home: Estate, now: int) -> str:
        return home.tokens.live(Actor(home.id, f"{home.id}:ann", "", "Ann"), now - 2 * DAY_MS)

    @staticmethod
    def _anonymous_token(home: Estate) -> str:
        answer = home.site.http.get(f"/comment-collab-chats/{home.id}", params={"urlId": "any"})
        return str(answer.json()["userIdWS"])


def _as_sent(visitor: Visitor, *, by_cookie: bool) -> dict[str, str]:
    if by_cookie:
        return {"Cookie": f"collabchat_session_{visitor.tenant}={visitor.session}"}
    return dict(visitor.headers)

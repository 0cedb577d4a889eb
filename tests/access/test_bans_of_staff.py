"""Moderators ban nobody who stands above them, known here or not yet."""

import pytest

from tests.access.court import Court
from tests.access.desk import Desk, code
from tests.access.line import END
from tests.access.test_staff_room import watch
from tests.faults.nursery import QuickSite
from tests.running import Visitor

FORBIDDEN = (403, "forbidden")


@pytest.fixture
def court(site: QuickSite) -> Court:
    return Court(site)


def ban(court: Court, by: Visitor, user_id: str) -> tuple[int, str]:
    return code(court.ask(by, "POST", "/bans", json={"userId": user_id, "reason": "Spam"}))


def test_no_moderator_bans_who_runs_the_tenant(site: QuickSite, court: Court) -> None:
    options = ("--tenant", court.id, "--name", "Ana", "--email", f"ana@{court.id}.example")
    admin = Desk.opened(site, court.id, "--role", "admin", *options)
    mod = Desk.opened(site, court.id, "--tenant", court.id, "--role", "moderator")
    # They have not shown up at the tenant yet.
    id_ = f"staff:{admin.me['accountId']}"
    assert ban(court, court.mod, id_) == FORBIDDEN
    assert code(court.mod.request("POST", "/bans/{t}", json={"userId": id_, "reason": "Spam"})) == FORBIDDEN
    assert code(mod.ask("POST", "/api/v1/bans", json={"userId": id_, "reason": "Spam"})) == FORBIDDEN


@pytest.mark.parametrize("role", ["admin", "moderator", "commenter"])
def test_a_moderators_ban_holds_for_nobody_who_turns_out_to_stand_as_high(
    site: QuickSite, court: Court, role: str
) -> None:
    assert ban(court, court.mod, f"{court.id}:neva") == (200, "success")
    court.notice()
    answer = court.sign_in({"sso": court.payload("Neva", role=role)})
    if role == "commenter":
        assert code(answer) == (403, "banned")
        return
    neva = Visitor(site, court.id, answer.json())
    snapshot = neva.snapshot("page")
    with watch(site, court, snapshot["userIdWS"], {"urlId": "page", "epoch": snapshot["epoch"], "seq": 0}) as line:
        assert line.hear("watching", "error", END)["type"] == "watching"
    neva.created("page", "Here I am")
    # An admin's does.
    boss = court.member("Boss", role="admin")
    assert ban(court, boss, neva.id) == (200, "success")
    court.notice()
    assert neva.request("GET", "/comment-collab-chats/{t}", params={"urlId": "page"}).json()["code"] == "banned"

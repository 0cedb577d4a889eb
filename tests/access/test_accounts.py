"""Who runs a tenant: accounts, invitations, passwords; what ends with them; and who may give or take what."""

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from tests.access.desk import SESSION, Desk, code, cookie_of, enter, link, secret_of
from tests.access.estate import Estate
from tests.faults.nursery import Nursery, QuickSite
from tests.running import new_id, run_here

STAFF = "/api/v1/staff"
SIGN_IN_FIRST, FORBIDDEN, NOT_FOUND = (401, "unauthenticated"), (403, "forbidden"), (404, "not-found")
INVALID = (400, "invalid-input")
GOOD = "correct horse battery staple"


@pytest.fixture(scope="module")
def estate(site: QuickSite) -> Estate:
    return Estate(site)


@pytest.fixture(scope="module")
def operator(site: QuickSite, estate: Estate) -> Desk:
    return Desk.opened(site, estate.id)


def address() -> str:
    return f"{new_id()}@example.com"


def somebody(operator: Desk, role: str = "admin", **more: Any) -> Desk:
    """Invited, and come."""
    secret = operator.invite(name="Ana", role=role, email=address(), **more)
    return Desk.by_link(operator.site, secret, operator.tenant)


def at(operator: Desk, tenant: str) -> Desk:
    return Desk(operator.site, operator.cookie, tenant)


def deeds(site: QuickSite, subject: str) -> list[tuple[str, str, str | None]]:
    """What was done to somebody, or by them: act, by whom, at which tenant."""
    with closing(sqlite3.connect(site.database, timeout=10)) as data:
        query = "SELECT act, actor_id, tenant_id FROM audit WHERE subject = ? OR actor_id = ? ORDER BY number"
        return data.execute(query, [subject, subject]).fetchall()


# -- Invitations -------------------------------------------------------------------------------------------------------


def test_an_invitation_makes_an_account_and_the_next_one_leads_to_the_same(site: QuickSite, operator: Desk) -> None:
    email = address()
    first = Desk.by_link(site, operator.invite(name="Ana", email=email, role="moderator"), operator.tenant).me
    again = Desk.by_link(site, operator.invite(name="Ann", email=email.upper(), role="moderator")).me
    assert (again["accountId"], again["name"], again["role"]) == (first["accountId"], "Ana", "moderator")
    nameless = Desk.by_link(site, operator.invite(name="Bo", role="moderator")).me
    assert nameless["accountId"] not in {None, first["accountId"]}
    assert Desk.by_link(site, operator.invite(accountId=nameless["accountId"])).me["accountId"] == nameless["accountId"]


def test_an_open_invitation_is_listed_and_can_be_taken_back(site: QuickSite, operator: Desk) -> None:
    made = operator.done("POST", f"{STAFF}/invitations", name="Ana", role="admin", email=address())
    listed = operator.get(STAFF)["invitations"]
    assert made["invitation"] in listed
    secret = secret_of(made["link"])
    assert secret not in json.dumps(listed)
    operator.done("DELETE", f"{STAFF}/{made['invitation']['id']}")
    assert made["invitation"] not in operator.get(STAFF)["invitations"]
    assert code(enter(site, link=secret)) == SIGN_IN_FIRST


def test_a_link_used_twice_or_too_late_lets_nobody_in_and_is_written_down(site: QuickSite, operator: Desk) -> None:
    secret, late = operator.invite(name="Twice", role="moderator"), operator.invite(name="Late", role="moderator")
    Desk.by_link(site, secret)
    assert code(enter(site, link=secret)) == SIGN_IN_FIRST
    with closing(sqlite3.connect(site.database, timeout=10, isolation_level=None)) as data:
        data.execute("UPDATE staff_link SET ends_at = 1 WHERE name = 'Late'")
        assert code(enter(site, link=late)) == SIGN_IN_FIRST
        refused = data.execute("SELECT actor_name, tenant_id FROM audit WHERE act = 'refuse-sign-in'").fetchall()
    assert [row for row in refused if row[0] in {"Twice", "Late"}] == [
        ("Twice", operator.tenant),
        ("Late", operator.tenant),
    ]


def test_once_somebody_has_come_no_other_link_to_their_address_opens(site: QuickSite, operator: Desk) -> None:
    email = address()
    kept, sent = (operator.invite(name="Ana", role="admin", email=email) for _ in range(2))
    Desk.by_link(site, sent)
    assert code(enter(site, link=kept)) == SIGN_IN_FIRST


def test_an_address_that_somebody_elsewhere_has_leads_to_nobody(site: QuickSite, operator: Desk) -> None:
    elsewhere = at(operator, Estate(site).id)
    email = address()
    operator.invite(name="Ana", email=email, role="admin")
    waiting = operator.invite(name="Ana", email=email, role="admin")
    Desk.by_link(site, elsewhere.invite(name="Ana", email=email, role="admin"))
    assert code(enter(site, link=waiting)) == SIGN_IN_FIRST
    refused = operator.ask("POST", f"{STAFF}/invitations", json={"name": "Ana", "email": email, "role": "admin"})
    assert (code(refused), refused.json()["field"]) == (INVALID, "email")


def test_the_command_line_invites_too(site: QuickSite, estate: Estate) -> None:
    email = address()
    options = ("--tenant", estate.id, "--role", "admin", "--name", "Ana", "--email", email)
    first, second = Desk.opened(site, None, *options).me, Desk.opened(site, None, *options).me
    assert first["accountId"] == second["accountId"] is not None
    for wrong in (("--email", email), ("--email", "no address")):
        assert run_here("sign-in-link", *wrong, data_dir=site.data_dir).returncode == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"), ({"name": "\u202e"}, "name"), ({"name": "x" * 201}, "name"), ({}, "name"),
        ({"name": "x", "email": "no address"}, "email"), ({"name": "x", "email": "a b@c"}, "email"),
        ({"name": "x", "role": "owner"}, "role"), ({"name": "x", "accountId": "y"}, "accountId"),
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_no_invitation_is_refused_by_its_field(operator: Desk, body: dict[str, Any], field: str) -> None:
    answer = operator.ask("POST", f"{STAFF}/invitations", content=json.dumps(body))
    assert (code(answer), answer.json()["field"]) == (INVALID, field)


# -- Passwords ---------------------------------------------------------------------------------------------------------


def test_a_password_lets_in_and_setting_it_ends_all_other_sessions(site: QuickSite, operator: Desk) -> None:
    email = address()
    this, other = (Desk.by_link(site, operator.invite(name="Ana", role="admin", email=email)) for _ in range(2))
    this.done("POST", f"{SESSION}/password", password=GOOD)
    assert code(other.ask("GET", SESSION)) == SIGN_IN_FIRST
    again = Desk(site, cookie_of(enter(site, email=f" {email.upper()}", password=GOOD)))
    assert again.me["accountId"] == this.me["accountId"]
    assert again.me["ways"]["password"] is True
    assert site.http.get(SESSION).json()["ways"]["password"] is True


def test_wrong_and_unknown_are_told_in_the_same_words(site: QuickSite, operator: Desk) -> None:
    ana, without = somebody(operator), somebody(operator)
    ana.done("POST", f"{SESSION}/password", password=GOOD)
    emails = {each["id"]: each["email"] for each in operator.get(STAFF)["staff"]}
    answers = [
        enter(site, email=emails[ana.me["accountId"]], password=f"{GOOD}!"),
        enter(site, email=emails[without.me["accountId"]], password=GOOD),
        enter(site, email=address(), password=GOOD),
        enter(site, email="no address", password=GOOD),
    ]
    assert {code(answer) for answer in answers} == {SIGN_IN_FIRST}
    assert len({answer.content for answer in answers}) == 1


def test_the_old_password_is_needed_for_a_new_one(site: QuickSite, operator: Desk) -> None:
    ana = somebody(operator)
    ana.done("POST", f"{SESSION}/password", password=GOOD)
    for old in ({}, {"old": "wrong"}):
        assert code(ana.ask("POST", f"{SESSION}/password", json={"password": f"new {GOOD}", **old})) == FORBIDDEN
    ana.done("POST", f"{SESSION}/password", password=f"new {GOOD}", old=GOOD)
    # Somebody who has forgotten it is helped by another.
    operator.done("PATCH", f"{STAFF}/{ana.me['accountId']}", forgetPassword=True)
    ana.done("POST", f"{SESSION}/password", password=GOOD)


def test_what_cannot_be_a_password_is_refused(site: QuickSite, operator: Desk) -> None:
    ana = somebody(operator)
    assert code(ana.ask("POST", f"{SESSION}/password", json={"password": "x" * 11})) == INVALID
    headers = {"Origin": "https://evil.example"}
    assert code(ana.ask("POST", f"{SESSION}/password", json={"password": GOOD}, headers=headers)) == FORBIDDEN
    # Who has no account has nothing to set it for; who has no address could not sign in by it.
    assert code(operator.ask("POST", f"{SESSION}/password", json={"password": GOOD})) == FORBIDDEN
    nameless = Desk.by_link(site, operator.invite(name="Bo", role="moderator"))
    assert code(nameless.ask("POST", f"{SESSION}/password", json={"password": GOOD})) == FORBIDDEN


@pytest.mark.parametrize(
    "body", [{}, {"email": "a@b"}, {"password": "x"}, {"link": "x", "email": "a@b", "password": "x"}], ids=repr
)
def test_half_a_way_in_is_none(site: QuickSite, body: dict[str, str]) -> None:
    assert code(enter(site, **body)) == INVALID


def test_guessing_is_slowed_down(nursery: Nursery, tmp_path: Any) -> None:
    site = QuickSite(nursery, tmp_path, "--rate-limits", "on")
    answers = [enter(site, email=address(), password="x") for _ in range(21)]
    assert {code(answer) for answer in answers[:20]} == {SIGN_IN_FIRST}
    assert code(answers[20]) == (429, "rate-limited")
    assert int(answers[20].headers["retry-after"]) > 0
    assert site.stop() == 0


def test_no_password_and_no_invitation_is_in_the_log_an_answer_or_the_data(site: QuickSite, operator: Desk) -> None:
    email, words = address(), f"{GOOD} {new_id()}"
    secret = operator.invite(name="Ana", role="admin", email=email)
    ana = Desk.by_link(site, secret)
    told = [ana.ask("POST", f"{SESSION}/password", json={"password": words}), enter(site, email=email, password=words)]
    told += [enter(site, email=email, password=f"{words}!"), ana.ask("GET", STAFF), operator.ask("GET", STAFF)]
    stored = b"".join(path.read_bytes() for path in site.data_dir.glob("collabchat.db*"))
    for hidden in (secret, words):
        assert hidden not in "".join(answer.text for answer in told) + site.log
        assert hidden.encode() not in stored
    assert "argon2" not in "".join(answer.text for answer in told)


# -- What ends, and when -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["disabled", "removed"])
def test_who_is_kept_out_is_out_at_once(site: QuickSite, operator: Desk, how: str) -> None:
    email = address()
    ana = Desk.by_link(site, operator.invite(name="Ana", role="admin", email=email), operator.tenant)
    ana.done("POST", f"{SESSION}/password", password=GOOD)
    id_ = ana.me["accountId"]
    if how == "disabled":
        operator.done("PATCH", f"{STAFF}/{id_}", isEnabled=False)
    else:
        operator.done("DELETE", f"{STAFF}/{id_}")
    assert code(ana.ask("GET", SESSION)) == SIGN_IN_FIRST
    assert code(ana.ask("GET", "/api/v1/tenant")) == SIGN_IN_FIRST
    assert code(enter(site, email=email, password=GOOD)) == SIGN_IN_FIRST
    if how == "disabled":
        operator.done("PATCH", f"{STAFF}/{id_}", isEnabled=True)
        assert code(ana.ask("GET", SESSION)) == SIGN_IN_FIRST
        assert enter(site, email=email, password=GOOD).status_code == 200


def test_another_role_counts_from_the_next_request_on(operator: Desk) -> None:
    ana = somebody(operator)
    assert ana.ask("GET", STAFF).status_code == 200
    operator.done("PATCH", f"{STAFF}/{ana.me['accountId']}", role="moderator")
    assert (ana.me["role"], code(ana.ask("GET", STAFF))) == ("moderator", FORBIDDEN)


@pytest.mark.parametrize(
    "how", [{"role": "moderator"}, {"isEnabled": False}, None], ids=["demoted", "disabled", "gone"]
)
def test_whoever_loses_rights_does_not_come_back_by_an_invitation_of_their_own(
    site: QuickSite, operator: Desk, how: dict[str, Any] | None
) -> None:
    ana = somebody(operator)
    kept = ana.invite(name="Not Ana", role="admin", email=address())
    path = f"{STAFF}/{ana.me['accountId']}"
    _ = operator.done("DELETE", path) if how is None else operator.done("PATCH", path, **how)
    assert code(enter(site, link=kept)) == SIGN_IN_FIRST


def test_nor_by_one_to_their_address(site: QuickSite, operator: Desk) -> None:
    email = address()
    options = ("--tenant", operator.tenant or "", "--role", "admin", "--name", "Ana", "--email", email)
    # What was made before the account came to be is used up with the first link.
    ana = Desk.opened(site, operator.tenant, *options)
    links = [link(site, *options), operator.invite(accountId=ana.me["accountId"])]
    links.append(operator.invite(name="Ana", role="admin", email=email))
    operator.done("DELETE", f"{STAFF}/{ana.me['accountId']}")
    assert [code(enter(site, link=secret)) for secret in links] == [SIGN_IN_FIRST] * 3
    assert email not in {each["email"] for each in operator.get(STAFF)["invitations"]}


@pytest.mark.parametrize("how", ["revoke", "rotate", "revoke-key", "rotate-key"])
def test_nor_by_one_that_a_key_has_made_which_ended(site: QuickSite, how: str) -> None:
    estate = Estate(site)
    answer = site.http.post(f"{STAFF}/invitations", json={"name": "x", "role": "admin"}, headers=estate.keyed).json()
    key_id = answer["invitation"]["invitedBy"].removeprefix("key:")
    match how:
        case "revoke":
            site.http.delete(f"/api/v1/keys/{key_id}", headers=estate.keyed).raise_for_status()
        case "rotate":
            site.http.post("/api/v1/keys/rotate", json={}, headers=estate.keyed).raise_for_status()
        case _:
            estate.run(how, *([key_id] if how == "revoke-key" else []))
    assert code(enter(site, link=secret_of(answer["link"]))) == SIGN_IN_FIRST


def test_who_has_somebodys_session_cannot_change_the_password_by_forgetting_it(operator: Desk) -> None:
    ana = somebody(operator)
    ana.done("POST", f"{SESSION}/password", password=GOOD)
    assert code(ana.ask("PATCH", f"{STAFF}/{ana.me['accountId']}", json={"forgetPassword": True})) == FORBIDDEN


def test_a_deleted_tenants_accounts_are_gone(site: QuickSite, operator: Desk) -> None:
    estate = Estate(site)
    ana = somebody(at(operator, estate.id))
    waiting = at(operator, estate.id).invite(name="Bo", role="admin", email=address())
    estate.run("delete", "--yes")
    assert code(ana.ask("GET", SESSION)) == SIGN_IN_FIRST
    assert code(enter(ana.site, link=waiting)) == SIGN_IN_FIRST


# -- Who may give and take ---------------------------------------------------------------------------------------------


def test_an_admin_manages_the_own_tenant_up_to_the_own_role(site: QuickSite, operator: Desk, estate: Estate) -> None:
    ana, max_, olga = somebody(operator), somebody(operator, "moderator"), somebody(operator, "operator")
    elsewhere = somebody(at(operator, Estate(site).id))
    listed = {each["id"] for each in ana.get(STAFF)["staff"]}
    assert {ana.me["accountId"], max_.me["accountId"]} <= listed
    assert not listed & {olga.me["accountId"], elsewhere.me["accountId"]}
    assert olga.me["accountId"] in {each["id"] for each in operator.get(STAFF)["staff"]}
    for id_ in (olga.me["accountId"], elsewhere.me["accountId"], "none"):
        for verb, options in (("PATCH", {"json": {"isEnabled": False}}), ("DELETE", {})):
            assert code(ana.ask(verb, f"{STAFF}/{id_}", **options)) == NOT_FOUND
        assert code(ana.ask("POST", f"{STAFF}/invitations", json={"accountId": id_})) == NOT_FOUND
    too_high = ana.ask("POST", f"{STAFF}/invitations", json={"name": "x", "role": "operator"})
    assert code(too_high) == FORBIDDEN
    assert code(ana.ask("PATCH", f"{STAFF}/{max_.me['accountId']}", json={"role": "operator"})) == INVALID
    ana.done("PATCH", f"{STAFF}/{max_.me['accountId']}", role="admin")
    assert (olga.me["role"], elsewhere.me["role"]) == ("operator", "admin")
    assert [each["id"] for each in ana.get(STAFF)["staff"] if each["isYou"]] == [ana.me["accountId"]]


def test_a_moderator_sees_and_changes_nothing_of_it(operator: Desk) -> None:
    max_ = somebody(operator, "moderator")
    for verb, path, options in (
        ("GET", STAFF, {}), ("POST", f"{STAFF}/invitations", {"json": {"name": "x"}}),
        ("PATCH", f"{STAFF}/{max_.me['accountId']}", {"json": {"role": "admin"}}),
        ("DELETE", f"{STAFF}/{max_.me['accountId']}", {}), ("GET", "/api/v1/keys", {}),
        ("POST", "/api/v1/keys", {"json": {}}), ("POST", "/api/v1/keys/rotate", {"json": {}}),
        ("DELETE", "/api/v1/keys/x", {}), ("PATCH", "/api/v1/tenant", {"json": {"name": "x"}}),
        ("POST", "/api/v1/sso-test", {"json": {"payload": "{}"}}),
        ("GET", "/api/v1/tenants", {}), ("POST", "/api/v1/tenants", {"json": {"id": "x", "name": "x", "origins": []}}),
        ("PATCH", f"/api/v1/tenants/{operator.tenant}", {"json": {"isEnabled": False}}),
    ):  # fmt: skip
        assert code(max_.ask(verb, path, **options)) == FORBIDDEN, (verb, path)
    assert max_.me["role"] == "moderator"


def test_nobody_changes_or_removes_themselves_nor_the_last_admin(site: QuickSite, operator: Desk) -> None:
    estate = Estate(site)
    desk = at(operator, estate.id)
    ana, olga = somebody(desk), somebody(operator, "operator")
    mine = f"{STAFF}/{ana.me['accountId']}"
    for verb, options in (("PATCH", {"json": {"role": "moderator"}}), ("PATCH", {"json": {"isEnabled": False}}),
                          ("DELETE", {})):  # fmt: skip
        assert code(ana.ask(verb, mine, **options)) == FORBIDDEN
        assert code(olga.ask(verb, f"{STAFF}/{olga.me['accountId']}", **options)) in {FORBIDDEN, INVALID}
        # A key stands as an admin, and is nobody's self.
        assert code(site.http.request(verb, mine, headers=estate.keyed, **options)) == FORBIDDEN
    second = somebody(desk)
    second.done("PATCH", mine, role="moderator")
    assert code(ana.ask("GET", STAFF)) == FORBIDDEN
    operator_of_it = at(operator, estate.id)
    operator_of_it.done("DELETE", f"{STAFF}/{second.me['accountId']}")
    assert [each["role"] for each in operator_of_it.get(STAFF)["staff"] if each["tenantId"]] == ["moderator"]


def test_nobody_acts_as_another_admin_by_bringing_them_down_and_up_again(site: QuickSite, operator: Desk) -> None:
    boss, bo, email = somebody(operator), somebody(operator), address()
    account = Desk.by_link(site, operator.invite(name="Ana", role="admin", email=email)).me["accountId"]
    boss.done("PATCH", f"{STAFF}/{account}", role="moderator")
    links = [boss.invite(accountId=account), boss.invite(name="x", email=email), boss.invite(name="x", email=address())]
    inside = Desk.by_link(site, boss.invite(accountId=account), operator.tenant)
    # Whoever comes by one link to the address has used up the others to it.
    links += [boss.invite(accountId=account), boss.invite(name="x", email=email)]
    boss.done("PATCH", f"{STAFF}/{account}", role="admin")
    assert code(inside.ask("GET", SESSION)) == SIGN_IN_FIRST
    assert account not in {each["accountId"] for each in boss.get(STAFF)["invitations"]}
    assert [enter(site, link=link).status_code for link in links] == [401, 401, 200, 401, 401]
    assert bo.me["role"] == "admin"


def test_nobody_gets_a_link_to_the_account_of_somebody_who_stands_as_high(operator: Desk) -> None:
    ana, bo, max_ = somebody(operator), somebody(operator), somebody(operator, "moderator")
    emails = {each["id"]: each["email"] for each in operator.get(STAFF)["staff"]}
    for body in (
        {"accountId": bo.me["accountId"]},
        {"name": "x", "role": "admin", "email": emails[bo.me["accountId"]]},
    ):
        assert code(ana.ask("POST", f"{STAFF}/invitations", json=body)) == FORBIDDEN
    for helper, helped in ((ana, max_), (ana, ana), (operator, bo)):
        helper.invite(accountId=helped.me["accountId"])


def test_whom_the_sites_own_sign_in_calls_an_admin_does_not_run_the_tenant(estate: Estate) -> None:
    boss = {**estate.member("Boss", role="admin").headers, "X-TENANT-ID": estate.id}
    http = estate.site.http
    assert http.get("/api/v1/tenant", headers=boss).status_code == 200
    for verb, path, options in (
        ("GET", STAFF, {}), ("POST", f"{STAFF}/invitations", {"json": {"name": "x"}}), ("GET", "/api/v1/keys", {}),
        ("POST", "/api/v1/keys", {"json": {}}), ("PATCH", "/api/v1/tenant", {"json": {"name": "x"}}),
    ):  # fmt: skip
        assert code(http.request(verb, path, headers=boss, **options)) == FORBIDDEN


# -- What is written down ----------------------------------------------------------------------------------------------


def test_all_that_is_done_to_an_account_is_written_down_under_who_did_it(site: QuickSite, operator: Desk) -> None:
    boss, ana = somebody(operator), somebody(operator, "moderator")
    by, whom = f"staff:{boss.me['accountId']}", ana.me["accountId"]
    boss.done("PATCH", f"{STAFF}/{whom}", role="admin")
    boss.done("DELETE", f"{STAFF}/{whom}")
    assert deeds(site, whom) == [("update", by, operator.tenant), ("remove", by, operator.tenant)]
    assert deeds(site, f"staff:{whom}")[0] == ("sign-in", f"staff:{whom}", operator.tenant)


def test_a_moderator_who_acts_on_another_tenant_is_refused_and_written_down(site: QuickSite, operator: Desk) -> None:
    neighbour = Estate(site)
    max_ = somebody(operator, "moderator")
    with neighbour.data() as data:
        before = neighbour.digest(data)
        for verb, path, options in (
            ("GET", "/api/v1/tenant", {}),
            ("PATCH", "/api/v1/tenant", {"json": {"name": "x"}}),
        ):
            answer = max_.ask(verb, path, headers={"X-TENANT-ID": neighbour.id}, **options)
            assert code(answer) == (404, "invalid-tenant")
        assert neighbour.digest(data) == before
    by = f"staff:{max_.me['accountId']}"
    assert deeds(site, neighbour.id)[-2:] == [("refuse", by, operator.tenant)] * 2


def test_links_of_the_command_line_are_of_no_account(site: QuickSite) -> None:
    assert Desk.by_link(site, link(site)).me["accountId"] is None

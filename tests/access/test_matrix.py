"""F40 and F42 over HTTP: every verb and route × everybody who may ask × what they ask for, against rules by hand."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.access.askers import SIGN_IN_FIRST, Asker, Street
from tests.access.estate import Estate, Place
from tests.access.oracle import DONE, NOT_FOUND, expected
from tests.access.requests import FLAG, FOR_EVERYBODY, PRESENCE, REQUESTS, Request
from tests.faults.nursery import QuickSite
from tests.running import new_id

PEOPLES = [request for request in REQUESTS if request.kind not in {"key", "staff", "desk"}]


@pytest.fixture(scope="module")
def street(site: QuickSite) -> Iterator[Street]:
    street = Street(Estate(site), Estate(site), Estate(site))
    yield street
    for secret in (street.home.api_key, street.ann.session):
        assert secret not in site.log


def send(street: Street, request: Request, asker: Asker, place: Place, **other: str) -> httpx.Response:
    """Ask."""
    tenant = street.estates[asker.at].id
    options = request.ask(place)
    params = {**options.pop("params", {}), **asker.params}
    if request.route in {PRESENCE, FLAG}:
        params["tenantId"] = tenant
    if request.kind == "log":
        params["userIdWS"] = asker.live
    if request.kind == "sign-in" and asker.sso:
        options["json"] = {"sso": asker.sso}
    path = request.path(tenant, place)
    for known, unknown in other.items():
        path = path.replace(known, unknown)
        options = json.loads(json.dumps(options).replace(known, unknown))
    return street.home.site.http.request(request.verb, path, params=params, headers=asker.headers, **options)


def test_f40_every_route_of_the_openapi_document_is_in_the_table(site: QuickSite) -> None:
    paths = site.http.get("/openapi.json").json()["paths"]
    listed = {(verb.upper(), path) for path, verbs in paths.items() for verb in verbs if verb != "parameters"}
    tried = {(request.verb, request.route) for request in REQUESTS}
    assert listed == tried | FOR_EVERYBODY.keys()
    assert not tried & FOR_EVERYBODY.keys()
    assert all(site.http.request(*route).json()["status"] == "success" for route in FOR_EVERYBODY)


@pytest.mark.parametrize("target", ["public", "grouped", "private"])
@pytest.mark.parametrize("request_", PEOPLES, ids=lambda it: f"{it.verb} {it.route} {it.kind}")
def test_f40_everybody_is_answered_as_the_rules_say_and_a_refused_write_changes_nothing(
    street: Street, request_: Request, target: str
) -> None:
    place, wrong = street.places[target], []
    home = street.home
    with home.data() as data:
        for known in street.askers.values():
            wanted = expected(request_, known, target)
            # Who may be no more afterwards is not needed for anything else.
            is_end = request_.ends and request_.kind != "author"
            asker = street.again(known, f"{known.name} {new_id()}") if is_end else known
            version = data.execute("PRAGMA data_version").fetchone()
            before = home.digest(data) if request_.is_write and wanted != DONE else None
            answer = send(street, request_, asker, place)
            body = answer.json()
            seen = answer.status_code, body.get("code", body["status"])
            if seen != wanted:
                wrong.append(f"{asker.name}: {seen}, not {wanted}")
            is_touched = data.execute("PRAGMA data_version").fetchone() != version
            if before is not None and is_touched and home.digest(data) != before:
                wrong.append(f"{asker.name}: {seen}, but something was written")
            readable_by = answer.headers.get("access-control-allow-origin")
            if readable_by != (asker.headers["Origin"] if asker.origin == "own" else None):
                wrong.append(f"{asker.name}: {seen}, but {readable_by} may read it")
            if "no-store" not in answer.headers["cache-control"]:
                wrong.append(f"{asker.name}: {seen}, but it may be kept")
            if seen == DONE and request_.ends and not is_end and asker.at == "home":
                place.renew()
    assert not wrong, "\n".join(wrong)


def plain(answer: httpx.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    """All of an answer that does not tell the time."""
    return answer.status_code, answer.content, [it for it in answer.headers.multi_items() if it[0] != "date"]


@pytest.mark.parametrize("request_", [it for it in PEOPLES if it.is_by_id], ids=lambda it: f"{it.verb} {it.route}")
@pytest.mark.parametrize("target", ["grouped", "private"])
def test_f40_what_one_may_not_see_is_answered_to_the_byte_as_what_is_not_there(
    street: Street, request_: Request, target: str
) -> None:
    place, refused = street.places[target], 0
    unknown = {place.chat: "AAAAAAAA", place.comment: "BBBBBBBB"}
    for asker in street.askers.values():
        if expected(request_, asker, target) == NOT_FOUND:
            assert plain(send(street, request_, asker, place)) == plain(send(street, request_, asker, place, **unknown))
            refused += 1
    assert refused


@pytest.mark.parametrize("path", ["comments", "comment-collab-chats", "sessions", "event-log", "people", "bans"])
def test_f42_a_browser_is_told_that_the_tenants_own_sites_may_ask_and_no_others(street: Street, path: str) -> None:
    for asker in street.askers.values():
        if "Origin" in asker.headers:
            sent = {"Origin": asker.headers["Origin"], "Access-Control-Request-Method": "POST"}
            answer = street.home.site.http.options(f"/{path}/{street.home.id}", headers=sent)
            told = {name for name in answer.headers if name.startswith("access-control-")}
            assert bool(told) is (asker.origin == "own"), asker.name
            assert answer.headers.get("access-control-allow-origin", sent["Origin"]) == sent["Origin"]


# -- Those who are no people ------------------------------------------------------------------------------------------


def test_the_admin_routes_take_the_tenants_own_key_and_nothing_else(street: Street) -> None:
    home, neighbour, closed = street.estates.values()
    key_for_a_site = home.run("rotate-key", "--origin", home.origin)["apiKey"]
    home.notice()
    place = street.places["public"]
    before: Any = None
    askers = {
        "nobody": {},
        "a session as key": {"X-API-KEY": street.ann.session, "X-TENANT-ID": home.id},
        "neighbour's key": {**home.keyed, "X-API-KEY": neighbour.api_key},
        "key without tenant": {"X-API-KEY": home.api_key},
        "tenant without key": {"X-TENANT-ID": home.id},
        "a key that ended": {**home.keyed, "X-API-KEY": street.old_key},
        "a key for one site": {**home.keyed, "X-API-KEY": key_for_a_site},
        "a closed tenant's": closed.keyed,
        "no tenant's": {**home.keyed, "X-TENANT-ID": "no-such"},
        "the beginning of the key": {**home.keyed, "X-API-KEY": home.api_key[:-1]},
        "not ASCII": {"X-API-KEY": "\u00e9", "X-TENANT-ID": home.id},
    }
    with home.data() as data:
        before = home.digest(data)
        for request in (request for request in REQUESTS if request.kind == "key"):
            answers = set()
            for name, headers in askers.items():
                sent = {title: value.encode() for title, value in headers.items()}
                answer = home.site.http.request(
                    request.verb, request.path("", place), headers=sent, **request.ask(place)
                )
                assert (answer.status_code, answer.json()["code"]) == SIGN_IN_FIRST, (name, request)
                answers.add(answer.content)
            assert len(answers) == 1
            assert home.digest(data) == before
    for request in (request for request in REQUESTS if request.kind == "key"):
        writer = {**street.ann.headers, "X-TENANT-ID": home.id}
        answer = home.site.http.request(request.verb, request.path("", place), headers=writer, **request.ask(place))
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        path, options = request.path("", place), request.ask(place)
        answer = home.site.http.request(request.verb, path, headers=home.keyed, **options)
        assert answer.status_code == (200 if request.finds else 404), answer.text
        assert answer.headers.get("access-control-allow-origin") is None


def test_the_dashboards_session_takes_its_own_cookie_and_nothing_else(street: Street) -> None:
    place = street.places["public"]
    for request in (request for request in REQUESTS if request.kind == "staff"):
        for headers in (
            {},
            street.ann.headers,
            street.home.keyed,
            {"Cookie": f"collabchat_staff={street.ann.session}"},
        ):
            sent = {**headers, "Origin": street.home.site.base}
            answer = street.home.site.http.request(
                request.verb, request.path(street.home.id, place), headers=sent, **request.ask(place)
            )
            assert (answer.status_code, answer.json()["code"]) == SIGN_IN_FIRST, (request, headers)


def test_the_matrix_lets_in_and_keeps_out(street: Street) -> None:
    """Were everything refused, or nothing, the tables above would show nothing."""
    outcomes = Counter(
        expected(request, asker, target)
        for request in PEOPLES for asker in street.askers.values() for target in street.places
    )  # fmt: skip
    assert len(outcomes) == 8
    assert min(outcomes.values()) >= 20
    assert 0.2 < outcomes[DONE] / outcomes.total() < 0.6

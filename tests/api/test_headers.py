"""What is added to answers, and what is left as a route said it."""

from pathlib import Path
from typing import Any, cast

import pytest
from litestar.types import ASGIApp

from collabchat.api.headers import SafeHeaders, base_headers
from collabchat.settings import Settings

HSTS = "strict-transport-security"


def settings(**options: Any) -> Settings:
    return Settings(Path(), **options)


async def answered(path: str = "/", *given: tuple[str, str]) -> list[tuple[str, str]]:
    """The headers of an answer for which a route gave these."""
    sent: list[Any] = []

    async def answer(_scope: Any, _receive: Any, send: Any) -> None:
        headers = [(name.encode(), value.encode()) for name, value in given]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"x"})

    async def send(message: Any) -> None:
        sent.append(message)

    layer = SafeHeaders(cast(ASGIApp, answer), settings())
    await layer(cast(Any, {"type": "http", "path": path}), cast(Any, None), send)
    assert sent[1] == {"type": "http.response.body", "body": b"x"}
    return [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]


async def test_an_answer_that_says_nothing_gets_all() -> None:
    json = ("content-type", "application/json")
    assert await answered("/x", json) == [
        json,
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
    ]


async def test_what_other_sites_load_they_may_load_and_nothing_else() -> None:
    policies = [dict(await answered(path))["cross-origin-resource-policy"] for path in ("/js/x.js", "/js", "/x/js/")]
    assert policies == ["cross-origin", "same-origin", "same-origin"]


@pytest.mark.parametrize("type_", ["text/html", "text/html; charset=utf-8"])
async def test_a_page_has_no_opener_on_another_site(type_: str) -> None:
    assert dict(await answered("/x", ("content-type", type_)))["cross-origin-opener-policy"] == "same-origin"
    assert "cross-origin-opener-policy" not in dict(await answered("/x", ("content-type", "text/plain")))


@pytest.mark.parametrize("name", [*base_headers(settings()), "cross-origin-opener-policy"])
async def test_what_a_route_says_stays_and_is_said_once(name: str) -> None:
    headers = await answered("/x", ("content-type", "text/html"), (name, "its own"))
    assert [value for each, value in headers if each == name] == ["its own"]
    assert {each for each, _ in headers} == {*base_headers(settings()), "cross-origin-opener-policy", "content-type"}


@pytest.mark.parametrize(
    ("options", "is_said"),
    [
        ({}, False),
        ({"proxy_tls": True}, True),
        ({"tls_cert": Path("x"), "host": "192.0.2.1"}, True),
        ({"tls_cert": Path("x"), "host": "::"}, True),
        # For a year, and for every port: nothing in the clear would be served on localhost any more.
        ({"tls_cert": Path("x"), "host": "localhost"}, False),
        ({"tls_cert": Path("x"), "host": "::1"}, False),
    ],
)
def test_readers_who_come_by_tls_are_to_do_so_always(options: dict[str, Any], is_said: bool) -> None:
    assert base_headers(settings(**options)).get(HSTS) == ("max-age=31536000" if is_said else None)

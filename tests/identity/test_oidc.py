"""What is kept of an OpenID provider, and for how long."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import ECKey

from collabchat.clock import now_ms
from collabchat.identity.oidc import AGAIN_AFTER_S, KEPT_S, LEFT_ALONE_S, OpenIdProvider, is_private
from collabchat.identity.provider import Answer, Known, SignInFailed, Ticket, known_by
from tests.identity.openid import CLIENT_ID, CLIENT_SECRET, OpenId

DOCUMENT, KEYS = "/.well-known/openid-configuration", "/keys"


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def remote() -> Iterator[OpenId]:
    remote = OpenId()
    remote.who = {"sub": "1", "email": "Ana@Example.com"}
    yield remote
    remote.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider(remote: OpenId, clock: Clock) -> OpenIdProvider:
    return OpenIdProvider(remote.issuer, CLIENT_ID, CLIENT_SECRET, clock)


async def sign_in(provider: OpenIdProvider, remote: OpenId) -> Known:
    now = now_ms()
    ticket = Ticket.make("http://127.0.0.1:1/back", now)
    answer = parse_qs(urlsplit(remote.authorize(await provider.lead_to(ticket))).query)
    return await provider.vouch(ticket, Answer(code=answer["code"][0]), now)


async def test_an_address_is_known_by_its_normal_form(provider: OpenIdProvider, remote: OpenId) -> None:
    assert await sign_in(provider, remote) == Known(remote.issuer, "1", "ana@example.com")


@pytest.mark.parametrize("said", [True, "true", False, "yes", 1, None, [], {}, ["true"]], ids=repr)
def test_only_what_the_provider_calls_verified_is_an_address(said: object) -> None:
    claims: dict[str, object] = {"sub": "1", "email": "ana@example.com", "email_verified": said}
    if said is True or said == "true":
        assert known_by(claims, "https://x.example") == Known("https://x.example", "1", "ana@example.com")
    else:
        with pytest.raises(SignInFailed, match="no verified e-mail"):
            known_by(claims, "https://x.example")


async def test_document_and_keys_are_fetched_again_after_an_hour(
    provider: OpenIdProvider, remote: OpenId, clock: Clock
) -> None:
    for wait_s, fetches in ((0, 1), (KEPT_S - 1, 1), (1, 2)):
        clock.now += wait_s
        await sign_in(provider, remote)
        assert (remote.asked.count(DOCUMENT), remote.asked.count(KEYS)) == (fetches, fetches)


async def test_a_new_key_is_found_but_not_looked_for_more_often_than_once_a_minute(
    provider: OpenIdProvider, remote: OpenId, clock: Clock
) -> None:
    await sign_in(provider, remote)
    remote.key = remote.signing_key = ECKey.generate_key("P-256", {"kid": "two", "alg": "ES256", "use": "sig"})
    remote.key_id = "two"
    for _ in range(3):
        with pytest.raises(SignInFailed, match="InvalidKeyIdError"):
            await sign_in(provider, remote)
    assert remote.asked.count(KEYS) == 1
    clock.now += AGAIN_AFTER_S
    await sign_in(provider, remote)
    assert remote.asked.count(KEYS) == 2


async def test_a_provider_that_is_down_is_left_alone_for_a_while(
    provider: OpenIdProvider, remote: OpenId, clock: Clock
) -> None:
    remote.is_down = True
    for _ in range(3):
        with pytest.raises(SignInFailed) as failed:
            await sign_in(provider, remote)
        assert failed.value.code == "oidc-unreachable"
    assert remote.asked == [DOCUMENT]
    remote.is_down = False
    clock.now += LEFT_ALONE_S
    await sign_in(provider, remote)


async def test_the_document_of_another_issuer_is_not_believed(remote: OpenId) -> None:
    other = OpenIdProvider(f"{remote.issuer}/", CLIENT_ID, None)
    with pytest.raises(SignInFailed, match="not this issuer's"):
        await other.lead_to(Ticket.make("http://127.0.0.1:1/back", now_ms()))


@pytest.mark.parametrize(
    ("url", "is_so"),
    [("https://a.example/x", True), ("http://127.0.0.1:1/x", True), ("http://a.example/x", False), ("x", False)],
)
def test_nothing_is_sent_in_the_clear(url: str, is_so: bool) -> None:
    assert is_private(url) is is_so

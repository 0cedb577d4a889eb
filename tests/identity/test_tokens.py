import re
from pathlib import Path

import pytest

from collabchat.core.model import Actor
from collabchat.errors import StartupError
from collabchat.identity.keys import ServerKey
from collabchat.identity.tokens import LIVE_TOKEN_MS, Tokens

ANA = Actor("demo", "demo:Ана %&?", "s1", "Ana")
NOW = 1_763_841_600_000


@pytest.fixture
def tokens() -> Tokens:
    return Tokens(ServerKey(b"k" * 32))


def test_every_token_is_url_safe_and_reads_back(tokens: Tokens) -> None:
    for token in (tokens.session(ANA), tokens.live(ANA, NOW), tokens.room("demo", "https://x/?ä=1#%")):
        assert re.fullmatch(r"[A-Za-z0-9._~-]+", token)
    assert tokens.read_session(tokens.session(ANA)) == ("demo", "s1")
    claim = tokens.read_live(tokens.live(ANA, NOW), NOW)
    assert claim is not None
    tenant_id, watcher = claim
    assert (tenant_id, watcher.user_id, watcher.session_id) == ("demo", ANA.id, "s1")
    assert NOW < watcher.expires_at <= NOW + LIVE_TOKEN_MS
    assert tokens.read_room(tokens.room("demo", "ä%")) == ("demo", "ä%")


def test_no_token_passes_for_another_kind_or_from_another_server(tokens: Tokens) -> None:
    live, session, room = tokens.live(ANA, NOW), tokens.session(ANA), tokens.room("demo", "p")
    assert tokens.read_session(live) is None
    assert tokens.read_session(room) is None
    assert tokens.read_live(session, NOW) is None
    assert tokens.read_room(session) is None
    assert Tokens(ServerKey(b"x" * 32)).read_live(live, NOW) is None
    for damaged in ("", "x", live[:-1], live + "a", "é", live.replace(".", "")):
        assert tokens.read_live(damaged, NOW) is None


def test_a_live_token_is_the_same_as_long_as_it_is_valid(tokens: Tokens) -> None:
    first = tokens.live(ANA, NOW)
    end = next(at for at in range(NOW, NOW + 2 * LIVE_TOKEN_MS, 60_000) if tokens.read_live(first, at) is None)
    assert NOW < end <= NOW + LIVE_TOKEN_MS + 60_000
    for at in range(NOW, end - 60_000, 3_600_000):
        assert tokens.live(ANA, at) == first
    assert tokens.live(ANA, end) != first


def test_the_servers_key_survives_and_is_private(tmp_path: Path) -> None:
    sealed = ServerKey.load(tmp_path).seal("api key")
    assert "api key" not in sealed
    assert ServerKey.load(tmp_path).unseal(sealed) == "api key"
    assert (tmp_path / "server.key").stat().st_mode & 0o077 == 0


def test_a_wrong_key_file_is_a_clear_error(tmp_path: Path) -> None:
    sealed = ServerKey.load(tmp_path).seal("api key")
    with pytest.raises(StartupError, match="restore the key file"):
        ServerKey(b"x" * 32).unseal(sealed)
    (tmp_path / "server.key").write_bytes(b"short")
    with pytest.raises(StartupError, match="not a server key"):
        ServerKey.load(tmp_path)

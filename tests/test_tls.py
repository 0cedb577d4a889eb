"""The server's certificate: who may come with which TLS, and what happens when it is renewed."""

import json
import signal
import socket
import ssl
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from websockets.sync.client import connect

from collabchat.errors import StartupError
from collabchat.tls import Certificate
from tests.running import Site, eventually, next_event

KEPT = "SIGHUP: the certificate stays as it was"
TAKEN = "SIGHUP: new connections get the certificate as it is now"


class Pair:
    """The files of a certificate for 127.0.0.1 and its key, which may be renewed."""

    def __init__(self, folder: Path) -> None:
        self.certificate, self.key, self.authority = folder / "cert.pem", folder / "key.pem", folder / "ca.pem"
        self.renew()

    def renew(self) -> bytes:
        """Write another pair, by another authority; returns the certificate as a client sees it."""
        ca = trustme.CA()
        issued = ca.issue_cert("127.0.0.1")
        self.certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        self.key.write_bytes(issued.private_key_pem.bytes())
        ca.cert_pem.write_to_path(self.authority)
        return ssl.PEM_cert_to_DER_cert(issued.cert_chain_pems[0].bytes().decode())


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


# -- Reading it --------------------------------------------------------------------------------------------------------


def problem(pair: Pair) -> str:
    """Why a pair does not work."""
    with pytest.raises(StartupError) as refused:
        Certificate(pair.certificate, pair.key)
    text = str(refused.value)
    assert text.startswith(f"--tls-cert {pair.certificate} and --tls-key {pair.key} do not work: ")
    assert "\n" not in text
    return text


def test_a_key_of_another_certificate_is_told(pair: Pair) -> None:
    key = pair.key.read_bytes()
    pair.renew()
    pair.key.write_bytes(key)
    assert "the key is not the certificate's" in problem(pair)


@pytest.mark.parametrize("which", ["certificate", "key"])
@pytest.mark.parametrize("text", ["", "nonsense", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"])
def test_what_is_no_pem_is_told(pair: Pair, which: str, text: str) -> None:
    getattr(pair, which).write_text(text)
    assert "PEM" in problem(pair)


@pytest.mark.parametrize("which", ["certificate", "key"])
def test_what_is_not_there_is_told_by_name(pair: Pair, which: str) -> None:
    path: Path = getattr(pair, which)
    path.unlink()
    assert f"No such file or directory: '{path}'" in problem(pair)


def test_a_key_with_a_passphrase_is_refused_rather_than_asked_for(pair: Pair) -> None:
    key = serialization.load_pem_private_key(pair.key.read_bytes(), None)
    pair.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    assert "passphrase" in problem(pair)


# -- A running server --------------------------------------------------------------------------------------------------


@pytest.fixture
def secure(pair: Pair, tmp_path: Path) -> Iterator[Site]:
    """A server with that pair."""
    options = ("--tls-cert", str(pair.certificate), "--tls-key", str(pair.key), "--log-format", "json")
    site = Site(tmp_path, *options, certificate=pair.authority)
    yield site
    assert site.stop() == 0
    assert "Traceback" not in site.log


def hang_up(site: Site) -> None:
    site._process.send_signal(signal.SIGHUP)


def address(site: Site) -> tuple[str, int]:
    return "127.0.0.1", int(site.base.rpartition(":")[2])


def shown(site: Site) -> bytes:
    """The certificate that a new connection gets."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection(address(site)) as line, context.wrap_socket(line) as secured:
        return secured.getpeercert(binary_form=True) or b""


def lines(site: Site, event: str) -> list[str]:
    return [line for line in site.log.splitlines() if json.loads(line)["event"] == event]


def test_sighup_brings_a_renewed_certificate_and_closes_nothing(secure: Site, pair: Pair, page: str) -> None:
    ana, first = secure.guest(), shown(secure)
    trust = ssl.create_default_context(cafile=pair.authority)
    with connect(secure.sub_url(**ana.live_ids(page)), ssl=trust, compression=None) as open_socket:
        renewed = pair.renew()
        assert shown(secure) == first != renewed
        hang_up(secure)
        assert eventually(lambda: shown(secure), lambda now: now == renewed) == renewed
        # Whoever was there before still is, over HTTP and on the socket.
        created = ana.created(page)
        assert next_event(open_socket, "new-text-chat") == created["event"]
        trust = ssl.create_default_context(cafile=pair.authority)
        with connect(secure.sub_url(**ana.live_ids(page)), ssl=trust, compression=None) as new_socket:
            assert next_event(new_socket, "p-u")["sc"] == 1
    assert len(lines(secure, TAKEN)) == 1


def test_a_pair_that_does_not_work_changes_nothing_and_is_told_in_one_line(secure: Site, pair: Pair) -> None:
    first, key = shown(secure), pair.key.read_bytes()
    good = pair.certificate.read_bytes()
    pair.renew()
    pair.key.write_bytes(key)
    hang_up(secure)
    assert len(eventually(lambda: lines(secure, KEPT), lambda said: len(said) == 1)) == 1
    assert shown(secure) == first
    pair.certificate.unlink()
    hang_up(secure)
    assert len(eventually(lambda: lines(secure, KEPT), lambda said: len(said) == 2)) == 2
    assert shown(secure) == first
    told = [json.loads(line)["reason"] for line in lines(secure, KEPT)]
    assert "the key is not the certificate's" in told[0]
    assert "No such file" in told[1]
    assert len(secure.log.splitlines()) == 2
    # As soon as it works again, it is taken.
    pair.certificate.write_bytes(good)
    hang_up(secure)
    assert len(eventually(lambda: lines(secure, TAKEN), bool)) == 1
    assert shown(secure) == first


def test_sighup_does_not_end_a_server_without_tls(tmp_path: Path) -> None:
    site = Site(tmp_path)
    hang_up(site)
    assert eventually(lambda: site.log, lambda log: "SIGHUP: without --tls-cert" in log).count("\n") == 1
    assert site.http.get("/healthz").status_code == 200
    assert site.stop() == 0


def handshake(site: Site, version: ssl.TLSVersion) -> str | None:
    """The version of a connection by a client who speaks only this one, and any cipher."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that is what is asked here
        context.minimum_version = context.maximum_version = version
    with socket.create_connection(address(site)) as line, context.wrap_socket(line) as secured:
        return secured.version()


def test_tls_1_2_and_1_3_are_spoken_and_what_is_older_is_refused(secure: Site) -> None:
    assert handshake(secure, ssl.TLSVersion.TLSv1_3) == "TLSv1.3"
    assert handshake(secure, ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    for old in (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1):
        with pytest.raises(ssl.SSLError):
            handshake(secure, old)


def test_with_tls_1_2_only_ciphers_without_known_weakness_are_spoken(pair: Pair) -> None:
    names = [cipher["name"] for cipher in Certificate(pair.certificate, pair.key).context.get_ciphers()]
    assert names
    assert [name for name in names if name.startswith(("AECDH", "ADH", "PSK")) or "NULL" in name or "RC4" in name] == []
    assert any(name.startswith("ECDHE-ECDSA") and "GCM" in name for name in names)

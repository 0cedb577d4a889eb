"""The server's certificate, which may be renewed while it runs."""

import ssl
from pathlib import Path

from collabchat.errors import StartupError


class Certificate:
    """A certificate with its key. `context` is for the server, which has it as long as it runs.

    Each handshake is made with the newest pair that works; connections that are open keep what they have.
    """

    def __init__(self, certificate: Path, key: Path) -> None:
        """Read both; raises StartupError when they do not work."""
        self._paths = certificate, key
        self.context = self._newest = self._load()
        self.context.sni_callback = self._choose

    def reload(self) -> None:
        """Read both anew; raises StartupError when they do not work, and goes on with those from before."""
        self._newest = self._load()

    def _choose(self, handshake: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        """Called in each handshake, also when the client names no host."""
        handshake.context = self._newest

    def _load(self) -> ssl.SSLContext:
        certificate, key = self._paths
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            for path in self._paths:
                path.open().close()  # What cannot be read is named only here.
            context.load_cert_chain(certificate, key, _no_passphrase)
        except OSError as error:
            raise StartupError(
                f"--tls-cert {certificate} and --tls-key {key} do not work: {_explain(error)}."
            ) from error
        return context


def _no_passphrase() -> str:
    """Without this, OpenSSL would ask the terminal for it, and the server would stand still."""
    raise OSError("the key has a passphrase; give one that has none")


def _explain(error: OSError) -> str:
    """OpenSSL's own words help nobody."""
    if not isinstance(error, ssl.SSLError):
        return str(error)
    if error.reason == "KEY_VALUES_MISMATCH":
        return "the key is not the certificate's"
    return "the one holds no certificate, or the other no key, in PEM"

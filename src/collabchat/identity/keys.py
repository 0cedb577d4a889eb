"""The server's own key: one file beside the data, from which every signing and sealing key is derived.

It survives restarts, so that sessions and live tokens do; whoever has it and the database can act as anybody, so it
is readable by its owner only, and belongs in every backup.
"""

import base64
import hashlib
import os
import secrets
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from collabchat.errors import StartupError

KEY_BYTES = 32


class ServerKey:
    """Derives a key for each purpose, and seals the tenants' API keys."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._fernet = Fernet(base64.urlsafe_b64encode(self.derive("api-keys")))

    @classmethod
    def load(cls, directory: Path) -> "ServerKey":
        """Read `server.key` from the data directory, or make one; raises StartupError when it cannot be read."""
        path = directory / "server.key"
        directory.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        secret = path.read_bytes()
        if len(secret) != KEY_BYTES:
            raise StartupError(
                f"{path} is not a server key ({len(secret)} bytes, not {KEY_BYTES}): restore it from a backup."
            )
        return cls(secret)

    def derive(self, purpose: str) -> bytes:
        """A key of 32 bytes for one purpose (keyed BLAKE2b)."""
        return hashlib.blake2b(purpose.encode(), key=self._secret, digest_size=KEY_BYTES).digest()

    def seal(self, api_key: str) -> str:
        """Encrypt a tenant's API key for the database."""
        return self._fernet.encrypt(api_key.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """Decrypt a tenant's API key; raises StartupError when the key file is not the one it was sealed with."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise StartupError(
                "server.key does not belong to this database: restore the key file that was backed up with it."
            ) from error


def _make(path: Path) -> None:
    """Write a new key, whole or not at all; of two processes that do so at once, the first one's stays."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()

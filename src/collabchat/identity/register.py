"""The tenants as the database has them now: their rules, their API keys, and whom they have banned.

Read again each second, since the command line writes them beside a running server. What somebody may have lost
meanwhile comes as `RightsChange`s.
"""

from collections.abc import Sequence

from msgspec import Struct

from collabchat.core.model import Ban, Tenant
from collabchat.errors import InvalidTenant
from collabchat.identity.keys import ServerKey
from collabchat.identity.sso import Proof
from collabchat.storage import api_keys, bans, rights, tenants
from collabchat.storage.api_keys import ApiKey
from collabchat.storage.rights import RightsChange
from collabchat.storage.sqlite import Database
from collabchat.storage.transaction import Reader


class _Page(Struct, frozen=True):
    """What one reading brings; `banned` None: nothing has changed that concerns it."""

    tenants: list[Tenant]
    keys: list[ApiKey]
    changes: list[RightsChange]
    banned: list[tuple[str, Ban]] | None
    last_change: int


class Register:
    """Tenants, keys and bans, in memory."""

    def __init__(self, database: Database, key: ServerKey) -> None:
        self._database = database
        self._key = key
        self._tenants: dict[str, Tenant] = {}
        self._keys: dict[tuple[str, str], ApiKey] = {}
        self._opened: dict[str, str] = {}
        self._banned: dict[tuple[str, str], list[Ban]] = {}
        self._valid: set[tuple[str, str]] = set()
        self._last_change: int | None = None

    async def refresh(self, now: int) -> list[RightsChange]:
        """Read everything anew; returns whose rights may have changed since the last time."""
        page = await self._database.read(lambda reader: self._look(reader, now))
        self._last_change = page.last_change
        self._tenants = {tenant.id: tenant for tenant in page.tenants}
        sealed = {key.sealed for key in page.keys}
        self._opened = {text: opened for text, opened in self._opened.items() if text in sealed}
        self._keys = {(key.tenant_id, key.id): key for key in page.keys}
        if page.banned is not None:
            self._banned = {}
            for tenant_id, ban in page.banned:
                for subject in (ban.user_id, ban.address_hash):
                    if subject is not None:
                        self._banned.setdefault((tenant_id, subject), []).append(ban)
        # A key that was given an end is over without anybody's doing.
        valid = {name for name, key in self._keys.items() if key.is_valid(now)}
        ended, self._valid = self._valid - valid, valid
        return [*page.changes, *(RightsChange(0, tenant_id, "key", key_id) for tenant_id, key_id in sorted(ended))]

    def _look(self, reader: Reader, now: int) -> _Page:
        last = self._last_change
        changes = [] if last is None else rights.read_after(reader, last)
        found = tenants.list_all(reader)
        are_others = {(it.id, it.created_at) for it in found} != {(it.id, it.created_at) for it in self.tenants}
        is_due = are_others or any(change.kind == "person" for change in changes)
        return _Page(
            found,
            api_keys.list_all(reader),
            changes,
            bans.list_all(reader, now) if is_due else None,
            rights.last(reader) if last is None else changes[-1].number if changes else last,
        )

    def tenant(self, tenant_id: str) -> Tenant:
        """The enabled tenant by this id; raises InvalidTenant."""
        if (tenant := self.find(tenant_id)) is None:
            raise InvalidTenant
        return tenant

    def find(self, tenant_id: str | None) -> Tenant | None:
        """The enabled tenant by this id, if there is one."""
        tenant = None if tenant_id is None else self._tenants.get(tenant_id)
        return None if tenant is None or not tenant.is_enabled else tenant

    @property
    def tenants(self) -> list[Tenant]:
        """All tenants, disabled ones too."""
        return list(self._tenants.values())

    def proofs(self, tenant: Tenant, origin: str | None, now: int) -> Sequence[Proof]:
        """The keys that may prove a person now, for a request from this site (None: not from a browser).

        A key that is for one site is good there only, and where no browser says so, nowhere.
        """
        return [
            Proof(key.id, self._open(key), key.origin)
            for key in self._keys.values()
            if key.tenant_id == tenant.id and key.is_valid(now) and key.origin in {None, origin}
        ]

    def is_proved(self, tenant_id: str, key_id: str | None, now: int) -> bool:
        """Whether the key that a session stands on is still good; None: it stands on none."""
        if key_id is None:
            return True
        key = self._keys.get((tenant_id, key_id))
        return key is not None and key.is_valid(now)

    def ban_of(
        self, tenant_id: str, subjects: Sequence[str | None], now: int, *, is_moderator: bool = False
    ) -> Ban | None:
        """The ban that holds for a person's id or an address's hash, the longest one; a moderator's not for others."""
        found = [
            ban
            for subject in subjects
            if subject is not None
            for ban in self._banned.get((tenant_id, subject), ())
            if (ban.until is None or now < ban.until) and (ban.is_by_admin or not is_moderator)
        ]
        return max(found, key=lambda ban: float("inf") if ban.until is None else ban.until, default=None)

    def _open(self, key: ApiKey) -> str:
        if key.sealed not in self._opened:
            self._opened[key.sealed] = self._key.unseal(key.sealed)
        return self._opened[key.sealed]

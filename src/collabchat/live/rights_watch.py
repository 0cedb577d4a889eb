"""Notices whose rights may have ended, by whatever process, and has their sockets look again.

tenants and rights_change, read anew ─▶ forget what was known ─▶ sockets of whom it concerns give up what they lost
"""

from collections import defaultdict
from functools import partial
from typing import Protocol

from collabchat.clock import now_ms
from collabchat.core.close_codes import CLOSE_FORBIDDEN
from collabchat.identity.access import Access
from collabchat.identity.directory import Directory
from collabchat.identity.register import Register
from collabchat.live.hub import Hub, Party


class Memory(Protocol):
    """Whatever is kept of tenants to be quick."""

    def forget(self, tenant_id: str) -> None:
        """Keep nothing of a tenant."""
        ...


class RightsWatch:
    """Looks once a second, and whenever it is woken."""

    def __init__(self, register: Register, directory: Directory, access: Access, snapshots: Memory, hub: Hub) -> None:
        self._register = register
        self._directory = directory
        self._access = access
        self._snapshots = snapshots
        self._hub = hub

    async def look(self) -> None:
        """Notice what was changed here or by the command line, and who has lost rights by it."""
        before = {tenant.id: tenant for tenant in self._register.tenants if tenant.is_enabled}
        changes = await self._register.refresh(now_ms())
        after = {tenant.id: tenant for tenant in self._register.tenants if tenant.is_enabled}
        self._hub.heed(self._register.tenants)
        # Whose rights may have changed: everybody's at a tenant, or some people's or sessions'.
        everybody: set[str] = set()
        some: defaultdict[str, set[str]] = defaultdict(set)
        for tenant_id, tenant in before.items():
            now = after.get(tenant_id)
            if now is None or now.created_at != tenant.created_at:
                # Who comes back by this id is another.
                for memory in (self._directory, self._access, self._snapshots):
                    memory.forget(tenant_id)
                self._hub.close_tenant(tenant_id, CLOSE_FORBIDDEN)
            elif now.rules != tenant.rules:
                everybody.add(tenant_id)
        self._directory.heed(changes)
        for change in changes:
            match change.kind:
                case "page" | "key":
                    self._access.forget(change.tenant_id)
                    everybody.add(change.tenant_id)
                case "erased":
                    self._access.forget(change.tenant_id)
                    self._snapshots.forget(change.tenant_id)
                case "held":
                    self._access.forget(change.tenant_id)
                    some[change.tenant_id].add(change.subject)
                case "person" | "session":
                    some[change.tenant_id].add(change.subject)
        for tenant_id in everybody:
            await self._hub.look_again(tenant_id)
        for tenant_id in some.keys() - everybody:
            await self._hub.look_again(tenant_id, partial(_is_among, some[tenant_id]))


def _is_among(subjects: set[str], visitor: Party) -> bool:
    """Whether a socket is of one of these people, or sessions."""
    return not subjects.isdisjoint((visitor.user_id, visitor.session_id))

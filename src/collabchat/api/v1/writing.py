"""How those who moderate make a change: once, however often they ask, and as long as they may."""

from collections.abc import Callable

from collabchat.api.parts import Parts
from collabchat.api.v1.asker import Asker
from collabchat.clock import now_ms
from collabchat.storage.operations import hash_request, once
from collabchat.storage.transaction import Transaction, Write


async def write_once(
    asker: Asker, parts: Parts, broadcast_id: str, asked: tuple[object, ...], change: Callable[[Write], object]
) -> bytes:
    """Make a moderator's change, once; whoever sees more or less by it does so at once."""
    tenant, now = asker.tenant, now_ms()

    def run(transaction: Transaction) -> bytes:
        asker.confirm(transaction)
        return once(Write(transaction, tenant, asker.actor, now, broadcast_id), hash_request(*asked), change)

    outcome = await parts.database.write(run)
    parts.access.forget(tenant.id)
    parts.wake()
    return outcome

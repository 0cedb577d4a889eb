"""A database with one tenant, for tests that need no server."""

from pathlib import Path

from collabchat.core.events import Event
from collabchat.core.model import Tenant
from collabchat.storage import tenants
from collabchat.storage.schema import migrate
from collabchat.storage.sqlite import Database
from collabchat.storage.transaction import Transaction

TENANT = Tenant("demo", "Demo", ("https://x.example",), 1)


async def make_database(path: Path) -> Database:
    """Make a database that knows the tenant; the caller closes it."""
    migrate(path)
    database = Database(path)
    await database.write(lambda transaction: tenants.store(transaction, TENANT))
    return database


def append(transaction: Transaction, room: str = "page", *, tenant: Tenant = TENANT, now: int = 5) -> None:
    """Append an event to a room's log."""
    transaction.append(tenant, room, now, lambda seq, at: Event("x", room, seq, at, f"b{seq}", "demo:ana"))

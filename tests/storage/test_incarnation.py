"""A restored backup gets a new incarnation, and nothing else does."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from collabchat.core.model import Tenant
from collabchat.storage import tenants
from collabchat.storage.incarnation import sidecar_of
from collabchat.storage.sqlite import Database
from collabchat.storage.transaction import Transaction
from tests.storing import TENANT, append, make_database


async def epoch_after(path: Path, *changes: Callable[[Transaction], object]) -> str:
    """Open the database, make the changes, and close it; returns the page's epoch."""
    database = Database(path)
    try:
        for change in changes:
            await database.write(change)
        return await database.read(lambda reader: reader.room(TENANT, "page").epoch)
    finally:
        database.close()


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    path = tmp_path / "x.db"
    (await make_database(path)).close()
    return path


async def test_a_restart_keeps_the_epoch(path: Path) -> None:
    before = await epoch_after(path, append)
    assert await epoch_after(path) == await epoch_after(path, append) == before


async def test_a_room_has_its_epoch_before_its_first_event(path: Path) -> None:
    assert await epoch_after(path) == await epoch_after(path, append)


async def test_a_restored_backup_changes_every_epoch_even_when_it_has_passed_the_old_position(path: Path) -> None:
    await epoch_after(path, append)
    backup = path.with_name("backup.db")
    shutil.copy(path, backup)
    before = await epoch_after(path, append, append)
    shutil.copy(backup, path)
    after = await epoch_after(path, append, append, append, append)
    assert after != before
    assert await epoch_after(path) == after


async def test_a_backup_that_misses_nothing_changes_nothing(path: Path) -> None:
    before = await epoch_after(path, append)
    backup = path.with_name("backup.db")
    shutil.copy(path, backup)
    shutil.copy(backup, path)
    assert await epoch_after(path) == before


async def test_without_its_sidecar_a_database_counts_as_restored(path: Path) -> None:
    before = await epoch_after(path, append)
    sidecar_of(path).unlink()
    assert await epoch_after(path) != before


async def test_a_sidecar_that_a_crash_left_behind_changes_nothing(path: Path) -> None:
    await epoch_after(path, append)
    stale = sidecar_of(path).read_bytes()
    before = await epoch_after(path, append)
    sidecar_of(path).write_bytes(stale)
    assert await epoch_after(path) == before


async def test_deleting_a_tenant_changes_no_other_tenants_epochs(path: Path) -> None:
    other = Tenant("other", "Other", (), 1)
    await epoch_after(path, lambda transaction: tenants.store(transaction, other))

    def say_elsewhere(transaction: Transaction) -> None:
        append(transaction, tenant=other)

    before = await epoch_after(path, append, say_elsewhere)
    await epoch_after(path, lambda transaction: tenants.remove(transaction, "other"))
    assert await epoch_after(path) == before


async def test_a_tenant_that_is_deleted_and_made_again_begins_a_new_history(path: Path) -> None:
    before = await epoch_after(path, append)
    again = replace(TENANT, created_at=TENANT.created_at + 1)
    await epoch_after(
        path,
        lambda transaction: tenants.remove(transaction, TENANT.id),
        lambda transaction: tenants.store(transaction, again),
        lambda transaction: append(transaction, tenant=again),
    )
    assert await epoch_after(path) != before

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine

from collabchat.errors import StartupError
from collabchat.storage.schema import NEWEST_VERSION, migrate
from collabchat.storage.tables import metadata


def test_the_migrations_make_exactly_the_tables_that_the_code_uses(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    assert migrate(path) == (None, NEWEST_VERSION)
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    migrate(path)
    before = path.read_bytes()
    assert migrate(path) == (NEWEST_VERSION, NEWEST_VERSION)
    assert path.read_bytes() == before


def test_a_database_of_a_newer_release_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    migrate(path)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StartupError, match="newer collabchat"):
        migrate(path)


def test_a_file_that_is_no_database_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"not a database, but precious" * 100)
    with pytest.raises(StartupError, match="cannot be used as a database"):
        migrate(path)
    assert path.read_bytes() == b"not a database, but precious" * 100

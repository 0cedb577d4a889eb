"""The schema's version: made and renewed by Alembic, from the migrations beside this file."""

import secrets
import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import create_engine, insert
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from collabchat.errors import StartupError
from collabchat.storage.tables import server


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def newest_version() -> str:
    """The version that this release's code needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def migrate(path: Path) -> tuple[str | None, str]:
    """Create or renew the schema of the SQLite file at `path`; return the versions before and after.

    Raises StartupError when the file is no database of ours, or comes from a newer release.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(path, timeout=30), poolclass=NullPool)
    config = _config()
    try:
        with engine.connect() as connection:
            before = MigrationContext.configure(connection).get_current_revision()
            if before == newest_version():
                return before, before
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            connection.rollback()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
            if before is None:
                connection.execute(insert(server).values(key="incarnation", value=secrets.token_urlsafe(9)))
                connection.commit()
    except CommandError as error:
        raise StartupError(
            f"The database {path} was made by a newer collabchat (schema {before}): install that, or restore a backup."
        ) from error
    except DatabaseError as error:
        raise StartupError(f"The file {path} cannot be used as a database: {error.orig}.") from error
    return before, newest_version()

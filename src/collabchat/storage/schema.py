"""The schema's version: made and renewed by Alembic, from the migrations beside this file."""

import secrets
import sqlite3
from pathlib import Path

from sqlalchemy import create_engine, insert
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from collabchat.errors import StartupError
from collabchat.storage.tables import server

NEWEST_VERSION = "0007"
"""The version that this release's code needs: the last of the migrations."""


def migrate(path: Path) -> tuple[str | None, str]:
    """Create or renew the schema of the SQLite file at `path`; return the versions before and after.

    Raises StartupError when the file is no database of ours, or comes from a newer release.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if (version := _read_version(path)) == NEWEST_VERSION:
        return version, version
    return _upgrade(path)


def _read_version(path: Path) -> str | None:
    """The version that a file says it has, without the weight of Alembic; None where it says none."""
    if not path.exists():
        return None
    connection = sqlite3.connect(path, timeout=30)
    try:
        (version,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except (sqlite3.DatabaseError, TypeError):
        return None
    finally:
        connection.close()
    return str(version)


def _upgrade(path: Path) -> tuple[str | None, str]:
    # Alembic takes a third of a second to load, and most starts do not need it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415
    from alembic.util.exc import CommandError  # noqa: PLC0415

    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(path, timeout=30), poolclass=NullPool)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    try:
        with engine.connect() as connection:
            before = MigrationContext.configure(connection).get_current_revision()
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
    return before, NEWEST_VERSION

"""Measures how well the server is: how late its event loop runs, how long a commit takes, what is left of the disk."""

import asyncio
import shutil
import time

from collabchat.core.health import Health, Samples
from collabchat.live.transport.backlog import Backlog
from collabchat.storage.sqlite import Database

LOOK_EVERY_S = 0.1
LAGS_KEPT = 600
"""Of the last minute."""


class HealthWatch:
    """One for each server."""

    def __init__(self, database: Database, backlog: Backlog) -> None:
        self._database = database
        self._backlog = backlog
        self._lags = Samples(LAGS_KEPT)
        self._began = time.monotonic()

    async def measure(self) -> None:
        """Measure how late the event loop runs, for ever."""
        while True:
            due = time.monotonic() + LOOK_EVERY_S
            await asyncio.sleep(LOOK_EVERY_S)
            self._lags.add(max(0.0, time.monotonic() - due) * 1_000)

    def look(self) -> Health:
        """How the server is now."""
        return Health(
            round(self._lags.percentile(99), 2),
            round(self._database.commits_ms.percentile(99), 2),
            self._backlog.closed,
            shutil.disk_usage(self._database.path.parent).free,
            round(time.monotonic() - self._began),
        )

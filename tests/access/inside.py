"""The whole server in this process, so that a reading of its log can be held until something has happened meanwhile."""

import asyncio
import sqlite3
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import httpx

from collabchat.app import Server, lock_database
from collabchat.clock import now_ms
from collabchat.core.model import Tenant
from collabchat.identity.keys import ServerKey
from collabchat.live.transport.asgi import AsgiTransport
from collabchat.live.transport.contract import Handshake
from collabchat.settings import Settings
from collabchat.storage import api_keys, tenants
from collabchat.storage.schema import migrate
from collabchat.storage.sqlite import Database
from collabchat.storage.transaction import Transaction
from tests.live.asgi_socket import Socket
from tests.running import secure_sso

API_KEY = "inside"
READINGS = ("RoomLog.last", "read_log")
"""Who reads the log: a room, for its sockets; and the event log, for clients that ask."""


class Inside:
    """A server with one tenant; its chores run when a test says so."""

    def __init__(self, folder: Path) -> None:
        settings = Settings(data_dir=folder, rate_limits=False)
        migrate(settings.database_path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of libraries' deprecations, which the server's own process does not show
            self.server = Server(settings, lock_database(settings), with_demo=False)
        self.database: Database = self.server.database
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=cast(Any, self.server.app)), base_url="http://x"
        )
        self.is_held = asyncio.Event()
        self.serving: list[asyncio.Task[None]] = []
        self._sockets: list[Socket] = []
        self._held: tuple[str, ...] = ()
        self._failing: tuple[str, ...] = ()
        self._may_go_on = asyncio.Event()
        self._read = self.database.read
        cast(Any, self.database).read = self._read_unless_held
        self._key = ServerKey.load(folder)

    async def open(self) -> "Inside":
        """Make the tenant."""

        def store(transaction: Transaction) -> None:
            tenants.store(transaction, Tenant("demo", "Demo", ("https://x.example",), now_ms()))
            api_keys.add(transaction, "demo", self._key.seal(API_KEY), now_ms())

        await self.database.write(store)
        await self.notice()
        return self

    async def close(self) -> None:
        """End everything."""
        self._may_go_on.set()
        self.server.hub.close()
        for socket in self._sockets:
            socket.hang_up()
        await asyncio.gather(*self.serving)
        await self.http.aclose()
        self.server.close()

    async def notice(self) -> None:
        """The chore of each second."""
        await self.server._rights_watch.look()

    # -- The log -------------------------------------------------------------------------------------------------------

    def hold(self, *readings: str) -> None:
        """From now on nobody who reads this, by default the log, gets what they have read."""
        self._held = readings or READINGS

    def fail(self, *readings: str) -> None:
        """From now on whoever reads this fails; nobody, if nothing is named."""
        self._failing = readings

    def release(self) -> None:
        """They get it."""
        self._held = ()
        self._may_go_on.set()

    async def _read_unless_held(self, query: Callable[[Any], Any]) -> Any:
        if any(name in query.__qualname__ for name in self._failing):
            raise sqlite3.OperationalError("database is locked")
        answer = await self._read(query)
        if any(name in query.__qualname__ for name in self._held):
            self.is_held.set()
            await self._may_go_on.wait()
        return answer

    # -- People --------------------------------------------------------------------------------------------------------

    async def member(self, name: str, *groups: str, **fields: Any) -> dict[str, str]:
        """The headers of somebody who has signed in."""
        told = {"id": name.lower(), "username": name, "groupIds": list(groups) or None, **fields}
        answer = await self.http.post("/sessions/demo", json={"sso": secure_sso(API_KEY, told)})
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['session']}"}

    async def limit(self, page: str, *groups: str) -> None:
        """Say whom a page is for, as the tenant's own servers do."""
        headers = {"X-API-KEY": API_KEY, "X-TENANT-ID": "demo"}
        body = {"urlId": page, "accessibleByGroupIds": list(groups)}
        assert (await self.http.post("/api/v1/pages", json=body, headers=headers)).status_code == 200

    async def snapshot(self, page: str, headers: dict[str, str]) -> dict[str, Any]:
        answer = await self.http.get("/comment-collab-chats/demo", params={"urlId": page}, headers=headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def dial(self, query: str) -> Socket:
        """A socket, as the route serves it."""
        socket = Socket()
        transport = AsgiTransport(cast(Any, socket), self.server.switchboard)
        owner = self.server.door.knock(Handshake(query, "127.0.0.1", None))(transport)

        async def serve() -> None:
            entering = owner.enter()
            try:
                if entering is None or await entering:
                    await transport.serve(owner)
            finally:
                owner.leave()

        self._sockets.append(socket)
        self.serving.append(asyncio.create_task(serve()))
        return socket

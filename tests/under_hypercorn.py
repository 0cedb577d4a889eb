"""The same application under another web server, with the options of `collabchat demo`; says where it listens.

Its data must be there, with a tenant `demo`.
"""

import asyncio
import signal
import socket
import sys
from typing import Any, cast

import click
from hypercorn.asyncio import serve
from hypercorn.config import Config
from hypercorn.typing import ASGIFramework

from collabchat.app import Server, lock_database
from collabchat.settings import Settings, with_options


async def _serve(settings: Settings) -> None:
    server = Server(settings, lock_database(settings), with_demo=True)
    listener = socket.create_server((settings.host, settings.port))
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.errorlog = None
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    sys.stdout.write(f"Open http://127.0.0.1:{listener.getsockname()[1]}/demo\n")
    sys.stdout.flush()
    await serve(cast(ASGIFramework, server.app), config, shutdown_trigger=stop.wait)


@click.command()
@with_options("demo")
def main(**options: Any) -> None:
    """Serve until SIGTERM."""
    asyncio.run(_serve(Settings(**options)))


if __name__ == "__main__":
    main()

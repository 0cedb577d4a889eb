"""The framework's own speed: Litestar one POST that does nothing, under our web server. `… empty PORT`"""

import sys

import uvicorn
from litestar import Litestar, post


@post("/", sync_to_thread=False)
def nothing() -> dict[str, str]:
    """Answer at once."""
    return {"status": "success"}


if __name__ == "__main__":
    app = Litestar(route_handlers=[nothing], logging_config=None)
    uvicorn.run(app, port=int(sys.argv[1]), log_config=None, access_log=False, server_header=False)

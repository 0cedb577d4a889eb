"""Somebody's own web site: pages of a test, on an origin of their own."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ARTICLE = """<main id="article"><h1>About bees</h1>
<p>Bees fly <em>from flower</em> to flower, and carry pollen as they go.</p>
<p>A colony has one queen, some drones and many workers.</p></main>"""

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bees</title>{head}</head>
<body{attributes}>{body}<script src="{server}/js/embed-collab-chat.min.js"></script>
<script>{script}</script></body></html>"""


class Host:
    """Serves pages on 127.0.0.1; `origin` is to be a tenant's."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        pages = self.pages

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = pages.get(self.path.split("?")[0])
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write((body or "").encode())

            def log_message(self, *_args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def page(self, path: str, server: str, script: str, attributes: str = "", head: str = "") -> str:
        """Put a page that runs a script after the widget's; returns its URL."""
        self.pages[path] = PAGE.format(server=server, script=script, body=ARTICLE, attributes=attributes, head=head)
        return self.origin + path

"""Somebody's own web site: pages of a test, on an origin of their own."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.running import Site, secure_sso

ARTICLE = """<main id="article"><h1>About bees</h1>
<p>Bees fly <em>from flower</em> to flower, and carry pollen as they go.</p>
<p>A colony has one queen, some drones and many workers.</p></main>"""

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bees</title>{head}</head>
<body{attributes}>{body}<script src="{server}/js/embed-collab-chat.min.js"></script>
<script>{script}</script></body></html>"""

TAG_ALONE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bees</title></head><body>{body}
<script src="{server}/js/embed-collab-chat.min.js" async data-tenant-id="{tenant}" data-url-id="{url_id}"
data-target="#article"></script></body></html>"""


START = 'window.widget = CollabChat(document.querySelector("#article"), {config});'


def sso(site: Site, name: str, **user: Any) -> dict[str, Any]:
    """What somebody's site says of its reader, sealed by its key."""
    return secure_sso(site.api_key, {"id": name.lower(), "username": name, **user})


class Host:
    """Serves pages on 127.0.0.1; `origin` is to be a tenant's. `asked` are the paths of all requests so far."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.policies: dict[str, str] = {}
        self.asked: list[str] = []
        pages, policies, asked = self.pages, self.policies, self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                path = self.path.split("?")[0]
                body = pages.get(path)
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                if path in policies:
                    self.send_header("Content-Security-Policy", policies[path])
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

    def tag_page(self, path: str, server: str, tenant: str, url_id: str, policy: str) -> str:
        """Put a page that has nothing of ours but the tag, under a Content-Security-Policy; returns its URL."""
        self.pages[path] = TAG_ALONE.format(server=server, tenant=tenant, url_id=url_id, body=ARTICLE)
        self.policies[path] = policy
        return self.origin + path

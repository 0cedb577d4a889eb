"""`/dashboard`: the page from which a server's tenants are run, and what it loads; all from here."""

import re
from collections.abc import Sequence

from litestar import MediaType, Response, get
from litestar.exceptions import InternalServerException
from litestar.handlers import HTTPRouteHandler
from litestar.router import Router
from litestar.static_files import create_static_files_router

from collabchat.api.asking import AnyRequest
from collabchat.api.site import PACKAGE, STATIC, answer_no_file

PATHS = [
    "/dashboard",
    "/dashboard/{one:str}",
    "/dashboard/{one:str}/{two:str}",
    "/dashboard/{one:str}/{two:str}/{three:str}",
]
"""The page itself reads what stands behind its name: tenant, view and more."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src {connect}; img-src 'self' https: data:; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
_HOST = re.compile(r"[\w.\-\[\]:]+", re.ASCII)


@get(PATHS, include_in_schema=False)
async def dashboard_page(request: AnyRequest) -> Response[bytes]:
    """The dashboard, whoever asks: it signs them in."""
    host = request.headers.get("host", "")
    # Not every browser takes 'self' to mean the same host's sockets, too.
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    headers = {
        "Content-Security-Policy": POLICY.format(connect=f"'self'{sockets}"),
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-cache",
    }
    return Response((PACKAGE / "api" / "dashboard.html").read_bytes(), media_type=MediaType.HTML, headers=headers)


def dashboard_routes() -> Sequence[HTTPRouteHandler | Router]:
    """The page, and its script and style under /dashboard-assets."""
    assets = create_static_files_router(
        "/dashboard-assets",
        [STATIC / "dashboard"],
        cache_control=None,
        include_in_schema=False,
        exception_handlers={InternalServerException: answer_no_file},
    )
    return [dashboard_page, assets]

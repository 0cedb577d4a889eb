"""What a browser loads from here: the widget, the API's documentation, and the demo site."""

from collections.abc import Sequence
from importlib.resources import files
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from litestar import MediaType, Response, get
from litestar.exceptions import InternalServerException
from litestar.response import Redirect
from litestar.router import Router
from litestar.static_files import create_static_files_router

from collabchat.api.asking import AnyRequest
from collabchat.api.failures import answer_framework, answer_refusal
from collabchat.errors import NotFound

PACKAGE = Path(str(files("collabchat")))
STATIC = PACKAGE / "static"
SITE = PACKAGE / "demo" / "site"

DOCS_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-cache",
}
DEMO_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' https: data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; require-trusted-types-for 'script'"
    ),
    # The dashboard shows it as an example.
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cache-Control": "no-cache",
}


def static_routes() -> Sequence[Router]:
    """The widget under /js, and what /docs needs, from the package itself."""
    return [
        create_static_files_router(
            "/js",
            [STATIC / "js"],
            cache_control=None,
            include_in_schema=False,
            exception_handlers={InternalServerException: answer_no_file},
        ),
        create_static_files_router(
            "/docs-assets",
            [STATIC / "docs"],
            include_in_schema=False,
            exception_handlers={InternalServerException: answer_no_file},
        ),
    ]


def answer_no_file(request: AnyRequest, error: InternalServerException) -> Response[dict[str, object]]:
    """A name that no file can have, too long or of a file's inside, is the framework's failure and the asker's."""
    return (
        answer_refusal(request, NotFound())
        if isinstance(error.__cause__, OSError)
        else answer_framework(request, error)
    )


@get("/openapi.json", include_in_schema=False)
async def openapi(request: AnyRequest) -> dict[str, Any]:
    """The API's description, OpenAPI 3.1."""
    return request.app.openapi_schema.to_schema()


@get(["/docs", "/docs/{name:str}"], include_in_schema=False)
async def docs_page(name: str = "") -> Response[bytes]:
    """The API's description, for people, and the script that shows it."""
    if name not in {"", "docs.js"}:
        raise NotFound
    file = PACKAGE / "api" / (name or "docs.html")
    return Response(file.read_bytes(), media_type=guess_type(file.name)[0], headers=DOCS_HEADERS)


@get("/", include_in_schema=False)
async def home() -> Redirect:
    """Lead to the demo."""
    return Redirect("/demo")


@get(["/demo", "/demo/{name:str}"], include_in_schema=False)
async def demo_page(name: str = "index") -> Response[Any]:
    """A page or asset of the demo site; pages go without their `.html`."""
    known = {path.name for path in SITE.iterdir()}
    if f"{name}.html" in known:
        return Response((SITE / f"{name}.html").read_bytes(), media_type=MediaType.HTML, headers=DEMO_HEADERS)
    if name in known and not name.endswith(".html"):
        media_type = guess_type(name)[0]
        return Response((SITE / name).read_bytes(), media_type=media_type, headers={"Cache-Control": "no-cache"})
    raise NotFound


demo_routes = [home, demo_page]

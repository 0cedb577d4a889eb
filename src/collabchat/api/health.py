"""`/healthz`: the process answers. `/readyz`: it can do its work."""

import sqlite3

from litestar import Response, get
from msgspec import Struct

from collabchat.api.parts import Parts
from collabchat.storage import tenants


class Health(Struct):
    """`status` is `success`, or `failed` with a reason."""

    status: str
    reason: str = ""


@get("/healthz", summary="Is the process alive?", tags=["Health"])
async def healthz() -> Health:
    """Answer at once, without touching the data."""
    return Health("success")


@get("/readyz", summary="Can it serve?", tags=["Health"])
async def readyz(parts: Parts) -> Response[Health]:
    """Answer 200 when the database can be read, else 503."""
    try:
        await parts.database.read(tenants.list_all)
    except sqlite3.Error as error:
        return Response(Health("failed", f"The database cannot be read: {error}."), status_code=503)
    return Response(Health("success"))

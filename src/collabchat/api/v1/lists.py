"""How the lists of `/api/v1` are asked for: in parts, and by what is looked for."""

from typing import Annotated

from litestar.params import QueryParameter

from collabchat.api.asking import check_text

LIMIT_MAX = 100
SEARCH_MAX = 200

Limit = Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)]
Cursor = Annotated[str | None, QueryParameter(description="nextCursor of the answer before")]
Search = Annotated[str, QueryParameter(description=f"words, a name or a page; at most {SEARCH_MAX} characters")]


def check_search(text: str) -> str:
    """Words to look for; raises InvalidInput."""
    return check_text("search", text.strip(), SEARCH_MAX)

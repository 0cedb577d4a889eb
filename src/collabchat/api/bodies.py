"""Request bodies, read strictly: a number is not a string, and a mistake is named by its path.

The framework converts what it can (`"10"` to 10), as queries need it; a body has types of its own, so it is decoded
here first.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Request
from litestar.exceptions import InternalServerException

from collabchat.errors import InvalidInput


def strict_body(type_: type[Any]) -> Callable[[Request[Any, Any, Any]], Awaitable[None]]:
    """A `before_request` hook that raises InvalidInput, naming the field, unless the body is a `type_` in JSON."""
    decoder = msgspec.json.Decoder(type_)

    async def check(request: Request[Any, Any, Any]) -> None:
        try:
            # Fields that are passed over are not looked at, and must be text all the same.
            decoder.decode((await request.body()).decode())
        except msgspec.ValidationError as error:
            raise explain(str(error)) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InvalidInput("body", "must be a JSON object in UTF-8.") from error
        except InternalServerException as error:
            # The framework's word for a client that has gone: nobody hears the answer, and nothing of ours has failed.
            raise InvalidInput("body", "ended before it was complete.") from error
        except RecursionError as error:
            raise InvalidInput("body", "is nested too deeply.") from error

    return check


def explain(message: str) -> InvalidInput:
    """Turn msgspec's words into ours: `Expected `str`, got `int` - at `$.range`` names the field `range`."""
    message, _, path = message.partition(" - at `$")
    field = path.rstrip("`").removeprefix(".")
    if "missing required field" in message:
        missing = message.rsplit("`", 2)[-2]
        return InvalidInput(f"{field}.{missing}" if field else missing, "is missing.")
    return InvalidInput(field or "body", f"{message}.")

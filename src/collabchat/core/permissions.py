"""Who may do what, as one table.

| operation                     | admin | moderator | author or creator | anyone with a name | nobody in particular |
|-------------------------------|-------|-----------|-------------------|--------------------|----------------------|
| read, watch                   | yes   | yes       | yes               | yes                | yes                  |
| create, reply, resolve, reopen| yes   | yes       | yes               | yes                |                      |
| rename, re-attach, delete     | yes   | yes       | yes               |                    |                      |
| edit a comment                | yes   | yes       | yes               |                    |                      |
"""

from collabchat.core.model import Actor
from collabchat.errors import Forbidden, Unauthenticated


def require_identity(actor: Actor | None) -> Actor:
    """Return the actor who may write; raise Unauthenticated when there is none, or a guest without a name."""
    if actor is None:
        raise Unauthenticated
    if not actor.name:
        raise Unauthenticated("Say who you are first: give a guestName, or sign in.")
    return actor


def require_owner(actor: Actor, owner_id: str, doing: str) -> None:
    """Allow what only the author, a moderator or an admin may do; raise Forbidden, naming what was asked."""
    if actor.id != owner_id and not (actor.is_moderator or actor.is_admin):
        raise Forbidden(f"Only its author or a moderator may {doing}.")

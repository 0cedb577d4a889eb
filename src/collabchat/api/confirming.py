"""Whether somebody of the site still may do what they were let in for: looked at in the transaction of the deed.

Sessions, keys and roles are known by heart for up to a second, and may go while a deed waits for its turn to write.
"""

from collabchat.clock import now_ms
from collabchat.core.model import Actor, Tenant
from collabchat.errors import Unauthenticated
from collabchat.identity.directory import SESSION_ENDED
from collabchat.storage import api_keys, people
from collabchat.storage.transaction import Transaction

CHANGED = "What you may do has changed meanwhile: look again."


def confirm_person(transaction: Transaction, tenant: Tenant, actor: Actor) -> None:
    """Let pass whose session, if any, and key are good, and who is no less than they were; raises Unauthenticated."""
    key_id, current = actor.key_id, people.find(transaction, tenant.id, actor.id)
    if actor.session_id:
        session = people.find_session(transaction, tenant.id, actor.session_id)
        if session is None or session.expires_at <= now_ms():
            raise Unauthenticated(SESSION_ENDED)
        key_id, current = session.key_id, session.actor
    if not is_good(transaction, tenant, key_id):
        raise Unauthenticated(SESSION_ENDED)
    if current is None or (actor.is_moderator, actor.is_admin) > (current.is_moderator, current.is_admin):
        raise Unauthenticated(CHANGED)


def is_good(transaction: Transaction, tenant: Tenant, key_id: str | None) -> bool:
    """Whether the key that proves somebody has not ended; None: none does."""
    return key_id is None or any(key.id == key_id for key in api_keys.list_of(transaction, tenant.id, now_ms()))

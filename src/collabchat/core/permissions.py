"""Who may see and do what, in one place: for HTTP, for sockets, for what they missed and for what comes.

| operation                            | who                                                                          |
|--------------------------------------|------------------------------------------------------------------------------|
| see, watch                           | whom the page's groups and the circle's let in; admins                       |
| see what waits for a moderator       | its author; moderators, if they may see where it belongs; admins             |
| see spam and what was hidden         | moderators, if they may see where it belongs; admins                         |
| start, reply, resolve, reopen        | as the tenant's rules say; never viewers, nor anybody without a name         |
| rename, re-attach, edit              | author or creator, moderators, admins                                        |
| rename, re-attach to other words     | of these, whose words do not wait for a moderator                            |
| delete                               | as the tenant's rules say: authors, moderators, admins                       |
| reply, edit, delete what is locked   | nobody; but a ban may delete what was written                                |
| ban, take a ban back                 | moderators; of moderators and admins, admins only                            |
| take out or erase a person's data    | they themselves, if the site vouches for them or nobody can be them; admins  |

Groups of a page or circle, against a person's (`-`: none at all):

| required | own           | open | closed |
|----------|---------------|------|--------|
| -        | any           | yes  | yes    |
| list     | -             | yes  | no     |
| list     | empty         | no   | no     |
| list     | in common     | yes  | yes    |
| list     | none in common| no   | no     |
| empty    | any           | no   | no     |

A circle is always closed. Source of the open column: FastComments' guide to groups; closed is our default.
"""

from typing import Literal

from collabchat.core.model import SIMPLE, STAFF, Actor, Audience, Groups, Rules
from collabchat.errors import Forbidden, NotFound, Unauthenticated

Act = Literal["start", "reply", "resolve"]

_DOING: dict[Act, str] = {"start": "start a discussion", "reply": "reply", "resolve": "resolve or reopen a discussion"}


def may_enter(rules: Rules, actor: Actor | None) -> bool:
    """Whether somebody may read at a tenant at all."""
    if rules.require_sso == "no":
        return True
    if actor is None:
        return False
    return actor.is_from_site if rules.require_sso == "simple" else not actor.is_guest


def may_see(rules: Rules, audience: Audience, actor: Actor | None) -> bool:
    """Whether somebody may see what is in a room."""
    if actor is not None and actor.is_admin:
        return True
    own = None if actor is None else actor.groups
    is_open = rules.page_access == "open"
    return (
        may_enter(rules, actor)
        and _is_among(audience, actor)
        and all(_admits(groups, own, is_open=is_open) for groups in audience.pages)
        and all(_admits(groups, own, is_open=False) for groups in audience.around)
    )


def _is_among(audience: Audience, actor: Actor | None) -> bool:
    """Whether somebody is one of those for whom alone a room is."""
    if audience.person is None and not audience.is_staffs:
        return True
    return actor is not None and (actor.id == audience.person or (audience.is_staffs and actor.is_moderator))


def authorise(rules: Rules, audience: Audience, actor: Actor | None) -> None:
    """Let pass who may see a room; raises NotFound, as if there were none, and Unauthenticated who has to sign in."""
    require_entry(rules, actor)
    if not may_see(rules, audience, actor):
        raise NotFound


def require_entry(rules: Rules, actor: Actor | None) -> None:
    """Let pass who may read at a tenant at all; raises Unauthenticated, whether what is asked for is there or not."""
    if not may_enter(rules, actor):
        raise Unauthenticated("This site shows its discussions to those only who have signed in there.")


def _admits(required: Groups, own: Groups | None, *, is_open: bool) -> bool:
    if own is None:
        return is_open and bool(required)
    return not set(required).isdisjoint(own)


def require_writer(rules: Rules, actor: Actor | None) -> Actor:
    """Return the actor who may write; raises Unauthenticated when there is none or no name, Forbidden for viewers."""
    if actor is None:
        raise Unauthenticated
    if not actor.name:
        raise Unauthenticated("Say who you are first: give a guestName, or sign in.")
    require_entry(rules, actor)
    if actor.is_guest and not rules.guests:
        raise Forbidden("This site takes no guests (any more): sign in on the site first.")
    if actor.role == "viewer":
        raise Forbidden("You may read here, not write.")
    return actor


def require_may(rules: Rules, actor: Actor, act: Act) -> None:
    """Allow what the tenant's rules let this actor do; raises Forbidden, naming what was asked."""
    who = {"start": rules.start, "reply": rules.reply, "resolve": rules.resolve}[act]
    if not _is_one_of(who, actor):
        raise Forbidden(f"On this site only {who} may {_DOING[act]}.")


def require_owner(actor: Actor, owner_id: str, doing: str) -> None:
    """Allow what only the author, a moderator or an admin may do; raises Forbidden, naming what was asked."""
    if actor.id != owner_id and not actor.is_moderator:
        raise Forbidden(f"Only its author or a moderator may {doing}.")


def require_may_delete(rules: Rules, actor: Actor, owner_id: str, what: str) -> None:
    """Allow a deletion to whom the tenant's rules allow it; raises Forbidden."""
    if rules.delete == "authors":
        require_owner(actor, owner_id, f"delete {what}")
    elif not _is_one_of(rules.delete, actor):
        raise Forbidden(f"On this site only {rules.delete} may delete {what}.")


def require_may_share_with(actor: Actor, groups: Groups) -> None:
    """Allow a private conversation for groups that the actor belongs to, or any to an admin; raises Forbidden."""
    if not actor.is_admin and not set(groups) <= set(actor.groups or ()):
        raise Forbidden("A private discussion may be shared with groups of your own only.")


def require_moderator(actor: Actor | None) -> Actor:
    """Return the moderator or admin who may see and make bans; raises Unauthenticated or Forbidden."""
    if actor is None:
        raise Unauthenticated
    if not actor.is_moderator:
        raise Forbidden("Only moderators and admins may see and make bans.")
    return actor


def require_may_ban(actor: Actor, user_id: str, user: Actor | None) -> None:
    """Let moderators ban writers, and admins anybody but themselves; `user` is what is known of the banned."""
    if user_id == actor.id:
        raise Forbidden("You cannot ban yourself.")
    is_above = user_id.startswith(STAFF) or (user is not None and user.is_moderator)
    if is_above and not actor.is_admin:
        raise Forbidden("Only an admin may ban moderators and admins.")


def require_data_of(actor: Actor | None, user_id: str | None) -> tuple[Actor, str]:
    """Return who asks, and whose data they may take out or erase (None: their own).

    Raises Unauthenticated or Forbidden.
    """
    if actor is None:
        raise Unauthenticated
    if actor.id.startswith(SIMPLE) and user_id in {None, actor.id}:
        raise Forbidden("Nobody vouches that you are who you say: ask the site to do this for you.")
    if user_id not in {None, actor.id} and not actor.is_admin:
        raise Forbidden("Only they themselves or an admin may ask for a person's data.")
    return actor, user_id or actor.id


def _is_one_of(who: str, actor: Actor) -> bool:
    match who:
        case "members":
            return not actor.is_guest
        case "moderators":
            return actor.is_moderator
        case "admins":
            return actor.is_admin
    return True

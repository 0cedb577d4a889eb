"""Who may see and do what: FastComments' table of groups, our closed one, and the tenant's rules."""

import pytest
from msgspec.structs import replace

from collabchat.core.model import Actor, Audience, Groups, Role, Rules
from collabchat.core.permissions import (
    Act,
    authorise,
    may_see,
    require_may,
    require_may_delete,
    require_may_share_with,
    require_owner,
    require_writer,
)
from collabchat.errors import Forbidden, NotFound, Refusal, Unauthenticated

ANA = Actor("demo", "demo:ana", "s", "Ana")
GUEST = Actor("demo", "anon:1", "s", "Gus", is_guest=True)
SIMPLE = Actor("demo", "simple:1", "s", "Sim", is_guest=True)
OPEN, CLOSED = Rules(page_access="open"), Rules()


def of(role: Role) -> Actor:
    return replace(ANA, id=f"demo:{role}", role=role)


@pytest.mark.parametrize(
    ("required", "own", "is_open", "is_closed"),
    [
        (None, None, True, True),
        (None, ("a",), True, True),
        (("a", "b"), None, True, False),
        (("a", "b"), (), False, False),
        (("a", "b"), ("b", "c"), True, True),
        (("a", "b"), ("c",), False, False),
        ((), None, False, False),
        ((), ("a",), False, False),
    ],
)
def test_groups_of_a_page(required: Groups | None, own: Groups | None, is_open: bool, is_closed: bool) -> None:
    actor = replace(ANA, groups=own)
    assert may_see(OPEN, Audience(() if required is None else (required,)), actor) is is_open
    assert may_see(CLOSED, Audience(() if required is None else (required,)), actor) is is_closed
    assert may_see(CLOSED, Audience(() if required is None else (required,)), of("admin"))
    assert may_see(OPEN, Audience(() if required is None else (required,)), None) is may_see(
        OPEN, Audience(() if required is None else (required,)), ANA
    )
    assert may_see(CLOSED, Audience(() if required is None else (required,)), None) is (required is None)


def test_a_circle_is_closed_whatever_the_pages_are() -> None:
    audience = Audience(around=(("a",),))
    assert not may_see(OPEN, audience, ANA)
    assert not may_see(OPEN, audience, of("moderator"))
    assert may_see(OPEN, audience, replace(ANA, groups=("a",)))
    assert not may_see(CLOSED, Audience((("b",),), (("a",),)), replace(ANA, groups=("a",)))
    assert may_see(CLOSED, Audience((("b",),), (("a",),)), replace(ANA, groups=("a", "b")))


@pytest.mark.parametrize(("level", "let_in"), [("no", 4), ("simple", 3), ("secure", 1)])
def test_who_has_to_have_signed_in_on_the_site(level: str, let_in: int) -> None:
    rules = replace(Rules(), require_sso=level)
    people = [ANA, SIMPLE, replace(SIMPLE, id="simple:2"), GUEST]
    assert sum(may_see(rules, Audience(), each) for each in people) == let_in
    assert may_see(rules, Audience(), None) is (level == "no")


def test_who_may_not_see_a_room_is_told_that_there_is_none() -> None:
    with pytest.raises(NotFound):
        authorise(CLOSED, Audience((("a",),)), ANA)
    with pytest.raises(Unauthenticated):
        authorise(Rules(require_sso="secure"), Audience((("a",),)), GUEST)
    authorise(CLOSED, Audience(), None)


@pytest.mark.parametrize(
    ("somebody", "refusal"),
    [
        (None, Unauthenticated),
        (replace(GUEST, name=""), Unauthenticated),
        (of("viewer"), Forbidden),
    ],
)
def test_who_does_not_write(somebody: Actor | None, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        require_writer(Rules(), somebody)


def test_who_writes() -> None:
    assert require_writer(Rules(), ANA) is ANA
    assert require_writer(Rules(), GUEST) is GUEST
    with pytest.raises(Forbidden, match="no guests"):
        require_writer(Rules(guests=False), GUEST)
    assert require_writer(Rules(guests=False), ANA) is ANA


LADDER = [GUEST, ANA, of("moderator"), of("admin")]


@pytest.mark.parametrize("act", ["start", "reply", "resolve"])
@pytest.mark.parametrize(("who", "first"), [("anyone", 0), ("members", 1), ("moderators", 2), ("admins", 3)])
def test_the_tenants_rules_say_who_may(act: Act, who: str, first: int) -> None:
    rules = replace(Rules(), **{act: who})
    for step, actor in enumerate(LADDER):
        if step >= first:
            require_may(rules, actor, act)
        else:
            with pytest.raises(Forbidden, match=who):
                require_may(rules, actor, act)


@pytest.mark.parametrize("role", ["moderator", "admin"])
def test_the_author_a_moderator_and_an_admin_may_and_nobody_else(role: Role) -> None:
    require_owner(ANA, ANA.id, "edit")
    require_owner(of(role), ANA.id, "edit")
    with pytest.raises(Forbidden, match="edit this"):
        require_owner(Actor("demo", "demo:bo", "s", "Bo"), ANA.id, "edit this")


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("authors", {ANA, of("moderator"), of("admin")}),
        ("moderators", {of("moderator"), of("admin")}),
        ("admins", {of("admin")}),
    ],
)
def test_who_deletes(who: str, may: set[Actor]) -> None:
    rules = replace(Rules(), delete=who)
    for actor in (*LADDER, replace(ANA, id="demo:bo")):
        if actor in may:
            require_may_delete(rules, actor, ANA.id, "this")
        else:
            with pytest.raises(Forbidden, match="delete this"):
                require_may_delete(rules, actor, ANA.id, "this")


def test_private_discussions_are_shared_with_groups_of_ones_own() -> None:
    member = replace(ANA, groups=("a", "b"))
    require_may_share_with(member, ("a",))
    require_may_share_with(of("admin"), ("z",))
    for groups in (("z",), ("a", "z")):
        with pytest.raises(Forbidden):
            require_may_share_with(member, groups)
    with pytest.raises(Forbidden):
        require_may_share_with(ANA, ("a",))

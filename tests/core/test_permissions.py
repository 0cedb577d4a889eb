import pytest

from collabchat.core.model import Actor
from collabchat.core.permissions import require_identity, require_owner
from collabchat.errors import Forbidden, Unauthenticated

ANA = Actor("demo", "demo:ana", "s", "Ana")


@pytest.mark.parametrize("nobody", [None, Actor("demo", "anon:1", "s", "", is_guest=True)])
def test_who_has_no_name_does_not_write(nobody: Actor | None) -> None:
    with pytest.raises(Unauthenticated):
        require_identity(nobody)
    assert require_identity(ANA) is ANA


@pytest.mark.parametrize(
    "other",
    [Actor("demo", "demo:mo", "s", "Mo", is_moderator=True), Actor("demo", "demo:ad", "s", "Ad", is_admin=True)],
)
def test_the_author_a_moderator_and_an_admin_may_and_nobody_else(other: Actor) -> None:
    require_owner(ANA, ANA.id, "edit")
    require_owner(other, ANA.id, "edit")
    with pytest.raises(Forbidden, match="edit this"):
        require_owner(Actor("demo", "demo:bo", "s", "Bo"), ANA.id, "edit this")

import json
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from collabchat.core.events import Chat, ChatComment, Event, encode, iso_date, new_chat, page_comment
from collabchat.core.model import Anchor, Comment, Conversation, Person

ANA, BO = Person("demo:ana", "Ana"), Person("demo:bo", "Bo")
NOW = 1_763_841_600_123


def conversation(created_at: int = NOW, comment_count: int = 1) -> Conversation:
    anchor = Anchor(quote="words", start=1, end=6, v=1)
    return Conversation(
        "demo", "c1", "page", "page", "page:p:0:1,0:6", "0:1,0:6", "p", "Title", anchor, created_at, ANA, comment_count,
        created_at, None, None, None, None,
    )  # fmt: skip


def comment(author: Person = ANA, created_at: int = NOW, edited_at: int | None = None) -> Comment:
    return Comment("demo", "m1", "t", None, author, False, "hi", "hi", "", None, None, created_at, edited_at, None)


@given(st.text())
def test_a_frame_reads_the_same_with_and_without_percent_decoding(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    event = Event("updated-text-chat", "page %41", 1, 1, "b", "u", Chat("c"), ChatComment("m", text))
    frame = encode(event).decode()
    assert json.loads(frame)["comment"]["commentHTML"] == text
    assert json.loads(unquote(frame)) == json.loads(frame)


def test_what_equals_the_event_or_the_default_is_left_out() -> None:
    chat = new_chat(conversation(), NOW)
    assert (chat.created_at, chat.comment_count, chat.last_comment_at) == (UNSET, UNSET, UNSET)
    first = page_comment(comment(), ANA, NOW, is_first=True)
    assert (first.user_id, first.commenter_name, first.date) == (UNSET, UNSET, UNSET)


def test_what_differs_is_told() -> None:
    chat = new_chat(conversation(NOW - 5, comment_count=2), NOW)
    assert (chat.created_at, chat.comment_count, chat.last_comment_at) == (NOW - 5, 2, NOW - 5)
    edited = page_comment(comment(BO, NOW - 5, edited_at=NOW), ANA, NOW)
    assert (edited.user_id, edited.commenter_name, edited.edited_at) == ("demo:bo", "Bo", NOW)
    assert edited.date == iso_date(NOW - 5) == "2025-11-22T20:00:00.118Z"

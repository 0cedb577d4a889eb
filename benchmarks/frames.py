"""How large the frames are: encoded as the server does, for ids and names of real lengths."""

import msgspec

from collabchat.core.events import Chat, Event, PresenceUpdate, encode, new_chat, page_comment
from collabchat.core.model import Anchor, Comment, Conversation, Person

BROADCAST_ID = "40b305aa-fb3f-46ab-876b-0acab84dc1e3"
NOW = 1_763_841_600_123
ENGLISH = (
    "Everyone has the right to freedom of opinion and expression; this right includes freedom to hold opinions "
    "without interference and to seek, receive and impart information and ideas through any media and so on."
)[:200]
UKRAINIAN = (
    "Кожна людина має право на свободу переконань і на вільне їх виявлення; це право включає свободу безперешкодно "
    "дотримуватися своїх переконань та свободу шукати, одержувати і поширювати інформацію та ідеї"
)[:200]


def new_conversation(words: str) -> bytes:
    """The frame of a new conversation: `words` selected with 32 units of context each side, and written."""
    ana = Person("anon:UNhUJsJY", "Olena")
    range_ = "0/12/0:15,0/12/0:215{1f2e3d4c}"
    anchor = Anchor(quote=words, start=1_042, end=1_042 + len(words), prefix=words[:32], suffix=words[-32:], v=1)
    chat = Conversation(
        "demo", "mgNniQcF", "book-p2", "book-p2", f"book-p2:p:{range_}", range_, "p", None, anchor, NOW, ana, 1, NOW,
        None, None, None, None,
    )  # fmt: skip
    comment = Comment("demo", "De9oQv7E", "t", None, ana, True, words, words, "", None, None, NOW, None, None)
    event = Event(
        "new-text-chat", "book-p2", 1_042, NOW, BROADCAST_ID, ana.id, new_chat(chat, NOW),
        page_comment(comment, ana, NOW, is_first=True),
    )  # fmt: skip
    return encode(event)


def report() -> None:
    """Print the size of each kind of frame, in bytes of its payload."""
    counter = Event(
        "updated-text-chat",
        "book-p2",
        1_043,
        NOW,
        BROADCAST_ID,
        "anon:UNhUJsJY",
        Chat("mgNniQcF", comment_count=2),
    )
    joined = PresenceUpdate("p-u", "book-p2", "6t33F2iU", 12, NOW, ["anon:UNhUJsJY"])
    rows = {
        "new-text-chat, 200 + 200 characters, English (limit 1,000)": len(new_conversation(ENGLISH)),
        "new-text-chat, 200 + 200 characters, Ukrainian (limit 1,500)": len(new_conversation(UKRAINIAN)),
        "updated-text-chat, a counter": len(encode(counter)),
        "p-u, one joiner": len(encode(joined)),
    }
    assert msgspec.json.decode(new_conversation(ENGLISH))["chat"]["anchor"]["quote"] == ENGLISH
    print("\nframes (bytes)")
    for name, size in rows.items():
        print(f"  {name:<62} {size:>6}")

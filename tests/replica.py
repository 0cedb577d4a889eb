"""What a client knows of a page, kept up to date by nothing but events: the reference for every other reducer.

    apply(the snapshot's conversations, event) -> the conversations of a snapshot taken after that event

Shapes are the wire's. An event leaves out what equals its own field (`createdAt` = `timestamp`) or the default
(`commentCount` 1), so that is filled in here. Nothing that was given is changed.
"""

from typing import Any

Conversation = dict[str, Any]
Event = dict[str, Any]

UNTOLD = ("isUnread", "pageTitle")
"""What no event of a new conversation tells: the first differs per reader, the second is the page's own."""

MARKS = ("isLocked", "isPinned")
"""Told by a snapshot only where they are true."""


def apply(conversations: list[Conversation], event: Event) -> list[Conversation]:
    """The conversations after one event of the page room; an event of an unknown type changes none."""
    known = {conversation["_id"]: conversation for conversation in conversations}
    id_ = event.get("chat", {}).get("_id")
    if event["type"] == "deleted-text-chat":
        known.pop(id_, None)
    elif event["type"] == "new-text-chat":
        known[id_] = _begin(event)
    elif event["type"] == "updated-text-chat" and id_ in known:
        known[id_] = {**known[id_], **_changes(known[id_], event)}
    return sorted(known.values(), key=lambda conversation: (conversation["createdAt"], conversation["_id"]))


def comparable(conversations: list[Conversation]) -> list[Conversation]:
    """The conversations without what a snapshot tells and events do not, nor marks that are taken away."""
    return [
        {name: it[name] for name in sorted(it) if name not in UNTOLD and not (name in MARKS and it[name] is False)}
        for it in conversations
    ]


def _begin(event: Event) -> Conversation:
    timestamp = event["timestamp"]
    unsaid = {
        "selector": None,
        "anchor": None,
        "createdAt": timestamp,
        "commentCount": 1,
        "lastCommentAt": timestamp,
        "isResolved": False,
        "resolvedBy": None,
        "resolvedAt": None,
    }
    return {**unsaid, **event["chat"]}


def _changes(old: Conversation, event: Event) -> Conversation:
    changes: Conversation = dict(event["chat"])
    comment = event.get("comment")
    if comment is not None and "editedAt" not in comment:  # a new one
        changes.setdefault("lastCommentAt", event["timestamp"])
    if "isResolved" in changes and changes["isResolved"] != old["isResolved"]:
        changes.setdefault("resolvedAt", event["timestamp"] if changes["isResolved"] else None)
    return changes

"""Guards against spam, with what they remember: who wrote what a moment ago. Held in memory: a restart forgives."""

from collections import OrderedDict
from collections.abc import Iterable

from collabchat.core.model import Actor, Tenant
from collabchat.core.spam import REPEATED_WITHIN_MS, find_blocked, fingerprint, suspect, suspect_repeat
from collabchat.core.spam import Guards as Taken
from collabchat.errors import SpamSuspected

KEPT_TEXTS = 50_000
REPEATS_MAX = 1
"""A reader may honestly leave the same remark in two places."""


class Guards:
    """Looks at what guests and members write; moderators and admins know what they do."""

    def __init__(self, *, is_on: bool = True) -> None:
        self._is_on = is_on
        # Who wrote what: by which writes, and when (epoch ms). A write that is tried again is no repeat.
        self._written: OrderedDict[tuple[str, str, str], dict[str, int]] = OrderedDict()

    def check(self, tenant: Tenant, actor: Actor | None, text: str, html: str, trap: str = "") -> None:
        """Refuse what looks like abuse; raises SpamSuspected."""
        if actor is not None and actor.is_moderator:
            return
        rules = tenant.rules
        suspicion = suspect(text, html, Taken(rules.max_links, rules.blocked_words), trap)
        if suspicion is not None:
            raise SpamSuspected(suspicion.rule, suspicion.reason)

    def check_quoted(self, tenant: Tenant, actor: Actor | None, texts: Iterable[str]) -> None:
        """Refuse a quote or a page's title with words that the site does not take; raises SpamSuspected.

        Links in them lead nowhere, and are the page's own.
        """
        if actor is not None and actor.is_moderator:
            return
        for text in texts:
            if (found := find_blocked(text, tenant.rules.blocked_words)) is not None:
                raise SpamSuspected("words", f"This site does not take “{found}”, in a quote or title either.")

    def known_title(self, tenant: Tenant, actor: Actor | None, title: str | None) -> str | None:
        """A page's title as its reader's browser tells it; none if it has words that the site does not take.

        It is no reason to refuse anything: the reader did not write it, and cannot mend it.
        """
        is_theirs = actor is not None and actor.is_moderator
        return title if is_theirs or find_blocked(title or "", tenant.rules.blocked_words) is None else None

    def check_name(self, tenant: Tenant, name: str) -> None:
        """Refuse a name that the site does not take; raises SpamSuspected."""
        if (found := find_blocked(name, tenant.rules.blocked_words)) is not None:
            raise SpamSuspected("words", f"This site does not take “{found}” in a name: please choose another.")

    def check_repeats(self, actor: Actor, address_hash: str, text: str, broadcast_id: str, now: int) -> None:
        """Refuse what the same guest, or another at the same address, has said before; raises SpamSuspected.

        Whom the site vouches for may say a thing as often as they like. Runs on the writer's thread, like all changes.
        """
        if not self._is_on or not actor.is_guest or (mark := fingerprint(text)) is None:
            return
        for who in (actor.id, address_hash):
            written = self._written.setdefault((actor.tenant_id, who, mark), {})
            self._written.move_to_end((actor.tenant_id, who, mark))
            for old in [name for name, at in written.items() if now - at >= REPEATED_WITHIN_MS]:
                del written[old]
            earlier = [at for name, at in written.items() if name != broadcast_id]
            if len(earlier) > REPEATS_MAX and (suspicion := suspect_repeat(max(earlier), now)) is not None:
                raise SpamSuspected(suspicion.rule, suspicion.reason)
            written[broadcast_id] = now
        while len(self._written) > KEPT_TEXTS:
            self._written.popitem(last=False)

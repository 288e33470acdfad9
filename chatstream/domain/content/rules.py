"""What the rules against abuse say of a text that is to be published.

The lists are those of the chat; the limits are not: a text that is read by many has more links than
a message, and is not masked. What the chat would mask, a person looks at.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator

from chatstream.domain.abuse.links import Link, within
from chatstream.domain.abuse.messages import Message, invites, read
from chatstream.domain.abuse.own_words import Reader
from chatstream.domain.abuse.policy import Policy
from chatstream.domain.abuse.verdicts import Reason
from chatstream.domain.content.posts import ContentVerdict
from chatstream.domain.content.texts import Draft

_MARKS = re.compile(r"[*_`\\]|~~")
"""What emphasises or escapes in Markdown, and is not shown."""
LINKS = 20
"""So many links pass; more of them are looked at by a person."""
REPEATS = 3
"""So many posts of an author may say the same in an hour."""


def judge_draft(
    policy: Policy, draft: Draft, reader: Reader | None = None
) -> tuple[ContentVerdict, tuple[str, ...]]:
    """The verdict, and the rules that it is for; `reader` as for `messages.read`.

    Every part is judged as it was typed and as the page shows it: Markdown resolves references
    to characters and takes its own marks away.
    """
    refused: set[Reason] = set()
    doubtful: set[Reason] = set()
    links: set[Link] = set()
    for part in (draft.title, *draft.tags, draft.body):
        bare = _MARKS.sub("", html.unescape(part))
        if bare != part:
            _judge_words(read(policy, bare, reader), refused, doubtful)
    for part in _parts(draft):
        message = read(policy, part, reader)
        links |= set(message.links)
        _judge_words(message, refused, doubtful)
        if any(within(link, policy.hosts.banned) for link in message.links):
            refused.add(Reason.BANNED_LINK)
        if invites(policy, message):
            doubtful.add(Reason.INVITATIONS)
    if len(links) > LINKS:
        doubtful.add(Reason.LINKS)
    if _repeats(policy, draft.body):
        doubtful.add(Reason.REPEAT)
    if refused:
        return ContentVerdict.REFUSED, _named(refused)
    return (ContentVerdict.REVIEW if doubtful else ContentVerdict.ACCEPTED), _named(doubtful)


def gist_of(policy: Policy, draft: Draft, reader: Reader | None = None) -> str:
    """A mark that is equal for bodies that say the same; `reader` as for `messages.read`."""
    return read(policy, draft.body, reader).gist


def judge_repeats(
    verdict: ContentVerdict, reasons: tuple[str, ...], others: int
) -> tuple[ContentVerdict, tuple[str, ...]]:
    """The verdict, when so many other posts of its author said the same in the last hour."""
    if verdict is ContentVerdict.ACCEPTED and others >= REPEATS:
        return ContentVerdict.REVIEW, (str(Reason.REPEAT),)
    return verdict, reasons


def _parts(draft: Draft) -> Iterator[str]:
    """The body as it was typed comes last: whoever asks for its gist then finds it read."""
    for part in (draft.title, *draft.tags, draft.body):
        shown = html.unescape(part)
        if shown != part:
            yield shown
        yield part


def _judge_words(message: Message, refused: set[Reason], doubtful: set[Reason]) -> None:
    for found in message.found:
        (refused if found.refused else doubtful).add(Reason.BANNED_WORD)


def _repeats(policy: Policy, body: str) -> bool:
    """Whether a line comes more often than the chat lets it come in a minute."""
    lines = (" ".join(line.split()).casefold() for line in body.splitlines())
    long = Counter(line for line in lines if len(line) >= policy.room.short)
    return any(count > policy.room.repeats.count for count in long.values())


def _named(reasons: set[Reason]) -> tuple[str, ...]:
    return tuple(sorted(map(str, reasons)))

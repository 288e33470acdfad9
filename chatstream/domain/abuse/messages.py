"""What the rules look at in a message, read once: its words, its links, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2s

from chatstream.domain.abuse.gist import gist_of
from chatstream.domain.abuse.links import Link, foreign, links_of, within
from chatstream.domain.abuse.matching import Found, Matcher
from chatstream.domain.abuse.normalising import normalise
from chatstream.domain.abuse.own_words import Reader
from chatstream.domain.abuse.policy import Policy

_KEPT = 4

_matchers: dict[str, Matcher] = {}


@dataclass(frozen=True, slots=True)
class Message:
    """A message as the rules see it; `gist` is equal for messages that say the same."""

    text: str
    gist: str
    letters: int
    links: tuple[Link, ...]
    found: tuple[Found, ...]


_latest: list[tuple[Policy, Reader | None, Message]] = []


@dataclass(frozen=True, slots=True)
class MessageTrace:
    """What may be kept of a message without its text: `gist` as in Message, `links` counted."""

    gist: str
    letters: int
    links: int = 0
    invites: bool = False


def trace_of(policy: Policy, message: Message) -> MessageTrace:
    """What the rules over all rooms look at."""
    return MessageTrace(message.gist, message.letters, len(message.links), invites(policy, message))


def read(policy: Policy, text: str, reader: Reader | None = None) -> Message:
    """The message under the policy; the same for the same policy, text and reader.

    `reader` tells listed words from parts of ordinary ones (`chatstream.domain.abuse.own_words`).
    """
    for former, by, message in _latest:  # the rules of the room and of the account ask in turn
        if former is policy and by is reader and message.text == text:
            return message
    message = _read(policy, text, reader)
    _latest[:] = [(policy, reader, message)]
    return message


def _read(policy: Policy, text: str, reader: Reader | None) -> Message:
    normal = normalise(text)
    found = tuple(foreign(links_of(text, normal.written), policy.hosts))
    said = gist_of(normal, has_link=bool(found))
    return Message(
        text,
        blake2s(said.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest(),
        len(said),
        found,
        tuple(matcher_of(policy).find_in(normal, reader)),
    )


def matcher_of(policy: Policy) -> Matcher:
    """The compiled word lists of the policy, kept by its version; the last few are."""
    matcher = _matchers.get(policy.version)
    if matcher is None or (matcher.words is not policy.words and matcher.words != policy.words):
        matcher = Matcher(policy.words)
        _matchers.pop(policy.version, None)
        while len(_matchers) >= _KEPT:
            del _matchers[next(iter(_matchers))]
        _matchers[policy.version] = matcher
    return matcher


def invites(policy: Policy, message: Message) -> bool:
    """Whether the message leads to another chat."""
    return any(within(link, policy.hosts.invitations) for link in message.links)

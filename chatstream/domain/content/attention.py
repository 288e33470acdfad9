"""Likes and views of posts: each counts once, and the counts follow them exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol

from chatstream.domain.decisions import Accept, Decision, Refuse, Unchanged
from chatstream.errors import ErrorCode

NO_POST = Refuse(ErrorCode.CONTENT_NOT_FOUND, "there is no such post")


class AttentionAct(StrEnum):
    """What a reader does with a post; the value is the fact's type."""

    LIKE = "liked"
    UNLIKE = "unliked"
    VIEW = "viewed"


@dataclass(slots=True)
class Counts:
    """How often a post was seen and liked; mutable, so that a batch builds on itself."""

    views: int = 0
    likes: int = 0


class Countable(Protocol):
    """A post as far as it is counted here."""

    views: int
    likes: int


# (contentId, the reader's account id)
Reader = tuple[str, str]


@dataclass(slots=True)
class Attention:
    """Who likes and has seen what, and the counts of posts, wish after wish of a batch.

    `counts` has the posts that are published now, `hidden` the readers who may not see one; `likes`
    and `seen` are what holds, `seen` of the one `day`. `liked` says of each pair that was decided
    whether it likes now, `views` has the pairs that are to be kept.
    """

    day: date
    counts: Mapping[str, Countable]
    hidden: frozenset[Reader] = frozenset()
    likes: frozenset[Reader] = frozenset()
    seen: frozenset[Reader] = frozenset()
    liked: dict[Reader, bool] = field(default_factory=dict)
    views: set[Reader] = field(default_factory=set)

    def decide(self, act: AttentionAct, content_id: str, account_id: str) -> Decision[AttentionAct]:
        """Judge an act, on what the former ones left; a like of what is hidden may end."""
        reader = (content_id, account_id)
        is_gone = content_id not in self.counts
        if act is AttentionAct.UNLIKE and is_gone:
            return Unchanged()
        if is_gone or (act is not AttentionAct.UNLIKE and reader in self.hidden):
            return NO_POST
        is_so = {
            AttentionAct.LIKE: self._likes(reader),
            AttentionAct.UNLIKE: not self._likes(reader),
            AttentionAct.VIEW: reader in self.seen or reader in self.views,
        }
        return Unchanged() if is_so[act] else Accept((act,))

    def apply(self, act: AttentionAct, content_id: str, account_id: str) -> Countable:
        """Carry out what was accepted; the counts of the post are those after it."""
        counts, reader = self.counts[content_id], (content_id, account_id)
        match act:
            case AttentionAct.LIKE:
                self.liked[reader], counts.likes = True, counts.likes + 1
            case AttentionAct.UNLIKE:
                self.liked[reader], counts.likes = False, counts.likes - 1
            case AttentionAct.VIEW:
                self.views.add(reader)
                counts.views += 1
        return counts

    def _likes(self, reader: Reader) -> bool:
        return self.liked.get(reader, reader in self.likes)

    @property
    def begun(self) -> list[Reader]:
        """Likes that are to be kept, in order."""
        return sorted(each for each, likes in self.liked.items() if likes > (each in self.likes))

    @property
    def ended(self) -> list[Reader]:
        """Likes that are to go, in order."""
        return sorted(each for each, likes in self.liked.items() if likes < (each in self.likes))

"""What a copy of the posts still lacks of the table that it is made from.

A copy with the cursor `n` has of every post a state of fact `n` or later. Whoever brings it further
gives the states of all posts that changed since, each of the last fact or later, and moves the
cursor at once: so it may be done twice, and by two who do not know of each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Pending:
    """The posts that changed in the table after the fact `since`, up to `upto`.

    `posts`: the ids, each with the last of its facts.
    """

    since: int
    upto: int
    posts: dict[str, int] = field(default_factory=dict)

    @classmethod
    def at(cls, cursor: int) -> Pending:
        """Nothing has changed since the fact."""
        return cls(cursor, cursor)

    def changed(self, facts: Iterable[tuple[int, str]]) -> None:
        """The table has these facts, (number, post), dense and ascending; repeats change nothing.

        After a gap only what follows it is known: a copy that is behind cannot be brought on.
        """
        for number, post in facts:
            if number > self.upto + 1:
                self.restart(number - 1)
            self.upto = max(self.upto, number)
            self.posts[post] = max(number, self.posts.get(post, 0))

    def confirmed(self, cursor: int) -> None:
        """The copy has come to this fact."""
        self.since = max(self.since, cursor)
        self.given(self.posts, cursor)

    def given(self, posts: Iterable[str], upto: int) -> None:
        """These are in the copy as of that fact or later; who changed since is pending still."""
        for post in list(posts):
            if self.posts.get(post, upto + 1) <= upto:
                del self.posts[post]

    def restart(self, cursor: int) -> None:
        """What changed up to here is not known one by one any more."""
        self.since = self.upto = cursor
        self.posts.clear()

"""A group as it is watched: its windows, and what each sample of its positions tells."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from chatstream.domain.lag.states import (
    Commit,
    LagState,
    Sampling,
    seconds_to_catch_up,
    state_of,
    worst,
)

Place = tuple[str, int]
"""A topic and the number of a partition."""


@dataclass(frozen=True, slots=True)
class GroupPosition:
    """A group in a partition: the offset that it committed, and what the broker holds.

    `is_held`: a member of the group is given the partition.
    """

    committed: int
    begin: int
    end: int
    is_held: bool

    @property
    def lag(self) -> int:
        """Records from the committed offset to the end, those that are lost among them."""
        return max(0, self.end - self.committed)

    @property
    def first(self) -> int:
        """The offset of the first record that it has to read, of those that are there."""
        return max(self.committed, self.begin)

    @property
    def lost(self) -> int:
        """Records that the broker deleted before they were committed."""
        return max(0, min(self.begin, self.end) - self.committed)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionLag:
    """How far a group is behind in a partition, and how it does.

    `seconds`: how old the first record is that it has not committed; None: not known. `catch_up`:
    as states.seconds_to_catch_up.
    """

    topic: str
    partition: int
    position: GroupPosition
    state: LagState
    seconds: float | None
    catch_up: float | None

    @property
    def lag(self) -> int:
        """In records."""
        return self.position.lag

    @property
    def lost(self) -> int:
        """See GroupPosition."""
        return self.position.lost


@dataclass(frozen=True, slots=True)
class Together:
    """Several partitions as one: the gravest state, sums, the longest times."""

    state: LagState
    lag: int
    lost: int
    most: int
    seconds: float | None
    catch_up: float | None


@dataclass(frozen=True, slots=True)
class GroupLag:
    """A group at a moment (seconds since 1970): its members, and its partitions in order."""

    group: str
    at: float
    members: int
    partitions: tuple[PartitionLag, ...]

    @property
    def together(self) -> Together:
        """All of it."""
        return together(self.partitions)

    @property
    def topics(self) -> Iterable[tuple[str, Sequence[PartitionLag]]]:
        """Its partitions by topic."""
        for topic, found in groupby(self.partitions, key=lambda each: each.topic):
            yield topic, list(found)


def together(partitions: Sequence[PartitionLag]) -> Together:
    """Several as one; a time that is not known of one that is behind is not known of all."""
    behind = [each for each in partitions if each.lag]
    catch_ups = [each.catch_up for each in behind]
    known = [each for each in catch_ups if each is not None]
    seconds = [each.seconds for each in behind if each.seconds is not None]
    is_known = len(seconds) > 0 or not behind
    return Together(
        state=worst(each.state for each in partitions),
        lag=sum(each.lag for each in partitions),
        lost=sum(each.lost for each in partitions),
        most=max((each.lag for each in partitions), default=0),
        seconds=max(seconds, default=0.0) if is_known else None,
        catch_up=max(known, default=0.0) if len(known) == len(catch_ups) else None,
    )


@dataclass(slots=True)
class _Watched:
    """The window of one partition."""

    commits: deque[Commit]
    ends: deque[int] = field(default_factory=deque)


class GroupWatch:
    """The windows of a group; fed with each sample in the order of time.

    A sample counts as a commit where a member holds the partition, since that member stands by the
    offset, and wherever the offset is another one than before.
    """

    def __init__(self, group: str, sampling: Sampling) -> None:
        self.group = group
        self._sampling = sampling
        self._watched: dict[Place, _Watched] = {}

    @property
    def places(self) -> Collection[Place]:
        """The partitions of the last sample."""
        return self._watched.keys()

    def observe(
        self,
        at: float,
        members: int,
        positions: Mapping[Place, GroupPosition],
        ages: Mapping[Place, float] | None = None,
    ) -> GroupLag:
        """Take a sample and tell of it; `ages` as PartitionLag.seconds, of those that are behind.

        What is not among the positions any more is forgotten.
        """
        self._watched = {place: self._watched.get(place) or self._new() for place in positions}
        known = ages or {}
        return GroupLag(
            self.group,
            at,
            members,
            tuple(
                self._look(at, place, positions[place], known.get(place))
                for place in sorted(positions)
            ),
        )

    def _new(self) -> _Watched:
        length = self._sampling.length
        return _Watched(deque(maxlen=length), deque(maxlen=length))

    def _look(self, at: float, place: Place, now: GroupPosition, age: float | None) -> PartitionLag:
        watched = self._watched[place]
        commits = watched.commits
        if now.is_held or not commits or commits[-1].offset != now.committed:
            commits.append(Commit(now.committed, at, now.lag))
        watched.ends.append(now.end)
        return PartitionLag(
            topic=place[0],
            partition=place[1],
            position=now,
            state=state_of(commits, watched.ends, now.lag, at, self._sampling),
            seconds=age if now.lag else 0.0,
            catch_up=seconds_to_catch_up(commits, now.lag),
        )

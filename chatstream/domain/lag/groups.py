"""Which groups, and which of their topics, are read by anybody at all."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from chatstream.domain.lag.watching import GroupPosition, Place

_VERSION = re.compile(r"-v\d+$")


def replaced(members: Mapping[str, int]) -> Collection[str]:
    """Of groups by their number of members: the empty ones of which another version is read.

    Faust puts the version behind the name: what counts anew does so in a group of its own, and
    leaves the old one behind (`chatstream-stats`, `chatstream-stats-v2`).
    """
    read = {_VERSION.sub("", group) for group, count in members.items() if count}
    return {
        group for group, count in members.items() if not count and _VERSION.sub("", group) in read
    }


def still_read(
    positions: Mapping[Place, GroupPosition], *, is_stable: bool
) -> Mapping[Place, GroupPosition]:
    """Without the topics that the group has left, whose offsets the broker keeps for days.

    Those are topics of which a group that has shared everything out gave no partition to anybody.
    """
    if not is_stable:
        return positions
    held = {topic for (topic, _), position in positions.items() if position.is_held}
    return {place: position for place, position in positions.items() if place[0] in held}

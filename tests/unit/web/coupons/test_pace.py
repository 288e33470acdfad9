"""How many claims are decided in a second."""

from __future__ import annotations

from web.coupons.pace import OVER, ClaimPace


class World:
    """A pace, and a clock that is set."""

    def __init__(self) -> None:
        self.now = 100.0
        self.pace = ClaimPace(lambda: self.now)

    def decided(self, count: int, campaign: str = "c") -> None:
        for _ in range(count):
            self.pace.heard(campaign)


def test_a_front_that_has_just_begun_knows_no_pace() -> None:
    world = World()
    world.decided(5)
    assert world.pace.rate("c") == 0


def test_the_pace_is_that_of_the_whole_seconds_there_are() -> None:
    world = World()
    world.decided(5)
    world.decided(90, "d")
    world.now = 101.5
    world.decided(7)
    assert world.pace.rate("c") == 5
    world.now = 102.0
    assert world.pace.rate("c") == 6


def test_what_is_long_ago_counts_no_more() -> None:
    world = World()
    world.decided(100)
    world.now += OVER
    assert world.pace.rate("c") == 100 / OVER
    world.now += 1
    assert world.pace.rate("c") == 0

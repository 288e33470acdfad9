"""How much a run measures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """Numbers of a full run; times in seconds, rates in messages a second."""

    rooms: int = 50
    members: int = 4
    seconds: float = 20
    warm_up: float = 4
    rate: int = 100
    gateway_seconds: float = 10
    crowd: int = 1000
    crowd_rate: int = 20
    crowd_seconds: float = 15
    idle: int = 2000
    idle_first: int = 100
    returning: int = 2000
    words_seconds: float = 10
    listed_rooms: int = 500
    history: int = 1_000_000
    asked: int = 300
    large_room: int = 10_000
    joins: int = 100
    judged: int = 20_000
    flood_rate: int = 50
    flood_seconds: float = 20
    vocabulary: int = 50_000
    backlog: int = 100_000
    batched: int = 3_000
    table_words: int = 1_000_000
    logged: int = 20_000
    searched: int = 1_000_000
    idle_seconds: float = 20
    sockets_few: int = 1000
    sockets_many: int = 5000
    skipped: int = 200_000
    table_rows: int = 200_000
    step_seconds: float = 6
    step_senders: int = 64
    claimants: int = 50_000
    claims: int = 100_000
    coupons: int = 5_000
    claims_at_once: int = 256
    late_claims: int = 10_000
    locked_claims: int = 20_000
    posts: int = 600
    post_rate: float = 10
    post_authors: int = 40
    lonely_seconds: float = 15
    traced_seconds: float = 5
    feed_posts: int = 1_000_000
    indexed_posts: int = 200_000
    feed_authors: int = 1_000
    followers: int = 100_000

    @property
    def accounts(self) -> int:
        """Every member of every room is another account, and sends."""
        return self.rooms * self.members


TINY = Sizes(
    rooms=3,
    members=2,
    seconds=1,
    warm_up=0.5,
    rate=20,
    gateway_seconds=1,
    crowd=12,
    crowd_rate=5,
    crowd_seconds=1,
    idle=20,
    idle_first=4,
    returning=200,
    words_seconds=1,
    listed_rooms=20,
    history=2_000,
    asked=5,
    large_room=200,
    joins=2,
    judged=200,
    flood_rate=10,
    flood_seconds=2,
    vocabulary=500,
    backlog=300,
    batched=100,
    table_words=2_000,
    logged=200,
    searched=2_000,
    idle_seconds=1,
    sockets_few=10,
    sockets_many=30,
    skipped=500,
    table_rows=1_000,
    step_seconds=1,
    step_senders=4,
    claimants=60,
    claims=120,
    coupons=10,
    claims_at_once=16,
    late_claims=20,
    locked_claims=100,
    posts=12,
    post_rate=6,
    post_authors=6,
    lonely_seconds=1,
    traced_seconds=0.5,
    feed_posts=600,
    indexed_posts=300,
    feed_authors=20,
    followers=50,
)
"""Enough to see that everything works; its figures say nothing."""

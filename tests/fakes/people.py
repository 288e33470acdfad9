"""What people decided about each other, in memory, with the rules of the stores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from chatstream.domain.decisions import Accept, Refuse
from chatstream.domain.lines import Settled, in_fact_order
from chatstream.domain.people import Circle, FriendAct, Ties
from chatstream.domain.times import now_text
from chatstream.ports.accounts import Names, Profile
from chatstream.ports.blocks import BlockNews
from chatstream.ports.copies import BlockFact
from chatstream.ports.people import (
    Acquaintance,
    FriendChange,
    FriendChangeOutcome,
    FriendChangeWish,
)
from tests.fakes.pages import page


class FakeBlocks:
    """ports.copies.CopyStore of blocks; `known` has the newest news of each pair."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], BlockNews] = {}

    @property
    def held(self) -> set[tuple[str, str]]:
        """The pairs (blocker, blocked) that hold now."""
        return {pair for pair, one in self.known.items() if one.holds}

    async def keep(self, news: Sequence[BlockNews], /) -> None:
        for one in news:
            pair = (one.blocker_id, one.blocked_id)
            if pair not in self.known or self.known[pair].fact_no < one.fact_no:
                self.known[pair] = one


NEVER_OLDER = 2**63 - 1


class FakeProfiles:
    """ports.copies.CopyStore of profiles, and ports.accounts.ProfileReader."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[str, str, int]] = {}

    async def keep(self, profiles: Sequence[Profile], /) -> None:
        for each in profiles:
            fact_no = NEVER_OLDER if each.user_id is None else each.fact_no
            if each.account_id not in self.known or self.known[each.account_id][2] < fact_no:
                self.known[each.account_id] = (each.user_id or "", each.name or "", fact_no)

    async def names(self, account_ids: Sequence[str]) -> Mapping[str, Names]:
        return {each: self.known[each][:2] for each in account_ids if each in self.known}


class FakePeople:
    """ports.people.FriendStore and PeopleReader over accounts added by hand, or by their wishes."""

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.friendships: set[tuple[str, str]] = set()
        self.blocked: set[tuple[str, str]] = set()
        self.facts: dict[tuple[str, str], FriendChange] = {}
        self.settled = Settled()
        self.erased: set[str] = set()
        self.heads: Counter[int] = Counter()

    def add(self, account_id: str, user_id: str, name: str) -> None:
        """Make an account."""
        self.ids[user_id] = account_id
        self.names[user_id] = name

    def erase(self, account_id: str) -> None:
        """Make a tombstone of it."""
        self.erased.add(account_id)
        for user_id in [each for each, of in self.ids.items() if of == account_id]:
            del self.ids[user_id]
        for ties in (self.friendships, self.blocked):
            ties -= {pair for pair in ties if account_id in pair}

    # -- FriendStore -------------------------------------------------------------------------

    async def carry_out(
        self, generation: int | None, wishes: Sequence[FriendChangeWish]
    ) -> Sequence[FriendChangeOutcome]:
        return in_fact_order(self.judge(index, wish) for index, wish in enumerate(wishes))

    def judge(self, index: int, wish: FriendChangeWish) -> FriendChangeOutcome:
        """Carry out one wish."""
        if wish.identity in self.facts:
            return FriendChangeOutcome(index, self.facts[wish.identity])
        if wish.account_id not in self.ids.values() and wish.account_id not in self.erased:
            self.add(wish.account_id, wish.user_id, wish.user_id)
        handles = {account_id: user_id for user_id, account_id in self.ids.items()}
        target_id = self.ids.get(wish.target_user_id)
        pair = (wish.account_id, target_id or "")
        ties = Ties(pair in self.friendships, pair in self.blocked, pair[::-1] in self.blocked)
        circle = Circle(handles, {pair: ties})
        decided = circle.decide(wish.act, wish.account_id, target_id)
        decision = self.settled.uphold(wish, decided)
        if isinstance(decision, Refuse):
            return FriendChangeOutcome(index, None, decision.code, decision.reason)
        if not isinstance(decision, Accept) or target_id is None:
            return FriendChangeOutcome(index)
        circle.apply(wish.act, *pair)
        for held, holds in ((self.friendships, ties.is_friend), (self.blocked, ties.is_blocked)):
            (held.add if holds else held.discard)(pair)
        self.heads[wish.partition] += 1
        self.facts[wish.identity] = FriendChange(
            self.heads[wish.partition],
            wish.act,
            handles[wish.account_id],
            target_id,
            wish.target_user_id,
            now_text(),
        )
        return FriendChangeOutcome(index, self.facts[wish.identity])

    # -- PeopleReader ------------------------------------------------------------------------

    async def friends(
        self, account_id: str, cursor: str | None, limit: int
    ) -> tuple[Sequence[Acquaintance], str | None]:
        return self._page(
            "friends",
            account_id,
            {b for a, b in self.friendships if a == account_id},
            cursor,
            limit,
        )

    async def blocks(
        self, account_id: str, cursor: str | None, limit: int
    ) -> tuple[Sequence[Acquaintance], str | None]:
        return self._page(
            "blocks", account_id, {b for a, b in self.blocked if a == account_id}, cursor, limit
        )

    def _page(
        self, name: str, account_id: str, wanted: set[str], cursor: str | None, limit: int
    ) -> tuple[Sequence[Acquaintance], str | None]:
        handles = [user_id for user_id, each in self.ids.items() if each in wanted]
        handles.sort(key=lambda user_id: (self.names[user_id].lower(), user_id))
        kept, more = page(name, handles, cursor, limit)
        return [self._seen(account_id, each) for each in kept], more

    def _seen(self, account_id: str, user_id: str) -> Acquaintance:
        pair = (account_id, self.ids[user_id])
        return Acquaintance(
            user_id, self.names[user_id], pair in self.friendships, pair in self.blocked
        )

    async def search(self, account_id: str, prefix: str, limit: int) -> Sequence[Acquaintance]:
        key = prefix.lower()
        visible = [
            user_id
            for user_id, each in self.ids.items()
            if each != account_id and (each, account_id) not in self.blocked
        ]
        by_handle = sorted(each for each in visible if each.startswith(key))
        by_name = sorted(
            (each for each in visible if self.names[each].lower().startswith(key)),
            key=lambda user_id: (self.names[user_id].lower(), user_id),
        )
        found = dict.fromkeys([*by_handle, *by_name])
        return [self._seen(account_id, each) for each in list(found)[:limit]]

    async def block_fact(self, account_id: str, user_id: str) -> BlockFact | None:
        target_id = self.ids.get(user_id, "")
        numbers = [
            change.fact_no
            for (actor_id, _), change in self.facts.items()
            if (actor_id, change.target_id) == (account_id, target_id)
            and change.act in (FriendAct.BLOCK, FriendAct.UNBLOCK)
        ]
        return BlockFact(account_id, target_id, max(numbers)) if numbers else None

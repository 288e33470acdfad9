"""The lines of posts and of their inspections, in memory: what their stores decide, without SQL."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from chatstream.domain.content.attention import Attention, Reader
from chatstream.domain.content.inspections import InspectionBoard
from chatstream.domain.content.popular import day_of
from chatstream.domain.content.posts import HeldPost
from chatstream.domain.lines import Fact, Identity, Numbers, Settled, Wish, in_fact_order
from chatstream.ports.contents import ContentAnswer, ContentWish
from chatstream.ports.inspections import InspectionAnswer, InspectionWish
from infra.postgres import content_records, inspection_records
from infra.postgres.content_records import Posts, Traces, VisiblePosts
from infra.postgres.inspection_records import Boards

_START = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass
class FakeLine:
    """Numbers, facts and settled answers of one line; each batch comes a second later."""

    former: dict[Identity, list[Fact]] = field(default_factory=dict)
    settled: Settled = field(default_factory=Settled)
    heads: Counter[int] = field(default_factory=Counter)
    batches: int = 0

    def begin(self, wishes: Sequence[Wish]) -> Numbers:
        self.batches += 1
        heads = {wish.partition: self.heads[wish.partition] for wish in wishes}
        now = _START + timedelta(seconds=self.batches)
        return Numbers(heads, now, deepcopy(self.former), settled=Settled(dict(self.settled.known)))

    def end(self, numbers: Numbers) -> None:
        self.former, self.settled = numbers.former, numbers.settled
        self.heads.update({p: head - self.heads[p] for p, head in numbers.heads.items()})

    def rewrite(self, content_id: str, change: Callable[[str, bool], str]) -> None:
        """Change the kept bodies of a post's facts, each told whether it is about a version."""
        for facts in self.former.values():
            for index, fact in enumerate(facts):
                if fact.values["content_id"] == content_id:
                    its_version = fact.values["version"] is not None
                    body = change(fact.values["body"], its_version)
                    facts[index] = replace(fact, values={**fact.values, "body": body})


@dataclass
class FakeContents:
    """The line of posts; `erased` are accounts, `posts` by contentId, `likes` and `seen` pairs."""

    posts: dict[str, HeldPost] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    likes: set[Reader] = field(default_factory=set)
    seen: set[Reader] = field(default_factory=set)
    line: FakeLine = field(default_factory=FakeLine)
    asked: list[ContentWish] = field(default_factory=list)

    async def carry_out(
        self, generation: int | None, wishes: Sequence[ContentWish]
    ) -> Sequence[ContentAnswer]:
        return self.decide(wishes)

    def decide(self, wishes: Sequence[ContentWish]) -> list[ContentAnswer]:
        self.asked.extend(wishes)
        numbers = self.line.begin(wishes)
        held = deepcopy(self.posts)
        posts = Posts(held=held, erased=frozenset(self.erased))
        posts.attention = attention = Attention(
            day=day_of(numbers.now),
            counts=VisiblePosts(held),
            likes=frozenset(self.likes),
            seen=frozenset(self.seen),
        )
        posts.traces = {
            (each.content_id, each.account_id): self._traces(each.content_id, each.account_id)
            for each in wishes
            if (each.content_id, each.account_id) in self.likes | self.seen
        }
        answers = [
            content_records.answer(numbers, posts, index, wish) for index, wish in enumerate(wishes)
        ]
        self.posts = posts.held
        self.likes = (self.likes | set(attention.begun)) - set(attention.ended)
        self.seen |= attention.views
        self.likes -= set(posts.forgotten)
        self.seen -= set(posts.forgotten)
        self.line.end(numbers)
        for content_id in posts.deleted:
            self.line.rewrite(content_id, _without_text)
        for content_id, account_id in posts.forgotten:
            self.line.rewrite(content_id, partial(_without_name, account_id))
        return in_fact_order(answers)

    def _traces(self, content_id: str, account_id: str) -> Traces:
        reader = content_id, account_id
        return Traces(int(reader in self.likes), int(reader in self.seen))


def _without_name(account_id: str, body: str, _: bool) -> str:
    """What stays of a fact that names an erased account."""
    return body.replace(account_id, "")


def _without_text(body: str, is_about_version: bool) -> str:
    """What stays of a fact of a deleted post."""
    found = json.loads(body)
    blank = {"title": "", "body": "", "tags": [], "note": ""}
    if is_about_version:
        found.update({name: blank[name] for name in blank.keys() & found.keys()})
    return json.dumps(found)


@dataclass
class FakeInspections:
    """The line of the inspections of the posts in `contents`."""

    contents: FakeContents = field(default_factory=FakeContents)
    boards: dict[str, InspectionBoard] = field(default_factory=dict)
    line: FakeLine = field(default_factory=FakeLine)

    async def carry_out(
        self, generation: int | None, wishes: Sequence[InspectionWish]
    ) -> Sequence[InspectionAnswer]:
        return self.decide(wishes)

    def decide(self, wishes: Sequence[InspectionWish]) -> list[InspectionAnswer]:
        numbers = self.line.begin(wishes)
        boards = Boards(deepcopy(self.boards), frozenset(self.contents.erased))
        for wish in wishes:
            board, post = boards.of(wish.content_id), self.contents.posts.get(wish.content_id)
            is_there = post is not None and not post.is_deleted
            board.latest = post.version if post is not None and is_there else None
            board.author_id = post.author_id if post is not None else None
            board.is_visible = post is not None and post.is_visible
        answers = [
            inspection_records.answer(numbers, boards, index, wish)
            for index, wish in enumerate(wishes)
        ]
        self.boards = boards.held
        self.line.end(numbers)
        return in_fact_order(answers)

"""The lines in memory and on real Postgres answer alike, whatever is asked in whichever order.

What is promised of races is proved in memory (tests/unit/domain/content/test_races.py); this is why
it holds of the stores.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.contents.following import apply_of, inspect_of
from chatstream.domain.content.posts import ContentVerdict
from chatstream.domain.partitions import partition_of
from chatstream.ports.accounts import Profile
from chatstream.ports.contents import ContentAct, ContentWish
from chatstream.ports.inspections import InspectionAct, InspectionWish, Judgement
from chatstream.settings import PostgresSettings
from infra.postgres.pool import Database
from schemas import codec, records
from schemas.contexts.contents import CONTENT, INSPECTION
from tests.contract.content_rig import PARTITIONS, ContentRig, ask, placed, wish
from tests.fakes.content_lines import FakeContents, FakeInspections

VERSIONS, BODIES = st.integers(1, 3), st.sampled_from(("하나", "둘", "셋"))
VERDICTS = st.sampled_from(ContentVerdict)
FINAL = st.sampled_from((ContentVerdict.ACCEPTED, ContentVerdict.REFUSED))
STEPS = st.one_of(
    st.tuples(st.just("write"), BODIES),
    st.tuples(st.just("edit"), VERSIONS, BODIES),
    st.tuples(st.just("delete"), st.none() | VERSIONS),
    st.tuples(st.sampled_from(("like", "unlike")), st.booleans()),
    st.tuples(st.just("inspect"), VERDICTS, st.booleans()),
    st.tuples(st.just("model"), VERSIONS, VERDICTS),
    st.tuples(st.just("review"), VERSIONS, FINAL),
    st.tuples(st.just("appeal"), VERSIONS),
    st.tuples(st.just("apply"), st.booleans()),
    st.tuples(st.just("erase")),
)
# What each world counts or measures for itself; ids of verdicts are made of their numbers.
OWN = {"request_id", "fact_no", "at", "first_published_at", "edited_at"}


def said(body: bytes, topic: str) -> dict[str, Any]:
    """What an answer says, of whichever world it is."""
    record = codec.decode(topic, body)
    fields = {name: getattr(record, name) for name in record.__struct_fields__}
    return {"type": type(record).__name__} | {
        name: bool(value) if name in OWN else value for name, value in fields.items()
    }


class Worlds:
    """Both worlds, with one post and its people."""

    def __init__(self, rig: ContentRig) -> None:
        self.rig = rig
        self.contents = FakeContents()
        self.inspections = FakeInspections(self.contents)
        self.post = str(uuid4())
        self.ann, self.bea, self.ops = (str(uuid4()) for _ in range(3))
        self.to_inspect: list[records.InspectVersion] = []
        self.to_apply: list[tuple[Any, Any]] = []
        self.applied: list[tuple[Any, Any]] = []

    async def step(self, name: str, *given: Any) -> None:
        step: Callable[..., Any] = getattr(self, f"_{name}")
        await step(*given)

    async def _write(self, body: str) -> None:
        await self.do(wish(ContentAct.WRITE, self.ann, self.post, title="글", body=body))

    async def _edit(self, version: int, body: str) -> None:
        await self.do(wish(ContentAct.EDIT, self.ann, self.post, version=version, body=body))

    async def _delete(self, version: int | None) -> None:
        await self.do(wish(ContentAct.DELETE, self.ann, self.post, version=version))

    async def _like(self, is_author: bool) -> None:
        who = self.ann if is_author else self.bea
        await self.do(wish(ContentAct.LIKE, who, self.post))

    async def _unlike(self, is_author: bool) -> None:
        who = self.ann if is_author else self.bea
        await self.do(wish(ContentAct.UNLIKE, who, self.post))

    async def _erase(self) -> None:
        self.contents.erased.add(self.ann)
        await self.rig.profiles.keep([Profile(self.ann, 1)])
        await self.do(wish(ContentAct.ERASE, self.ann, self.post))

    async def _inspect(self, verdict: ContentVerdict, asks_model: bool) -> None:
        if self.to_inspect:
            record = self.to_inspect.pop(0)
            await self.say(
                InspectionWish(
                    partition=partition_of(self.post, PARTITIONS),
                    request_id=record.request_id,
                    account_id=record.account_id,
                    content_id=self.post,
                    version=record.version,
                    act=InspectionAct.INSPECT,
                    judgement=Judgement(verdict, ("links",)),
                    asks_model=asks_model,
                )
            )

    async def _model(self, version: int, verdict: ContentVerdict) -> None:
        await self._ask(InspectionAct.MODEL, self.ann, version, judgement=Judgement(verdict))

    async def _review(self, version: int, verdict: ContentVerdict) -> None:
        said = Judgement(verdict)
        await self._ask(InspectionAct.REVIEW, self.ops, version, judgement=said, text="왜냐하면")

    async def _appeal(self, version: int) -> None:
        await self._ask(InspectionAct.APPEAL, self.ann, version, text="다시")

    async def _ask(self, act: InspectionAct, who: str, version: int, **more: Any) -> None:
        about = records.ContentUnchanged(
            request_id="", account_id=who, content_id=self.post, version=version, at=""
        )
        await self.say(ask(act, who, about, **more))

    async def _apply(self, is_again: bool) -> None:
        if self.to_apply:
            self.applied.append(self.to_apply.pop(0))
        for fake, real in self.applied if is_again else self.applied[-1:]:
            await self.do(placed(fake), placed(real))

    async def do(self, fake: ContentWish, real: ContentWish | None = None) -> None:
        """Ask both about the post."""
        there = await self.rig.contents.carry_out(1, [real or fake])
        here = self.contents.decide([fake])
        self.compare(here, there, CONTENT.response.name)
        written = inspect_of(codec.decode(CONTENT.response.name, here[0].body))
        if written is not None and written not in self.to_inspect:
            self.to_inspect.append(written)

    async def say(self, asked: InspectionWish) -> None:
        """Ask both about an inspection."""
        there = await self.rig.inspections.carry_out(1, [asked])
        here = self.inspections.decide([asked])
        topic = INSPECTION.response.name
        self.compare(here, there, topic)
        both = [apply_of(codec.decode(topic, each[0].body)) for each in (here, there)]
        if both[0] is not None:
            self.to_apply.append((both[0], both[1]))

    def compare(self, here: Sequence[Any], there: Sequence[Any], topic: str) -> None:
        assert [said(each.body, topic) for each in here] == [
            said(each.body, topic) for each in there
        ]

    async def rows_agree(self) -> None:
        """The rows say what memory does."""
        post = self.contents.posts.get(self.post)
        if post is None:
            return
        assert await self.rig.row(self.post) == (post.version, post.published, post.is_deleted)
        here = {number: str(each.state) for number, each in post.versions.items()}
        assert here.items() <= (await self.rig.states(self.post)).items() or post.is_deleted
        counts = await self.rig.database.fetch(
            "select likes, views, author_id::text from contents where content_id = %s::uuid",
            (self.post,),
        )
        assert counts == [(post.likes, post.views, post.author_id)]
        board = self.inspections.boards.get(self.post)
        rows = await self.rig.database.fetch(
            "select version, state, appealed from inspections where content_id = %s::uuid",
            (self.post,),
        )
        inspections = {} if board is None else board.inspections
        assert sorted(rows) == sorted(
            (number, str(each.stage), each.is_appealed) for number, each in inspections.items()
        )


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(STEPS, min_size=4, max_size=24))
def test_both_answer_alike(postgres_content: str, steps: list[tuple[Any, ...]]) -> None:
    async def run() -> None:
        database = Database("content", postgres_content, PostgresSettings())
        try:
            worlds = Worlds(ContentRig(database))
            for name, *given_ in [("write", "하나"), *steps]:
                await worlds.step(name, *given_)
            await worlds.rows_agree()
        finally:
            await database.close()

    asyncio.run(run())

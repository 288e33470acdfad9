"""The lines of posts and of their inspections in Postgres, and what each hears of the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from agents.contents.following import apply_of, inspect_of
from agents.contents.wishes import wish_of
from chatstream.domain.content.posts import ContentVerdict
from chatstream.domain.partitions import partition_of
from chatstream.ports.accounts import Profile
from chatstream.ports.contents import ContentAct, ContentWish
from chatstream.ports.inspections import InspectionAct, InspectionWish, Judgement
from infra.postgres.contents import PostgresContents
from infra.postgres.epochs import LineEpochs
from infra.postgres.inspections import PostgresInspections
from infra.postgres.pool import Database
from infra.postgres.profiles import PostgresProfiles
from schemas import codec, records
from schemas.contexts.contents import CONTENT, INSPECTION

GENERATION = 1
PARTITIONS = 8
ACCEPT = Judgement(ContentVerdict.ACCEPTED)
REFUSE = Judgement(ContentVerdict.REFUSED, ("banned_word",))
LOOK = Judgement(ContentVerdict.REVIEW, ("links",))


class ContentRig:
    """A content database; every test has posts and accounts of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.lines = LineEpochs(database, CONTENT.response.name)
        self.contents = PostgresContents(database, self.lines)
        line = LineEpochs(database, INSPECTION.response.name)
        self.inspections = PostgresInspections(database, line)
        self.profiles = PostgresProfiles(database)

    async def do(self, *wishes: ContentWish) -> list[Any]:
        """What becomes of a batch of wishes about posts."""
        answers = await self.contents.carry_out(GENERATION, wishes)
        return [codec.decode(CONTENT.response.name, each.body) for each in answers]

    async def say(self, *wishes: InspectionWish) -> list[Any]:
        """What becomes of a batch of wishes about inspections."""
        answers = await self.inspections.carry_out(GENERATION, wishes)
        return [codec.decode(INSPECTION.response.name, each.body) for each in answers]

    async def write(self, author: str, content_id: str = "", **text: Any) -> Any:
        """What becomes of a new post."""
        (told,) = await self.do(write(author, content_id or str(uuid4()), **text))
        return told

    async def inspected(self, written: Any, judgement: Judgement = ACCEPT) -> list[Any]:
        """A version that the rules judge so; what the posts' line tells of it."""
        (fact,) = await self.say(inspect(written, judgement))
        return await self.heard(fact)

    async def heard(self, *facts: Any) -> list[Any]:
        """What the posts' line makes of facts of the inspections."""
        wishes = [placed(wish) for fact in facts if (wish := apply_of(fact)) is not None]
        return await self.do(*wishes) if wishes else []

    async def published(self, author: str, **text: Any) -> Any:
        """A post that everybody sees."""
        (fact,) = await self.inspected(await self.write(author, **text))
        assert isinstance(fact, records.VersionPublished), fact
        return fact

    async def row(self, content_id: str) -> tuple[Any, ...]:
        """(latest version, published version, is deleted)."""
        ((found),) = await self.database.fetch(
            "select version, published_version, deleted_at is not null from contents"
            " where content_id = %s::uuid",
            (content_id,),
        )
        return found

    async def states(self, content_id: str) -> dict[int, str]:
        """The states of its versions."""
        rows = await self.database.fetch(
            "select version, state from versions where content_id = %s::uuid", (content_id,)
        )
        return dict(rows)

    async def leave(self, account_id: str) -> None:
        """The account is erased."""
        await self.profiles.keep([Profile(account_id, 2)])


def write(author: str, content_id: str, **text: Any) -> ContentWish:
    """A wish for a new post."""
    its = {"title": "첫 글", "body": "안녕하세요", "tags": ("일상",), **text}
    return wish(ContentAct.WRITE, author, content_id, **its)


def wish(act: ContentAct, who: str, content_id: str, **more: Any) -> ContentWish:
    """A wish about a post."""
    return ContentWish(
        partition=partition_of(content_id, PARTITIONS),
        request_id=more.pop("request_id", None) or str(uuid4()),
        account_id=who,
        content_id=content_id,
        act=act,
        **more,
    )


def placed(record: records.ContentAsked) -> ContentWish:
    """The wish of a record."""
    return wish_of(partition_of(record.content_id, PARTITIONS), record)


def inspect(written: Any, judgement: Judgement, *, asks_model: bool = False) -> InspectionWish:
    """The wish that a version leads to, judged so by the rules."""
    record = inspect_of(written)
    assert record is not None
    return InspectionWish(
        partition=partition_of(record.content_id, PARTITIONS),
        request_id=record.request_id,
        account_id=record.account_id,
        content_id=record.content_id,
        version=record.version,
        act=InspectionAct.INSPECT,
        judgement=judgement,
        asks_model=asks_model,
    )


def ask(act: InspectionAct, who: str, written: Any, **more: Any) -> InspectionWish:
    """A wish about the inspection of a version."""
    return InspectionWish(
        partition=partition_of(written.content_id, PARTITIONS),
        request_id=more.pop("request_id", None) or str(uuid4()),
        account_id=who,
        content_id=written.content_id,
        version=more.pop("version", written.version),
        act=act,
        **more,
    )


def codes(told: Sequence[Any]) -> list[str]:
    """The codes of refusals, and of others their types."""
    return [getattr(each, "code", type(each).__name__) for each in told]

"""Databases of their own, people who do things in them, and the log as Kafka would have it."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import make_dsn

from agents.contents.following import apply_of
from agents.copies.blocks import block_of
from agents.copies.mutes import mute_of
from agents.copies.profiles import profile_of
from agents.coupons.copies import account_of
from agents.loop.wish_sink import Asked
from agents.messages.answers import answer
from agents.messages.verdicts import Judged, PlacedWish
from agents.messages.wishes import wish_of as message_wish
from chatstream.commands.redo_stores import GENERATION, RedoStores
from chatstream.domain.abuse.verdicts import Outcome, Reason, Verdict
from chatstream.domain.accounts import AccountAct
from chatstream.domain.partitions import partition_of
from chatstream.domain.redo import ToldFact
from chatstream.domain.times import now_text
from chatstream.ports.coupons import CouponWish, OperatorWish
from chatstream.settings import PostgresSettings, Settings
from infra.kafka.log_spans import LoggedRecord
from infra.postgres import dumps
from infra.postgres.campaigns import PostgresCampaigns
from infra.postgres.claims import PostgresClaims
from infra.postgres.epochs import LineEpochs
from infra.postgres.migrate import migrate
from infra.security.keys import ensure_keys, sealing_public_key
from infra.security.seal import HpkeSealer
from schemas import codec, records
from schemas.contexts.accounts import ACCOUNT
from schemas.contexts.conduct import SANCTION
from schemas.contexts.contents import CONTENT, INSPECTION, SUBSCRIPTION
from schemas.contexts.coupons import CAMPAIGN, CLAIM
from schemas.contexts.friends import FRIEND
from schemas.contexts.messages import MESSAGE
from schemas.contexts.notices import NOTICE
from schemas.contexts.reading import READ
from schemas.contexts.rooms import ROOM
from schemas.contexts.saving import SAVED
from schemas.streams import Stream
from tests.operate.restored import PASSED, PASSED_COLUMNS, TABLES

MASKED, REFUSED = "a word that is masked", "a word that is refused"
PARTITIONS = 8
ACTS: Mapping[type, AccountAct] = {
    records.CreateAccount: AccountAct.CREATE,
    records.ChangeProfile: AccountAct.RENAME,
    records.EraseAccount: AccountAct.ERASE,
}


@contextmanager
def own_settings(lineages: Mapping[str, Mapping[str, str]], keys: Path) -> Iterator[Settings]:
    """Settings with a new database beside each of these; they are gone afterwards."""
    found: dict[str, dict[str, str]] = {}
    made: list[tuple[str, str]] = []
    for lineage, databases in lineages.items():
        for name, dsn in databases.items():
            own = f"redo_{uuid.uuid4().hex[:12]}"
            _alone(dsn, "create database {}", own)
            made.append((dsn, own))
            found.setdefault(lineage, {})[name] = make_dsn(dsn, dbname=own)
    ensure_keys(keys)
    settings = Settings(postgres=PostgresSettings.of(found))
    auth = settings.auth.model_copy(update={"keys_dir": keys})
    yield settings.model_copy(update={"auth": auth})
    for dsn, own in made:
        _alone(dsn, "drop database {} with (force)", own)


def _alone(dsn: str, statement: str, name: str) -> None:
    """Run a statement about a database, outside of any transaction."""
    with closing(psycopg2.connect(dsn)) as link:
        link.autocommit = True
        with link.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(sql.Identifier(name)))


def dsns_of(settings: Settings) -> dict[str, str]:
    """The databases by name."""
    return {name: dsn for each in settings.postgres.lineages.values() for name, dsn in each.items()}


def rows_of(dsns: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    """Every row that holds what people did, by database and table."""
    for name, dsn in dsns.items():
        with closing(psycopg2.connect(dsn)) as link, link.cursor() as cursor:
            cursor.execute(TABLES)
            for (table,) in [each for each in cursor.fetchall() if each[0] not in PASSED]:
                query = sql.SQL("select to_jsonb(t) - %s::text[] from {} t")
                cursor.execute(query.format(sql.Identifier(table)), (sorted(PASSED_COLUMNS),))
                rows = [json.dumps(row, sort_keys=True) for (row,) in cursor.fetchall()]
                yield f"{name}.{table}", sorted(rows)


@dataclass
class World:
    """What is done is stored by the stores, told on the log, and copied where copies are."""

    settings: Settings
    logged: list[LoggedRecord] = field(default_factory=list)
    offsets: Counter[tuple[str, int]] = field(default_factory=Counter)

    async def open(self) -> None:
        """Make the schemas and connect."""
        migrate(self.settings)
        self.stores = RedoStores(self.settings)
        await self.stores.chat.open()
        self.sealer = HpkeSealer(sealing_public_key(self.settings.auth.keys_dir))

    async def log(self) -> AsyncIterator[LoggedRecord]:
        """As it is read."""
        for each in self.logged:
            yield each

    def dump(self, folder: Path) -> None:
        """Dump each database."""
        for name, dsn in dsns_of(self.settings).items():
            dumps.dump(dsn, folder / name)

    def restore(self, folder: Path) -> None:
        """Make each database as it was dumped."""
        for name, dsn in dsns_of(self.settings).items():
            dumps.restore(dsn, folder / name)

    def put(self, topic: str, partition: int, record: records.Record | bytes) -> Any:
        """Let a record lie on the log; the record."""
        value = record if isinstance(record, bytes) else records.encode(record)
        offset = self.offsets[topic, partition]
        self.offsets[topic, partition] += 1
        self.logged.append(LoggedRecord(topic, partition, offset, value))
        return codec.decode(topic, value)

    async def do(self, stream: Stream, wish: Any, said: Any = None) -> list[Any]:
        """Put a wish on the log and carry it out as redo does; `said`: as if this came of it."""
        partition = partition_of(wish.key, PARTITIONS)
        self.put(stream.request.name, partition, wish)
        fact = ToldFact((stream.response.name, partition), 0, "", 0, said)
        outcomes = await self.stores.outcomes([(fact, wish)])
        return [self.put(stream.response.name, partition, each) for each in told(wish, outcomes)]

    async def sign_up(self, handle: str) -> str:
        """An account, copied everywhere; its id."""
        account_id = str(uuid.uuid4())
        wish = records.CreateAccount(
            account_id=account_id,
            request_id=str(uuid.uuid4()),
            user_id=handle,
            name=handle.title(),
            sealed_hash=self.sealer.seal(account_id, "$2b$05$hash"),
            requested_at=now_text(),
        )
        await self.account(wish)
        return account_id

    async def account(self, wish: records.AccountRequest) -> None:
        """A wish of an account, and its copies."""
        facts = await self.do(ACCOUNT, wish)
        rows = [profile_of(each) for each in facts]
        await self.stores.keep_profiles([each for each in rows if each is not None])
        ages = [account_of(each) for each in facts]
        await self.stores.keep_accounts([each for each in ages if each is not None])

    async def campaign(self, wish: OperatorWish) -> None:
        """What an operator asks about a campaign."""
        line = LineEpochs(self.stores.coupon, CAMPAIGN.response.name)
        store = PostgresCampaigns(self.stores.coupon, line, PARTITIONS)
        for each in await store.carry_out(GENERATION, [wish]):
            self.put(CAMPAIGN.response.name, wish.partition, each.body)

    async def claims(self, *wishes: CouponWish) -> list[Any]:
        """Claims and uses of coupons as one batch; their facts."""
        line = LineEpochs(self.stores.coupon, CLAIM.response.name)
        answers = await PostgresClaims(self.stores.coupon, line).carry_out(GENERATION, wishes)
        return [
            self.put(CLAIM.response.name, wishes[each.wish].partition, each.body)
            for each in answers
            if each.fact_no
        ]

    async def friend(self, wish: records.FriendWish) -> None:
        """A wish about somebody else, and its copies."""
        rows = [block_of(each) for each in await self.do(FRIEND, wish)]
        if blocks := [each for each in rows if each is not None]:
            await self.stores.keep_blocks(blocks)

    async def sanction(self, wish: records.SanctionRequest) -> None:
        """A sanction or its end, and its copies."""
        rows = [mute_of(each) for each in await self.do(SANCTION, wish)]
        await self.stores.keep_mutes([each for each in rows if each is not None])

    async def room(self, wish: Any) -> None:
        """A wish about a room."""
        await self.do(ROOM, wish)

    async def notice(self, wish: Any) -> None:
        """A wish about a notice."""
        await self.do(NOTICE, wish)

    async def messages(self, *wishes: Any) -> None:
        """Wishes about messages of one room, judged and stored as one batch."""
        partition = partition_of(wishes[0].room_id, PARTITIONS)
        judged = [_judged(each) for each in wishes]
        asked = [Asked(self.put(MESSAGE.request.name, partition, each), partition, 0)
                 for each in wishes]  # fmt: skip
        stored = await self.stores.messages_in(partition).carry_out(
            GENERATION, [message_wish(*each) for each in zip(asked, judged, strict=True)]
        )
        for each in stored:
            self.put(
                MESSAGE.response.name,
                partition,
                answer(wishes[each.wish], each, judged[each.wish]),
            )

    async def post(self, wish: records.ContentAsked) -> Any:
        """A wish about a post; its fact."""
        (fact,) = await self.do(CONTENT, wish)
        return fact

    async def judged(self, wish: Any, verdict: Any = "") -> None:
        """A wish about an inspection, with the verdict that came of it, and what the post hears."""
        said = None
        if verdict:
            said = records.VerdictGiven(
                request_id=wish.request_id,
                account_id=wish.account_id,
                fact_no=1,
                content_id=wish.content_id,
                version=wish.version,
                author_id=wish.account_id,
                at=now_text(),
                verdict=verdict,
                judge="rules",
                reasons=() if verdict == "accepted" else ("banned_word",),
            )
        (fact,) = await self.do(INSPECTION, wish, said)
        applied = apply_of(fact)
        assert applied is not None
        await self.post(applied)

    async def subscribe(self, wish: records.SubscriptionAsked) -> None:
        """A wish about a subscription."""
        await self.do(SUBSCRIPTION, wish)

    async def read(self, room_id: str, account_id: str, seq: int) -> None:
        """A read position, told and stored."""
        partition = partition_of(room_id, PARTITIONS)
        told = records.PositionsMoved(
            room_id=room_id,
            positions=(),
            moved=1,
            answers=(records.MoveAnswer(str(uuid.uuid4()), account_id, seq),),
            access_version=1,
            at=now_text(),
        )
        await self._state(READ, partition, told)

    async def save(self, room_id: str, account_id: str, message_id: str) -> None:
        """A message that somebody keeps, told and stored."""
        told = records.MessageSaved(
            request_id=str(uuid.uuid4()),
            account_id=account_id,
            room_id=room_id,
            message_id=message_id,
            saved_at=now_text(),
        )
        await self._state(SAVED, partition_of(room_id, PARTITIONS), told)

    async def _state(self, stream: Stream, partition: int, record: records.Record) -> None:
        told = self.put(stream.response.name, partition, record)
        fact = ToldFact((stream.response.name, partition), 0, "", 0, told)
        await self.stores.keep_states([fact])


def told(wish: Any, outcomes: Any) -> Iterator[records.Record | bytes]:
    """The records of outcomes that are facts, as the agents tell them."""
    for each in outcomes:
        if not each.fact_no:
            continue
        if hasattr(each, "body"):
            yield each.body
        elif isinstance(wish, records.FriendWish):
            yield records.friend_fact(wish.request_id, wish.account_id, each.change)
        elif isinstance(wish, records.ImposeSanction | records.LiftSanction):
            yield records.sanction_fact(wish.request_id, each)
        else:
            yield records.account_fact(ACTS[type(wish)], wish.request_id, wish.account_id, each)


def _judged(wish: Any) -> Judged:
    """The verdict of the rules: two texts are not as others."""
    text = getattr(wish, "message", None)
    said = PlacedWish(0, 0, wish.room_id, wish.account_id, wish.message_id, text, 0.0)
    if text == REFUSED:
        return Judged(said, Verdict(Outcome.REFUSE, Reason.BANNED_WORD))
    if text == MASKED:
        return Judged(said, Verdict(Outcome.MASK, text="***"))
    return Judged(said, Verdict(Outcome.PASS))

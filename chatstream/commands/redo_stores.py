"""The stores that do again what the log says, as the agents that did it first have them.

No rule judges here: what is done again was accepted. A message is stored as its fact shows it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from agents.accounts import wish_of as account_wish
from agents.contents.inspections import wish_of as inspection_wish
from agents.contents.subscriptions import wish_of as subscription_wish
from agents.contents.wishes import wish_of as content_wish
from agents.friends import wish_of as friend_wish
from agents.loop.wish_sink import Asked
from agents.notices.wishes import wish_of as notice_wish
from agents.rooms import wish_of as room_wish
from agents.sanctions import wish_of as sanction_wish
from chatstream.domain.content.posts import ContentVerdict
from chatstream.domain.lines import in_turn
from chatstream.domain.mentions import named
from chatstream.domain.redo import ToldFact
from chatstream.domain.times import from_text
from chatstream.ports.accounts import AccountWish, Profile, ProfileWish
from chatstream.ports.blocks import BlockNews
from chatstream.ports.coupons import KnownAccount
from chatstream.ports.erasure import ErasureWish
from chatstream.ports.inspections import Judgement
from chatstream.ports.messages import ChangeWish, MessageWish, Wish
from chatstream.ports.reading import ReadWish
from chatstream.ports.sanctions import Mute
from chatstream.ports.saving import SaveWish
from chatstream.settings import Settings
from infra.postgres.accounts import PostgresAccounts
from infra.postgres.author_subscriptions import PostgresSubscriptions
from infra.postgres.blocks import PostgresBlocks
from infra.postgres.contents import PostgresContents
from infra.postgres.coupon_copies import PostgresKnownAccounts
from infra.postgres.coupon_redo import PostgresCouponRedo
from infra.postgres.databases import Databases, chat_databases, single_database
from infra.postgres.epochs import LineEpochs
from infra.postgres.erasure import PostgresErasure
from infra.postgres.friends import PostgresFriends
from infra.postgres.inspections import PostgresInspections
from infra.postgres.messages import PostgresMessages
from infra.postgres.mutes import PostgresMutes
from infra.postgres.notices import PostgresNotices
from infra.postgres.pool import Database
from infra.postgres.profiles import PostgresProfiles
from infra.postgres.reading import PostgresReads
from infra.postgres.rooms import PostgresRooms
from infra.postgres.sanctions import PostgresSanctions
from infra.postgres.saving import PostgresSaved
from infra.security import keys
from infra.security.handles import HmacHandleKey
from infra.security.seal import HpkeOpener
from schemas import records
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
from schemas.databases import AUTH, COUPON
from schemas.databases import CONTENT as CONTENT_LINEAGE
from schemas.databases import FRIEND as FRIEND_LINEAGE
from schemas.streams import Stream

GENERATION = 0
"""Of nobody's group: the lines are claimed once."""
_PATIENCE_MS = 60_000

Wished = tuple[ToldFact, Any]
"""A fact, and the record of the wish that led to it (None: it has none)."""


class RedoStores:
    """One connection to each database, whose clock is told the time (infra.postgres.redo_clock)."""

    def __init__(self, settings: Settings) -> None:
        patient = settings.postgres.model_copy(
            update={"pool_size": 1, "statement_timeout_ms": _PATIENCE_MS}
        )
        settings = settings.model_copy(update={"postgres": patient})
        self.chat: Databases = chat_databases(settings)
        self.auth = single_database(settings, AUTH)
        self.friend = single_database(settings, FRIEND_LINEAGE)
        self.coupon = single_database(settings, COUPON)
        self.content = single_database(settings, CONTENT_LINEAGE)
        folder = settings.auth.keys_dir
        self._opener = HpkeOpener(keys.sealing_key(folder))
        line = LineEpochs(self.auth, ACCOUNT.response.name)
        keyed = HmacHandleKey(folder)
        self._accounts = PostgresAccounts(self.auth, line, keyed)
        self._erasure = PostgresErasure(self.auth, line, keyed)
        self._sanctions = PostgresSanctions(
            self.auth, LineEpochs(self.auth, SANCTION.response.name)
        )
        self._friends = PostgresFriends(self.friend, LineEpochs(self.friend, FRIEND.response.name))
        self._coupons = PostgresCouponRedo(self.coupon, settings.kafka.partitions)
        self._contents = PostgresContents(self.content, self._in_content(CONTENT))
        self._inspections = PostgresInspections(self.content, self._in_content(INSPECTION))
        self._subscriptions = PostgresSubscriptions(self.content, self._in_content(SUBSCRIPTION))
        self._rooms = self._in_chat(PostgresRooms, ROOM.response.name)
        self._messages = self._in_chat(PostgresMessages, MESSAGE.response.name)
        self._notices = self._in_chat(PostgresNotices, NOTICE.response.name)
        self._saved = self._in_chat(PostgresSaved, SAVED.response.name)

    def _in_chat(self, store: Callable[..., Any], topic: str) -> dict[str, Any]:
        return {
            name: store(database, LineEpochs(database, topic))
            for name, database in self.chat.chat.items()
        }

    def _in_content(self, stream: Stream) -> LineEpochs:
        return LineEpochs(self.content, stream.response.name)

    @property
    def databases(self) -> list[Database]:
        """Every one of them."""
        return [self.auth, self.friend, self.coupon, self.content, *self.chat.chat.values()]

    async def close(self) -> None:
        """Close every connection."""
        for database in self.databases:
            await database.close()

    def database_of(self, topic: str, partition: int) -> Database:
        """Where the facts of a partition of this topic are."""
        if topic in (ACCOUNT.response.name, SANCTION.response.name):
            return self.auth
        if topic == FRIEND.response.name:
            return self.friend
        if topic in self.told:
            return self.coupon
        if topic in (each.response.name for each in (CONTENT, INSPECTION, SUBSCRIPTION)):
            return self.content
        return self.chat.chat[self.chat.homes[partition]]

    # -- facts ---------------------------------------------------------------------------------

    async def carry_out(self, run: Sequence[Wished]) -> set[tuple[int, int]]:
        """Carry out the wishes of facts of one topic and home; the (partition, number) they took.

        Several facts of one wish come of it together.
        """
        topic = run[0][0].line[0]
        if topic in self.told:
            told = [(fact.line[1], fact.record) for fact, _ in run]
            return await self._coupons.redo(topic, told)
        once = list({(fact.line, id(wish)): (fact, wish) for fact, wish in run}.values())
        outcomes = await self.outcomes(once)
        return {(once[each.wish][0].line[1], each.fact_no) for each in outcomes if each.fact_no}

    async def outcomes(self, run: Sequence[Wished]) -> Sequence[Any]:
        """What becomes of the wishes, as their store answers."""
        return await self._CARRY[run[0][0].line[0]](self, run)

    def messages_in(self, partition: int) -> PostgresMessages:
        """The store of messages of the partition's rooms."""
        found: PostgresMessages = self._messages[self.chat.homes[partition]]
        return found

    def _lane(self, run: Sequence[Wished]) -> str:
        return self.chat.homes[run[0][0].line[1]]

    async def _account(self, run: Sequence[Wished]) -> Sequence[Any]:
        wishes = [account_wish(Asked(wish, fact.line[1], 0), self._opener) for fact, wish in run]
        return await in_turn(
            GENERATION,
            wishes,
            (
                (AccountWish | ProfileWish, self._accounts.carry_out),
                (ErasureWish, self._erasure.carry_out),
            ),
        )

    async def _sanction(self, run: Sequence[Wished]) -> Sequence[Any]:
        wishes = [sanction_wish(fact.line[1], wish) for fact, wish in run]
        return await self._sanctions.carry_out(GENERATION, wishes)

    async def _friend(self, run: Sequence[Wished]) -> Sequence[Any]:
        wishes = [friend_wish(fact.line[1], wish) for fact, wish in run]
        return await self._friends.carry_out(GENERATION, wishes)

    async def _room(self, run: Sequence[Wished]) -> Sequence[Any]:
        wishes = [room_wish(wish, fact.line[1]) for fact, wish in run]
        found: Sequence[Any] = await self._rooms[self._lane(run)].carry_out(GENERATION, wishes)
        return found

    async def _message(self, run: Sequence[Wished]) -> Sequence[Any]:
        wishes = [message_wish(fact, wish) for fact, wish in run]
        found: Sequence[Any] = await self._messages[self._lane(run)].carry_out(GENERATION, wishes)
        return found

    async def _notice(self, run: Sequence[Wished]) -> Sequence[Any]:
        wishes = []
        for fact, record in run:
            wish = notice_wish(Asked(record, fact.line[1], 0))
            shown = getattr(fact.record, "notice", None)
            if wish.text is not None and shown is not None:
                wish = replace(wish, text=shown.text)
            wishes.append(wish)
        found: Sequence[Any] = await self._notices[self._lane(run)].carry_out(GENERATION, wishes)
        return found

    async def _content(self, run: Sequence[Wished]) -> Sequence[Any]:
        wishes = [content_wish(fact.line[1], wish) for fact, wish in run]
        return await self._contents.carry_out(GENERATION, wishes)

    async def _inspection(self, run: Sequence[Wished]) -> Sequence[Any]:
        wishes = [
            inspection_wish(
                fact.line[1],
                wish,
                _judgement(fact.record),
                asks_model=isinstance(fact.record, records.ModelAsked),
            )
            for fact, wish in run
        ]
        return await self._inspections.carry_out(GENERATION, wishes)

    async def _subscription(self, run: Sequence[Wished]) -> Sequence[Any]:
        wishes = [subscription_wish(fact.line[1], wish) for fact, wish in run]
        return await self._subscriptions.carry_out(GENERATION, wishes)

    _CARRY: Mapping[str, Callable[[RedoStores, Sequence[Wished]], Awaitable[Sequence[Any]]]] = {
        ACCOUNT.response.name: _account,
        SANCTION.response.name: _sanction,
        FRIEND.response.name: _friend,
        ROOM.response.name: _room,
        MESSAGE.response.name: _message,
        NOTICE.response.name: _notice,
        CONTENT.response.name: _content,
        INSPECTION.response.name: _inspection,
        SUBSCRIPTION.response.name: _subscription,
    }
    told = frozenset((CAMPAIGN.response.name, CLAIM.response.name))
    """Those whose facts tell all that is kept: they need no wish."""
    lines = frozenset(_CARRY) | told
    """The topics whose facts are done again."""

    # -- states and copies -----------------------------------------------------------------------

    async def keep_states(self, run: Sequence[ToldFact]) -> None:
        """Read positions, and messages that accounts keep: states without a number."""
        partition = run[0].line[1]
        name = self.chat.homes[partition]
        told = [fact.record for fact in run]
        reads = [
            ReadWish(each.room_id, answer.account_id, answer.seq)
            for each in told
            if isinstance(each, records.PositionsMoved)
            for answer in each.answers
        ]
        if reads:
            await PostgresReads(self.chat.chat[name]).carry_out(GENERATION, reads)
        saves = [
            _save(fact.line[1], fact.record)
            for fact in run
            if isinstance(fact.record, records.MessageSaved | records.MessageUnsaved)
        ]
        if saves:
            await self._saved[name].carry_out(GENERATION, saves)

    async def keep_profiles(self, profiles: Sequence[Profile]) -> None:
        """Copy accounts wherever they are copied."""
        for database in (self.friend, self.content, *self.chat.chat.values()):
            await PostgresProfiles(database).keep(profiles)

    async def keep_accounts(self, accounts: Sequence[KnownAccount]) -> None:
        """Copy the age of accounts, and their ends, where coupons are given out."""
        await PostgresKnownAccounts(self.coupon).keep(accounts)

    async def keep_blocks(self, blocks: Sequence[BlockNews]) -> None:
        """Copy blocks and their ends."""
        for database in (self.content, *self.chat.chat.values()):
            await PostgresBlocks(database).keep(blocks)

    async def keep_mutes(self, mutes: Sequence[Mute]) -> None:
        """Copy mutes and their ends."""
        for database in (self.coupon, *self.chat.chat.values()):
            await PostgresMutes(database).keep(mutes)


def _judgement(fact: Any) -> Judgement | None:
    """What was said, as the fact tells it, whatever the rules are now."""
    if isinstance(fact, records.VerdictGiven):
        return Judgement(ContentVerdict(fact.verdict), fact.reasons)
    return Judgement(ContentVerdict.ACCEPTED) if isinstance(fact, records.ModelAsked) else None


def message_wish(fact: ToldFact, wish: Any) -> Wish:
    """The wish with the text that its fact shows, whatever the rules are now."""
    ids = (fact.line[1], wish.room_id, wish.account_id, wish.message_id)
    text = getattr(fact.record, "message", None)
    if isinstance(wish, records.SendMessage):
        shown = None if text == wish.message else text
        return MessageWish(*ids, wish.message, wish.reply_to, named(text or ""), shown)
    return ChangeWish(*ids, wish.request_id, text, mentions=named(text or ""))


def _save(partition: int, told: records.MessageSaved | records.MessageUnsaved) -> SaveWish:
    keeps = isinstance(told, records.MessageSaved)
    at = told.saved_at if isinstance(told, records.MessageSaved) else told.at
    return SaveWish(partition, told.room_id, told.account_id, told.message_id, keeps, from_text(at))


STATES = (READ.response.name, SAVED.response.name)
"""The topics that tell states."""

"""Known data for the panels: facts of Postgres, and refusals, sagas, lines and dead letters."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from agents.lag_documents import documents_of
from agents.log_documents import Documents
from chatstream.domain.dead_letters import Failure, Original, Place, letter_headers, letter_of
from chatstream.domain.documents import DEAD_LETTERS, EVENTS, LAG, LOGS, Document
from chatstream.domain.event_documents import Change, Origin, event_document
from chatstream.domain.letter_documents import letter_document
from chatstream.domain.partitions import partition_of
from chatstream.domain.times import to_text
from chatstream.ports.accounts import AccountWish
from infra.kibana.queries import TimeRange
from infra.postgres.accounts import PostgresAccounts
from infra.postgres.epochs import LineEpochs
from infra.postgres.facts import PostgresFacts
from infra.postgres.pool import Database
from infra.text.korean import Words
from schemas import records
from schemas.catalogue import LINEAGE_OF
from schemas.contexts.accounts import ACCOUNT
from schemas.contexts.messages import MESSAGE
from tests.contract.chat_rig import GENERATION, Chat, person, say
from tests.fakes.accounts import FakeHandleKey

MINUTE = 60_000
NOW = round(time.time() * 1000) // MINUTE * MINUTE
SHOWN = TimeRange(
    datetime.fromtimestamp(NOW / 1000 - 86_400, UTC), datetime.fromtimestamp(NOW / 1000, UTC)
)
# Milliseconds before and after a message was stored.
ASKED, WISHED, TOLD, INGESTED = 30, 20, 40, 140

Point = tuple[int, str]
"""When something was, in milliseconds, and of which kind it is."""


def at(minutes_ago: int) -> str:
    """The time so many minutes before the end of what is shown."""
    return to_text(datetime.fromtimestamp((NOW - minutes_ago * MINUTE) / 1000, UTC))


@dataclass
class Known:
    """What was planted: points of the time series, and sums of the others."""

    documents: list[Document] = field(default_factory=list)
    points: dict[str, list[Point]] = field(default_factory=dict)

    def put(self, dataset: str, minutes_ago: int, body: Mapping[str, Any]) -> None:
        """One document; every field that it is told of, at its time."""
        whole = {"@timestamp": at(minutes_ago), **body}
        self.documents.append(Document(f"{dataset}-x", str(uuid4()), whole))

    def event(self, minutes_ago: int, action: str, **said: Any) -> None:
        """One event, made as the log service makes it."""
        change = Change(action=action, category=(), types=(), at=at(minutes_ago), **said)
        document = event_document(Origin(topic="topic", partition=0), change, NOW)
        self.documents.append(Document(f"{EVENTS}-x", document.id, document.body))

    def note(self, panel: str, minutes_ago: int, kind: str) -> None:
        """What a panel is to show."""
        self.points.setdefault(panel, []).append((NOW - minutes_ago * MINUTE, kind))


TEXTS = ("커피 마실까", "coffee 커피", "비밀 42", "내일 커피")


async def put_messages(chat: Chat, known: Known) -> list[str]:
    """Rooms with messages in Postgres, hours apart, and their documents; the ids of the rooms."""
    rooms = []
    for kind, texts in (("open", TEXTS), ("group", TEXTS[:3]), ("open", TEXTS[:1])):
        room_id, owner = await chat.make_room(kind=kind)
        await chat.messages(room_id).carry_out(
            GENERATION, [say(room_id, owner, text) for text in texts]
        )
        await chat.database(room_id).fetch(
            "update messages set created_at = to_timestamp(%s) - seq * interval '75 minutes'"
            " where room_id = %s::uuid",
            (NOW / 1000, room_id),
        )
        known.documents += [
            each
            for each in await _told(chat.facts, MESSAGE.response.name, partition_of(room_id, 8))
            if each.body["chatstream"]["room"]["id"] == room_id  # type: ignore[index]
        ]
        rooms.append(room_id)
    return rooms


async def put_accounts(database: Database, known: Known) -> list[str]:
    """Accounts in Postgres, and the documents of their facts; the ids."""
    accounts = PostgresAccounts(
        database, LineEpochs(database, ACCOUNT.response.name), FakeHandleKey()
    )
    made = []
    for hours in (1, 1, 5):
        who = person()
        wish = AccountWish(0, str(uuid4()), who.account_id, who.user_id, "민수", "$2b$12$hash")
        await accounts.carry_out(1, [wish])
        await database.fetch(
            "update account_facts set at = to_timestamp(%s) - %s * interval '1 hour'"
            " where account_id = %s::uuid",
            (NOW / 1000, hours, who.account_id),
        )
        made.append(who.account_id)
    facts = PostgresFacts({}, {}, {LINEAGE_OF[ACCOUNT.response.name]: database})
    known.documents += [
        each
        for each in await _told(facts, ACCOUNT.response.name, 0)
        if each.body["user"]["id"] in made  # type: ignore[index]
    ]
    return made


async def _told(facts: PostgresFacts, topic: str, partition: int) -> list[Document]:
    """The documents of a line's facts, each with its way through Kafka."""
    maker = Documents(Words())
    found: list[Document] = []
    for _, body in await facts.facts(topic, partition, 0, 2**62):
        stored = _stored(maker.of(Origin(topic=topic, partition=partition), body, 0))
        origin = Origin(
            topic=topic,
            partition=partition,
            asked=stored - ASKED,
            wished=stored - WISHED,
            told=stored + TOLD,
        )
        found += maker.of(origin, body, stored + INGESTED)
    return found


def _stored(documents: Sequence[Document]) -> int:
    return round(datetime.fromisoformat(str(documents[0].body["@timestamp"])).timestamp() * 1000)


def put_events(known: Known) -> None:
    """Refusals, sanctions and sagas."""
    refusals = (
        (30, "MESSAGE_REFUSED", "refused"),
        (31, "MESSAGE_REFUSED", "refused"),
        (400, "RATE_LIMITED", "limited"),
        (500, "NOT_MEMBER", None),
    )
    for minutes, code, abuse in refusals:
        known.event(minutes, "messageRefused", outcome="failure", code=code, known_by=(minutes,))
        known.note("refusals", minutes, code)
        if abuse:
            known.note("abuse", minutes, abuse)
    for number, (minutes, action, kind) in enumerate(
        ((50, "sanctionImposed", "imposed"), (45, "sanctionLifted", "lifted"))
    ):
        known.event(minutes, action, fact_no=number + 1)
        known.note("abuse", minutes, kind)
    known.event(700, "accountErased", fact_no=9, saga_id="s")
    known.note("sagas", 700, "begun")
    steps = ((690, "erasedInChat", False), (680, "erasedInChat", True), (670, "erasedInLog", True))
    for minutes, action, done in steps:
        outcome = "success" if done else "failure"
        known.event(minutes, action, saga_id="s", outcome=outcome, known_by=(minutes,))
        known.note("sagas", minutes, "steps" if done else "repeated")
    known.note("sagas", 670, "finished")


LINES = (
    (20, "chat", "error"),
    (21, "chat", "critical"),
    (22, "chat", "warning"),
    (300, "user", "error"),
    (301, "user", "info"),
)
REQUESTS = (
    *((minutes, "/chat/{roomId}", 200, minutes) for minutes in range(1, 20)),
    (600, "/user/login", 401, 250),
    (610, "/user/login", 200, 250),
    (620, "/search", 503, 4000),
)
LETTERS = (
    (15, "kakao.chat.message.REQUEST", "invalid"),
    (16, "kakao.chat.message.REQUEST", "invalid"),
    (17, "kakao.chat.message.REQUEST", "sealed"),
    (900, "kakao.user.account.RESPONSE", "store"),
)

# Minutes ago, group, state, records and seconds behind.
LAGS = (
    (40, "chatstream-chat", "OK", 0, 0.0),
    (41, "chatstream-chat", "WARN", 70, 12.5),
    (42, "chatstream-chat", "WARN", 40, 8.0),
    (500, "chatstream-log", "STALL", 900, 600.0),
    (501, "chatstream-stats", "STOP", 5, 3600.0),
)


def put_lines(known: Known) -> None:
    """Lines of the application and of the gateway."""
    for minutes, service, level in LINES:
        told = {"message": "x", "log": {"level": level}, "service": {"name": service}}
        known.put(LOGS, minutes, {**told, "event": {"dataset": "chatstream.app"}})
        if level in ("error", "critical"):
            known.note("errors_over_time", minutes, service)
    for minutes, path, status, milliseconds in REQUESTS:
        event = {"dataset": "nginx.access", "duration": milliseconds * 1_000_000}
        request = {"request": {"method": "GET"}, "response": {"status_code": status}}
        known.put(LOGS, minutes, {"event": event, "http": request, "url": {"path": path}})
        known.note("requests", minutes, f"{status // 100}xx")


def put_letters(known: Known) -> None:
    """Dead letters, made as the log service makes them."""
    for offset, (minutes, topic, code) in enumerate(LETTERS):
        failure, original = Failure(reason="", kind=code), Original(key=None, value=b"{}")
        headers = letter_headers(Place(topic, 0, offset), failure, original, 1.0)
        made = NOW - minutes * MINUTE
        letter = letter_of(Place(f"{topic}.DLQ", 0, offset), made, None, 2, headers)
        known.put(DEAD_LETTERS, minutes, letter_document(letter).body)
        known.note("dead_letters_over_time", minutes, code)


def put_lags(known: Known) -> None:
    """Samples of the lag monitor, made as the log service makes them: a group, its topic behind."""
    for minutes, group, state, count, seconds in LAGS:
        behind = records.PartitionBehind(0, state, count, seconds)
        topic = records.TopicSampled(f"kakao.{group}", (0,), (count,), (0,), (behind,))
        sample = records.LagSampled(
            event_id=str(uuid4()),
            at=at(minutes),
            group=group,
            state=state,
            members=1,
            is_kept=True,
            probe=0.004,
            topics=(topic,) if count else (),
        )
        for each in documents_of(records.encode(sample)):
            known.documents.append(replace(each, index=f"{LAG}-x"))
        if state != "OK":
            known.note("lag_states", minutes, state)


def outside(known: Known) -> Iterator[Document]:
    """The same documents a day and a bit earlier, which no panel may count."""
    for each in known.documents:
        stored = datetime.fromisoformat(str(each.body["@timestamp"])).timestamp() - 2 * 86_400
        body = {**each.body, "@timestamp": to_text(datetime.fromtimestamp(stored, UTC))}
        yield Document(each.index, f"{each.id}-before", body)

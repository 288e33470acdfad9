"""Dead letters on real Kafka: found, put back byte for byte and once, given up."""

from __future__ import annotations

import asyncio
import time
from uuid import uuid4

import pytest
from click.testing import CliRunner

from chatstream.commands.dead_letters import dlq
from chatstream.domain.dead_letters import (
    LETTER,
    READER,
    REPLAY,
    Failure,
    Original,
    Place,
)
from chatstream.domain.letter_states import LetterState, LettersWanted
from chatstream.errors import InvalidInput, UserError
from chatstream.ports.topics import HeldRecord, RecordsWanted
from chatstream.settings import KafkaSettings
from infra.embedded.stack import Stack
from infra.kafka.dead_letters import KafkaDeadLetters
from infra.kafka.records import KafkaRecords
from infra.kafka.topics import TopicAdmin
from schemas.contexts.log import APP
from schemas.contexts.log import REPLAY as REPLAYS
from schemas.contexts.saving import SAVED
from tests.integration.letters import lay, letters_of

pytestmark = pytest.mark.servers
PARTITION = 5


@pytest.fixture
async def settings(servers: Stack) -> KafkaSettings:
    found = KafkaSettings(bootstrap_servers=servers.bootstrap)
    async with TopicAdmin(found) as admin:
        await admin.create()
    return found


@pytest.fixture
def letters(settings: KafkaSettings) -> KafkaDeadLetters:
    return letters_of(settings)


async def lay_made_up(
    settings: KafkaSettings, source: str, dlq_topic: str, value: bytes | None, reader: str = "x"
) -> str:
    """A dead letter of a record that never was; its id."""
    failure = Failure(reason="민수 wrote it", kind="invalid", service="chat", reader=reader)
    original = Original(key=None, value=value, headers=(("wished", b"9"), ("own", b"\xff")))
    return await lay(settings, dlq_topic, Place(source, PARTITION, 41), failure, original)


async def put_back(settings: KafkaSettings, topic: str, letter_id: str) -> list[HeldRecord]:
    """What lies on a topic for a letter."""
    wanted = RecordsWanted(
        topic=topic, partitions=(PARTITION,), limit=9, header=(LETTER, letter_id.encode())
    )
    return list((await KafkaRecords(settings).read(wanted)).records)


async def test_a_wish_is_put_back_on_its_topic_as_it_was_and_once(
    settings: KafkaSettings, letters: KafkaDeadLetters
) -> None:
    """Two replays at once, by two programs, and one afterwards: one record."""
    value = b"\x00" + uuid4().bytes
    letter_id = await lay_made_up(settings, SAVED.request.name, SAVED.dlq.name, value)
    both = await asyncio.gather(
        letters.replay(letter_id, None), letters_of(settings).replay(letter_id, None)
    )
    await letters.replay(letter_id, None)
    (record,) = await put_back(settings, SAVED.request.name, letter_id)
    assert (record.key, record.value, record.partition) == (None, value, PARTITION)
    assert record.headers[:2] == (("wished", b"9"), ("own", b"\xff"))
    assert dict(record.headers)[LETTER] == letter_id.encode()
    assert {kept.fate.replay_id for kept in both} == {dict(record.headers)[REPLAY].decode()}


async def test_what_many_read_is_put_back_for_the_reader_that_failed_alone(
    settings: KafkaSettings, letters: KafkaDeadLetters
) -> None:
    letter_id = await lay_made_up(
        settings, APP.event.name, APP.dlq.name, b"{", reader="nobody.here"
    )
    await letters.replay(letter_id, None)
    (record,) = await put_back(settings, REPLAYS.event.name, letter_id)
    assert dict(record.headers)[READER] == b"nobody.here"
    assert not await put_back(settings, APP.event.name, letter_id)


async def test_a_letter_that_names_no_reader_asks_for_one(
    settings: KafkaSettings, letters: KafkaDeadLetters
) -> None:
    letter_id = await lay_made_up(settings, APP.event.name, APP.dlq.name, b"{", reader="")
    with pytest.raises(InvalidInput, match="reader"):
        await letters.replay(letter_id, None)
    kept = await letters.replay(letter_id, None, "nobody.there")
    assert kept.fate.state is LetterState.REPLAYED


async def test_a_letter_that_is_given_up_stays_so_and_is_not_put_back(
    settings: KafkaSettings, letters: KafkaDeadLetters
) -> None:
    account_id = str(uuid4())
    letter_id = await lay_made_up(settings, SAVED.request.name, SAVED.dlq.name, b"x")
    await letters.drop(letter_id, account_id, "of no use")
    kept = await letters_of(settings).replay(letter_id, None)
    assert (kept.fate.state, kept.fate.by) == (LetterState.DROPPED, account_id)
    assert not await put_back(settings, SAVED.request.name, letter_id)


async def test_pages_hold_every_letter_once_and_follow_what_comes(
    settings: KafkaSettings, letters: KafkaDeadLetters
) -> None:
    since = round(time.time() * 1000)
    laid = [await lay_made_up(settings, SAVED.request.name, SAVED.dlq.name, b"x") for _ in range(5)]
    wanted = LettersWanted(topic=SAVED.request.name, since=since, state=LetterState.WAITING)
    found, after = [], None
    while page := await letters.page(wanted, after, 2):
        found += [kept.letter.id for kept in page.letters]
        after = page.after
        if after is None:
            break
    assert found == laid[::-1]
    laid.append(await lay_made_up(settings, SAVED.request.name, SAVED.dlq.name, b"x"))
    newest = await letters.page(wanted, None, 1)
    assert [kept.letter.id for kept in newest.letters] == laid[-1:]


@pytest.mark.parametrize("text", ["", "x", f"{SAVED.dlq.name}:5:999999", f"{SAVED.dlq.name}:99:0"])
async def test_what_is_no_letter_is_not_found(letters: KafkaDeadLetters, text: str) -> None:
    assert await letters.one(text) is None
    with pytest.raises(UserError, match="NOT_FOUND"):
        await letters.replay(text, None)


async def test_the_command_lists_shows_and_gives_up_without_texts(
    settings: KafkaSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATSTREAM_KAFKA__BOOTSTRAP_SERVERS", settings.bootstrap_servers)
    value = '{"message": "비밀 이야기"}'.encode()
    letter_id = await lay_made_up(settings, SAVED.request.name, SAVED.dlq.name, value)

    async def told(*words: str) -> str:
        result = await asyncio.to_thread(CliRunner().invoke, dlq, list(words))
        assert result.exit_code == 0, result.output
        return result.output

    assert letter_id in await told("list", "--topic", SAVED.dlq.name, "--reason", "invalid")
    shown = await told("show", letter_id)
    assert "비밀" not in shown
    assert "민수" not in shown
    assert "비밀" in await told("show", "--texts", letter_id)
    assert "given up: old" in await told("drop", letter_id, "--reason", "old", "--yes")
    assert letter_id not in await told("list", "--state", "waiting", "--topic", SAVED.dlq.name)

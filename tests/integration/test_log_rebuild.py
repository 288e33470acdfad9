"""The search made anew from Postgres, and compared with it, on real Postgres and Elasticsearch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from chatstream.commands.index_rebuild import IndexRebuildError
from chatstream.domain.log_differences import Discrepancy
from infra.elastic.erasure import ElasticEraser
from infra.elastic.fresh_indices import FreshIndices
from infra.elastic.templates import template
from infra.embedded.stack import Stack
from infra.postgres.chat_erasure import PostgresChatEraser
from infra.postgres.present_messages import PresentMessages
from tests.contract.chat_rig import person
from tests.integration.kept_rig import Kept, Stopped, a_kept_room

pytestmark = pytest.mark.servers

VERSION = template("chatstream-messages")["_meta"]["version"]


@pytest.fixture
async def kept(
    servers: Stack, postgres_chat: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Kept]:
    async with a_kept_room(servers, postgres_chat, monkeypatch) as made:
        yield made


async def erase(kept: Kept, account_id: str) -> None:
    """As the saga's steps do: the tombstone first, the search last."""
    for database in kept.chat.databases.chat.values():
        await PostgresChatEraser(database).erase(account_id)
    await ElasticEraser(kept.client, kept.settings).erase(account_id)


def at_seq(body: Mapping[str, Any], seq: int) -> dict[str, Any]:
    """The same document, as if it were that of another message."""
    made = deepcopy(dict(body))
    made["chatstream"]["message"]["seq"] = seq
    return made


async def test_what_is_made_anew_is_what_the_log_service_writes(kept: Kept) -> None:
    await kept.say("하나", "둘 river", "셋", "넷")
    await kept.change(2, "고친 둘")
    await kept.change(3, None)
    await kept.write(await kept.documents())
    before = await kept.sources()
    assert before[2][1]["message"] == "고친 둘"
    assert "message" not in before[3][1]
    assert await kept.verify() == {}
    assert await kept.rebuild().run() == 1
    assert await kept.sources() == before
    assert await kept.indices() == {f"chatstream-messages.v{VERSION}.g1-{kept.month}"}
    assert await kept.verify() == {}
    assert await kept.rebuild().run() == 1
    assert await kept.indices() == {f"chatstream-messages.v{VERSION}.g2-{kept.month}"}
    assert await kept.sources() == before


async def test_what_differs_is_told_by_its_ids_and_right_after_a_rebuild(kept: Kept) -> None:
    await kept.say("missing", "older", "content", "right")
    documents = await kept.documents()
    _, older, content, right = documents
    await kept.change(2, "newer secret")
    wrong = replace(content, body={**content.body, "message": "other secret"})
    extra = replace(right, id=f"{kept.room_id}:99", body=at_seq(right.body, 99))
    await kept.write([older, wrong, right, extra])
    found = await kept.verify()
    assert found == {
        Discrepancy.MISSING: 1,
        Discrepancy.OLDER: 1,
        Discrepancy.CONTENT: 1,
        Discrepancy.EXTRA: 1,
    }
    assert f"room {kept.room_id} message 2: older" in kept.told
    assert not [line for line in kept.told if "secret" in line]
    assert await kept.rebuild().run() == 1
    assert await kept.verify() == {}
    assert sorted(await kept.sources()) == [1, 2, 3, 4]


async def test_a_redelivery_hours_later_changes_nothing(kept: Kept) -> None:
    leaver = person()
    await kept.enter(leaver)
    await kept.say("stays", "edited", "deleted")
    await kept.say("by who leaves", "and edits", by=leaver)
    first = await kept.documents()
    await kept.change(2, "present")
    await kept.change(3, None)
    await kept.change(5, "edited too")
    second = await kept.documents()
    await erase(kept, leaver.account_id)
    assert await kept.rebuild().run() == 1
    made = await kept.sources()
    assert [("name" in body.get("user", {})) for _, (_, body) in sorted(made.items())] == [
        *(True, True, False),
        *(False, False),
    ]
    for late in (first, second, await kept.documents()):
        await kept.write(late)
        assert await kept.sources() == made
        assert await kept.verify() == {}


async def test_what_is_said_meanwhile_is_in_the_new_index(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatstream.commands.index_rebuild.SLICE", 20)
    await kept.say(*(f"first {number}" for number in range(60)))
    await kept.write(await kept.documents())
    done, rounds = asyncio.Event(), 0

    async def talk() -> None:
        nonlocal rounds
        while not done.is_set() or rounds < 3:
            rounds += 1
            await kept.say(f"later {rounds}")
            await kept.change(rounds * 7 % 60 + 1, None if rounds % 3 else f"edited {rounds}")
            await kept.write(await kept.documents())

    talking = asyncio.create_task(talk())
    try:
        assert await kept.rebuild().run() == 1
        assert await kept.verify(patience=20) == {}
    finally:
        done.set()
        await talking
    assert await kept.verify() == {}
    assert len(await kept.sources()) == 60 + rounds


@pytest.mark.parametrize("broken", ["write", "note", "counts", "switch"])
async def test_whatever_ends_it_changes_nothing_that_serves(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    await kept.say("하나", "둘")
    await kept.write(await kept.documents())

    async def end(*_: object) -> None:
        raise Stopped

    with monkeypatch.context() as patched:
        patched.setattr(FreshIndices, broken, end)
        with pytest.raises(Stopped):
            await kept.rebuild().run()
    assert sorted(await kept.sources()) == [1, 2]
    assert kept.name in await kept.indices()
    await kept.say("셋")
    await kept.change(1, "고친 하나")
    await kept.write(await kept.documents())
    assert await kept.rebuild().run() == 1
    assert any("goes on behind" in line for line in kept.told) is (broken in {"counts", "switch"})
    assert await kept.indices() == {f"chatstream-messages.v{VERSION}.g1-{kept.month}"}
    assert (await kept.sources())[1][1]["message"] == "고친 하나"
    assert await kept.verify() == {}


async def test_an_erasure_between_reading_and_writing_is_kept(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaver = person()
    await kept.enter(leaver)
    await kept.say("bye", by=leaver)
    read = PresentMessages.touched

    async def erased_meanwhile(self: PresentMessages, *span: int) -> object:
        found = await read(self, *span)
        monkeypatch.setattr(PresentMessages, "touched", read)
        if any(each.account_id == leaver.account_id for each in found):
            await erase(kept, leaver.account_id)
        else:
            monkeypatch.setattr(PresentMessages, "touched", erased_meanwhile)
        return found

    monkeypatch.setattr(PresentMessages, "touched", erased_meanwhile)
    assert await kept.rebuild().run() == 1
    [(_, (version, body))] = (await kept.sources()).items()
    assert body["user"] == {"id": leaver.account_id}
    assert version == body["chatstream"]["message"]["rev"] + 1
    assert await kept.verify() == {}


async def test_documents_that_postgres_does_not_know_are_not_dropped_unasked(kept: Kept) -> None:
    await kept.say("하나")
    [document] = await kept.documents()
    strange = [replace(document, id=f"{kept.room_id}:{seq}") for seq in (7, 8)]
    await kept.write([document, *strange])
    with pytest.raises(IndexRebuildError, match="would lose 2 documents"):
        await kept.rebuild().run()
    assert sorted(await kept.sources()) == [1, 7, 8]
    assert await kept.verify() == {Discrepancy.EXTRA: 2}
    assert await kept.rebuild().run(fewer=True) == 1
    assert sorted(await kept.sources()) == [1]


async def test_a_document_by_hand_beside_that_of_its_message_is_told(kept: Kept) -> None:
    await kept.say("하나", "둘")
    one, two = await kept.documents()
    await kept.write([one, two, replace(two, id="by-hand")])
    assert await kept.verify() == {Discrepancy.EXTRA: 1}
    assert kept.told == [f"room {kept.room_id} message 2: extra"]


async def test_a_month_whose_index_was_lost_comes_back(kept: Kept) -> None:
    await kept.say("하나", "둘")
    assert await kept.verify() == {Discrepancy.MISSING: 2}
    assert await kept.rebuild().run() == 1
    assert await kept.verify() == {}


async def test_what_comes_late_is_asked_for_again(kept: Kept) -> None:
    await kept.say("하나")

    async def write_late() -> None:
        # After the first question has found it missing.
        while not await kept.client.indices.exists(index=kept.name):
            await kept.write(await kept.documents())

    looking = asyncio.create_task(kept.verify(patience=30))
    await asyncio.sleep(0)
    await write_late()
    assert await looking == {}

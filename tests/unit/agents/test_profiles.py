"""The chat service's copy of the accounts: what it takes from the topic."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from agents.copies.profiles import ProfileSink
from schemas import records
from schemas.contexts.accounts import ACCOUNT
from tests.fakes.people import FakeProfiles

RESPONSE = ACCOUNT.response.name
AT = "2026-11-21T12:00:00.000Z"


def event(record: records.Record) -> Any:
    value = records.encode(record)
    return SimpleNamespace(value=value, message=SimpleNamespace(topic=RESPONSE, value=value))


async def test_accounts_and_new_names_reach_every_database_and_refusals_do_not() -> None:
    stores = {"chat_0": FakeProfiles(), "chat_1": FakeProfiles()}
    app: Any = SimpleNamespace()
    sink = ProfileSink(app, stores)
    base: Any = {"request_id": "q", "account_id": "a", "user_id": "minsu"}
    created = records.AccountCreated(**base, fact_no=1, name="민수", created_at=AT)
    changed = records.ProfileChanged(**base, fact_no=2, name="지은", at=AT)
    refused = records.AccountRefused(**base, code="USER_EXISTS", reason="", at=AT)
    await sink.process("profiles", [event(created), event(refused)])
    assert [await store.names(["a"]) for store in stores.values()] == [{"a": ("minsu", "민수")}] * 2
    await sink.process("profiles", [event(changed)])
    await sink.process("profiles", [event(created)])
    assert [await store.names(["a"]) for store in stores.values()] == [{"a": ("minsu", "지은")}] * 2


async def test_an_erased_account_is_a_tombstone_that_no_fact_changes() -> None:
    stores = {"chat_0": FakeProfiles(), "chat_1": FakeProfiles()}
    app: Any = SimpleNamespace()
    sink = ProfileSink(app, stores)
    base: Any = {"request_id": "q", "account_id": "a"}
    created = records.AccountCreated(**base, user_id="minsu", fact_no=1, name="민수", created_at=AT)
    erased = records.AccountErased(**base, fact_no=2, saga_id="q", at=AT)
    await sink.process("profiles", [event(created), event(erased)])
    await sink.process("profiles", [event(created)])
    assert [await store.names(["a"]) for store in stores.values()] == [{"a": ("", "")}] * 2

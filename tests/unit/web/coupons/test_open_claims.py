"""Claims under way: bounded, one of an account, 202 only for what is in the log."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from chatstream.errors import ErrorCode, UserError
from chatstream.ports.wishes import Logged
from tests.client.waiting import eventually
from web.coupons import open_claims as open_claims_module
from web.coupons.open_claims import OpenClaims

PROMPT = 60.0
TOPIC = "claims"


@dataclass(frozen=True)
class Wish:
    """A claim."""

    request_id: str
    account_id: str = "a"
    campaign_id: str = "c"


@dataclass
class Log:
    """Takes claims and answers them when told to."""

    takes: bool = True
    made: list[str] = field(default_factory=list)
    outcomes: dict[str, asyncio.Future[object]] = field(default_factory=dict)

    async def ask(self, topic: str, claim: Any, logged: Logged | None = None) -> object:
        assert topic == TOPIC
        assert logged is not None
        self.made.append(claim.request_id)
        self.outcomes[claim.request_id] = asyncio.get_running_loop().create_future()
        if self.takes:
            logged(0, len(self.made))
        return await self.outcomes[claim.request_id]


def open_claims(log: Log, most: int = 2, within: float = PROMPT) -> OpenClaims:
    return OpenClaims(log, TOPIC, most, within)


async def begun(log: Log, *claims: Any) -> list[asyncio.Task[Any]]:
    """The calls, as far as they come by themselves."""
    tasks = [asyncio.ensure_future(claim) for claim in claims]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


async def test_the_outcome_is_the_answer() -> None:
    log = Log()
    (task,) = await begun(log, open_claims(log).claim(Wish("1")))
    log.outcomes["1"].set_result("won")
    waiting, outcome = await task
    assert (waiting.claim.request_id, outcome) == ("1", "won")


async def test_a_second_claim_of_an_account_joins_the_first() -> None:
    log = Log()
    claims = open_claims(log, most=1)
    tasks = await begun(log, claims.claim(Wish("1")), claims.claim(Wish("2")))
    log.outcomes["1"].set_result("won")
    assert [(w.claim.request_id, out) for w, out in await asyncio.gather(*tasks)] == [
        ("1", "won"),
        ("1", "won"),
    ]
    assert log.made == ["1"]


async def test_so_many_of_a_campaign_wait_and_the_next_is_busy() -> None:
    log = Log()
    claims = open_claims(log, most=2)
    tasks = await begun(
        log,
        *(claims.claim(Wish(str(n), account_id=str(n))) for n in range(2)),
        claims.claim(Wish("other", campaign_id="d")),
    )
    with pytest.raises(UserError) as raised:
        await claims.claim(Wish("3", account_id="3"))
    assert raised.value.code is ErrorCode.BUSY
    assert raised.value.retry_after
    assert raised.value.retry_after >= 1
    log.outcomes["0"].set_result("won")
    await tasks[0]
    (third,) = await begun(log, claims.claim(Wish("3", account_id="3")))
    assert log.made == ["0", "1", "other", "3"]
    for task in [*tasks, third]:
        task.cancel()


async def test_what_is_in_the_log_and_undecided_is_no_failure() -> None:
    log = Log()
    waiting, outcome = await open_claims(log, within=0.0).claim(Wish("1"))
    assert outcome is None
    assert waiting.place == (0, 1)


async def test_what_the_log_did_not_take_in_time_is_to_be_repeated() -> None:
    log = Log(takes=False)
    with pytest.raises(UserError) as raised:
        await open_claims(log, within=0.0).claim(Wish("1"))
    assert raised.value.code is ErrorCode.STORE_UNAVAILABLE
    assert raised.value.retry_after


@pytest.mark.parametrize("is_logged", [True, False])
async def test_an_outcome_that_is_late_for_the_sender_is_late_only_for_what_is_logged(
    is_logged: bool,
) -> None:
    log = Log(takes=is_logged)
    (task,) = await begun(log, open_claims(log).claim(Wish("1")))
    log.outcomes["1"].set_exception(UserError(ErrorCode.STORE_UNAVAILABLE))
    if is_logged:
        assert (await task)[1] is None
    else:
        with pytest.raises(UserError):
            await task


async def test_an_outcome_that_is_heard_while_the_sender_gives_up_ends_the_claim() -> None:
    log = Log()
    claims = open_claims(log)
    (task,) = await begun(log, claims.claim(Wish("1")))
    log.outcomes["1"].set_exception(UserError(ErrorCode.STORE_UNAVAILABLE))
    claims.heard("c", "a", "1")  # before the sender has had its turn
    assert (await task)[1] is None
    assert claims.of("c", "a") is None
    assert claims.waiting("c") == 0


async def test_who_goes_away_leaves_the_claim_under_way() -> None:
    log = Log()
    claims = open_claims(log)
    (task,) = await begun(log, claims.claim(Wish("1")))
    task.cancel()
    (again,) = await begun(log, claims.claim(Wish("1")))
    log.outcomes["1"].set_result("won")
    assert (await again)[1] == "won"
    assert log.made == ["1"]


async def late(log: Log, claims: OpenClaims) -> None:
    """A claim that is in the log and whose sender has given up waiting."""
    (task,) = await begun(log, claims.claim(Wish("1")))
    log.outcomes["1"].set_exception(UserError(ErrorCode.STORE_UNAVAILABLE))
    assert (await task)[1] is None


async def test_what_is_in_the_log_is_not_sent_again_until_its_outcome_is_heard() -> None:
    log = Log()
    claims = open_claims(log, most=1)
    await late(log, claims)
    assert (await claims.claim(Wish("1")))[1] is None
    with pytest.raises(UserError):
        await claims.claim(Wish("2", account_id="b"))
    claims.heard("c", "a", "another")
    assert claims.waiting("c") == 1
    claims.heard("c", "a", "1")
    assert claims.waiting("c") == 0
    (again,) = await begun(log, claims.claim(Wish("3")))
    assert log.made == ["1", "3"]
    again.cancel()


async def test_what_was_never_heard_of_is_forgotten_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(open_claims_module, "KEPT", 0.0)
    log = Log()
    claims = open_claims(log)
    await late(log, claims)

    async def is_forgotten() -> bool:
        return claims.waiting("c") == 0

    await eventually(is_forgotten, every=0.01)


async def test_a_claim_under_way_is_found_by_its_campaign_and_by_its_id() -> None:
    log = Log()
    claims = open_claims(log)
    (task,) = await begun(log, claims.claim(Wish("1")))
    assert claims.named("1", "a") is claims.of("c", "a") is not None
    assert claims.of("c", "b") is claims.of("d", "a") is claims.named("1", "b") is None
    task.cancel()

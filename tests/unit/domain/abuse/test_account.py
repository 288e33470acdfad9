"""What one account may send into all its rooms together."""

from __future__ import annotations

import json
import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.abuse.account import (
    AccountCounters,
    idle,
    judge,
    judge_invitation,
    judge_offence,
)
from chatstream.domain.abuse.policy import DEFAULT, AccountLimits, Escalation, Limit
from chatstream.domain.abuse.verdicts import Outcome, Reason, Verdict
from tests.unit.domain.abuse.writing import texts

FEW_ROOMS = replace(DEFAULT, version="few", account=AccountLimits(rooms=Limit(3, 300.0)))
CALM = replace(FEW_ROOMS, version="calm", escalation=Escalation(ladder=()))
ADVERT = "지금 가입하면 무료 쿠폰 지급"


def test_one_text_in_too_many_rooms_mutes() -> None:
    counters = AccountCounters()
    outcomes = []
    for number, room in enumerate("abcd"):
        verdict, counters = judge(FEW_ROOMS, counters, room, f"{ADVERT} ₩{number}", float(number))
        outcomes.append((verdict.outcome, verdict.reason))
    assert outcomes == [(Outcome.PASS, None)] * 3 + [(Outcome.MUTE, Reason.MANY_ROOMS)]


def test_one_text_many_times_in_one_room_is_not_spread() -> None:
    counters = AccountCounters()
    for number in range(6):
        verdict, counters = judge(CALM, counters, "a", ADVERT, float(number))
        assert verdict.outcome is Outcome.PASS
    assert len(counters.texts) == 1


def test_a_room_that_had_the_text_may_have_it_again() -> None:
    counters = AccountCounters()
    for number, room in enumerate("abca"):
        verdict, counters = judge(CALM, counters, room, ADVERT, float(number))
        assert verdict.outcome is Outcome.PASS
    assert judge(CALM, counters, "d", ADVERT, 5.0)[0].reason is Reason.MANY_ROOMS


def test_a_greeting_may_go_to_every_room() -> None:
    counters = AccountCounters()
    for number in range(10):
        verdict, counters = judge(CALM, counters, str(number), "안녕", float(number))
        assert verdict.outcome is Outcome.PASS


def test_rates_add_up_over_rooms() -> None:
    policy = replace(CALM, account=AccountLimits(messages=Limit(2, 10.0)))
    counters = AccountCounters()
    verdicts = []
    for number, room in enumerate("abc"):
        verdict, counters = judge(policy, counters, room, f"line {number}", float(number))
        verdicts.append(verdict)
    assert [each.reason for each in verdicts] == [None, None, Reason.RATE]
    assert verdicts[-1].until == 10.0


def test_links_and_invitations_add_up_over_rooms() -> None:
    limits = AccountLimits(links=Limit(1, 10.0), invitations=Limit(0, 10.0))
    policy = replace(CALM, account=limits)
    _, counters = judge(policy, AccountCounters(), "a", "a.com", 0.0)
    assert judge(policy, counters, "b", "b.com", 1.0)[0].reason is Reason.LINKS
    verdict, _ = judge(policy, AccountCounters(), "b", "t.me/join", 1.0)
    assert verdict.reason is Reason.INVITATIONS


def test_asking_many_people_into_rooms_is_refused() -> None:
    policy = replace(CALM, account=AccountLimits(people=Limit(5, 60.0)))
    verdict, counters = judge_invitation(policy, AccountCounters(), 5, 0.0)
    assert verdict.outcome is Outcome.PASS
    verdict, counters = judge_invitation(policy, counters, 1, 1.0)
    assert (verdict.outcome, verdict.reason) == (Outcome.REFUSE, Reason.INVITATIONS)
    assert judge_invitation(policy, counters, 1, 60.0)[0].outcome is Outcome.PASS


def test_offences_in_different_rooms_mute_together() -> None:
    refused = Verdict(Outcome.REFUSE, Reason.BANNED_WORD)
    counters = AccountCounters()
    outcomes = []
    for now in (0.0, 1.0, 2.0):
        verdict, counters = judge_offence(DEFAULT, counters, refused, now)
        outcomes.append(verdict.outcome)
    assert outcomes == [Outcome.REFUSE, Outcome.REFUSE, Outcome.MUTE]
    verdict, _ = judge(DEFAULT, counters, "a", "hi", 3.0)
    assert (verdict.outcome, verdict.reason) == (Outcome.REFUSE, Reason.MUTED)
    invited, _ = judge_invitation(DEFAULT, counters, 1, 3.0)
    assert invited.reason is Reason.MUTED


def test_a_mask_weighs_less_and_what_is_sent_while_muted_nothing() -> None:
    masked = Verdict(Outcome.MASK, Reason.BANNED_WORD)
    _, counters = judge_offence(DEFAULT, AccountCounters(), masked, 0.0)
    assert counters.conduct.strikes == ((0.0, 1),)
    for verdict in (Verdict(Outcome.REFUSE, Reason.MUTED), Verdict(Outcome.PASS)):
        assert judge_offence(DEFAULT, counters, verdict, 1.0) == (verdict, counters)


def test_counters_that_changed_nothing_may_be_forgotten() -> None:
    assert idle(DEFAULT, AccountCounters(), 0.0)
    _, counters = judge(DEFAULT, AccountCounters(), "a", ADVERT, 0.0)
    assert not idle(DEFAULT, counters, 299.0)
    assert idle(DEFAULT, counters, 300.0)


@given(st.integers(0), texts())
def test_counters_stay_small_and_survive_the_table(seed: int, text: str) -> None:
    rng = random.Random(seed)
    counters, now = AccountCounters(), 0.0
    for _ in range(rng.randint(0, 80)):
        now += rng.choice((0.0, 0.2, 5.0, 400.0, -0.5))
        line = rng.choice(
            (ADVERT, "https://a.com t.me/x", "네", f"{ADVERT} {'가나다'[now % 3 > 1]}")
        )
        _, counters = judge(CALM, counters, rng.choice("abcdef"), line, now)
        _, counters = judge_invitation(CALM, counters, rng.randint(0, 50), now)
    limits = CALM.account
    assert len(counters.sent) <= limits.messages.count
    assert len(counters.texts) <= limits.texts
    assert len(counters.links) <= limits.links.count
    assert len(counters.invitations) <= limits.invitations.count
    assert len(counters.people) <= limits.people.count
    read_back = AccountCounters.unpack(json.loads(json.dumps(counters.pack())))
    assert read_back == counters
    assert judge(CALM, read_back, "a", text, now) == judge(CALM, counters, "a", text, now)

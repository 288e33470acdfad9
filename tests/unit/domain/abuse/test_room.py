"""What one account may send into one room."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.abuse import conduct
from chatstream.domain.abuse.messages import matcher_of, read
from chatstream.domain.abuse.policy import (
    DEFAULT,
    Escalation,
    Hosts,
    Limit,
    ListedWords,
    Policy,
    RoomLimits,
    Rung,
    uncounted,
)
from chatstream.domain.abuse.room import RoomCounters, idle, judge
from chatstream.domain.abuse.verdicts import Outcome, Reason, Verdict
from chatstream.settings import LimitSettings
from tests.unit.domain.abuse.writing import sprinkled, texts

# Without a ladder nothing mutes, so that each rule shows by itself.
CALM = replace(DEFAULT, version="calm", escalation=Escalation(ladder=()))


def outcomes(policy: Policy, sent: list[tuple[float, str]]) -> list[Verdict]:
    """The verdicts of (time, text) one after the other."""
    counters = RoomCounters()
    verdicts = []
    for now, text in sent:
        verdict, counters = judge(policy, counters, text, now)
        verdicts.append(verdict)
    return verdicts


def reasons(policy: Policy, sent: list[tuple[float, str]]) -> list[Reason | None]:
    return [verdict.reason for verdict in outcomes(policy, sent)]


def test_an_ordinary_message_passes_as_it_is() -> None:
    assert outcomes(CALM, [(0.0, "안녕 hello")]) == [Verdict(Outcome.PASS, text="안녕 hello")]


def test_a_listed_word_is_masked_and_the_rest_stored() -> None:
    (verdict,) = outcomes(CALM, [(0.0, "아 시1발 진짜")])
    assert (verdict.outcome, verdict.text) == (Outcome.MASK, "아 ●●● 진짜")
    assert (verdict.reason, verdict.detail) == (Reason.BANNED_WORD, "시발")


def test_a_word_of_the_worse_list_refuses_the_message() -> None:
    (verdict,) = outcomes(CALM, [(0.0, "shit, kill yourself")])
    assert (verdict.outcome, verdict.text) == (Outcome.REFUSE, "")
    assert (verdict.reason, verdict.detail) == (Reason.BANNED_WORD, "kill_yourself")


def test_a_rate_is_refused_until_there_is_room() -> None:
    policy = replace(CALM, room=RoomLimits(messages=Limit(2, 10.0)))
    verdicts = outcomes(
        policy, [(0.0, "one"), (1.0, "two"), (2.0, "three"), (10.0, "four"), (10.5, "five")]
    )
    assert [each.outcome for each in verdicts] == [
        Outcome.PASS,
        Outcome.PASS,
        Outcome.REFUSE,
        Outcome.PASS,
        Outcome.REFUSE,
    ]
    assert (verdicts[2].reason, verdicts[2].until) == (Reason.RATE, 10.0)


def test_what_is_refused_does_not_count_in_the_rate() -> None:
    policy = replace(CALM, room=RoomLimits(messages=Limit(1, 10.0)))
    assert reasons(policy, [(0.0, "kill yourself"), (1.0, "hello"), (2.0, "you")]) == [
        Reason.BANNED_WORD,
        None,
        Reason.RATE,
    ]


def test_the_same_text_is_refused_however_it_is_dressed() -> None:
    calm = replace(CALM, version="calm-3", room=RoomLimits(repeats=Limit(3, 60.0)))
    said = ["지금 바로 구매하세요", "지금 바로  구매하세요!!", "지금바로 구매하세요ㅛㅛ 1"]
    sent = [(float(number), text) for number, text in enumerate([*said[:2], said[0], said[1]])]
    assert reasons(calm, sent) == [None, None, None, Reason.REPEAT]
    assert reasons(calm, [*sent[:3], (70.0, said[0])]) == [None] * 4


def test_what_the_edge_lets_through_one_front_is_not_too_much() -> None:
    edge = LimitSettings()
    assert DEFAULT.room.messages.count >= edge.message_burst + 10 * edge.messages_per_second
    most = edge.message_burst + DEFAULT.account.messages.seconds * edge.messages_per_second
    assert DEFAULT.account.messages.count >= most


def test_a_load_test_is_told_nothing_but_of_words() -> None:
    sent = [(0.0, "https://a.example 같은 말을 많이 합니다")] * 500
    policy = uncounted(DEFAULT)
    assert set(reasons(policy, sent)) == {None}
    assert reasons(policy, [(0.0, "씨발")]) == reasons(DEFAULT, [(0.0, "씨발")])


def test_short_answers_may_repeat() -> None:
    assert reasons(CALM, [(float(n), "네") for n in range(8)]) == [None] * 8


def test_numbers_alone_do_not_make_another_text() -> None:
    gists = {read(CALM, f"무료 머니 지급 이벤트 https://a.b/{n}").gist for n in range(5)}
    assert len(gists) == 1
    assert read(CALM, "1").gist != read(CALM, "2").gist
    assert read(CALM, "😀").gist != read(CALM, "😡").gist


def test_many_links_are_refused_at_once_and_over_time() -> None:
    at_once = " ".join(f"https://site{n}.com" for n in range(4))
    assert reasons(CALM, [(0.0, at_once)]) == [Reason.LINKS]
    sent = [(float(n), f"look {word} https://site.com") for n, word in enumerate("abcdefg")]
    assert reasons(CALM, sent) == [None] * 6 + [Reason.LINKS]


def test_every_link_of_a_message_counts() -> None:
    policy = replace(CALM, room=RoomLimits(links=Limit(3, 60.0)))
    sent = [(0.0, "a.com b.com"), (1.0, "c.com d.com"), (2.0, "e.com"), (3.0, "f.com")]
    assert reasons(policy, sent) == [None, Reason.LINKS, None, Reason.LINKS]


def test_a_banned_host_is_refused() -> None:
    policy = replace(CALM, hosts=Hosts(banned=("evil.com",)))
    (verdict,) = outcomes(policy, [(0.0, "see www.evil.com")])
    assert (verdict.outcome, verdict.reason) == (Outcome.REFUSE, Reason.BANNED_LINK)


def test_invitations_elsewhere_are_few() -> None:
    sent = [
        (float(n), f"{word} open.kakao.com/o/x{n}")
        for n, word in enumerate(("가자", "오세요", "여기"))
    ]
    assert reasons(CALM, sent) == [None, None, Reason.INVITATIONS]


def test_offences_add_up_to_longer_and_longer_mutes() -> None:
    rungs = (Rung(4, 60.0), Rung(6, 600.0))
    policy = replace(DEFAULT, version="ladder", escalation=Escalation(ladder=rungs))
    bad = "kill yourself"
    verdicts = outcomes(policy, [(0.0, bad), (1.0, bad), (2.0, "hello"), (70.0, "hi"), (71.0, bad)])
    assert [each.outcome for each in verdicts] == [
        Outcome.REFUSE,
        Outcome.MUTE,
        Outcome.REFUSE,
        Outcome.PASS,
        Outcome.MUTE,
    ]
    assert verdicts[1].until == 61.0
    assert (verdicts[2].reason, verdicts[2].until) == (Reason.MUTED, 61.0)
    assert verdicts[4].until == 671.0


def test_offences_are_forgotten_in_time() -> None:
    sent = [(4000.0 * n, "kill yourself") for n in range(6)]
    assert {each.outcome for each in outcomes(DEFAULT, sent)} == {Outcome.REFUSE}


def test_offences_are_remembered_only_as_far_as_the_ladder_goes() -> None:
    refusal = Verdict(Outcome.REFUSE, Reason.RATE)
    behaviour = conduct.Conduct()
    for now in range(100):
        _, behaviour = conduct.escalate(DEFAULT.escalation, behaviour, refusal, 1, float(now))
    assert len(behaviour.strikes) == DEFAULT.escalation.ladder[-1].points


def test_an_operator_mutes_and_lifts() -> None:
    counters = RoomCounters(conduct=conduct.mute(conduct.Conduct(((0.0, 15),), 0.0), 100.0))
    verdict, counters = judge(DEFAULT, counters, "hi", 1.0)
    assert (verdict.outcome, verdict.reason) == (Outcome.REFUSE, Reason.MUTED)
    counters = replace(counters, conduct=conduct.lift(counters.conduct))
    verdict, counters = judge(DEFAULT, counters, "kill yourself", 2.0)
    assert verdict.outcome is Outcome.REFUSE
    assert judge(DEFAULT, counters, "hi", 3.0)[0].outcome is Outcome.PASS


def test_a_mute_never_ends_earlier_by_another() -> None:
    assert conduct.mute(conduct.Conduct((), 100.0), 50.0).muted_until == 100.0


def test_counters_that_changed_nothing_may_be_forgotten() -> None:
    assert idle(DEFAULT, RoomCounters(), 0.0)
    _, counters = judge(DEFAULT, RoomCounters(), "shit https://t.me/x", 0.0)
    assert not idle(DEFAULT, counters, 1.0)
    assert not idle(DEFAULT, counters, 3599.0)
    assert idle(DEFAULT, counters, 3600.0)


def test_a_new_list_holds_at_once() -> None:
    changed = Policy(version="other", words=ListedWords(masked=("사과",), refused=(), allowed=()))
    assert judge(changed, RoomCounters(), "사과", 0.0)[0].outcome is Outcome.MASK
    assert judge(DEFAULT, RoomCounters(), "사과", 0.0)[0].outcome is Outcome.PASS
    same_version = replace(changed, words=ListedWords(masked=("배",), refused=(), allowed=()))
    assert judge(same_version, RoomCounters(), "사과", 0.0)[0].outcome is Outcome.PASS


def test_lists_are_compiled_once_a_version() -> None:
    assert matcher_of(DEFAULT) is matcher_of(Policy())


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "●●"])
def test_a_text_without_letters_is_judged_too(text: str) -> None:
    assert judge(DEFAULT, RoomCounters(), text, 0.0)[0].outcome is Outcome.PASS


def history(seed: int) -> tuple[RoomCounters, float]:
    """Counters after a stretch of anything; whole stretches come from a seed, to be fast."""
    rng = random.Random(seed)
    lines = (
        "hi",
        "네",
        "시발",
        "kill yourself",
        "buy now at https://a.com",
        "t.me/x come in",
        "안녕하세요 여러분",
    )
    counters, now = RoomCounters(), 0.0
    for _ in range(rng.randint(0, 60)):
        now += rng.choice((0.0, 0.1, 1.0, 30.0, -0.5, 700.0))
        _, counters = judge(DEFAULT, counters, rng.choice(lines), now)
    return counters, now


@given(st.integers(0), texts())
def test_the_same_counters_and_message_bring_the_same_verdict(seed: int, text: str) -> None:
    counters, now = history(seed)
    packed = RoomCounters.unpack(json.loads(json.dumps(counters.pack())))
    assert packed == counters
    assert judge(DEFAULT, packed, text, now) == judge(DEFAULT, counters, text, now)


@given(st.integers(0))
def test_counters_stay_small(seed: int) -> None:
    counters, _ = history(seed)
    limits = DEFAULT.room
    assert len(counters.sent) <= limits.messages.count
    assert len(counters.texts) <= limits.texts
    assert len(counters.links) <= limits.links.count
    assert len(counters.invitations) <= limits.invitations.count
    assert len(counters.conduct.strikes) <= DEFAULT.escalation.ladder[-1].points
    assert len(json.dumps(counters.pack())) < 2500


@given(st.data(), st.integers(0), texts())
def test_invisible_characters_never_change_the_verdict(
    data: st.DataObject, seed: int, text: str
) -> None:
    counters, now = history(seed)
    hidden, after_hidden = judge(DEFAULT, counters, data.draw(sprinkled(text)), now)
    plain, after = judge(DEFAULT, counters, text, now)
    assert replace(hidden, text="") == replace(plain, text="")
    assert after_hidden == after

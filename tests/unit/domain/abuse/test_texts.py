"""What is said of a text by itself, without what its author did before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from chatstream.domain.abuse.policy import DEFAULT, Hosts
from chatstream.domain.abuse.texts import judge_text, judge_words
from chatstream.domain.abuse.verdicts import Outcome, Reason, Verdict

POLICY = replace(DEFAULT, version="texts", hosts=Hosts(banned=("bad.example",)))
MANY = " ".join(f"https://a{n}.example" for n in range(POLICY.room.links_at_once + 1))


@pytest.mark.parametrize("judge", [judge_words, judge_text])
def test_words_are_refused_masked_or_passed(judge: Callable[..., Verdict]) -> None:
    refused, masked, passed = (
        judge(POLICY, text) for text in ("shit, kill yourself", "아 시1발 진짜", "내일 9시 회의")
    )
    assert (refused.outcome, refused.reason) == (Outcome.REFUSE, Reason.BANNED_WORD)
    assert (masked.outcome, masked.text) == (Outcome.MASK, "아 ●●● 진짜")
    assert passed == Verdict(Outcome.PASS, text="내일 9시 회의")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("see https://bad.example/x", Reason.BANNED_LINK),
        (MANY, Reason.LINKS),
        ("시1발 https://bad.example", Reason.BANNED_LINK),
    ],
)
def test_links_are_judged_with_the_text_and_not_with_its_words(text: str, reason: Reason) -> None:
    verdict = judge_text(POLICY, text)
    assert (verdict.outcome, verdict.reason, verdict.text) == (Outcome.REFUSE, reason, "")
    assert judge_words(POLICY, text).outcome is not Outcome.REFUSE

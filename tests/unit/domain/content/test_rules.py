"""The rules against abuse on texts that are to be published."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatstream.domain.abuse.policy import Hosts, Policy
from chatstream.domain.abuse.texts import judge_words
from chatstream.domain.abuse.verdicts import Outcome
from chatstream.domain.content.posts import ContentVerdict
from chatstream.domain.content.rules import (
    LINKS,
    REPEATS,
    gist_of,
    judge_draft,
    judge_repeats,
)
from chatstream.domain.content.texts import BODY_LENGTH, Draft
from infra.text.mecab import DictionaryReader
from tests.unit.domain.abuse.phrases import ABUSIVE, INNOCENT

POLICY = replace(Policy(), version="posts", hosts=Hosts(banned=("evil.example",)))


def said(body: str = "오늘은 비가 왔어요.", title: str = "일기", *tags: str) -> tuple[str, ...]:
    verdict, reasons = judge_draft(POLICY, Draft(title=title, body=body, tags=tags))
    return (str(verdict), *reasons)


@pytest.mark.parametrize(
    "body",
    [
        "오늘은 비가 왔어요.",
        "# 제목\n\n**굵게** 쓴 글과 [링크](https://example.com/a)",
        "개시 발권, 급식 충분, 수박 씨 발라 먹기",
        "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 15,
        "네\n" * 500,
    ],
)
def test_what_the_rules_have_nothing_against_passes(body: str) -> None:
    assert said(body) == ("accepted",)


@pytest.mark.parametrize(
    "body",
    [
        "kill yourself",
        "k**i**ll yourself",
        "&#107;ill yourself",
        "긴 글\n\n" * 50 + "kill yourself",
    ],
)
def test_a_refused_word_refuses_the_text_however_it_is_marked(body: str) -> None:
    assert said(body) == ("refused", "banned_word")


@pytest.mark.parametrize("body", ["아 시1발 진짜", "아 시**발** 진짜", "아 &#49884;발 진짜"])
def test_what_a_message_would_mask_is_for_a_person(body: str) -> None:
    assert said(body) == ("review", "banned_word")


def test_the_whole_corpus_of_the_chat_is_judged_as_there() -> None:
    """Alone as a message is, and within a post hardly otherwise."""
    reader = DictionaryReader()

    def is_caught(body: str) -> bool:
        _, reasons = judge_draft(POLICY, Draft(title="일기", body=body), reader)
        return "banned_word" in reasons

    phrases = (*ABUSIVE, *INNOCENT)
    there = [judge_words(POLICY, each, reader).outcome is not Outcome.PASS for each in phrases]
    assert [is_caught(each) for each in phrases] == there
    within = "오늘은 비가 왔어요.\n\n{}\n\n그래서 집에 있었어요."
    missed = [each for each in ABUSIVE if not is_caught(within.format(each))]
    wrong = [each for each in INNOCENT if is_caught(within.format(each))]
    assert len(missed) <= 0.05 * len(ABUSIVE), missed
    assert len(wrong) <= 0.03 * len(INNOCENT), wrong


def test_title_and_tags_are_judged_too() -> None:
    assert said("좋은 글", "kill yourself") == ("refused", "banned_word")
    assert said("좋은 글", "일기", "kill yourself") == ("refused", "banned_word")


def test_links_are_looked_at() -> None:
    many = " ".join(f"https://site{number}.example/x" for number in range(LINKS + 1))
    assert said(many) == ("review", "links")
    assert said(many.rpartition(" ")[0]) == ("accepted",)
    assert said("[여기](https://www.evil.example/x)") == ("refused", "banned_link")
    assert said("https://open.kakao.com/o/abc") == ("review", "invitations")


def test_a_line_that_comes_again_and_again_is_for_a_person() -> None:
    assert said("지금 바로 구매하세요 특가!\n" * 21) == ("review", "repeat")
    assert said("지금 바로 구매하세요 특가!\n" * 20) == ("accepted",)


def test_posts_of_one_author_that_say_the_same_are_for_a_person() -> None:
    accepted, refused = (ContentVerdict.ACCEPTED, ()), (ContentVerdict.REFUSED, ("banned_word",))
    assert judge_repeats(*accepted, REPEATS - 1) == accepted
    assert judge_repeats(*accepted, REPEATS) == (ContentVerdict.REVIEW, ("repeat",))
    assert judge_repeats(*refused, REPEATS) == refused
    same = {
        gist_of(POLICY, Draft(title=title, body=body))
        for title, body in (("a", "특가 할인 중!!"), ("b", "특가 할인  중!"))
    }
    assert len(same) == 1
    assert gist_of(POLICY, Draft(title="a", body="비가 왔어요")) not in same


def test_a_refusal_counts_more_than_a_doubt() -> None:
    assert said("kill yourself https://open.kakao.com/o/abc") == ("refused", "banned_word")


@pytest.mark.parametrize("sign", ["가", "a", "*", "[", "&", "ㅋ", "\u0301", "`", "#", "시"])
def test_the_longest_text_of_one_sign_is_judged(sign: str) -> None:
    """In a time that grows with the text and no faster, or the limit of a test ends it."""
    verdict, _ = judge_draft(POLICY, Draft(title="a", body="a" + sign * (BODY_LENGTH - 1)))
    assert verdict in ContentVerdict

"""How the texts of the pages are written: one voice, one name a thing; see docs/texts.md."""

from __future__ import annotations

import re

import pytest

from infra.kibana import sources
from tests.unit.web.korean_text import english_in, is_english, is_korean
from web.catalogue import texts_in
from web.edge.language import LANGUAGES

KOREAN, ENGLISH = texts_in("ko"), texts_in("en")
# Nothing but names and numbers, or the same in both languages.
BARE = {"app.name", "stats.file.csv", "stats.file.json", "docs.title", "room.new", "search.inRoom"}
BARE |= {"dlq.reader.hint"}
# A particle that depends on the sound before it, right after something that is filled in.
FITTED = re.compile(r"\}[’”)]?(?:은|는|이|가|을|를|과|와|으로|로)(?![가-힣])")
COUNTED = re.compile(r"\{count\} [a-z]")
# Told of as many as a page has, which are never one.
ALWAYS_MANY = {"search.found.more", "sanctions.many", "opsLog.many", "dlq.many"}

NOT_KOREAN = {
    "another voice": r"니다|니까|십시오",
    "방": r"채팅방|대화방|룸",
    "톡서랍": r"보관함|저장함",
    "님 without a space": r"\s님",
    "이름": r"닉네임|별명",
    "아이디": r"유저|핸들|ID",
    "멤버": r"참여자|참가자|구성원",
    "계정 삭제": r"탈퇴",
    "이용 제한": r"제재|뮤트",
    "글": r"게시글|게시물",
    "a particle in brackets": r"\((?:으|을|를|은|는|이|가|과|와)\)",
    "‘ ’": r"[\"“”']",
}
NOT_ENGLISH = {
    "saved messages": r"(?i)talk drawer|drawer",
    "user ID": r"(?i)\bhandles?\b|user id\b(?<!user ID)(?<!User ID)",
    "member": r"(?i)participants?",
    "delete an account": r"(?i)\berasures?\b",
    "mute": r"(?i)sanction",
    "a name, chosen": r"(?i)nickname",
    "post": r"(?i)\barticles?\b",
    "stiff": r"Nobody is found|Farther|\bwill be able\b|watched is|no such",
    "“ ” and ’": r"[\"']",
}


def of_dashboards(language: str) -> dict[str, str]:
    """What the dashboards say above their panels."""
    shown: dict[str, sources.Panel | sources.Dashboard | sources.SavedSearch] = {
        **{f"dashboard {name}": each for name, each in sources.dashboards().items()},
        **{f"panel {name}": each for name, each in sources.panels().items()},
        **{f"search {name}": each for name, each in sources.searches().items()},
    }
    titles = {f"title of {name}": each.title[language] for name, each in shown.items()}
    more = {f"description of {name}": each.description[language] for name, each in shown.items()}
    return titles | more


@pytest.mark.parametrize("name", NOT_KOREAN)
def test_korean_has_one_voice_and_one_name_a_thing(name: str) -> None:
    told = {**KOREAN, **of_dashboards("ko")}
    odd = {key: text for key, text in told.items() if re.search(NOT_KOREAN[name], text)}
    assert odd == {}, f"write it as docs/texts.md says: {name}"


@pytest.mark.parametrize("name", NOT_ENGLISH)
def test_english_has_one_name_a_thing(name: str) -> None:
    told = {**ENGLISH, **of_dashboards("en")}
    odd = {key: text for key, text in told.items() if re.search(NOT_ENGLISH[name], text)}
    assert odd == {}, f"write it as docs/texts.md says: {name}"


def test_neither_language_has_words_of_the_other() -> None:
    mixed = {key: english_in(text) for key, text in KOREAN.items() if not is_korean(text)}
    assert {key: words for key, words in mixed.items() if key not in BARE} == {}
    assert {key for key, text in ENGLISH.items() if not is_english(text)} - BARE == set()


def test_no_particle_has_to_fit_what_is_filled_in() -> None:
    assert {key: text for key, text in KOREAN.items() if FITTED.search(text)} == {}


def test_what_is_counted_has_a_text_for_one_and_for_more() -> None:
    for texts in (KOREAN, ENGLISH):
        ones = {key[:-4] for key in texts if key.endswith(".one") and f"{key[:-4]}.other" in texts}
        others = {key[:-6] for key in texts if key.endswith(".other")}
        assert others == ones
    uncounted = {key for key, text in ENGLISH.items() if COUNTED.search(text)}
    assert {key for key in uncounted if not key.endswith((".one", ".other"))} == ALWAYS_MANY


def test_the_english_of_one_is_singular() -> None:
    for key in (key for key in ENGLISH if f"{key[:-4]}.other" in ENGLISH and key.endswith(".one")):
        assert ENGLISH[key] != ENGLISH[f"{key[:-4]}.other"], key


@pytest.mark.parametrize("language", LANGUAGES)
def test_spaces_and_dots_are_as_in_print(language: str) -> None:
    texts = texts_in(language)
    assert {key for key, text in texts.items() if text != text.strip() or "  " in text} == set()
    assert {key for key, text in texts.items() if "..." in text or " …" in text} == set()
    assert {key for key, text in texts.items() if re.search(r" [.,;!?]( |$)", text)} == set()


def test_the_keys_stand_in_the_same_order() -> None:
    assert list(KOREAN) == list(ENGLISH)

"""What the pages say: both languages say everything, and nothing is said that no language knows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chatstream.domain.erasure import State
from schemas.catalogue import ERASURE_STEPS, MEMBER_PAGES, OPERATOR_PAGES, OPTIONAL_STEPS
from web.catalogue import Texts, texts_in
from web.edge.language import LANGUAGES
from web.sagas import COUNTED, KEPT

WEB = Path(__file__).parents[2] / "web"
TEMPLATE_KEY = re.compile(r"""_\("([^"]+)"\)""")
SCRIPT_KEY = re.compile(r"""\bt\(\s*"([^"]+)\"""")
SCRIPT_CHOICE = re.compile(r"""\bt\(\w+ \? "([^"]+)" : "([^"]+)"\)""")
COUNTED_KEY = re.compile(r"""\btCount\(\s*"([^"]+)\"""")
STRING = re.compile(r'"([a-zA-Z]+\.[a-zA-Z.]+)"')
CHOSEN = re.compile(r"""(?:`|\b_\(")([a-zA-Z]+\.(?:[a-zA-Z]+\.)+)(?:\$\{|" ~)""")
PART = re.compile(r"\{(\w+)\}")


def keys_in_templates() -> set[str]:
    texts = [path.read_text() for path in (WEB / "templates").glob("*.html")]
    return {key for text in texts for key in TEMPLATE_KEY.findall(text)}


def keys_in_scripts() -> set[str]:
    scripts = [path.read_text() for path in (WEB / "static" / "js").glob("*.js")]
    keys = {key for script in scripts for key in SCRIPT_KEY.findall(script)}
    keys |= {key for s in scripts for pair in SCRIPT_CHOICE.findall(s) for key in pair}
    counted = {key for script in scripts for key in COUNTED_KEY.findall(script)}
    return keys | {f"{key}.{form}" for key in counted for form in ("one", "other")}


def begins_of_chosen_keys() -> tuple[str, ...]:
    """What stands before a part that a page chooses: `opsLog.level.` of `opsLog.level.${level}`."""
    files = [*(WEB / "templates").glob("*.html"), *(WEB / "static" / "js").glob("*.js")]
    return tuple({begin for path in files for begin in CHOSEN.findall(path.read_text())})


def test_both_languages_have_the_same_keys() -> None:
    assert texts_in("ko").keys() == texts_in("en").keys()


def test_no_text_is_empty() -> None:
    for language in LANGUAGES:
        assert [key for key, text in texts_in(language).items() if not text.strip()] == []


def test_a_text_has_the_same_parts_to_fill_in_in_both_languages() -> None:
    korean, english = texts_in("ko"), texts_in("en")
    different = [
        key
        for key in english
        if sorted(set(PART.findall(korean[key]))) != sorted(set(PART.findall(english[key])))
    ]
    assert different == []


def test_templates_and_scripts_use_known_keys_only() -> None:
    led = {page.text for page in MEMBER_PAGES} | {page.text for page in OPERATOR_PAGES}
    used = keys_in_templates() | keys_in_scripts() | led
    assert used
    assert used - texts_in("en").keys() == set()


def test_every_kind_that_an_erasure_counts_has_a_text() -> None:
    keys = {re.sub(r" (\w)", lambda found: found[1].upper(), kind) for kind in COUNTED}
    told = {key for key in texts_in("en") if key.startswith("saga.erased.")}
    assert told == {f"saga.erased.{key}" for key in keys}


def test_every_text_is_used() -> None:
    scripts = [path.read_text() for path in (WEB / "static" / "js").glob("*.js")]
    named = {string for script in scripts for string in STRING.findall(script)}
    used = keys_in_templates() | keys_in_scripts() | named
    chosen_by_kind = {f"rooms.kind.{kind}" for kind in ("open", "group", "direct")}
    chosen_by_kind |= {page.text for page in MEMBER_PAGES} | {page.text for page in OPERATOR_PAGES}
    chosen_by_kind |= {f"saga.step.{step}" for step in (*ERASURE_STEPS, *OPTIONAL_STEPS)}
    chosen_by_kind |= {f"saga.state.{state}" for state in State}
    chosen_by_kind |= {f"saga.kept.{kept}" for kept in KEPT}
    chosen_by_kind |= {key for key in texts_in("en") if key.startswith("saga.erased.")}
    unused = texts_in("en").keys() - used - chosen_by_kind
    assert {key for key in unused if not key.startswith(begins_of_chosen_keys())} == set()


def test_no_text_is_markup() -> None:
    for language in LANGUAGES:
        assert [key for key, text in texts_in(language).items() if "<" in text or "&" in text] == []


def test_an_unknown_key_is_a_fault() -> None:
    with pytest.raises(KeyError):
        Texts("ko").gettext("no.such.key")


def test_no_form_lets_the_browser_speak_in_a_language_of_its_own() -> None:
    forms = [
        form
        for path in (WEB / "templates").glob("*.html")
        for form in re.findall(r"<form\b[^>]*>", path.read_text())
    ]
    assert forms
    assert [form for form in forms if "novalidate" not in form] == []

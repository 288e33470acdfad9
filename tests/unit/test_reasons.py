"""The texts of refusals, from the code: no reason, code or field without its Korean and English."""

from __future__ import annotations

import ast
import re
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError, core_schema

from chatstream.domain.abuse.verdicts import Reason
from chatstream.errors import ErrorCode, Problem, UserError, check_all, invalid
from infra.nginx.errors import OWN_ERRORS
from tests.unit.web.korean_text import english_in, is_english, is_korean
from web.edge import problems
from web.explaining import envelope, message_of, sentence_of
from web.explanations import EXPLANATIONS, PROBLEMS, RULES
from web.fields import FIELDS
from web.i18n import BROKEN_STOMP, MESSAGES, ONE, REASONS_KO
from web.korean import with_particle
from web.wording import all_words, together

ROOT = Path(__file__).parents[2]
PART = re.compile(r"\{(\w+)\}")
# What only commands of operators raise; commands are English.
COMMANDS_ONLY = {
    "chatstream/domain/abuse/encoding.py",
    "chatstream/domain/dictionary.py",
}
# Where a reason is not a constant of its own line: what it may be is tested by the module named.
MADE_ELSEWHERE = {"chatstream/errors.py", "web/edge/problems.py"}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for folder in ("chatstream", "web", "infra", "agents"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if name not in COMMANDS_ONLY | MADE_ELSEWHERE:
                yield name, ast.parse(path.read_text())


def texts_of(node: ast.expr, tree: ast.Module) -> set[str]:
    """The constant texts an expression may be; empty when that cannot be told."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if isinstance(node, ast.Subscript):  # of a table of constants
        node = node.value
    if isinstance(node, ast.Name):
        for each in ast.walk(tree):
            is_it = isinstance(each, ast.Assign) and any(
                isinstance(target, ast.Name) and target.id == node.id for target in each.targets
            )
            if is_it and isinstance(each, ast.Assign):
                parts = each.value.values if isinstance(each.value, ast.Dict) else [each.value]
                found = [one.value for one in parts if isinstance(one, ast.Constant)]
                return {one for one in found if isinstance(one, str)}
        return imported(node.id) or said_in(tree)
    return set()


def said_in(tree: ast.Module) -> set[str]:
    """Every reason that is a constant of the module: what a variable there may be."""
    values = [each.value for each in tree.body if isinstance(each, ast.Assign)]
    texts = [one.value for one in values if isinstance(one, ast.Constant)]
    return {one for one in texts if isinstance(one, str) and one.startswith(("must ", "is "))}


def imported(name: str) -> set[str]:
    for module in (problems,):
        if isinstance(found := getattr(module, name, None), str):
            return {found}
    for _, tree in sources():
        for each in tree.body:
            if (
                isinstance(each, ast.Assign)
                and any(isinstance(one, ast.Name) and one.id == name for one in each.targets)
                and isinstance(each.value, ast.Constant)
            ):
                return {str(each.value.value)}
    return set()


def given_reasons() -> Iterator[tuple[str, ast.Call, set[str]]]:
    """(place, call, what its reason may be) of each `invalid(…)` and `Problem(…)`."""
    for name, tree in sources():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("invalid", "Problem")
            ):
                yield f"{name}:{node.lineno}", node, texts_of(node.args[1], tree)


USED = list(given_reasons())
OF_PYDANTIC = {reason for reason, _ in problems._REASONS.values()} | {
    problems._OTHER[0],
    "must not be empty",
}


def test_every_reason_is_a_constant_with_a_korean_text() -> None:
    assert len(USED) > 40
    assert [place for place, _, texts in USED if not texts] == []
    untold = {(place, text) for place, _, texts in USED for text in texts - REASONS_KO.keys()}
    assert untold == set()
    assert OF_PYDANTIC - REASONS_KO.keys() == set()


def test_every_korean_reason_is_said_somewhere() -> None:
    said = {text for _, _, texts in USED for text in texts} | OF_PYDANTIC
    assert REASONS_KO.keys() - said == set()
    assert ONE.keys() - REASONS_KO.keys() == set()


def test_every_reason_is_given_what_it_is_filled_in_with() -> None:
    for place, call, texts in USED:
        parts = {part for text in texts for part in PART.findall(text)}
        if isinstance(call.func, ast.Name) and call.func.id == "invalid" and parts:
            assert {keyword.arg for keyword in call.keywords} == parts, place


def test_every_field_that_is_blamed_has_a_name() -> None:
    named = {
        call.args[0].value
        for _, call, _ in USED
        if isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)
    }
    assert named - FIELDS.keys() == set()


@pytest.mark.parametrize("english", REASONS_KO)
def test_a_reason_says_the_same_in_both_languages(english: str) -> None:
    korean = REASONS_KO[english]
    assert set(PART.findall(english)) == set(PART.findall(korean))
    assert is_korean(korean), english_in(korean)
    assert is_english(english)
    assert korean.endswith("요")
    assert not english.endswith((".", " "))


def test_every_text_of_a_refusal_is_in_its_language_and_a_sentence() -> None:
    pairs = [(texts["en"], texts["ko"]) for texts in MESSAGES.values()]
    pairs += [*EXPLANATIONS.values(), *RULES.values()]
    pairs += [(error.english, error.korean) for error in OWN_ERRORS]
    pairs.append((BROKEN_STOMP["en"], BROKEN_STOMP["ko"]))
    for english, korean in pairs:
        assert is_english(english), english
        assert is_korean(korean), (korean, english_in(korean))
        assert (english[-1], korean[-2:]) == (".", "요."), (english, korean)


def test_every_rule_and_code_has_its_text() -> None:
    assert set(MESSAGES) == set(ErrorCode)
    assert RULES.keys() == set(Reason)


def test_every_explanation_is_of_a_reason_that_is_given() -> None:
    """They are looked up by the English reason of a UserError or a Refuse."""
    given = {
        node.value
        for name, tree in sources()
        if name != "web/explanations.py" and not name.startswith("web/wording/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
    }
    assert (EXPLANATIONS.keys() | PROBLEMS.keys()) - given == set()


def test_a_context_that_brings_its_texts_is_found_and_says_nothing_twice() -> None:
    names = {path.stem for path in (ROOT / "web/wording").glob("*.py")} - {"__init__", "texts"}
    assert len(all_words()) == len(names) > 0
    assert all_words()[0].codes.keys() <= MESSAGES.keys()
    with pytest.raises(ValueError, match="name: two places say it"):
        together({"name": ("a", "b")}, {"name": ("c", "d")})


# -- pydantic --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", typing.get_args(core_schema.ErrorType))
def test_nothing_of_pydantic_is_shown_whatever_it_finds(kind: str) -> None:
    reason, parts = problems._REASONS.get(kind, problems._OTHER)
    context = {name: "'a' or 'b'" if part == "choices" else 3 for part, name in parts.items()}
    fault = {"type": kind, "loc": ("name",), "input": "x", "ctx": context, "msg": "raw"}
    problem = problems._problem(fault, "body")
    assert problem.reason == reason
    for language, fits in (("en", is_english), ("ko", is_korean)):
        said = sentence_of(problem, language)
        assert "raw" not in said
        assert fits(said.replace("a, b", "‘’").replace("a or b", "“”")), said


def test_a_fault_of_our_own_validators_is_not_shown_as_it_is() -> None:
    error = ValidationError.from_exception_data(
        "Body",
        [InitErrorDetails(type=PydanticCustomError("odd", "secret"), loc=("name",), input="s")],
    )
    assert [one.reason for one in problems.problems_of(error, "body")] == ["is not valid"]


def test_only_entries_of_lists_are_quoted() -> None:
    class Body(BaseModel):
        password: int
        names: list[int]

    with pytest.raises(ValidationError) as caught:
        Body.model_validate({"password": "secret", "names": [1, "two"]})
    found = problems.problems_of(caught.value, "body")
    assert [(one.field, one.item, one.text) for one in found] == [
        ("password", None, None),
        ("names.1", 1, "two"),
    ]


# -- sentences -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("most", "english", "korean"),
    [
        (1, "The name must have at most 1 character.", "이름은 1자까지 쓸 수 있어요."),
        (2, "The name must have at most 2 characters.", "이름은 2자까지 쓸 수 있어요."),
        (1000, "The name must have at most 1,000 characters.", "이름은 1,000자까지 쓸 수 있어요."),
    ],
)
def test_numbers_are_counted_as_the_language_does(most: int, english: str, korean: str) -> None:
    fault = invalid("name", "must have at most {most} characters", most=most)
    assert (message_of(fault, "en"), message_of(fault, "ko")) == (english, korean)


@pytest.mark.parametrize(
    ("wait", "english", "korean"),
    [
        (0.2, "Wait 1 second ", "1초 뒤에"),
        (1.5, "Wait 2 seconds ", "2초 뒤에"),
        (119, "Wait 119 seconds ", "119초 뒤에"),
        (121, "Wait 3 minutes ", "3분 뒤에"),
    ],
)
def test_a_wait_is_told(wait: float, english: str, korean: str) -> None:
    fault = UserError(ErrorCode.RATE_LIMITED, "too many", retry_after=wait)
    assert english in message_of(fault, "en")
    assert korean in message_of(fault, "ko")


@pytest.mark.parametrize(
    ("ids", "english", "korean"),
    [
        (["a"], "Nobody has the user ID a.", "‘a’: 이 아이디를 쓰는 사람이 없어요."),
        (
            ["a", "b"],
            "Nobody has the user IDs a and b.",
            "‘a’, ‘b’: 이 아이디를 쓰는 사람이 없어요.",
        ),
        (
            [f"u{n}" for n in range(12)],
            "Nobody has the user IDs u0, u1, u2, u3, u4, u5, u6, u7, u8, u9, and 2 more.",
            " ".join(
                [", ".join(f"‘u{n}’" for n in range(10)), "외 2명: 이 아이디를 쓰는 사람이 없어요."]
            ),
        ),
    ],
)
def test_the_ids_that_are_wrong_are_named(ids: list[str], english: str, korean: str) -> None:
    fault = UserError(ErrorCode.USER_NOT_FOUND, "no", details={"userIds": ids})
    assert (message_of(fault, "en"), message_of(fault, "ko")) == (english, korean)


def test_what_several_checks_find_is_told_together() -> None:
    def good() -> None:
        return

    def bad(field: str) -> None:
        raise invalid(field, "is required")

    check_all(good)
    with pytest.raises(UserError) as caught:
        check_all(lambda: bad("name"), good, lambda: bad("userId"))
    error = envelope(caught.value, "en")["error"]
    assert isinstance(error, dict)
    assert error["message"] == "The name is required."
    assert error["details"]["problems"] == [
        {"field": "name", "reason": "is required", "message": "The name is required."},
        {"field": "userId", "reason": "is required", "message": "The user ID is required."},
    ]


def test_a_field_nobody_knows_is_quoted() -> None:
    problem = Problem("odd", "is not a known field")
    assert sentence_of(problem, "en") == "The field “odd” is not a known field."
    assert sentence_of(problem, "ko") == "‘odd’ 항목은 여기서 쓰지 않는 항목이에요."


# -- particles -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "particle", "said"),
    [
        ("이름", "은/는", "이름은"),
        ("메시지", "은/는", "메시지는"),
        ("비밀번호", "을/를", "비밀번호를"),
        ("방", "이/가", "방이"),
        ("서울", "으로/로", "서울로"),
        ("부산", "으로/로", "부산으로"),
        ("대구", "으로/로", "대구로"),
        ("메시지 ID", "은/는", "메시지 ID는"),
        ("방 3", "을/를", "방 3을"),
        ("방 2", "을/를", "방 2를"),
        ("방 1", "으로/로", "방 1로"),
        ("‘이름’", "은/는", "‘이름’은"),
        ("(알 수 없음)", "이/가", "(알 수 없음)이"),
        ("URL", "은/는", "URL은"),
        ("한글", "이/가", "한글이"),
        ("漢字", "은/는", "漢字은(는)"),
        ("", "은/는", "은(는)"),
    ],
)
def test_a_particle_follows_the_sound_before_it(word: str, particle: str, said: str) -> None:
    assert with_particle(word, particle) == said


@given(st.text(max_size=30), st.sampled_from(["은/는", "이/가", "을/를", "과/와", "으로/로"]))
def test_any_word_takes_a_particle(word: str, particle: str) -> None:
    said = with_particle(word, particle)
    closed, open_ = particle.split("/")
    assert said in (word + closed, word + open_, f"{word}{closed}({open_})")

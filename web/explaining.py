"""An error in the caller's language: a sentence that names the field and the fix, and details."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from babel import Locale
from babel.lists import format_list
from babel.numbers import format_decimal

from chatstream.errors import ErrorCode, Problem, UserError, problems_in
from web.explanations import EXPLANATIONS, PROBLEMS, RULES
from web.fields import field_in
from web.i18n import MESSAGES, ONE, REASONS_KO
from web.korean import with_particle

_MOST_NAMED = 10  # ids that a sentence names
_TEXT_SHOWN = 40  # characters of an entry that a sentence quotes
_MINUTES_FROM = 120  # seconds from which on a wait is told in minutes
_KOREAN, _ENGLISH = Locale("ko"), Locale("en")


def envelope(fault: UserError, language: str) -> dict[str, object]:
    """The body of an error: code, message in `ko` or `en`, details.

    Details of INVALID_INPUT have the `field` and the `reason` of the first problem, the `index` of
    the entry where the field is a list, and `problems`, the same of each with its `message`, when
    there are several.
    """
    problems = problems_of(fault)
    details = dict(fault.details)
    if problems:
        details |= _details(problems[0], language)
    if len(problems) > 1:
        details["problems"] = [
            {**_details(one, language), "message": sentence_of(one, language)} for one in problems
        ]
    shown = {"code": str(fault.code), "message": message_of(fault, language), "details": details}
    return {"error": shown}


def problems_of(fault: UserError) -> Sequence[Problem]:
    """The fields that the error is about, as far as it is a matter of fields."""
    found = problems_in(fault)
    if found:
        return found
    known = PROBLEMS.get(fault.reason) if fault.code is ErrorCode.INVALID_INPUT else None
    return (known,) if known else ()


def message_of(fault: UserError, language: str) -> str:
    """What went wrong and how to mend it, in `ko` or `en`: whole sentences."""
    problems = problems_of(fault)
    if problems:
        return sentence_of(problems[0], language)
    named = _of_people(fault, language)
    if named:
        return named
    refused = fault.code is ErrorCode.MESSAGE_REFUSED
    told = RULES.get(fault.reason) if refused else EXPLANATIONS.get(fault.reason)
    if told:
        return told[1 if language == "ko" else 0]
    if fault.code is ErrorCode.RATE_LIMITED and fault.retry_after:
        return _wait(fault.retry_after, language)
    return MESSAGES[fault.code][language]


def sentence_of(problem: Problem, language: str) -> str:
    """“The room name must have at most 60 characters.”, in `ko` or `en`."""
    field, reason = field_in(problem.field, language), reason_in(problem, language)
    quoted = _quoted(problem, language)
    if language == "ko":
        subject = f"{field} 중 {quoted}" if quoted else field
        return f"{with_particle(subject, '은/는')} {reason}."
    subject = f"{quoted} in {field}" if quoted else field
    return f"{subject[0].upper()}{subject[1:]} {reason}."


def reason_in(problem: Problem, language: str) -> str:
    """The reason without the field, in `ko` or `en`."""
    locale = _KOREAN if language == "ko" else _ENGLISH
    values = {name: _shown(value, locale) for name, value in problem.values.items()}
    if language == "ko":
        return REASONS_KO.get(problem.reason, REASONS_KO["is not valid"]).format(**values)
    counts = (value for value in problem.values.values() if isinstance(value, int))
    is_one = any(locale.plural_form(count) == "one" for count in counts)
    template = ONE.get(problem.reason, problem.reason) if is_one else problem.reason
    return template.format(**values)


def _details(problem: Problem, language: str) -> dict[str, object]:
    details: dict[str, object] = {"field": problem.field, "reason": reason_in(problem, language)}
    return details if problem.item is None else {**details, "index": problem.item}


def _quoted(problem: Problem, language: str) -> str:
    if problem.item is None:
        return ""
    if problem.text is None:
        return f"{problem.item + 1}번째 항목" if language == "ko" else f"entry {problem.item + 1}"
    text = problem.text if len(problem.text) <= _TEXT_SHOWN else problem.text[:_TEXT_SHOWN] + "…"
    return f"‘{text}’ 항목" if language == "ko" else f"“{text}”"


def _shown(value: object, locale: Locale) -> str:
    if isinstance(value, str) or not isinstance(value, int | float | Sequence):
        return str(value)
    if isinstance(value, int | float):
        return format_decimal(value, locale=locale)
    return _listed([str(one) for one in value], locale, "or")


def _listed(texts: Sequence[str], locale: Locale, style: Literal["standard", "or"]) -> str:
    if locale is _KOREAN:
        return ", ".join(f"‘{text}’" for text in texts)
    return format_list(texts, style, locale)


def _of_people(fault: UserError, language: str) -> str:
    """What is wrong with the people whom the details name; empty when they name nobody."""
    code, user_ids = fault.code, fault.details.get("userIds")
    if not isinstance(user_ids, Sequence) or not user_ids:
        return ""
    named = [str(one) for one in user_ids[:_MOST_NAMED]]
    more = len(user_ids) - len(named)
    if language == "ko":
        listed = _listed(named, _KOREAN, "standard") + (f" 외 {more}명" if more else "")
        return {
            ErrorCode.USER_NOT_FOUND: f"{listed}: 이 아이디를 쓰는 사람이 없어요.",
            ErrorCode.BLOCKED: f"{listed}: 초대할 수 없는 사람이에요.",
        }.get(code, "")
    listed = _listed([*named, f"{more} more"] if more else named, _ENGLISH, "standard")
    ids = "user ID" if len(user_ids) == 1 else "user IDs"
    return {
        ErrorCode.USER_NOT_FOUND: f"Nobody has the {ids} {listed}.",
        ErrorCode.BLOCKED: f"You cannot invite {listed}.",
    }.get(code, "")


def _wait(seconds: float, language: str) -> str:
    """How long to wait after too many tries, in whole seconds or minutes, rounded up."""
    in_minutes = seconds >= _MINUTES_FROM
    count = math.ceil(seconds / 60 if in_minutes else seconds)
    if language == "ko":
        unit = "분" if in_minutes else "초"
        return f"너무 자주 시도했어요. {count}{unit} 뒤에 다시 시도해 주세요."
    unit = "minute" if in_minutes else "second"
    plural = "" if _ENGLISH.plural_form(count) == "one" else "s"
    return f"Too many tries. Wait {count} {unit}{plural} and try again."

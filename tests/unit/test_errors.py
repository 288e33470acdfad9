"""Problems with fields: what is raised, and what is told of several."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import psycopg2
import pytest
from elasticsearch import ApiError

from chatstream.errors import (
    ErrorCode,
    InvalidInput,
    PoisonKind,
    PoisonMessage,
    UserError,
    check_all,
    invalid,
)
from infra.elastic import client
from infra.postgres import pool
from schemas import codec
from schemas.contexts.messages import MESSAGE


def test_a_problem_names_its_field_and_is_filled_in() -> None:
    fault = invalid("name", "must have at most {most} characters", most=60)
    assert fault.code is ErrorCode.INVALID_INPUT
    assert fault.details == {"field": "name", "reason": "must have at most 60 characters"}
    assert fault.reason == "name must have at most 60 characters"
    assert fault.problems[0].values == {"most": 60}


def test_what_all_checks_found_is_raised_as_one_in_their_order() -> None:
    def bad(field: str) -> None:
        raise invalid(field, "is required")

    check_all(lambda: None)
    with pytest.raises(InvalidInput) as caught:
        check_all(lambda: bad("name"), lambda: None, lambda: bad("userId"))
    assert [one.field for one in caught.value.problems] == ["name", "userId"]
    assert caught.value.details["field"] == "name"


def test_a_refusal_of_a_field_with_more_details_is_told_with_the_others() -> None:
    def odd() -> None:
        details = {"field": "name", "reason": "is not valid", "character": "U+200B"}
        raise UserError(ErrorCode.INVALID_INPUT, "is not valid", details=details)

    with pytest.raises(InvalidInput) as caught:
        check_all(odd, odd)
    assert [(one.field, one.reason) for one in caught.value.problems] == [
        ("name", "is not valid")
    ] * 2


def test_a_check_that_fails_otherwise_is_not_swallowed() -> None:
    def weak() -> None:
        raise UserError(ErrorCode.WEAK_PASSWORD)

    with pytest.raises(UserError, match="WEAK_PASSWORD"):
        check_all(weak)


@pytest.mark.parametrize("value", [None, b"{", b'{"type":"unknown"}'])
def test_a_record_that_cannot_be_read_is_poison_of_that_kind(value: bytes | None) -> None:
    with pytest.raises(PoisonMessage) as error:
        codec.decode(MESSAGE.request.name, value)
    assert error.value.kind is PoisonKind.UNREADABLE


class OfTheData(psycopg2.Error):
    pgcode = "23505"


def test_what_a_store_refuses_is_poison_of_that_kind() -> None:
    meta: Any = SimpleNamespace(status=400)
    refused = [
        pool._failure(OfTheData(), "auth"),
        client.failure(ApiError("no", meta, None)),
    ]
    assert [getattr(each, "kind", None) for each in refused] == [PoisonKind.STORE] * 2

"""Proofs of work, as laws: what was worked for is taken, by whoever set it, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.coupons.proof_of_work import (
    LASTS,
    Task,
    challenge_of,
    check_proof,
    zero_bits,
)
from chatstream.errors import InvalidInput

KEY = b"k" * 32
NOW = 1_795_000_000
BITS = 6
TASK = Task("0199c0de-0000-7000-8000-000000000001", "0199c0de-0000-7000-8000-000000000002", BITS)


def solved(task: Task, until: int = NOW + LASTS, key: bytes = KEY) -> str:
    """A proof for the task."""
    challenge = challenge_of(key, task, until)
    return next(proof for n in count() if zero_bits(proof := f"{challenge}.{n}") >= task.bits)


def fault(proof: str | None, task: Task = TASK, now: float = NOW) -> str:
    """What is wrong with the proof; empty when it is taken."""
    try:
        check_proof(KEY, task, proof, now)
    except InvalidInput as error:
        return str(error)
    return ""


@given(st.text(st.characters(codec="utf-8")))
def test_zero_bits_are_those_that_the_digest_begins_with(text: str) -> None:
    binary = "".join(f"{byte:08b}" for byte in sha256(text.encode()).digest())
    assert zero_bits(text) == len(binary) - len(binary.lstrip("0"))


def test_a_refusal_names_the_field() -> None:
    with pytest.raises(InvalidInput) as raised:
        check_proof(KEY, TASK, None, NOW)
    assert raised.value.details["field"] == "proof"


@given(st.integers(1, 8), st.integers(0, LASTS))
def test_what_was_worked_for_is_taken_until_its_challenge_runs_out(bits: int, after: int) -> None:
    task = replace(TASK, bits=bits)
    proof = solved(task)
    assert fault(proof, task, NOW + after) == ""
    assert "newer challenge" in fault(proof, task, NOW + LASTS + 1)


@given(st.integers(0, 50_000))
def test_exactly_the_numbers_that_pay_are_taken(number: int) -> None:
    proof = f"{challenge_of(KEY, TASK, NOW)}.{number}"
    assert (fault(proof) == "") is (zero_bits(proof) >= BITS)


@pytest.mark.parametrize(
    "other",
    [
        replace(TASK, account_id="0199c0de-0000-7000-8000-000000000003"),
        replace(TASK, campaign_id="0199c0de-0000-7000-8000-000000000003"),
        replace(TASK, bits=BITS - 1),
    ],
)
def test_no_proof_serves_another_account_campaign_or_price(other: Task) -> None:
    assert "of this campaign" in fault(solved(TASK), other)


def test_a_challenge_that_no_front_set_is_refused() -> None:
    assert "of this campaign" in fault(solved(TASK, key=b"x" * 32))
    until, _, rest = solved(TASK).partition(".")
    assert "of this campaign" in fault(f"{int(until) + 60}.{rest}")


@pytest.mark.parametrize("proof", ["", "1", "x.y.z", f"{NOW}.00.1", f"{'1' * 13}.{'0' * 32}.1"])
def test_what_is_no_proof_is_refused_by_its_form(proof: str) -> None:
    assert "of this campaign" in fault(proof)


def test_without_a_price_nothing_is_asked() -> None:
    free = replace(TASK, bits=0)
    assert fault(None, free) == fault("anything", free) == ""
    assert "must be given" in fault(None)

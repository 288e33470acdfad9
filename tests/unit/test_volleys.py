"""The faults at small size: everybody is hurt, and nothing twice at the same time."""

from __future__ import annotations

import pytest

from infra.embedded import gateway, servers
from schemas.catalogue import ERASURE_STEPS, SERVICES
from tests.faults.injections import FULL, KILLED_IN, SMALL, Volley, leaving
from tests.faults.silence import BESIDE


def of_service(victim: str) -> str:
    """`chat` of `chat-2`; a server is itself."""
    return victim if victim in servers.NAMES else victim.rstrip("-0123456789")


def test_every_service_and_every_server_is_hurt() -> None:
    hurt = {of_service(fault.victim) for volley in SMALL for fault in volley}
    services = {service.name for service in SERVICES if not service.is_optional}
    there = {*services, *servers.NAMES, gateway.NAME}
    # A store that a worker is restarted without is down meanwhile.
    assert there - hurt == set(), "name the victim in a volley of SMALL, tests/faults/injections.py"


@pytest.mark.parametrize("volley", SMALL, ids=lambda volley: " | ".join(f.name for f in volley))
def test_of_one_service_only_one_is_hurt_at_a_time(volley: Volley) -> None:
    victims = [of_service(fault.victim) for fault in volley]
    assert len(victims) == len(set(victims))


def test_a_store_that_is_beside_the_messages_holds_no_room() -> None:
    stores = {name for name in servers.NAMES if name.startswith("postgres-")}
    beside = {name for name in stores if name.startswith(BESIDE)}
    assert beside == {name for name in stores if not name.startswith("postgres-chat-")}


def test_somebody_dies_in_every_step_of_an_erasure() -> None:
    assert {step for step, _ in KILLED_IN} == set(ERASURE_STEPS), "killed(..., leaving=(step,))"


def test_every_fault_is_at_full_size_alone_and_no_two_need_the_same_leaver() -> None:
    small = [fault for volley in SMALL for fault in volley]
    assert [fault for (fault,) in FULL[: len(small)]] == small
    assert len({fault.name for fault in small}) == len(small)
    names = leaving(SMALL)
    assert len(set(names)) == len(names)

"""Signups while the account agent, its database and the fronts that own sessions die."""

from __future__ import annotations

import pytest

from tests.faults.injections import SIGNING_UP
from tests.faults.scene import Scene
from tests.faults.signups import FINAL, SIZE, stored

pytestmark = [pytest.mark.stack, pytest.mark.faults, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("victim", SIGNING_UP)
async def test_every_signup_is_carried_out_once_whatever_dies(scene: Scene, victim: str) -> None:
    """After the victim dies in thirty signups each is one account, and can log in."""
    wave = scene.parties.signups.waves[victim]
    assert len(wave.answers) == SIZE
    assert set(wave.answers) <= set(FINAL)
    if victim == "user-1":
        assert set(wave.answers) == {201}, "who was not answered is not told of another's handle"
    assert wave.logged_in == 200
    assert stored(scene.stack, wave.handles) == (SIZE, True)

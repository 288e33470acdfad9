"""Decoders under any bytes: no exception but their own. `make soak` looks longer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import SEEDS, TARGETS


@st.composite
def near(draw: st.DrawFn, seeds: tuple[bytes, ...]) -> bytes:
    """Any bytes, or a seed of which a part is another."""
    if draw(st.booleans()):
        return draw(st.binary(max_size=200))
    seed = draw(st.sampled_from(seeds))
    begin = draw(st.integers(0, len(seed)))
    end = draw(st.integers(begin, min(len(seed), begin + 8)))
    return seed[:begin] + draw(st.binary(max_size=8)) + seed[end:]


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_comes_out_of_a_decoder_but_its_own_error(name: str) -> None:
    for seed in SEEDS[name]:
        TARGETS[name](seed)

    @settings(max_examples=60)
    @given(near(SEEDS[name]))
    def any_bytes(data: bytes) -> None:
        TARGETS[name](data)

    any_bytes()

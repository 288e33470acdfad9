"""The two places of a front, and which of them serves."""

from __future__ import annotations

from infra.embedded.layout import Layout
from infra.embedded.services import places, workers
from infra.embedded.serving import Serving, other_place
from infra.embedded.shape import StackShape
from infra.embedded.stack import Stack

COUNTS = {"front": 2, "chat": 2}


def test_each_place_has_another_and_it_is_the_first_again() -> None:
    assert other_place("front-auth") == "front-auth.b"
    assert other_place("front-auth.b") == "front-auth"


def test_only_fronts_have_a_second_place() -> None:
    seconds = [place.process for place in places(workers(COUNTS)) if place.is_second]
    assert seconds == ["front-1.b", "front-2.b", "front-auth.b", "front-coupon-1.b"]


def test_who_serves_is_forgotten_when_a_stack_starts(layout: Layout) -> None:
    serving = Serving(layout)
    serving.reset()
    serving.lead_to({"front-1": "front-1.b"})
    serving.lead_to({"front-2": "front-2.b"})
    assert serving.process_of("front-1") == "front-1.b"
    serving.reset()
    assert serving.process_of("front-1") == "front-1"


def test_a_process_in_the_second_place_has_a_port_and_a_folder_of_its_own(layout: Layout) -> None:
    stack = Stack(layout.root, 28000, StackShape(COUNTS))
    first, second = [each for each in stack.places if each.name == "front-auth"]
    assert (first.process, second.process) == ("front-auth", "front-auth.b")
    assert first.service == second.service
    # After all the others, whose ports stay as they are without it.
    assert [each.process for each in stack.places][-4:] == [
        "front-1.b",
        "front-2.b",
        "front-auth.b",
        "front-coupon-1.b",
    ]


def test_who_shares_a_program_is_stopped_and_asked_for_with_it(layout: Layout) -> None:
    serving = Serving(layout, {"friend-1": "quiet"})
    assert serving.program_of("friend-1") == "quiet"
    assert serving.log_of("friend-1").name == "quiet.log"
    assert serving.process_of("friend-1") == "friend-1"
    serving.lead_to({"front-1": "front-1.b"})
    assert serving.program_of("front-1") == "front-1.b"

"""What a service's app carries beside its agents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from faust.assignor.client_assignment import ClientAssignment
from mode import Service

from chatstream.settings import load_settings
from infra.faust.app import new_app
from tests.samples import Since


class Beside(Service):
    """Notes its start."""

    def __init__(self, name: str, started: list[str]) -> None:
        super().__init__()
        self.name = name
        self.notes = started

    async def on_start(self) -> None:
        self.notes.append(self.name)


async def test_services_beside_the_app_start_with_it_in_their_order(tmp_path: Path) -> None:
    app = new_app(load_settings(data_dir=tmp_path), "front")
    started: list[str] = []
    for name in ("tail", "sweep"):
        app.run_beside(Beside(name, started))
    assert started == []
    app._started.set()
    await app.on_started_init_extra_services()
    assert started == ["tail", "sweep"]
    for service in reversed(app._extra_service_instances or []):
        await service.stop()


def test_it_owns_what_the_last_rebalance_gave_it_as_owner(tmp_path: Path) -> None:
    app = new_app(load_settings(data_dir=tmp_path), "chat")
    assert (app.owned("messages"), app.partitions_held()) == ((), ())
    assignor: Any = app.assignor
    assignor._assignment = ClientAssignment(
        actives={"messages": [0, 3], "words-changelog": [1]}, standbys={"words-changelog": [2]}
    )
    assert (app.owned("messages"), app.owned("words-changelog")) == ([0, 3], [1])
    assert app.owned("people") == ()
    app._started.set()
    assert dict(app.partitions_held()) == {"messages": 2, "words-changelog": 1}


def test_who_serves_and_owns_the_first_partition_leads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving = True
    app = new_app(load_settings(data_dir=tmp_path), "chat")
    monkeypatch.setattr(type(app), "serving", property(lambda _: serving))
    assignor: Any = app.assignor
    actives = {"messages": [0, 3], "people": [1]}
    assignor._assignment = ClientAssignment(actives=actives, standbys={})
    assert [app.leads(topic) for topic in ("messages", "people", "rooms")] == [True, False, False]
    serving = False
    assert not app.leads("messages")


async def test_a_rebalance_is_counted_and_timed_to_the_end_of_the_last(tmp_path: Path) -> None:
    app = new_app(load_settings(data_dir=tmp_path), "chat")
    moved = Since()
    app.on_rebalance_start()
    app.on_rebalance_start()  # another began before the tables of the first were there
    assert moved("rebalances_total") == 2
    app.on_rebalance_end()
    app.on_rebalance_end()
    assert moved("rebalance_duration_seconds_count") == 1
    assert moved("tables_recovery_remaining_records") == 0

"""What a service's app carries beside its agents."""

from __future__ import annotations

from pathlib import Path

from mode import Service

from chatstream.settings import load_settings
from infra.faust.app import new_app


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

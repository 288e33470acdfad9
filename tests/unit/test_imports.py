"""No import circle in the product, imports for types alone counted too."""

from __future__ import annotations

from configparser import ConfigParser
from graphlib import TopologicalSorter
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[2]


def packages() -> list[str]:
    """The product's, as the import contracts name them."""
    settings = ConfigParser()
    settings.read(ROOT / "setup.cfg")
    return settings["importlinter"]["root_packages"].split()


def test_no_module_imports_itself_over_others() -> None:
    graph = grimp.build_graph(*packages(), exclude_type_checking_imports=False, cache_dir=None)
    assert {"web.live.hub", "web.stomp.session", "chatstream.front"} <= graph.modules
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    TopologicalSorter(imports).prepare()  # a CycleError names the circle

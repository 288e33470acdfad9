"""No import circle in the product, imports for types alone counted too."""

from __future__ import annotations

import re
import sys
from configparser import ConfigParser
from graphlib import TopologicalSorter
from importlib.metadata import packages_distributions
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


def test_the_product_imports_nothing_that_is_installed_for_the_tests_alone() -> None:
    """`make run` installs requirements.lock only; what imports more is no program."""
    graph = grimp.build_graph(*packages(), include_external_packages=True, cache_dir=None)
    own = (*packages(), *sys.stdlib_module_names)
    external = {name for name in graph.modules if name.partition(".")[0] not in own}
    lock = (ROOT / "requirements.lock").read_text().lower()
    locked = {
        re.sub("[-_.]+", "-", name) for name in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)
    }
    of_package = packages_distributions()
    missing = {
        package
        for package in external
        if not {re.sub("[-_.]+", "-", each.lower()) for each in of_package.get(package, [])}
        & locked
    }
    assert "aiohttp" in external
    assert not missing

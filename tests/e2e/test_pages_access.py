"""What a page says to a screen reader while it changes; `judge` looks at a page in each look."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from tests.e2e.readers import NARROW, Reader

if TYPE_CHECKING:
    from playwright.async_api import ViewportSize

pytestmark = [pytest.mark.stack, pytest.mark.browser]

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = ROOT / "var" / "screenshots"

WIDE: ViewportSize = {"width": 1280, "height": 800}

Scheme = Literal["light", "dark"]
# Each size and each theme; the last one is that of a phone, on which the pages are then gone
# through. `test_pages_walk` looks at every page in all four.
LOOKS: list[tuple[ViewportSize, Scheme]] = [(WIDE, "dark"), (NARROW, "light")]

# What a page does in answer to another size or theme, it does before it is painted again.
_PAINTED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
_FAULTS = """axe.run({resultTypes: ["violations"]}).then(({violations}) => violations)"""


def looking(language: str) -> dict[str, Any]:
    """The options of a browser in which `judge` looks at pages."""
    return {"locale": language, "viewport": NARROW, "reduced_motion": "reduce"}


async def violations(reader: Reader) -> list[str]:
    """What axe finds wrong with the page as it is shown now."""
    if not await reader.page.evaluate("'axe' in globalThis"):
        await reader.page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = await reader.page.evaluate(_FAULTS)
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


async def judge(reader: Reader, name: str) -> list[str]:
    """Faults of the shown page in every size and theme: axe, sideways scrolling.

    Keeps pictures to look at.
    """
    page = reader.page
    faults: list[str] = []
    SHOTS.mkdir(parents=True, exist_ok=True)
    for size, scheme in LOOKS:
        look = f"{name}-{size['width']}-{scheme}"
        await page.set_viewport_size(size)
        await page.emulate_media(color_scheme=scheme)
        await page.evaluate(_PAINTED)
        faults += [f"{look}: {fault}" for fault in await violations(reader)]
        if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults.append(f"{look}: scrolls sideways")
        await page.screenshot(path=SHOTS / f"{look}.png")
    return faults


async def test_what_arrives_is_announced_and_what_is_older_is_not(reader: Reader) -> None:
    await reader.enter(await reader.new_room("group", "Announced"))
    log = reader.page.locator("[role=log]")
    assert await log.get_attribute("aria-live") == "polite"
    await reader.write("heard")
    await reader.sees("heard")
    assert await log.locator("li.said").count() == 1
    assert await reader.page.locator("main").count() == 1
    assert await reader.page.locator("nav[aria-label]").count() == 1

"""Going over a page as people do who see little, use no mouse, zoom in, or want nothing to move."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from playwright.async_api import Page, ViewportSize

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
LOOKS = Path(__file__).with_name("looks.js")
SHOTS = ROOT / "var" / "screenshots"

NARROW: ViewportSize = {"width": 360, "height": 740}
WIDE: ViewportSize = {"width": 1280, "height": 800}
ZOOMED: ViewportSize = {"width": 320, "height": 400}
"""What 640 by 800 are at 200 %; at 1280 it is 400 %, as WCAG 2.2 asks for (1.4.10)."""

Scheme = Literal["light", "dark"]

# What a page does in answer to another size or theme, it does before it is painted again.
PAINTED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
_VIOLATIONS = """(rules) => axe.run({resultTypes: ["violations"], rules}).then(({violations}) =>
  violations.flatMap(({id, nodes}) =>
    nodes.map(({target, failureSummary}) => `${id}: ${target} ${failureSummary}`)))"""

ROUNDS = 5
"""How often Tab goes over all the stops there are by then, before a page is said to have no end."""

# Swagger UI's own headings and landmarks, which are good practice and no criterion of WCAG's.
SWAGGER = ("heading-order", "region", "landmark-unique")


@dataclass(frozen=True)
class Walk:
    """How a page is gone over; `without` are rules of axe that do not hold on it.

    `looks` are (size, theme): axe is asked once in each theme, the keyboard is gone through in the
    last of them.
    """

    looks: tuple[tuple[ViewportSize, Scheme], ...]
    without: tuple[str, ...] = ()


async def prepare(page: Page) -> None:
    """Bring what looks at the page into it; again after each load."""
    if not await page.evaluate("'axe' in globalThis"):
        await page.evaluate(AXE.read_text())
    if not await page.evaluate("'looks' in globalThis"):
        await page.evaluate(LOOKS.read_text())


async def faults_of(page: Page, name: str, walk: Walk) -> list[str]:
    """Every fault of the page as it stands now, with the look in which it shows.

    Keeps a picture of each look. The focus is somewhere else afterwards.
    """
    await prepare(page)
    SHOTS.mkdir(parents=True, exist_ok=True)
    found: list[str] = [f"{name}: {fault}" for fault in await _asked(page, "motionFaults")]
    themes: set[Scheme] = set()
    for size, scheme in walk.looks:
        await page.set_viewport_size(size)
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await page.evaluate(PAINTED)
        look = f"{name}-{size['width']}-{scheme}"
        await page.screenshot(path=SHOTS / f"{look}.png")
        rules = {rule: {"enabled": False} for rule in walk.without}
        seen: list[str] = [] if scheme in themes else await page.evaluate(_VIOLATIONS, rules)
        themes.add(scheme)
        seen += await _asked(page, "contrastFaults")
        seen += await _asked(page, "fitFaults")
        found += [f"{look}: {fault}" for fault in seen]
    found += [f"{name}: {fault}" for fault in await keyboard_faults(page)]
    await page.evaluate("document.activeElement?.blur()")
    await page.set_viewport_size(ZOOMED)
    await page.evaluate(PAINTED)
    await page.screenshot(path=SHOTS / f"{name}-zoomed.png")
    found += [f"{name}-zoomed: {fault}" for fault in await _asked(page, "fitFaults")]
    return found


async def keyboard_faults(page: Page) -> list[str]:
    """What Tab does not reach, does not show, or cannot leave."""
    found = await _asked(page, "unreachable")
    await page.evaluate("document.activeElement?.blur()")
    count: int = await page.evaluate("looks.stops()")
    told: list[tuple[str | None, list[str]]] = []
    now = count
    # It begins wherever the focus was last; the parts of a time are stops; a list that is read on
    # where its end comes near has more in the next round, and no button for more in the end.
    for _ in range(ROUNDS):
        await _tab(page, now + 1)
        told += await page.evaluate("looks.followed()")
        now, standing = await page.evaluate("looks.standing()")
        if has_come_round := _comes_round(told, set(standing)):
            break
    met = {at for at, _ in told}
    found += [fault for _, wrong in told for fault in wrong]
    if not has_come_round:
        found.append(f"Tab does not come round: {[at for at, _ in told[-4:]]}")
    missed = [number for number in range(count) if str(number) not in met]
    lost: list[str] = await page.evaluate(f"looks.stopsTold({missed})")
    return list(dict.fromkeys(found)) + [f"Tab does not reach {each}" for each in lost]


def _comes_round(told: list[tuple[str | None, list[str]]], standing: set[str]) -> bool:
    """Whether all stops that are still there have had the focus, and then one that had it before.

    A page may draw some anew while it is walked over; these have another name then, or the same as
    others have.
    """
    met: set[str] = set()
    for at, _ in told:
        if at in met and standing <= met:
            return True
        if at is not None:
            met.add(at)
    return False


async def _tab(page: Page, times: int) -> None:
    """Press Tab so often, without asking in between: the page follows by itself."""
    await page.evaluate("looks.follow()")
    devtools = await page.context.new_cdp_session(page)
    key = {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
    presses = [{"type": kind, **key} for _ in range(times) for kind in ("rawKeyDown", "keyUp")]
    await asyncio.gather(*(devtools.send("Input.dispatchKeyEvent", each) for each in presses))
    await devtools.detach()


async def _asked(page: Page, what: str) -> list[str]:
    found: Any = await page.evaluate(f"looks.{what}()")
    return list(dict.fromkeys(found))

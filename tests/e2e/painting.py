"""What an element paints, and whether it stays in its place."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

# A letter that stands far beyond its line, above and below, as one with a hundred marks does where
# the font sets them over one another; the fonts here do not. The line is as high as before.
_TOWER = """(node) => {
  const tower = document.createElement("span");
  tower.textContent = "Åg";
  const style = {"font-size": "600%", "line-height": "0", "margin-inline": "-.3em"};
  for (const [name, value] of Object.entries(style)) tower.style.setProperty(name, value);
  node.replaceChildren("a", tower, "b");
}"""
_DIFFERENCE = """async (pictures) => {
  const pixels = await Promise.all(pictures.map(async (picture) => {
    const bytes = Uint8Array.from(atob(picture), (each) => each.codePointAt(0));
    const image = await createImageBitmap(new Blob([bytes], {type: "image/png"}));
    const {width, height} = image;
    const context = new OffscreenCanvas(width, height).getContext("2d");
    context.drawImage(image, 0, 0);
    return {width, height, data: context.getImageData(0, 0, width, height).data};
  }));
  const [{width, height, data}, other] = pixels;
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let at = 0; at < data.length; at += 4) {
    if ([0, 1, 2].every((part) => Math.abs(data[at + part] - other.data[at + part]) < 8)) continue;
    const [x, y] = [(at / 4) % width, Math.floor(at / 4 / width)];
    [left, top] = [Math.min(left, x), Math.min(top, y)];
    [right, bottom] = [Math.max(right, x + 1), Math.max(bottom, y + 1)];
  }
  return [left, top, right, bottom];
}"""


async def painted_beyond(page: Page, element: Locator) -> tuple[float, float]:
    """How many pixels above and below its box an element paints a letter that is far too high.

    What the element shows is replaced by that letter. The box is in view, nothing else moves.
    """
    await element.evaluate(_TOWER)
    await element.scroll_into_view_if_needed()
    box = await element.bounding_box()
    assert box is not None
    shown, hidden = await _picture(page, element, ""), await _picture(page, element, "transparent")
    # A page that still comes to rest is looked at again: what else changed is not the element's.
    while (again := await _picture(page, element, "")) != shown:
        shown, hidden = again, await _picture(page, element, "transparent")
    left, top, right, bottom = await page.evaluate(_DIFFERENCE, [shown, hidden])
    assert right > left, "the text is not painted at all"
    return box["y"] - top, bottom - (box["y"] + box["height"])


async def _picture(page: Page, element: Locator, colour: str) -> str:
    """The page as PNG in base64, with all that the element shows in this colour."""
    await element.evaluate(
        "(node, colour) => [node, ...node.querySelectorAll('*')].forEach("
        "(each) => each.style.setProperty('color', colour, 'important'))",
        colour,
    )
    return base64.b64encode(await page.screenshot(caret="hide")).decode()

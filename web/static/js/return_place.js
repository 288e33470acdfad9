// Coming back to a list: as long as it was, at the same place, on the link one went away by.

import { byId } from "./dom.js";

const scroller = byId("main");

/** Keep the place in `list` with the address when a link leads away from the page. */
export function keepPlace(list) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link) return;
    const place = {
      count: list.children.length,
      top: scroller.scrollTop,
      link: list.contains(link) ? link.getAttribute("href") : null,
    };
    history.replaceState({ ...history.state, place }, "");
  });
}

/** Go back to the kept place, if there is one; `more()` reads the next page, where there is one. */
export async function returnToPlace(list, more) {
  const place = history.state?.place;
  if (!place) return;
  for (let had = -1; had < list.children.length && list.children.length < place.count; ) {
    had = list.children.length;
    await more();
  }
  const links = [...list.querySelectorAll("a[href]")];
  links.find((link) => link.getAttribute("href") === place.link)?.focus({ preventScroll: true });
  scroller.scrollTop = place.top;
}

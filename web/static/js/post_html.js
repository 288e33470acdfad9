// The body of a post on the page.

import { isLinkable } from "./addresses.js";
import { copiedChildren } from "./post_nodes.js";

const make = {
  text: (value) => document.createTextNode(value),
  element: (name) => document.createElement(name),
};

/** Nodes for the HTML that the server made of a body. Nothing of it is ever markup of this page. */
export function bodyNodes(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html"); // runs and loads nothing
  return copiedChildren(parsed.body, make, isLinkable);
}

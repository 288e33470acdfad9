// The HTML of a post as nodes: copied element by element from what the browser parsed apart from the
// page, and only what is listed here. The server lists the same; what it gave is not trusted twice.

const ELEMENTS = new Set([
  ...["p", "br", "hr", "blockquote", "pre", "code", "em", "strong", "s", "a"],
  ...["h2", "h3", "h4", "h5", "h6", "ul", "ol", "li"],
]);
const TEXT = 3;
const ELEMENT = 1;
const REL = "nofollow noopener ugc";

/** Copies of the children of `source`; `make` is {text(value), element(name)}, `isLinkable(address)`. */
export function copiedChildren(source, make, isLinkable) {
  return [...source.childNodes].flatMap((node) => copied(node, make, isLinkable));
}

function copied(node, make, isLinkable) {
  if (node.nodeType === TEXT) return [make.text(node.nodeValue)];
  if (node.nodeType !== ELEMENT) return [];
  const name = node.nodeName.toLowerCase();
  const children = copiedChildren(node, make, isLinkable);
  if (!ELEMENTS.has(name)) return children;
  const element = make.element(name);
  if (name === "a") {
    const address = node.getAttribute("href") ?? "";
    if (!isLinkable(address)) return children;
    for (const [key, value] of [["href", address], ["rel", REL], ["target", "_blank"]]) {
      element.setAttribute(key, value);
    }
  }
  if (name === "ol" && /^\d{1,9}$/.test(node.getAttribute("start") ?? "")) {
    element.setAttribute("start", node.getAttribute("start"));
  }
  if (name === "pre") element.setAttribute("tabindex", "0"); // it scrolls
  element.append(...children);
  return [element];
}

// Building elements. Text only ever becomes text nodes, never markup.

const SVG = "http://www.w3.org/2000/svg";
const TINTS = 8;

/** The element with this id; a page without it is a fault. */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

/** A new element: `attributes` by name (false and null are left out), children nodes or texts. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** One of the pictures of the page (templates/icons.svg), decoration only. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** Text for screen readers only. */
export function spoken(text) {
  return el("span", { class: "visually-hidden" }, text);
}

function firstLetter(name) {
  const text = name.trim();
  if (!text) return "?";
  const first = Intl.Segmenter
    ? new Intl.Segmenter().segment(text)[Symbol.iterator]().next().value.segment
    : [...text][0];
  return first.toLocaleUpperCase();
}

function tintOf(identity) {
  let sum = 0;
  for (const char of identity) sum = (sum * 31 + char.codePointAt(0)) >>> 0;
  return sum % TINTS;
}

/** Make an element the avatar of a person or room: first letter, a colour by identity. */
export function paintAvatar(element, name, identity) {
  element.className = `avatar tint-${tintOf(identity || "")}`;
  element.setAttribute("aria-hidden", "true");
  element.textContent = firstLetter(name || "");
  return element;
}

export function avatar(name, identity) {
  return paintAvatar(el("span"), name, identity);
}

/** Put `nodes` into `parent` in this order, moving only what stands elsewhere; keeps the focus. */
export function arrange(parent, nodes) {
  const focused = document.activeElement;
  nodes.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
  });
  while (parent.children.length > nodes.length) parent.lastElementChild.remove();
  if (focused !== document.activeElement && parent.contains(focused)) focused.focus();
}

import assert from "node:assert/strict";
import { test } from "node:test";

import { isLinkable } from "../../web/static/js/addresses.js";
import { copiedChildren } from "../../web/static/js/post_nodes.js";

// Nodes as a browser's parser gives them, as far as they are read.
const text = (nodeValue) => ({ nodeType: 3, nodeValue, childNodes: [] });
const element = (nodeName, attributes = {}, ...childNodes) => ({
  nodeType: 1,
  nodeName: nodeName.toUpperCase(),
  childNodes,
  getAttribute: (name) => attributes[name] ?? null,
});
const comment = { nodeType: 8, nodeValue: "x", childNodes: [] };

class Made {
  constructor(name) {
    Object.assign(this, { name, attributes: {}, children: [] });
  }
  setAttribute(name, value) {
    this.attributes[name] = value;
  }
  append(...children) {
    this.children.push(...children);
  }
  toString() {
    const attributes = Object.entries(this.attributes).map(([name, value]) => ` ${name}="${value}"`);
    return `<${this.name}${attributes.join("")}>${this.children.join("")}</${this.name}>`;
  }
}
const make = { text: (value) => value, element: (name) => new Made(name) };
const shown = (...nodes) => copiedChildren({ childNodes: nodes }, make, isLinkable).join("");

test("what a post is made of is copied, without attributes", () => {
  const list = element("ol", { start: "3", class: "x" }, element("li", {}, text("a")));
  assert.equal(shown(element("h2", { id: "main" }, text("눈")), list), '<h2>눈</h2><ol start="3"><li>a</li></ol>');
  assert.equal(shown(element("ol", { start: "-1" })), "<ol></ol>");
  assert.equal(shown(element("pre", {}, element("code", {}, text("x")))), '<pre tabindex="0"><code>x</code></pre>');
});

test("what is not listed leaves its text, and what is none leaves nothing", () => {
  const script = element("script", {}, text("alert(1)"));
  const image = element("img", { src: "x", onerror: "alert(1)" });
  assert.equal(shown(script, image, comment, element("p", { onclick: "x" }, text("a"))), "alert(1)<p>a</p>");
  assert.equal(shown(element("svg", {}, element("a", { href: "https://a.example" }, text("b")))), '<a href="https://a.example" rel="nofollow noopener ugc" target="_blank">b</a>');
});

test("a link leads to a site, in a tab of its own, or is text", () => {
  for (const href of ["javascript:alert(1)", "data:text/html,x", "/user/logout", "https://me@evil.example", ""]) {
    assert.equal(shown(element("a", { href }, text("b"))), "b");
  }
});

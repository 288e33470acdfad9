// What a page looks like to somebody who sees little, has no mouse, or wants nothing to move. Run in
// the page; every function gives the faults it finds, as texts.

(() => {
  const INTERACTIVE =
    "a[href], button, input, select, textarea, summary, [role=button], [role=tab], [role=menuitem], [role=option]";
  const TWICE = ".opblock-control-arrow"; // Swagger UI's arrows do what the button beside them does
  const LISTS = "[role=tablist], [role=menu], [role=listbox], #lines"; // one stop, arrows within

  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const top = () => all("dialog:modal").at(-1) ?? document.body;
  const style = (element) => getComputedStyle(element);

  function told(element) {
    const name = element.getAttribute("aria-label") ?? element.textContent.trim().replace(/\s+/g, " ").slice(0, 30);
    return `<${element.localName}#${element.id}.${element.getAttribute("class") ?? ""} "${name}">`;
  }

  const isSeen = (element) =>
    element.checkVisibility({ visibilityProperty: true }) && !element.closest(".visually-hidden, .skip");

  // A radio button or checkbox that is drawn by what stands behind it.
  const drawn = (element) =>
    element.matches("input[type=radio], input[type=checkbox]") && style(element).opacity === "0"
      ? element.nextElementSibling
      : element;

  // -- contrast ------------------------------------------------------------------------------

  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

  function rgba(color) {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  }

  const over = ([r, g, b, a], ground) => [r, g, b].map((part, at) => part * a + ground[at] * (1 - a));

  function groundOf(element) {
    if (!element) return [255, 255, 255];
    const own = rgba(style(element).backgroundColor);
    return own[3] === 1 ? own.slice(0, 3) : over(own, groundOf(element.parentElement));
  }

  function shown(element) {
    let share = 1;
    for (let each = element; each; each = each.parentElement) share *= Number(style(each).opacity);
    return share;
  }

  function light(color) {
    const [r, g, b] = color.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  function contrast(one, other) {
    const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  }

  function inked(color, element, ground) {
    const [r, g, b, a] = rgba(color);
    return contrast(over([r, g, b, a * shown(element)], ground), ground);
  }

  function pictureFault(button) {
    const svg = button.querySelector("svg.icon");
    if (!svg || !isSeen(svg) || button.disabled || button.matches('[aria-disabled="true"]')) return null;
    if (shown(svg) === 0) return null; // shows when it is pointed at, or has the focus
    const ratio = inked(style(svg).color, svg, groundOf(button));
    return ratio < 3 ? `the picture of ${told(button)} has ${ratio.toFixed(2)}:1` : null;
  }

  function fieldFault(field) {
    const outside = groundOf(field.parentElement);
    const border = inked(style(field).borderBottomColor, field, outside);
    const ratio = Math.max(border, contrast(groundOf(field), outside));
    return ratio < 3 && !field.disabled ? `the edge of ${told(field)} has ${ratio.toFixed(2)}:1` : null;
  }

  // A chosen radio button differs from the one beside it.
  function choiceFault(chosen) {
    const other = all(`input[name="${chosen.name}"]:not(:checked, :disabled)`).find(isSeen);
    const [one, two] = [drawn(chosen), other && drawn(other)];
    if (!two || one === chosen) return null;
    const grounds = contrast(groundOf(one), groundOf(two));
    const edges = contrast(rgba(style(one).borderTopColor).slice(0, 3), rgba(style(two).borderTopColor).slice(0, 3));
    const ratio = Math.max(grounds, parseFloat(style(one).borderTopWidth) ? edges : 1);
    return ratio < 3 ? `what is chosen of ${chosen.name} differs by ${ratio.toFixed(2)}:1` : null;
  }

  function contrastFaults() {
    const seen = (selector) => all(selector, top()).filter(isSeen);
    return [
      ...seen("button, a[href]").map(pictureFault),
      ...seen("input:not([type=radio], [type=checkbox]), textarea, select").map(fieldFault),
      ...seen("input[type=radio]:checked").map(choiceFault),
    ].filter(Boolean);
  }

  // -- the keyboard --------------------------------------------------------------------------

  function isStop(element) {
    if (element.tabIndex < 0 || element.disabled || !isSeen(drawn(element))) return false;
    if (element.type !== "radio") return true;
    const group = all(`input[name="${element.name}"]`, element.form ?? top());
    return element === (group.find((each) => each.checked) ?? group.find((each) => !each.disabled));
  }

  /** How many stops of Tab there are. Elements get a number, by which they are known later. */
  function stops() {
    const found = stopsNow();
    found.forEach((element, at) => (element.dataset.stop = at));
    return found.length;
  }

  const stopsNow = () => all(`${INTERACTIVE}, [tabindex]`, top()).filter(isStop);
  const numbered = (number) => document.querySelector(`[data-stop="${number}"]`);

  const leadsIn = (list) =>
    list && (list.matches(":focus-within, [role=listbox]") || all("*", list).some((each) => each.tabIndex >= 0));

  /** What can be used and is neither a stop nor in a list that is one. */
  function unreachable() {
    const lost = all(INTERACTIVE, top()).filter(
      (element) =>
        isSeen(drawn(element)) &&
        !element.disabled &&
        element.tabIndex < 0 &&
        !element.closest(`[aria-hidden=true], ${TWICE}`) &&
        !leadsIn(element.closest(LISTS)),
    );
    return lost.map((element) => `no key leads to ${told(element)}`);
  }

  function ring(element) {
    for (const each of [drawn(element), element.parentElement]) {
      const { outlineStyle, outlineWidth, outlineColor, outlineOffset } = style(each);
      if (outlineStyle === "none" || parseFloat(outlineWidth) < 2) continue;
      const isInside = parseFloat(outlineOffset) < 0;
      return inked(outlineColor, each, groundOf(isInside ? each : each.parentElement));
    }
    return 0;
  }

  function isInView(element) {
    const { left, right, top: above, bottom } = drawn(element).getBoundingClientRect();
    return right > 0 && left < innerWidth && bottom > 0 && above < innerHeight;
  }

  /** What has the focus: its number, and what is wrong with how it shows it. */
  function focused() {
    const element = document.activeElement;
    if (!element || element === document.body) return [null, []];
    const faults = [];
    const ratio = ring(element);
    if (ratio < 3) faults.push(`the focus on ${told(element)} shows with ${ratio.toFixed(2)}:1`);
    if (!isInView(element)) faults.push(`${told(element)} has the focus out of view`);
    return [element.dataset.stop ?? told(element), faults];
  }

  // Recorded when the key is let go: then the page has done what it does for the key.
  let path = [];
  const record = ({ key }) => key === "Tab" && path.push(focused());

  /** From now on keep what has the focus after each Tab. */
  function follow() {
    path = [];
    addEventListener("keyup", record, { capture: true });
  }

  /** What was kept, in order. */
  function followed() {
    removeEventListener("keyup", record, { capture: true });
    return path;
  }

  /** How many stops there are by now, and the numbers of those that had one and still are stops. */
  function standing() {
    const found = stopsNow();
    return [found.length, found.map((element) => element.dataset.stop).filter(Boolean)];
  }

  /** What the stops with these numbers are; without those that the page has drawn anew or hidden since. */
  const stopsTold = (numbers) =>
    numbers.map(numbered).filter((element) => element && isStop(element)).map(told);

  // -- room ----------------------------------------------------------------------------------

  const isIn = (element, selector) => Boolean(element.closest(selector));
  // In a box that scrolls sideways by itself, or marks what it cuts.
  const scrolls = (element) => {
    for (let each = element.parentElement; each; each = each.parentElement) {
      const { overflowX, textOverflow } = style(each);
      const ends = /auto|scroll/.test(overflowX) || (overflowX !== "visible" && textOverflow === "ellipsis");
      if (ends && each.scrollWidth > each.clientWidth) return true;
    }
    return false;
  };

  /** What does not fit: sideways scrolling, texts that are cut without a mark, controls that are covered. */
  function fitFaults() {
    const faults = [];
    const { scrollWidth } = document.documentElement;
    if (scrollWidth > innerWidth) faults.push(`the page is ${scrollWidth} wide in ${innerWidth}`);
    for (const element of all("*", top())) {
      if (!isSeen(element) || isIn(element, "svg, canvas, .avatar, [aria-hidden=true]") || scrolls(element)) continue;
      const box = element.getBoundingClientRect();
      if (box.width && (box.right > innerWidth + 1 || box.left < -1)) faults.push(`${told(element)} is beyond the edge`);
      const { overflowX, textOverflow, position, marginRight } = style(element);
      const parent = element.parentElement;
      const edge = parent.getBoundingClientRect().right + Math.max(0, -parseFloat(marginRight));
      const spills = box.right > edge + 1 && /flex|grid/.test(style(parent).display);
      if (spills && position === "static") faults.push(`${told(element)} spills out of ${told(parent)}`);
      const isCut = /hidden|clip/.test(overflowX) && textOverflow !== "ellipsis";
      if (isCut && !element.matches("input, textarea") && element.scrollWidth > element.clientWidth + 1 && element.children.length === 0)
        faults.push(`the text of ${told(element)} is cut`);
    }
    return [...new Set(faults), ...coveredFaults()];
  }

  function coveredFaults() {
    const faults = [];
    for (const element of all(INTERACTIVE, top())) {
      const target = drawn(element);
      if (!isSeen(target) || element.disabled || Number(style(target).opacity) === 0) continue;
      target.scrollIntoView({ block: "center", inline: "nearest" });
      const { left, top: above, width, height } = target.getBoundingClientRect();
      if (!width || !height) continue;
      const hit = document.elementFromPoint(left + width / 2, above + height / 2);
      const isHit = hit && (target.contains(hit) || hit.contains(target) || hit.closest("label")?.contains(target));
      if (hit?.closest("[role=menu]")) continue; // an open menu is over something
      const lines = target.getClientRects().length > 1; // a link over two lines has its middle elsewhere
      if (!isHit && !lines) faults.push(`${told(element)} is covered by ${hit ? told(hit) : "nothing"}`);
    }
    return faults;
  }

  // -- motion --------------------------------------------------------------------------------

  /** What would move although the reader wants no motion. */
  function motionFaults() {
    const faults = document.getAnimations().filter((each) => each.playState === "running").map(() => "something moves");
    for (const element of all("*")) {
      for (const part of [null, "::before", "::after"]) {
        const { animationName, transitionProperty, transitionDuration, scrollBehavior } = getComputedStyle(element, part);
        const eases = transitionProperty !== "none" && transitionDuration.split(", ").some((time) => parseFloat(time));
        if (animationName !== "none" || eases || scrollBehavior === "smooth")
          faults.push(`${told(element)}${part ?? ""} moves: ${animationName} ${transitionProperty} ${scrollBehavior}`);
      }
    }
    return faults;
  }

  globalThis.looks = { contrastFaults, fitFaults, follow, followed, focused, motionFaults, standing, stops, stopsTold, unreachable };
})();

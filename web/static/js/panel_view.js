// One panel of a dashboard: asked for, drawn by Vega without making code of texts, told as a table.

import { get, isAway, reasonOf } from "./api.js";
import { el } from "./dom.js";
import { number, t } from "./i18n.js";
import { addressOf } from "./ops_query.js";
import { fitted, tableOf } from "./panel_spec.js";

const { vega, vegaLite } = globalThis;
const AGAIN = 3_000; // milliseconds before one that failed is tried again
const MOST = 300; // rows of a table

function coloursOf(place) {
  const style = getComputedStyle(place);
  const colour = (name) => style.getPropertyValue(name).trim();
  return { text: colour("--ink"), quiet: colour("--ink-2"), line: colour("--line") };
}

export class PanelView {
  /** Draws into a tile; its `data-state` is drawing, drawn, empty, away or failed. */
  constructor(tile) {
    this.tile = tile;
    this.name = tile.dataset.panel;
    this.chart = tile.querySelector("[data-chart]");
    this.note = tile.querySelector("[data-note]");
    this.table = tile.querySelector("[data-table]");
    this.question = 0; // answers to former questions are not shown
    this.timer = null;
    this.spec = null;
    this.view = null;
    new ResizeObserver(() => this.#resized()).observe(this.chart);
  }

  /** Ask and draw; what fails is said in the tile, and what is away is asked for again. Resolves to
   *  the refusal of what was asked, if it was. */
  async show(values) {
    const question = ++this.question;
    clearTimeout(this.timer);
    this.#say("drawing", this.spec ? "" : t("dashboards.drawing"));
    try {
      const { spec } = await get(addressOf(`/ops/log/panels/${this.name}`, values));
      if (question !== this.question) return;
      this.spec = spec;
    } catch (error) {
      return question === this.question ? this.#failed(error, values) : null;
    }
    await this.draw();
    return null;
  }

  #failed(error, values) {
    const reason = reasonOf(error);
    if (isAway(error)) {
      this.#say("away", `${reason} ${t("opsLog.again")}`);
      this.timer = setTimeout(() => this.show(values), AGAIN);
      return null;
    }
    this.#say("failed", reason);
    return error;
  }

  /** Draw what was found anew: in the place's width and the page's colours. */
  async draw() {
    this.width = this.chart.clientWidth;
    if (!this.spec || !this.width) return;
    try {
      await this.#run(fitted(this.spec, {
        width: this.width,
        steps: Number(this.tile.dataset.steps),
        colours: coloursOf(this.chart),
        font: getComputedStyle(this.chart).fontFamily,
      }));
    } catch (error) {
      console.error(error);
      this.#say("failed", t("dashboards.undrawn"));
      return;
    }
    const table = tableOf(this.view.scenegraph().root);
    this.#tell(table);
    const isEmpty = table.rows.length === 0;
    this.#say(isEmpty ? "empty" : "drawn", isEmpty ? t("dashboards.empty") : "");
  }

  async #run(spec) {
    const runtime = vega.parse(vegaLite.compile(spec).spec, null, { ast: true });
    this.view?.finalize();
    this.view = new vega.View(runtime, {
      expr: vega.expressionInterpreter, renderer: "svg", container: this.chart.firstElementChild, hover: true,
    });
    await this.view.runAsync();
  }

  #resized() {
    if (this.view && this.chart.clientWidth !== this.width) this.draw();
  }

  #tell({ columns, rows }) {
    const head = el("tr", {}, ...columns.map((name) => el("th", { scope: "col" }, name)));
    const body = rows.slice(0, MOST).map((row) => el("tr", {}, ...row.map((cell) => el("td", {}, cell))));
    const table = el("table", { class: "ops-table" }, el("thead", {}, head), el("tbody", {}, ...body));
    const more = rows.length > MOST ? el("p", { class: "hint" }, t("dashboards.tableCut", { rows: number(MOST) })) : null;
    this.table.lastElementChild.replaceChildren(...[table, more].filter(Boolean));
    this.table.hidden = rows.length === 0;
  }

  #say(state, text) {
    this.tile.dataset.state = state;
    this.note.textContent = text;
  }
}

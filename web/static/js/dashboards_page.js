// A dashboard of the log, for operators: its panels in one time and under the same filters.

import { ApiError, reasonOf } from "./api.js";
import { byId } from "./dom.js";
import { clearFaults, showFaults } from "./form_faults.js";
import { wireFrame } from "./frame.js";
import { t } from "./i18n.js";
import { OpsFilter } from "./ops_filter.js";
import { preciseTime } from "./ops_lines.js";
import { addressOf } from "./ops_query.js";
import { pageData } from "./page_data.js";
import { rangeOf } from "./panel_spec.js";
import { PanelView } from "./panel_view.js";
import { keepAlive } from "./session.js";

const { dashboard } = pageData;
const form = byId("log-filter");
const panels = [...document.querySelectorAll("[data-panel]")].map((tile) => new PanelView(tile));
let asked = 0; // the panels that wait for the first one of a former question are not asked

/** The other dashboards, the log and the lists with the same time and filters. */
function link(values) {
  for (const each of document.querySelectorAll(".dashboards-nav a")) {
    each.href = addressOf(new URL(each.href).pathname, filter.values);
  }
  byId("dashboard-log").href = addressOf("/ops/log", values);
  for (const each of document.querySelectorAll("[data-list]")) {
    const [path, query] = each.dataset.list.split("?");
    if (path === "/ops/log") {
      each.href = addressOf(path, { ...values, ...Object.fromEntries(new URLSearchParams(query)) });
    }
  }
}

async function read() {
  const question = ++asked;
  const chosen = filter.values;
  clearFaults(form);
  const { from, to } = rangeOf(chosen, dashboard.since, Date.now());
  // Both ends are said, so that all panels of the view have the same time.
  const [since, until] = [new Date(from).toISOString(), new Date(to).toISOString()];
  const values = { ...chosen, from: since, to: until };
  byId("log-note").textContent = t("dashboards.shown", {
    from: preciseTime(since, false), to: preciseTime(until, false),
  });
  link(values);
  const [first, ...others] = panels;
  const wanted = { ...values, dashboard: dashboard.name };
  // The first one first: its look is told, and the others belong to it.
  const refusal = await first.show(wanted);
  if (question !== asked) return;
  if (refusal instanceof ApiError) showFaults(form, byId("log-note"), refusal, reasonOf(refusal));
  await Promise.all(others.map((panel) => panel.show(wanted)));
}

const filter = new OpsFilter(form, { read });

wireFrame();
keepAlive(() => {});
byId("log-clear").addEventListener("click", () => filter.clear());
for (const button of document.querySelectorAll("[data-range]")) {
  button.addEventListener("click", () => {
    const to = Date.now();
    filter.choose({ from: to - Number(button.dataset.range) * 1000, to });
  });
}
const repaint = () => panels.forEach((panel) => panel.draw());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
new MutationObserver(repaint).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
read();

// The topics, for operators: what each carries and how far it reaches.

import { get, isAway, reasonOf } from "./api.js";
import { byId, el } from "./dom.js";
import { wireFrame } from "./frame.js";
import { number, t, tCount } from "./i18n.js";
import { keepAlive } from "./session.js";

const AGAIN = 3_000; // milliseconds before one that is away is asked again
const DAY = 86_400;

function keptText(retention) {
  if (retention === null) return t("opsTopics.forEver");
  return tCount("opsTopics.days", Math.round((retention / DAY) * 10) / 10);
}

function topicItem({ topic, kind, key, types, retention, records, partitions }) {
  return el(
    "li",
    { class: "topic", "data-topic": topic },
    el("a", { href: `/ops/topics/${encodeURIComponent(topic)}` }, topic),
    el(
      "span",
      { class: "topic-facts" },
      [
        tCount("opsTopics.count", records),
        tCount("opsTopics.partitions", partitions.length),
        kind === "DLQ" ? null : t("opsTopics.keyed", { key }),
        keptText(retention),
        kind,
      ].filter(Boolean).join(" · "),
    ),
    types.length ? el("span", { class: "topic-facts" }, types.join(", ")) : null,
  );
}

async function read() {
  try {
    const { topics } = await get("/ops/topics");
    byId("topics").replaceChildren(...topics.map(topicItem));
    byId("topics-note").textContent = t("opsTopics.held", {
      topics: number(topics.length),
      count: number(topics.reduce((sum, topic) => sum + topic.records, 0)),
    });
  } catch (error) {
    const again = isAway(error);
    byId("topics-note").textContent = [reasonOf(error), again ? t("opsLog.again") : ""].join(" ").trim();
    if (again) setTimeout(read, AGAIN);
  }
}

wireFrame();
keepAlive(() => {});
read();

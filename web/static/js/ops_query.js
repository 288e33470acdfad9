// The filters of an operators' page, in its form and in its address.

/** The query of these values by name, without empty ones; the same values give the same text. */
export function queryOf(values) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    const text = String(value ?? "").trim();
    if (text) query.set(name, text);
  }
  return query;
}

/** The values, empty where they are as usual: the address need not name those. */
export function withoutUsual(values, usual) {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, value === usual[name] ? "" : value]),
  );
}

/** The address of a page with these values. */
export function addressOf(path, values) {
  const query = queryOf(values).toString();
  return query ? `${path}?${query}` : path;
}

/** Where a record is shown among those of its topic; without an offset the newest of its partition. */
export function recordAddress({ topic, partition, offset }) {
  return addressOf(`/ops/topics/${encodeURIComponent(topic)}`, { partition, offset });
}

/** Where a trace is shown. */
export const traceAddress = (trace) => addressOf("/ops/log", { trace });

/** Where a dead letter is shown, by its id `<topic>:<partition>:<offset>`. */
export const letterAddress = (id) => `/ops/dlq/${encodeURIComponent(id).replaceAll("%3A", ":")}`;

/** Where the record is shown that a dead letter is, among those of its topic. */
export function letterRecordAddress(id) {
  const [topic, partition, offset] = id.split(":");
  return recordAddress({ topic, partition, offset });
}

// The kinds of what an erasure counts.

/** The key of a kind's text: `log lines` has `saga.erased.logLines`. */
export function kindKey(kind) {
  return `saga.erased.${kind.replace(/ (\w)/g, (_, letter) => letter.toUpperCase())}`;
}

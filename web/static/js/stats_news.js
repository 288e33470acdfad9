// What the stream of news tells, part by part. Touches no document.

/** An event as the answers of the calls that ask for the same. */
export function newsOf({ words, chatAdd, userAdd, asOf, coverage }) {
  return {
    words: { words, asOf, ...coverage.words },
    chatAdd: { points: chatAdd, asOf, ...coverage.chatAdd },
    userAdd: { points: userAdd, asOf, ...coverage.userAdd },
  };
}

/**
 * What is to be said of an answer: null when it is complete, else {answered, expected} of its
 * partitions, or {} where all answered and the rarer entries of a list may be missing.
 */
export function missingOf({ complete, partitions }) {
  if (complete) return null;
  return partitions.answered < partitions.expected ? partitions : {};
}

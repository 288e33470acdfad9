"""`python -m tests.records --write RELEASE`: keep a record of each type as this program writes it.

What the release's file has already stays as it is; types that are new since are added to it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from schemas.catalogue import TOPICS
from tests.records.files import ENDING, FOLDER, Kept, add
from tests.records.making import encoded, examples, key_of

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
MILLISECONDS = "1795942200125"
_BY_KIND = {
    "REQUEST": {"traceparent": TRACEPARENT, "asked": MILLISECONDS},
    "RESPONSE": {"traceparent": TRACEPARENT, "asked": MILLISECONDS, "wished": MILLISECONDS},
    "EVENT": {"traceparent": TRACEPARENT},
}


def present() -> Iterator[Kept]:
    """The records of every topic, as the present program writes them."""
    for topic in TOPICS:
        for type_ in topic.records:
            for record in examples(type_):
                yield Kept(
                    topic.name, key_of(topic, record), encoded(record), _BY_KIND[str(topic.kind)]
                )


def main(arguments: Sequence[str]) -> int:
    """Add to the release's file; the exit code."""
    if len(arguments) != 2 or arguments[0] != "--write":
        print("usage: python -m tests.records --write RELEASE")
        return 2
    path = FOLDER / f"{arguments[1]}{ENDING}"
    fresh = add(path, present())
    print(f"{path.name}: {len(fresh)} records are added")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

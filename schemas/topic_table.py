"""The table of topics for people: docs/topics.md."""

from __future__ import annotations

from schemas.catalogue import CONTEXTS
from schemas.context import Context
from schemas.streams import Key, TopicSpec

_HEAD = """# Topics

Made of `schemas/contexts/` by `python -m chatstream topics table`. A topic is
`kakao.<context>.<entity>.<KIND>`: REQUEST (wishes), RESPONSE (their outcomes: facts, answers
without a change, refusals), EVENT (what happened), DLQ (what could never be processed, with the
key of the record that failed). Days: how long records are kept.

| context, service | topic | key | records | days |
|---|---|---|---|---|
"""


def text() -> str:
    """The document; a topic stands with the first context that has it."""
    told: set[str] = set()
    rows = []
    for context in CONTEXTS:
        for topic in (topic for each in context.streams for topic in each.topics.values()):
            if topic.name not in told:
                told.add(topic.name)
                rows.append(_row(context, topic))
    return _HEAD + "\n".join(rows) + "\n"


def _row(context: Context, topic: TopicSpec) -> str:
    letter = topic.key == Key.SOURCE
    unnamed = "any bytes" if letter else "lines of logs"
    records = ", ".join(kind.__name__ for kind in topic.records) or unnamed
    key = "as it was" if letter else str(topic.key)
    place = f"{context.name}, {context.service.name}"
    return f"| {place} | `{topic.name}` | {key} | {records} | {topic.days} |"

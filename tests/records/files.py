"""The files: a release each, a record each line, as `topic key headers value` between tabs.

The value is the record's bytes as they were on the topic (JSON, in one line), the headers are a
JSON object. A line that was written once stays as it is: such records lie on somebody's log.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent
ENDING = ".tsv"


@dataclass(frozen=True)
class Kept:
    """A record as it lay on a topic; `type` is what its JSON says."""

    topic: str
    key: str
    value: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def type(self) -> str:
        """The tag by which decoders tell records apart."""
        return str(json.loads(self.value)["type"])

    @property
    def line(self) -> str:
        """The record as a line."""
        headers = json.dumps(self.headers, ensure_ascii=False, sort_keys=True)
        return "\t".join((self.topic, self.key, headers, self.value.decode()))


def kept_of(line: str) -> Kept:
    """The record of a line."""
    topic, key, headers, value = line.split("\t")
    return Kept(topic, key, value.encode(), json.loads(headers))


def releases(folder: Path = FOLDER) -> list[Path]:
    """The file of each release, by name."""
    return sorted(folder.glob(f"*{ENDING}"))


def read(path: Path) -> Iterator[Kept]:
    """The records of a file, in its order; of none where there is none."""
    if path.exists():
        for line in path.read_text().splitlines():
            yield kept_of(line)


def add(path: Path, records: Iterable[Kept]) -> list[Kept]:
    """Add the records whose type the file does not have for their topic; gives those."""
    known = {(each.topic, each.type) for each in read(path)}
    fresh = [each for each in records if (each.topic, each.type) not in known]
    if fresh:
        with path.open("a") as file:
            file.writelines(f"{each.line}\n" for each in fresh)
    return fresh

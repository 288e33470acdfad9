"""Every client of Kafka in the program bears a broker that is away, or asleep."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
PACKAGES = ("agents", "chatstream", "infra", "schemas", "tables", "web")
BARE = re.compile(r"\bAIOKafka(?:AdminClient|Client|Consumer|Producer)\(")

KNOWN = {
    "infra/faust/reconnecting.py",  # makes them patient
    "infra/embedded/kafka.py",  # asks one broker whether it is ready
    "infra/kafka/commands.py",  # a patient client that gives up what the broker does not take
}


def test_clients_are_patient_but_for_those_that_say_why() -> None:
    files = (file for name in PACKAGES for file in (ROOT / name).rglob("*.py"))
    bare = {
        str(file.relative_to(ROOT))
        for file in files
        if any(BARE.search(line) for line in file.read_text().splitlines() if "class " not in line)
    }
    assert bare == KNOWN

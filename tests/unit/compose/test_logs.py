"""What carries the lines of containers, which is not run here: its form, its topic, its labels."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from chatstream.domain.log_lines.datasets import APP, DATASETS, NGINX_ACCESS, NGINX_ERROR
from schemas.catalogue import TOPICS
from schemas.contexts.log import APP as LINES
from tests.unit.compose.declared import LOCAL, MAIN, ROOT, SERVICES, workers

FILEBEAT: dict[str, Any] = yaml.safe_load((ROOT / "infra/filebeat/filebeat.docker.yml").read_text())
SOLE: dict[str, Any] = yaml.safe_load((ROOT / "infra/filebeat/filebeat.yml").read_text())
LABELS = ("chatstream_process", "chatstream_dataset")
# Java programs of others, whose lines are in no form that is read back; and the jobs.
UNREAD = {"kibana", "filebeat", "logstash", "prometheus", "alertmanager", "grafana", "kafka-ui"}
CONNECT = "kakao.cdc.connect."


def labels(name: str) -> dict[str, str]:
    found: dict[str, str] = SERVICES[name].get("labels", {})
    return found


@pytest.mark.parametrize(
    "name", [n for n, each in SERVICES.items() if each["restart"] != "no" and n != "connect"]
)
def test_each_container_says_who_speaks_and_in_which_form(name: str) -> None:
    assert SERVICES[name]["logging"]["driver"] == "json-file"
    assert SERVICES[name]["logging"]["options"]["labels"] == ",".join(LABELS)
    if name in UNREAD:
        assert not labels(name)
    elif name == "gateway":
        assert labels(name) == dict(zip(LABELS, ("nginx", "nginx"), strict=True))
    else:
        assert labels(name)["chatstream_process"] == name
        assert labels(name)["chatstream_dataset"] in DATASETS
        assert (labels(name)["chatstream_dataset"] == APP) == (name in workers())


def test_filebeat_reads_those_labels_and_tells_the_two_logs_of_nginx_apart() -> None:
    text = str(FILEBEAT["processors"])
    assert all(f"docker.attrs.{label}" in text for label in LABELS)
    assert {NGINX_ACCESS, NGINX_ERROR} <= set(re.findall(r'"(nginx\.\w+)"', text))
    assert '"nginx-access"' in text


def test_filebeat_sends_as_that_of_one_machine_does() -> None:
    ours, theirs = FILEBEAT["output.kafka"], SOLE["output.kafka"]
    assert ours["topic"] == LINES.event.name
    for part in theirs.keys() - {"hosts"}:
        assert ours[part] == theirs[part], part
    assert FILEBEAT["queue.mem"] == SOLE["queue.mem"]


def test_every_topic_that_a_file_names_is_one_of_the_program() -> None:
    names = {topic.name for topic in TOPICS}
    files = [MAIN, LOCAL, *ROOT.glob("infra/filebeat/*"), *ROOT.glob("infra/logstash/*.conf")]
    for file in files:
        for topic in re.findall(r"\bkakao\.[\w.]*\w", file.read_text()):
            assert topic in names or topic.startswith(CONNECT), f"{file.name}: {topic}"

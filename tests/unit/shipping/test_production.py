"""Configuration of Filebeat and Logstash, which are not run here: its form, topic and fields."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from logstash_pipeline_parser import Pipeline
from logstash_pipeline_parser.tree import ParseError

from chatstream.domain.documents import ECS_VERSION, LOGS
from chatstream.domain.line_documents import line_document
from chatstream.domain.log_lines.datasets import APP as OURS
from chatstream.domain.log_lines.datasets import DATASETS
from infra.embedded.layout import Layout
from infra.embedded.shipping import CHOICE, logs
from schemas.contexts.log import APP

INFRA = Path(__file__).resolve().parents[3] / "infra"
LOGSTASH = (INFRA / "logstash" / "logs.conf").read_text()
IDENTITY = (INFRA / "logstash" / "identity.rb").read_text()
FILEBEAT: dict[str, Any] = yaml.safe_load((INFRA / "filebeat" / "filebeat.yml").read_text())
HOSTS = FILEBEAT["output.kafka"]["hosts"]
NOW = "2026-11-29T03:00:00.000Z"
FIELD = r"((?:\[[\w@]+\])+)"
TARGETS = (
    rf'=> "{FIELD}"\n',  # copy
    rf'"{FIELD}" =>',  # replace
    rf'target => "{FIELD}"',
    rf"%\{{\w+:{FIELD}",  # grok
    rf"\(\?<{FIELD}>",
)


def setting(name: str) -> Any:
    ((_, value),) = Pipeline(LOGSTASH).search(name)
    return value


def in_template(field: str) -> bool:
    template = orjson.loads((INFRA / "elastic/templates" / f"{LOGS}.json").read_bytes())
    place = {"properties": template["template"]["mappings"]["properties"]}
    for name in field.strip("[]").split("]["):
        place = place.get("properties", {}).get(name)
        if place is None:
            return False
    return "type" in place


def test_logstash_reads_the_topic_and_creates_each_line_by_its_id() -> None:
    assert APP.event.name in str(setting("input.kafka.topics"))
    assert "earliest" in str(setting("input.kafka.auto_offset_reset"))
    assert f"{LOGS}-%{{+yyyy.MM.dd}}" in str(setting("output.elasticsearch.index"))
    assert "%{[event][id]}" in str(setting("output.elasticsearch.document_id"))
    assert "create" in str(setting("output.elasticsearch.action"))
    assert f'"[ecs][version]" => "{ECS_VERSION}"' in LOGSTASH


def test_a_missing_brace_is_seen() -> None:
    Pipeline(LOGSTASH).parse()
    with pytest.raises(ParseError):
        Pipeline(LOGSTASH.rstrip().removesuffix("}")).parse()


def test_every_field_that_logstash_fills_is_in_the_template() -> None:
    found = {field for form in TARGETS for field in re.findall(form, LOGSTASH)}
    found |= set(re.findall(rf'event\.set\("{FIELD}"', IDENTITY))
    found |= set(re.findall(rf"event\.set\('{FIELD}'", LOGSTASH))
    kept = {field for field in found if not field.startswith("[@metadata]")}
    assert {"[http][response][status_code]", "[event][id]", "[error][code]"} <= kept
    assert [field for field in sorted(kept) if not in_template(field)] == []


def test_logstash_knows_every_dataset_of_another_program() -> None:
    branches = re.findall(r"if \[event\]\[dataset\] (?:==|in) (.*) \{", LOGSTASH)
    assert set(re.findall(r'"([\w.]+)"', " ".join(branches))) == {*DATASETS} - {OURS}


def added(each: dict[str, Any]) -> dict[str, Any]:
    (processor,) = each["processors"]
    fields: dict[str, Any] = processor["add_fields"]["fields"]
    return fields


def follows(each: dict[str, Any], name: str) -> bool:
    pattern = each["paths"][0].rpartition("/")[2]
    passed_over = each.get("prospector.scanner.exclude_files", [])
    return fnmatch(name, pattern) and not any(re.search(p, f"/v/{name}") for p in passed_over)


@pytest.mark.parametrize("suffix", ["", ".1"])
def test_filebeat_follows_each_log_once_as_make_run_does(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CHOICE, "own")
    brokers = ["kafka", "kafka-1", "kafka-3"]
    for log in logs(Layout(tmp_path), ["chat-1", "front-auth", "log-1"], brokers):
        name = log.name + suffix
        (found,) = [each for each in FILEBEAT["filebeat.inputs"] if follows(each, name)]
        assert added(found)["event"] == {"dataset": log.dataset}, name
        assert added(found)["service"] == {"type": log.service_type}, name


def test_filebeat_takes_several_brokers_from_one_variable() -> None:
    # Beats read the commas of a variable as a list, where nothing stands around it.
    assert re.fullmatch(r"\$\{CHATSTREAM_KAFKA__BOOTSTRAP_SERVERS:[^}]+\}", HOSTS)


def test_what_filebeat_sends_is_what_the_agent_keeps() -> None:
    output = FILEBEAT["output.kafka"]
    assert output["topic"] == APP.event.name
    assert output["required_acks"] == -1
    for each in FILEBEAT["filebeat.inputs"]:
        event = {
            **added(each),
            "@timestamp": NOW,
            "@metadata": {"beat": "filebeat"},
            "message": "a line",
            "log": {"offset": 0, "file": {"path": "/var/log/chatstream/kafka.log"}},
        }
        body: Any = line_document(event, NOW).body
        assert "@metadata" not in body
        assert body["event"]["dataset"] == added(each)["event"]["dataset"]
    own = {"@timestamp": NOW, "@metadata": {}, "event": {"id": "a"}, "message": "b"}
    assert line_document(own, NOW).body.keys() == {"@timestamp", "event", "message"}

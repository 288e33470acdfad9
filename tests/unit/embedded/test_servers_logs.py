"""The servers' configurations: nothing in them writes a statement, a query or a document."""

from __future__ import annotations

from pathlib import Path

from infra.embedded.elasticsearch import UNLOGGED, logging_of
from infra.embedded.postgres import CONFIGURATION

SHIPPED = """\
rootLogger.level = info
logger.deprecation.name = org.elasticsearch.deprecation
logger.deprecation.level = WARN
logger.deprecation.appenderRef.deprecation_rolling.ref = deprecation_rolling
logger.slow.name = index.indexing.slowlog.index
logger.slow.level = trace
logger.slow.appenderRef.slow_rolling.ref = slow_rolling
logger.pdf.name = org.apache.pdfbox
logger.pdf.level = off
appender.console.type = Console
appender.rolling.fileName = ${sys:es.logs.base_path}\\
  _server.json
rootLogger.appenderRef.rolling.ref = rolling
logger.audit.name = org.elasticsearch.audit
logger.audit.level = info
logger.audit.appenderRef.audit_rolling.ref = audit_rolling
"""


def test_elasticsearchs_loggers_that_quote_have_no_appender_and_no_level(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config/log4j2.properties").write_text(SHIPPED)
    made = dict(line.split(" = ") for line in logging_of(tmp_path).splitlines())
    names = {
        value: key.removesuffix(".name")
        for key, value in made.items()
        if key.startswith("logger.") and key.endswith(".name")
    }
    assert {*UNLOGGED, "org.apache.pdfbox"} == set(names)
    for name in UNLOGGED:
        logger = names[name]
        assert made[f"{logger}.level"] == "off"
        assert made[f"{logger}.additivity"] == "false"
        assert not [key for key in made if key.startswith(f"{logger}.appenderRef")]
    assert made["rootLogger.level"] == "info"
    # Everything else goes to standard output, as documents; no file that nobody rotates.
    assert [value for key, value in made.items() if ".appenderRef." in key] == ["console"]
    assert made["appender.console.layout.type"] == "ECSJsonLayout"
    assert not [key for key in made if "rolling" in key or "fileName" in key]


def test_postgres_writes_no_statement_and_no_parameter() -> None:
    wanted = {
        "log_min_duration_statement": "-1",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
    }
    assert {name: CONFIGURATION[name] for name in wanted} == wanted

"""rsyslog's configuration from the plan, and whether this machine has rsyslog."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from chatstream.domain.log_lines.bounds import LINE_BYTES
from chatstream.errors import ConfigurationError
from infra.shipping.followed import ShippingPlan

_MODULES = ("imfile.so", "mmjsonparse.so", "omkafka.so")
_FIT = re.compile(r"[^\"\\\n%*?\[\]{}]+")


def binary() -> str | None:
    """The path of rsyslogd; None where it, or its way to Kafka, is not installed."""
    folders = [folder for folder in Path("/usr/lib").glob("*/rsyslog") if folder.is_dir()]
    if not any(all((folder / name).is_file() for name in _MODULES) for folder in folders):
        return None
    return shutil.which("rsyslogd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def render(plan: ShippingPlan) -> str:
    """The text of rsyslog.conf; ConfigurationError for a path that rsyslog would take for more."""
    for text in (plan.folder, plan.bootstrap, *(each.path for each in plan.files)):
        if not _FIT.fullmatch(text):
            raise ConfigurationError(f"rsyslog cannot use this: {text!r}")
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 (not HTML; the values are checked above)
    )
    return environment.get_template("rsyslog.conf.j2").render(
        brokers=plan.bootstrap.split(","),
        folder=plan.folder,
        topic=plan.topic,
        files=plan.files,
        line_bytes=LINE_BYTES,
    )


def command(plan: Path) -> list[str]:
    """The command that keeps rsyslogd; rsyslog.conf is written beside the plan."""
    found = binary()
    if found is None:
        raise ConfigurationError("rsyslog is missing: apt-get install -y rsyslog rsyslog-kafka")
    return [sys.executable, "-m", "infra.shipping.keeper", found, str(plan)]

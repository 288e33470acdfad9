"""Using a stack that another process started: what is written for it, and what is refused."""

import json
import stat

import pytest

from chatstream.errors import ConfigurationError
from infra.embedded.attached import AttachedStack
from infra.embedded.layout import Layout
from infra.embedded.shape import StackShape
from infra.embedded.sheet import Sheet

SHAPE = StackShape({"chat": 2}, {"CHATSTREAM_A": "1"}, brokers=3)
SHEET = Sheet(28000, {"kafka": 28001, "chat-1": 28010}, SHAPE)


def test_what_another_process_needs_is_kept_for_this_user_only(layout: Layout) -> None:
    SHEET.write(layout)
    assert Sheet.read(layout) == SHEET
    (file,) = layout.run.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_where_no_stack_was_started_there_is_none_to_use(layout: Layout) -> None:
    with pytest.raises(ConfigurationError, match="no stack was started in"):
        AttachedStack(layout.root)


def test_a_stack_that_was_started_before_a_setting_was_known_can_be_used(layout: Layout) -> None:
    SHEET.write(layout)
    (file,) = layout.run.iterdir()
    told = json.loads(file.read_text())
    assert told.keys() == {"port", "ports", "counts", "extra_env", "brokers", "tls"}
    del told["tls"], told["brokers"]
    file.write_text(json.dumps(told))
    assert Sheet.read(layout).shape == StackShape(SHAPE.counts, SHAPE.extra_env)

"""Using a stack that another process started: what is written for it, and what is refused."""

import stat

import pytest

from chatstream.errors import ConfigurationError
from infra.embedded.attached import AttachedStack
from infra.embedded.layout import Layout
from infra.embedded.sheet import Sheet

SHEET = Sheet(28000, {"chat": 2}, {"kafka": 28001, "chat-1": 28010}, {"CHATSTREAM_A": "1"}, 3)


def test_what_another_process_needs_is_kept_for_this_user_only(layout: Layout) -> None:
    SHEET.write(layout)
    assert Sheet.read(layout) == SHEET
    (file,) = layout.run.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_where_no_stack_was_started_there_is_none_to_use(layout: Layout) -> None:
    with pytest.raises(ConfigurationError, match="no stack was started in"):
        AttachedStack(layout.root)

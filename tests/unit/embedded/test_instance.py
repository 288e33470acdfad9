"""One stack at a time in a folder."""

import pytest

from chatstream.errors import ConfigurationError
from infra.embedded.instance import InstanceLock, is_running, running_instance
from infra.embedded.layout import Layout


def test_a_second_stack_in_the_folder_is_refused_with_the_firsts_address(layout: Layout) -> None:
    first = InstanceLock(layout)
    first.acquire("http://127.0.0.1:28000")
    with pytest.raises(ConfigurationError, match=r"already runs .* http://127.0.0.1:28000"):
        InstanceLock(layout).acquire("http://127.0.0.1:29000")
    first.release()
    assert not is_running(layout)


def test_what_a_dead_launcher_left_behind_does_not_keep_the_next_out(layout: Layout) -> None:
    layout.lock.write_text("")
    (layout.run / "instance.json").write_text('{"url": "x", "pid": 1, "created": 0}')
    assert not is_running(layout)
    lock = InstanceLock(layout)
    lock.acquire("http://127.0.0.1:28000")
    instance = running_instance(layout)
    assert instance is not None
    assert instance.url == "http://127.0.0.1:28000"
    assert instance.launcher() is not None
    lock.release()
    lock.release()
    assert running_instance(layout) is None

"""Files followed through rotations and restarts, without a broker."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.shipping.files import Files
from infra.shipping.followed import FollowedLog


class Reader:
    """A shipper whose broker takes everything; `lose` is its SIGKILL before it has remembered."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "chat-1.log"
        self.memory = folder / "offsets.json"
        self.begin()

    def begin(self) -> None:
        followed = FollowedLog(str(self.log), "chatstream.app", "chatstream")
        self.files = Files([followed], self.memory)

    def write(self, *lines: str) -> None:
        with self.log.open("a") as file:
            file.writelines(f"{line}\n" for line in lines)

    def rotate(self) -> None:
        for number in (2, 1):
            old = self.log.with_name(f"{self.log.name}.{number}")
            if old.exists():
                old.rename(self.log.with_name(f"{self.log.name}.{number + 1}"))
        self.log.rename(self.log.with_name(f"{self.log.name}.1"))

    def read(self, *, remember: bool = True) -> list[str]:
        found: list[str] = []
        for _ in range(8):  # a rotated file is let go of when it was quiet for a while
            for each in self.files.look():
                lines, offset = each.take()
                found += [line.decode() for _, line in lines]
                self.files.brought(each, offset)
        if remember:
            self.files.save()
        return found


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


def test_lines_are_read_once_as_they_come(reader: Reader) -> None:
    assert reader.read() == []
    reader.write("a", "b")
    assert reader.read() == ["a", "b"]
    reader.write("c")
    assert reader.read() == ["c"]


def test_a_rotation_loses_nothing_and_repeats_nothing(reader: Reader) -> None:
    reader.write("a")
    reader.read()
    reader.write("b")
    reader.rotate()
    reader.write("c")
    reader.rotate()
    reader.write("d")
    assert reader.read() == ["b", "c", "d"]
    assert reader.read() == []


def test_what_was_written_and_rotated_while_nobody_read_comes_at_the_next_start(
    reader: Reader,
) -> None:
    reader.write("a")
    reader.read()
    reader.write("b")
    reader.rotate()
    reader.write("c")
    reader.begin()
    assert reader.read() == ["b", "c"]


def test_after_an_end_that_was_not_clean_lines_are_repeated_and_none_is_lost(
    reader: Reader,
) -> None:
    reader.write("a")
    reader.read()
    reader.write("b")
    assert reader.read(remember=False) == ["b"]
    reader.begin()
    assert reader.read() == ["b"]


def test_a_file_that_was_cut_off_is_read_from_its_start(reader: Reader) -> None:
    reader.write("aaaa", "b")
    reader.read()
    reader.log.write_text("")
    reader.write("c")
    assert reader.read() == ["c"]


def test_a_new_file_with_the_inode_of_one_that_is_gone_is_read_from_its_start(
    reader: Reader,
) -> None:
    reader.write("a", "b")
    reader.read()
    reader.log.write_text("c\nd\ne\n")  # the same inode, and longer
    reader.begin()
    assert reader.read() == ["c", "d", "e"]


def test_files_that_are_read_and_rotated_are_not_kept_open(reader: Reader) -> None:
    for number in range(6):
        reader.write(str(number))
        reader.read()
        reader.rotate()
    reader.write("last")
    reader.read()
    assert len(reader.files.look()) == 1

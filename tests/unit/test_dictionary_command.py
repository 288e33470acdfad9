"""The command `stats dictionary`: what it prints, what it writes, what it refuses and how."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chatstream.commands.cli import cli
from chatstream.domain.dictionary import WordLists
from chatstream.domain.generations import Generations
from chatstream.errors import ConfigurationError
from chatstream.settings import KafkaSettings
from schemas import records
from tables.followed import generations


class Topic:
    """The topic in memory; `first` is written just before the command's own record."""

    def __init__(self) -> None:
        self.known = Generations()
        self.first: records.GenerationEvent | None = None

    async def read(self, _: KafkaSettings) -> Generations:
        return self.known

    async def write(
        self, _: KafkaSettings, record: records.GenerationEvent
    ) -> tuple[Generations, bool]:
        for each in (self.first, record):
            if each is not None:
                generations.fold(self.known, each)
        return self.known, self.known.has_accepted(record.request_id)


@pytest.fixture
def topic(monkeypatch: pytest.MonkeyPatch) -> Topic:
    topic = Topic()
    monkeypatch.setattr(generations, "read", topic.read)
    monkeypatch.setattr(generations, "write", topic.write)
    return topic


def command(*words: str) -> Result:
    return CliRunner().invoke(cli, ["stats", "dictionary", *words])


def refused(*words: str) -> str:
    """The text with which the command ends."""
    result = command(*words)
    assert isinstance(result.exception, ConfigurationError), result.output
    return str(result.exception)


def test_every_change_is_a_version_of_its_own(topic: Topic) -> None:
    for words, expected in (
        (["add", "아아메", "K-Pop"], WordLists(frozenset({"아아메", "k-pop"}))),
        (["stop", "k-pop"], WordLists(frozenset({"아아메"}), frozenset({"k-pop"}))),
        (["remove", "k-pop"], WordLists(frozenset({"아아메"}))),
    ):
        before = topic.known.dictionary
        assert command(*words).exit_code == 0
        assert topic.known.dictionary == before + 1
        assert topic.known.lists(before + 1) == expected


def test_what_is_shown_is_what_set_takes(topic: Topic, tmp_path: Path) -> None:
    command("add", "아아메")
    command("stop", "the")
    shown = command("show")
    assert "stats rebuild" in shown.stderr, "the tables are counted by an older version"
    assert json.loads(shown.stdout) == {"version": 2, "words": ["아아메"], "stopWords": ["the"]}
    file = tmp_path / "words.json"
    file.write_text(shown.stdout)
    assert "dictionary 2 says this already" in command("set", str(file)).output
    assert topic.known.dictionary == 2


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ("{", "words.json is not JSON"),
        ('{"word": []}', "word is not a known field"),
        ('{"words": ["tea", "a b"]}', "words[1] must be one word"),
        ('{"words": "tea"}', "words must be a list"),
    ],
)
def test_a_wrong_file_is_refused_by_the_name_of_its_field(
    topic: Topic, tmp_path: Path, content: str, field: str
) -> None:
    file = tmp_path / "words.json"
    file.write_text(content)
    assert field in refused("set", str(file))
    assert topic.known.dictionary == 0


def test_a_word_that_is_not_there_cannot_be_removed(topic: Topic) -> None:
    assert "'tea'" in refused("remove", "tea")


def test_of_two_changes_at_once_the_second_is_told_to_try_again(topic: Topic) -> None:
    topic.first = generations.dictionary_record(1, WordLists(frozenset({"tea"})))
    assert "try again" in refused("add", "coffee")
    assert topic.known.lists(1).words == {"tea"}

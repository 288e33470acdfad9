"""The command `stats dictionary`: the own words and stop words by which messages are counted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import click

from chatstream.domain import dictionary as lists
from chatstream.domain.dictionary import WordLists
from chatstream.errors import ConfigurationError, UserError
from chatstream.settings import load_settings


@click.group()
def dictionary() -> None:
    """Show or change own words and stop words; a change counts after `stats rebuild`."""


@dictionary.command("show")
def show() -> None:
    """Print the newest version as JSON: the file that `set` takes."""
    from tables.followed import generations  # noqa: PLC0415 (slow to load)

    known = asyncio.run(generations.read(load_settings().kafka))
    found = {"version": known.dictionary, **known.lists(known.dictionary).pack()}
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    if known.serving.dictionary != known.dictionary:
        click.echo(
            f"the tables are counted by version {known.serving.dictionary};"
            " `python -m chatstream stats rebuild` counts by this one",
            err=True,
        )


@dictionary.command("set")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def change(file: Path) -> None:
    """Take both lists of a JSON FILE; a list that it leaves out becomes empty."""
    try:
        value = json.loads(file.read_bytes())
    except ValueError as error:
        raise ConfigurationError(f"{file} is not JSON: {error}") from error
    _change(lambda _: lists.word_lists(value))


@dictionary.command("add")
@click.argument("words", nargs=-1, required=True)
def add(words: tuple[str, ...]) -> None:
    """Count each of WORDS as it stands, with or without particles behind it."""
    _change(lambda known: lists.with_words(known, words))


@dictionary.command("stop")
@click.argument("words", nargs=-1, required=True)
def stop(words: tuple[str, ...]) -> None:
    """Count none of WORDS, each in the form in which it is counted."""
    _change(lambda known: lists.with_stop_words(known, words))


@dictionary.command("remove")
@click.argument("words", nargs=-1, required=True)
def remove(words: tuple[str, ...]) -> None:
    """Take WORDS from both lists."""
    _change(lambda known: lists.without(known, words))


def _change(new: Callable[[WordLists], WordLists]) -> None:
    """Make the next version of the newest; ConfigurationError names the field that is wrong."""
    from tables.followed import generations  # noqa: PLC0415 (slow to load)

    async def run() -> None:
        kafka = load_settings().kafka
        known = await generations.read(kafka)
        former = known.lists(known.dictionary)
        wanted = new(former)
        if wanted == former:
            click.echo(f"dictionary {known.dictionary} says this already")
            return
        record = generations.dictionary_record(known.dictionary + 1, wanted)
        _, is_accepted = await generations.write(kafka, record)
        if not is_accepted:
            raise ConfigurationError("somebody else changed the dictionary just now; try again")
        click.echo(
            f"dictionary {record.version}: {len(record.words)} own words,"
            f" {len(record.stop_words)} stop words;"
            " they count after `python -m chatstream stats rebuild`"
        )

    try:
        asyncio.run(run())
    except UserError as error:
        raise ConfigurationError(f"{error.details['field']} {error.reason}") from error

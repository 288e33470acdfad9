"""The command `dlq`: dead letters, looked at, put back and given up."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import click

from chatstream.domain.letter_states import KeptLetter, LetterState, LettersWanted, shown_state
from chatstream.domain.times import from_query, text_of
from chatstream.errors import ConfigurationError, PoisonKind
from chatstream.settings import load_settings

if TYPE_CHECKING:
    from chatstream.ports.dead_letters import DeadLetters, LetterPage, WholeLetter

T = TypeVar("T")
_KINDS = click.Choice([str(each) for each in PoisonKind])
_STATES = click.Choice([str(each) for each in LetterState])


def register(group: click.Group) -> None:
    """Add `dlq` to a group."""
    group.add_command(dlq)


@click.group()
def dlq() -> None:
    """Look at dead letters, put their records back, or give them up."""


@dlq.command("list")
@click.option("--topic", help="Of the record, or of its dead letters.")
@click.option("--reason", type=_KINDS, help="The kind of reason.")
@click.option("--state", type=_STATES, help="waiting: nothing was done, or it was refused.")
@click.option("--since", help="Not before: 2026-01-31T09:00:00Z, with a zone.")
@click.option("--until", help="Before this time.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--after", help="The page behind this id, the last one of the page before.")
def list_letters(  # noqa: PLR0913 (the options)
    topic: str | None,
    reason: str | None,
    state: str | None,
    since: str | None,
    until: str | None,
    limit: int,
    after: str | None,
) -> None:
    """Name dead letters, the newest first."""
    wanted = LettersWanted(
        topic=topic,
        kind=reason,
        state=None if state is None else LetterState(state),
        since=_milliseconds("--since", since),
        until=_milliseconds("--until", until),
    )
    page = asyncio.run(_with(lambda letters: _page(letters, wanted, after, limit)))
    for kept in page.letters:
        click.echo(line_of(kept))
    if page.after is not None:
        click.echo(f"there are more: --after {page.after[1]}")
    if page.forgotten:
        click.echo(f"{page.forgotten} older ones are not looked at")


@dlq.command("show")
@click.argument("letter_id")
@click.option("--texts", is_flag=True, help="Show the reason and what people wrote, too.")
def show(letter_id: str, texts: bool) -> None:
    """Show LETTER_ID, its record decoded; texts of people only with --texts."""
    whole_letter = asyncio.run(_with(lambda letters: letters.one(letter_id)))
    if whole_letter is None:
        raise ConfigurationError(f"there is no dead letter {letter_id}")
    click.echo(json.dumps(described(whole_letter, texts=texts), ensure_ascii=False, indent=2))


@dlq.command("replay")
@click.argument("letter_id")
@click.option("--reader", help="The agent for whom it is, where the letter does not say.")
@click.option("--within", type=float, default=30.0, show_default=True, help="Seconds to wait.")
def replay(letter_id: str, reader: str | None, within: float) -> None:
    """Put the record of LETTER_ID back, and say what became of it; exit 1 when it is not done.

    Repeating it changes nothing: what is done or under way is not put back again.
    """

    async def work(letters: DeadLetters) -> KeptLetter:
        await letters.replay(letter_id, None, reader)
        return await letters.outcome(letter_id, within)

    kept = asyncio.run(_with(work))
    click.echo(told_of_fate(kept))
    if kept.fate.outcome != "done":
        raise SystemExit(1)


@dlq.command("drop")
@click.argument("letter_id")
@click.option("--reason", required=True, help="Why nothing is to be done; kept with the event.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def drop(letter_id: str, reason: str, yes: bool) -> None:
    """Give LETTER_ID up: it waits no more, and is not put back."""
    if not yes:
        click.confirm(f"Give {letter_id} up?", abort=True)
    kept = asyncio.run(_with(lambda letters: letters.drop(letter_id, None, reason)))
    click.echo(told_of_fate(kept))


def line_of(kept: KeptLetter) -> str:
    """A letter in one line, without its reason's words, which may quote the record."""
    letter = kept.letter
    parts = (
        text_of(letter.at / 1000),
        letter.id,
        str(shown_state(kept)),
        letter.kind or "?",
        letter.reader or "?",
        str(letter.source or "?"),
    )
    return "  ".join(parts)


def told_of_fate(kept: KeptLetter) -> str:
    """What became of a letter, in a sentence."""
    fate, name = kept.fate, kept.letter.id
    if fate.state is LetterState.DROPPED:
        return f"{name}: given up: {fate.reason}"
    match fate.outcome:
        case None:
            return f"{name}: waiting"
        case "done":
            return f"{name}: done"
        case "refused":
            return f"{name}: refused: {fate.code}"
        case "deadLettered":
            return f"{name}: dead-lettered again as {fate.again or 'a letter not read yet'}"
        case _:
            return f"{name}: put back, nothing is known of it yet; try again later"


def described(found: WholeLetter, *, texts: bool) -> dict[str, object]:
    """A letter with its record, as JSON; without `texts` nothing that people wrote."""
    from web.shown_letters import record_of  # noqa: PLC0415 (slow to load)

    letter, fate = found.kept.letter, found.kept.fate
    return {
        "id": letter.id,
        "at": text_of(letter.at / 1000),
        "source": None if letter.source is None else str(letter.source),
        "kind": letter.kind,
        "reason": letter.reason if texts else None,
        "service": letter.service,
        "reader": letter.reader,
        "traceId": letter.trace_id,
        "replayOf": letter.replay_of,
        "state": str(shown_state(found.kept)),
        "outcome": fate.outcome,
        "code": fate.code,
        "again": fate.again,
        "bytes": letter.size,
        "record": record_of(found, texts=texts),
    }


async def _page(
    letters: DeadLetters, wanted: LettersWanted, after: str | None, limit: int
) -> LetterPage:
    if after is None:
        return await letters.page(wanted, None, limit)
    last = await letters.one(after)
    if last is None:
        raise ConfigurationError(f"--after: there is no dead letter {after}")
    letter = last.kept.letter
    return await letters.page(wanted, (letter.at, letter.place), limit)


def _milliseconds(option: str, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return round(from_query(text).timestamp() * 1000)
    except ValueError as error:
        raise ConfigurationError(
            f"{option} must be a time like 2026-01-31T09:00:00Z, with a zone"
        ) from error


async def _with(work: Callable[[DeadLetters], Awaitable[T]]) -> T:
    from infra.kafka.commands import produce  # noqa: PLC0415 (slow to load)
    from infra.kafka.dead_letters import KafkaDeadLetters  # noqa: PLC0415
    from infra.kafka.records import KafkaRecords  # noqa: PLC0415

    kafka = load_settings().kafka
    return await work(
        KafkaDeadLetters(KafkaRecords(kafka), partial(produce, kafka), kafka.partitions)
    )

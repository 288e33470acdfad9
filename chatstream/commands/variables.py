"""The environment variables of a process as a table, made from the settings themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from chatstream.settings import Settings


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable: its name, its default as it would be written, its meaning."""

    name: str
    default: str
    meaning: str


def variables(model: type[BaseModel] = Settings, prefix: str = "CHATSTREAM_") -> Iterator[Variable]:
    """Every variable of the settings, groups joined by `__`, in the order of the settings."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from variables(kind, f"{prefix}{name.upper()}__")
        else:
            yield Variable(f"{prefix}{name.upper()}", _default(field), field.description or "")


def markdown() -> str:
    """The table as it stands in docs/operations.md."""
    rows = [
        f"| `{v.name}` | {f'`{v.default}`' if v.default else ''} | {v.meaning} |"
        for v in variables()
    ]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows])


def register(group: click.Group) -> None:
    """Add the command `settings` to a group."""
    group.add_command(settings)


@click.command()
def settings() -> None:
    """List every CHATSTREAM_… variable with its default and meaning, as a Markdown table."""
    click.echo(markdown())


def _default(field: FieldInfo) -> str:
    value = to_jsonable_python(field.get_default(call_default_factory=True, validated_data={}))
    return value if isinstance(value, str) else json.dumps(value)

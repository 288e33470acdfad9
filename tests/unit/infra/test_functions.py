"""Each SQL function has one live definition, in a file of its name."""

from __future__ import annotations

import re

import pytest

from infra.postgres.migrate import FUNCTIONS, MIGRATIONS, live_functions

MADE = re.compile(r"^create (?:or replace )?function (\w+)", re.MULTILINE | re.IGNORECASE)
DROPPED = re.compile(r"^drop function if exists (\w+)", re.MULTILINE)
# The last migrations that made functions; whatever they made has a file, or a file ends it.
LAST = {"auth": "0005", "chat": "0011"}


@pytest.mark.parametrize("lineage", LAST)
def test_each_function_has_one_file_that_makes_it_and_nothing_else(lineage: str) -> None:
    made = {name: MADE.findall(text) for name, text in live_functions(lineage).items()}
    assert made == {name: [name] for name in made}
    shared, own = ({path.stem for path in (FUNCTIONS / at).iterdir()} for at in ("lines", lineage))
    assert not shared & own
    ended = {name for text in live_functions(lineage).values() for name in DROPPED.findall(text)}
    assert not ended & set(made)
    for path in (MIGRATIONS / lineage).glob("*.sql"):
        assert set(MADE.findall(path.read_text())) <= {*made, *ended}


@pytest.mark.parametrize("lineage", LAST)
def test_no_later_migration_makes_a_function(lineage: str) -> None:
    for path in (MIGRATIONS / lineage).glob("*.sql"):
        made = MADE.findall(path.read_text())
        assert path.name[:4] <= LAST[lineage] or not made, (
            f"{path.name} makes {made}: replace infra/postgres/functions/{lineage}/ instead"
        )

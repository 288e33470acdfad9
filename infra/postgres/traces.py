"""Looking for a text in every table of a database."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg2
from psycopg2 import sql

_TABLES = """
select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition
order by c.relname
"""


def find_rows(dsn: str, text: str) -> Iterator[tuple[str, int]]:
    """(table, how many of its rows show the text in any column), where there are any.

    Reads every table whole: a command for people, not for a service.
    """
    pattern = "%" + text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
    connection = psycopg2.connect(dsn)
    try:
        with connection.cursor() as cursor:
            cursor.execute(_TABLES)
            for (table,) in cursor.fetchall():
                counting = sql.SQL("select count(*) from {} as t where t::text like %s")
                cursor.execute(counting.format(sql.Identifier(table)), (pattern,))
                ((count,),) = cursor.fetchall()
                if count:
                    yield table, count
    finally:
        connection.close()

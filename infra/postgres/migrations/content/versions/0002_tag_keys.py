"""Keeps the tags of what is published by what they are found by: folded, in compatibility forms."""

import unicodedata

from alembic import op

revision = "0002"
down_revision = "0001"

_FOLDED = """
insert into content_tags (tag, first_published_at, content_id)
select %s, first_published_at, content_id from content_tags where tag = %s
on conflict do nothing
"""


def upgrade() -> None:
    """Go forward; there is no way back."""
    connection = op.get_bind()
    found = connection.exec_driver_sql("select distinct tag from content_tags").scalars().all()
    for tag in found:
        key = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", tag).casefold())
        if key != tag:
            connection.exec_driver_sql(_FOLDED, (key, tag))
            connection.exec_driver_sql("delete from content_tags where tag = %s", (tag,))
    connection.exec_driver_sql(
        "comment on column content_tags.tag is 'the key of the tag: NFKC, folded'"
    )

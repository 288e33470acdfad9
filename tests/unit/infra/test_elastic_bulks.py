"""How documents are cut into bulks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.documents import Document
from infra.elastic.sink import bulks

DOCUMENTS = st.lists(
    st.builds(
        Document,
        st.just("chatstream-events-2026.11"),
        st.text("ab", min_size=1, max_size=5),
        st.fixed_dictionaries({"message": st.text(max_size=200)}),
        st.none() | st.integers(1, 9),
    ),
    max_size=40,
)


@given(documents=DOCUMENTS, most=st.integers(1, 10), most_bytes=st.integers(1, 2000))
def test_every_document_is_in_one_bulk_in_order_and_no_bulk_is_too_big(
    documents: list[Document], most: int, most_bytes: int
) -> None:
    cut = list(bulks(documents, most, most_bytes))
    assert [index for bulk in cut for index in bulk.indices] == list(range(len(documents)))
    for bulk in cut:
        assert 1 <= len(bulk.indices) <= most
        assert len(bulk.lines) == 2 * len(bulk.indices)
        size = sum(len(line) + 1 for line in bulk.lines)
        assert size <= most_bytes or len(bulk.indices) == 1


def test_an_event_is_created_once_and_a_message_keeps_its_highest_version() -> None:
    documents = [Document("events", "e", {"a": 1}), Document("messages", "m", {"b": 2}, version=7)]
    (bulk,) = bulks(documents, 500, 4096)
    assert [line.decode() for line in bulk.lines] == [
        '{"create":{"_index":"events","_id":"e"}}',
        '{"a":1}',
        '{"index":{"_index":"messages","_id":"m","version":7,"version_type":"external_gte"}}',
        '{"b":2}',
    ]

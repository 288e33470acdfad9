"""The log's sink on real Elasticsearch: what the mapping refuses, and what it keeps beside it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from agents.log import LogSink
from agents.log_documents import Documents
from chatstream.domain.documents import EVENTS, MESSAGES
from infra.elastic.client import connect
from infra.elastic.sink import ElasticDocuments
from infra.elastic.templates import ensure_templates
from infra.embedded.stack import Stack
from schemas import records
from schemas.contexts.messages import MESSAGE
from tests.fakes.producer import ProducerSpy
from tests.servers import elastic_of
from tests.unit.agents.test_log import Spaces, event, stored

pytestmark = pytest.mark.servers

AT = "1998-02-03T04:05:06.789Z"
COUNT = 40
BEYOND = 2**63
"""Over a long, which is what the mapping has for a message's seq."""


async def test_a_document_that_the_mapping_refuses_is_a_dead_letter_with_the_servers_reason(
    servers: Stack,
) -> None:
    settings, room_id, producer = elastic_of(servers), str(uuid4()), ProducerSpy()
    app: Any = SimpleNamespace(producer=producer)
    first = uuid4().int % 10**15  # an event is known by its fact's number: those of nobody else
    facts = [
        msgspec.structs.replace(stored(first + number, AT), room_id=room_id, seq=number)
        for number in range(COUNT)
    ]
    facts[7] = msgspec.structs.replace(facts[7], seq=BEYOND)
    batch = [event(MESSAGE.response, records.encode(fact), fact.fact_no) for fact in facts]
    async with connect(settings) as client:
        await ensure_templates(client)
        sink = LogSink(
            app, ElasticDocuments(client, settings), Documents(Spaces()), at_once=3, part=5
        )
        await sink.process("elastic", batch)

        await client.indices.refresh(index=f"{MESSAGES}-1998.02,{EVENTS}-1998.02")
        for dataset in (MESSAGES, EVENTS):
            found = await client.search(
                index=f"{dataset}-1998.02",
                query={"term": {"chatstream.room.id": room_id}},
                sort=["chatstream.message.seq"],
                size=COUNT,
            )
            seqs = [hit["_source"]["chatstream"]["message"]["seq"] for hit in found["hits"]["hits"]]
            assert seqs == [number for number in range(COUNT) if number != 7], dataset

    ((topic, _, value, _),), (headers,) = producer.sent, producer.headers
    assert (topic, value) == (MESSAGE.dlq.name, records.encode(facts[7]))
    reason = dict(headers)["reason"].decode()
    assert reason.startswith("elasticsearch: 400 document_parsing_exception: "), reason
    assert "[chatstream.message.seq]" in reason

"""What brokers tell of consumer groups: of all groups that a broker coordinates in one answer.

aiokafka asks for one group at a time, and each time first who coordinates it. A broker lists the
groups that it coordinates, so of these it is asked; whoever asks again asks for that as well, and
nobody has to remember it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka.errors import for_code
from aiokafka.protocol.admin import DescribeGroupsRequest_v2, ListGroupsRequest
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Int64,
    Schema,
    TaggedFields,
)

from chatstream.domain.lag.watching import Place
from infra.faust.reconnecting import PatientAdmin

_NAME = CompactString("utf-8")
_TAGS: Mapping[int, bytes] = {}


class GroupsDescribing(Request[DescribeGroupsRequest_v2]):  # type: ignore[misc]
    """Asks for several groups.

    In the second version: aiokafka 0.14 takes the third version of the answer apart as the second,
    and so finds the second group of an answer at a wrong place.
    """

    API_KEY = 15

    def __init__(self, groups: Sequence[str]) -> None:
        self._groups = list(groups)

    def build(self, request_struct_class: type[DescribeGroupsRequest_v2]) -> Any:
        """See aiokafka."""
        return request_struct_class(self._groups)


class CommitsAnswer(Response):  # type: ignore[misc]  # aiokafka has no types
    """Of each group its topics, of each topic partition, offset, epoch, metadata and error."""

    API_KEY = 9
    API_VERSION = 8
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "groups",
            CompactArray(
                ("group", _NAME),
                (
                    "topics",
                    CompactArray(
                        ("topic", _NAME),
                        (
                            "partitions",
                            CompactArray(
                                ("partition", Int32),
                                ("offset", Int64),
                                ("leader_epoch", Int32),
                                ("metadata", _NAME),
                                ("error_code", Int16),
                                ("tags", TaggedFields),
                            ),
                        ),
                        ("tags", TaggedFields),
                    ),
                ),
                ("error_code", Int16),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class CommitsQuestion(RequestStruct):  # type: ignore[misc]  # aiokafka has no types
    """OffsetFetch of version 8 (Kafka 3.0), the first that takes several groups."""

    FLEXIBLE_VERSION = True
    API_KEY = 9
    API_VERSION = 8
    RESPONSE_TYPE = CommitsAnswer
    SCHEMA = Schema(
        (
            "groups",
            CompactArray(
                ("group", _NAME),
                (
                    "topics",
                    CompactArray(
                        ("topic", _NAME),
                        ("partitions", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("tags", TaggedFields),
            ),
        ),
        ("require_stable", Boolean),
        ("tags", TaggedFields),
    )


class CommitsFetching(Request[CommitsQuestion]):  # type: ignore[misc]
    """Asks for all that several groups have committed."""

    API_KEY = 9

    def __init__(self, groups: Sequence[str]) -> None:
        self._groups = list(groups)

    def build(self, request_struct_class: type[CommitsQuestion]) -> Any:
        """See aiokafka; no topics: all of them."""
        groups = [(group, None, _TAGS) for group in self._groups]
        return request_struct_class(groups, False, _TAGS)


class GroupAdmin(PatientAdmin):
    """An admin client that asks brokers for groups; KafkaError when one does not tell."""

    async def cluster(self) -> Any:
        """aiokafka's answer with the brokers that are there, all topics and their leaders."""
        return await self._get_cluster_metadata()

    async def coordinated(self, broker: int) -> Sequence[str]:
        """The names of the groups that the broker coordinates."""
        answer = await self._send_request(ListGroupsRequest(), broker)
        _raise_for(answer.error_code, f"broker {broker} lists no groups")
        return [name for name, *_ in answer.groups]

    async def described(self, broker: int, groups: Sequence[str]) -> Sequence[tuple[Any, ...]]:
        """Of each group its name, state, kind, protocol and members, as aiokafka has them."""
        answer = await self._send_request(GroupsDescribing(groups), broker)
        for code, group, *_ in answer.groups:
            _raise_for(code, f"{group} is not described")
        return [told for _, *told in answer.groups]

    async def commits(
        self, broker: int, groups: Sequence[str]
    ) -> Mapping[str, Mapping[Place, int]]:
        """All that each group has committed."""
        answer = await self._send_request(CommitsFetching(groups), broker)
        for group, _topics, code, *_ in answer.groups:
            _raise_for(code, f"{group} tells no commits")
        return {group: _committed(group, topics) for group, topics, *_ in answer.groups}


def _committed(group: str, topics: Sequence[tuple[Any, ...]]) -> Mapping[Place, int]:
    found = {}
    for topic, partitions, _tags in topics:
        for partition, offset, _epoch, _metadata, code, _tags in partitions:
            _raise_for(code, f"{group} tells no commit of {topic} {partition}")
            if offset >= 0:
                found[topic, partition] = offset
    return found


def _raise_for(code: int, what: str) -> None:
    if code:
        raise for_code(code)(what)

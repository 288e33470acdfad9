"""Seams with aiokafka, by the place here; see infra.faust.seams."""

from __future__ import annotations

from infra.faust.seams import Seam

SEAMS: tuple[Seam, ...] = (
    Seam(
        "aiokafka.consumer.fetcher.Fetcher._get_actions_per_node",
        "1dab2cf937d165d0",
        "infra.faust.fetching.PacedFetcher.plan",
        "Fetches keep a pace and leave out silent and resting partitions.",
        reads=(
            *("_fetcher", "_get_actions_per_node", "_records", "_topics", "_max_wait_ms"),
            *("_client", "_in_flight", "_pending_tasks"),
        ),
    ),
    Seam(
        "aiokafka.consumer.fetcher.Fetcher._proc_fetch_request",
        "59bf948fff47eed5",
        "infra.faust.fetching.PacedFetcher.send",
        "As above; sees what a fetch brought.",
        reads=("_proc_fetch_request",),
    ),
    Seam(
        "aiokafka.consumer.group_coordinator.GroupCoordinator._perform_assignment",
        "a5cf61fa97320199",
        "infra.faust.known_topics.wait_for_topics",
        "A leader assigns when it knows every topic of its group.",
        reads=("_perform_assignment", "_client", "_cluster", "_group_subscription"),
    ),
    Seam(
        "aiokafka.client.AIOKafkaClient._get_conn",
        "68ce5d8391719d33",
        "infra.faust.reconnecting.PatientClient._get_conn",
        "A node that refused is left alone for a moment; aiokafka asks ten times a second.",
        reads=("_get_conn",),
    ),
    Seam(
        "aiokafka.client.AIOKafkaClient._metadata_update",
        "06dc51ed3e0d38b8",
        "infra.faust.reconnecting.PatientClient._metadata_update",
        "Without a leader the sender asks for metadata as fast as it can.",
        reads=("_metadata_update",),
    ),
    Seam(
        "aiokafka.client.AIOKafkaClient.bootstrap",
        "198943b004e55849",
        "infra.faust.reconnecting.PatientClient.bootstrap",
        "No server is waited for long; begins to look for silent nodes.",
        reads=("_request_timeout_ms",),
    ),
    Seam(
        "aiokafka.client.AIOKafkaClient.close",
        "02119d4d618ae493",
        "infra.faust.reconnecting.PatientClient.close",
        "Ends the look for silent nodes.",
    ),
    Seam(
        "aiokafka.client.AIOKafkaClient.get_random_node",
        "0e2daf38b78e99a7",
        "infra.faust.reconnecting.PatientClient.get_random_node",
        "Asks a node that answers.",
    ),
    Seam(
        "aiokafka.conn.AIOKafkaConnection.send",
        "5909ea32f4efca49",
        "infra.faust.reconnecting._state",
        "Reads what a connection was asked and owes: a silent node is left.",
        reads=("_requests", "_conns", "_last_action"),
    ),
    Seam(
        "aiokafka.admin.client.AIOKafkaAdminClient.__init__",
        "2598ace9015c12b0",
        "infra.faust.reconnecting.PatientAdmin.__init__",
        "Its client is made patient before it starts.",
        reads=("_client",),
    ),
    Seam(
        "aiokafka.admin.client.AIOKafkaAdminClient._send_request",
        "1ed126f126dd917a",
        "infra.faust.reconnecting.PatientAdmin._send_request",
        "A broker that lets nobody in ends the question, though any other would do.",
        reads=("_send_request",),
    ),
    Seam(
        "aiokafka.producer.message_accumulator.MessageAccumulator.__init__",
        "eb57f3c1d5c7657b",
        "infra.faust.reconnecting.PatientProducer.__init__",
        "Keeps `_batch_ttl`; a batch that expires takes a sequence number with it.",
    ),
    Seam(
        "aiokafka.producer.producer.AIOKafkaProducer.__init__",
        "fd6f2966fb3dc883",
        "infra.faust.reconnecting.PatientProducer.__init__",
        "Its client is made patient, and what it was given never expires.",
        reads=("_message_accumulator", "_batch_ttl"),
    ),
    Seam(
        "aiokafka.consumer.consumer.AIOKafkaConsumer.__init__",
        "01506f316191f7c9",
        "infra.faust.reconnecting.PatientConsumer.__init__",
        "Its client is made patient before it starts.",
        reads=("_client",),
    ),
    Seam(
        "aiokafka.consumer.consumer.AIOKafkaConsumer.beginning_offsets",
        "8da4f7758ad4eef9",
        "infra.faust.reconnecting.PatientConsumer.beginning_offsets",
        "Learns first where all the topics lie.",
    ),
    Seam(
        "aiokafka.consumer.consumer.AIOKafkaConsumer.end_offsets",
        "f4b19078581881ba",
        "infra.faust.reconnecting.PatientConsumer.end_offsets",
        "The same.",
    ),
    Seam(
        "aiokafka.consumer.fetcher.Fetcher._proc_offset_requests",
        "96978550f836842f",
        "infra.faust.reconnecting.PatientConsumer._learn",
        "Learns of one unknown topic a round, a tenth of a second each.",
        reads=("_topics",),
    ),
    Seam(
        "aiokafka.admin.client.AIOKafkaAdminClient._get_cluster_metadata",
        "a6c7a68344da3851",
        "infra.faust.group_admin.GroupAdmin.cluster",
        "The brokers and all topics in one answer; `describe_topics` gives one half of it.",
        reads=("_get_cluster_metadata",),
    ),
    Seam(
        "aiokafka.admin.client.AIOKafkaAdminClient.list_consumer_group_offsets",
        "63aad3c2197d4867",
        "infra.faust.group_admin.GroupAdmin.commits",
        "Asks for one group, and each time first who coordinates it.",
    ),
    Seam(
        "aiokafka.protocol.admin.DescribeGroupsRequest",
        "2aab27a04b0e4de0",
        "infra.faust.group_admin.GroupsDescribing",
        "The third version of the answer is taken apart as the second.",
    ),
    Seam(
        "aiokafka.protocol.api.Request.build",
        "3a1c9951620bb46d",
        "infra.faust.group_admin.CommitsFetching.build",
        "A request of ours.",
    ),
    Seam(
        "aiokafka.protocol.api.RequestStruct",
        "0c94b7d190186c2a",
        "infra.faust.group_admin.CommitsQuestion",
        "OffsetFetch of several groups, which aiokafka does not know.",
    ),
    Seam(
        "aiokafka.protocol.api.Response",
        "38b92a1dd3b1b270",
        "infra.faust.group_admin.CommitsAnswer",
        "Its answer.",
    ),
    Seam(
        "aiokafka.protocol.struct.Struct",
        "21658b9171e510cd",
        "infra.faust.group_admin.CommitsAnswer",
        "As above.",
    ),
)

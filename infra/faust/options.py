"""The options of a service's Faust app, from the settings; why each differs from Faust's own."""

from __future__ import annotations

from typing import Any

from yarl import URL

from chatstream.settings import KafkaSettings, Settings


def options_of(settings: Settings, linger: float) -> dict[str, Any]:
    """Keyword arguments of `faust.App`; the producer waits `linger` seconds for more."""
    return {
        **_table_options(settings),
        **_group_options(settings.kafka, settings.worker_name),
        **_producer_options(settings.kafka, linger),
        **_web_options(settings),
    }


def _table_options(settings: Settings) -> dict[str, Any]:
    return {
        "store": "rocksdb://",
        "datadir": str(settings.data_dir),
        "topic_partitions": settings.kafka.partitions,
        "topic_replication_factor": settings.kafka.replication,
        "topic_disable_leader": True,
        "table_standby_replicas": 1,
    }


def _group_options(kafka: KafkaSettings, worker: str) -> dict[str, Any]:
    return {
        # The broker gives who comes back under a name what it had (KIP-345), and asks nobody else.
        "consumer_group_instance_id": worker if kafka.static_membership else None,
        "broker": f"kafka://{kafka.bootstrap_servers.replace(',', ';kafka://')}",
        "broker_session_timeout": kafka.session_timeout,
        "broker_heartbeat_interval": kafka.session_timeout / 4,
        "broker_rebalance_timeout": kafka.rebalance_timeout,
        # By time alone: how records are handed on here (infra.faust.consumer) counts none, so that
        # `broker_commit_every` would do nothing.
        "broker_commit_interval": 1.0,
        "broker_max_poll_records": 1000,
        # A topic that is made later is assigned when it is seen.
        "consumer_metadata_max_age_ms": 30_000,
        "consumer_auto_offset_reset": "earliest",
        "stream_wait_empty": True,
        "stream_buffer_maxsize": 8192,
    }


def _producer_options(kafka: KafkaSettings, linger: float) -> dict[str, Any]:
    return {
        "producer_linger": linger,
        "producer_max_batch_size": 128 * 1024,
        "producer_request_timeout": kafka.producer_request_timeout,
    }


def _web_options(settings: Settings) -> dict[str, Any]:
    host, port = settings.web.host, settings.web.port
    return {
        "web_enabled": True,
        "web_host": host,
        "web_bind": host,
        "web_port": port,
        "canonical_url": URL(f"http://{host}:{port}"),
        "web_tables_enabled": False,
        "web_router_enabled": False,
        "web_application_options": {"client_max_size": settings.limits.body_bytes},
    }

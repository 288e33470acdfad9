"""The options of a service's Faust app, from the settings; why each differs from Faust's own."""

from __future__ import annotations

from typing import Any

from yarl import URL

from chatstream.errors import ConfigurationError
from chatstream.settings import KafkaSettings, Settings

# Seconds between heartbeats at most: by the answer to one a member learns of a rebalance, and until
# the last has learned it everybody stands still.
_HEARTBEAT = 1.5


def options_of(settings: Settings, linger: float) -> dict[str, Any]:
    """Keyword arguments of `faust.App`; the producer waits `linger` seconds for more."""
    return {
        **_table_options(settings),
        **_group_options(settings.kafka),
        "consumer_group_instance_id": _member(settings),
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


def _member(settings: Settings) -> str | None:
    """The broker gives who comes back under a name what it had (KIP-345), and asks nobody else.

    ConfigurationError where the name would be that of every worker of the service.
    """
    if not settings.kafka.static_membership:
        return None
    if not settings.worker:
        raise ConfigurationError(
            "CHATSTREAM_WORKER: give each worker a name of its own, such as chat-1, or set"
            " CHATSTREAM_KAFKA__STATIC_MEMBERSHIP=false"
        )
    return settings.worker


def _group_options(kafka: KafkaSettings) -> dict[str, Any]:
    return {
        "broker": f"kafka://{kafka.bootstrap_servers.replace(',', ';kafka://')}",
        "broker_session_timeout": kafka.session_timeout,
        "broker_heartbeat_interval": min(kafka.session_timeout / 4, _HEARTBEAT),
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

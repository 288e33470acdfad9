"""All settings, read once from the environment (`CHATSTREAM_…`, groups joined by `__`).

Nothing else in the program reads the environment. Each value has the unit in its name or its
description. Durations are seconds unless a name says otherwise.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from chatstream.errors import ConfigurationError


class ServiceName(StrEnum):
    """The processes a worker can be; `front-auth` is `front` with the pool of sessions."""

    FRONT = "front"
    FRONT_AUTH = "front-auth"
    USER = "user"
    CHAT = "chat"
    STATS = "stats"
    LOG = "log"


class Group(BaseModel):
    """A frozen group of settings that refuses unknown names."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class KafkaSettings(Group):
    """Where Kafka is and how topics are laid out."""

    bootstrap_servers: str = "127.0.0.1:8081"
    partitions: int = Field(8, description="of every topic; a power of two")
    replication: int = 1
    linger_ms: float = Field(1.0, description="wait of the producer for a fuller batch")
    session_timeout: float = 6.0
    rebalance_timeout: float = 10.0
    producer_request_timeout: float = 30.0


class PostgresSettings(Group):
    """One auth database and the chat databases by name, as libpq connection strings."""

    auth: str = ""
    chat: dict[str, str] = Field(default_factory=dict)
    pool_size: int = 4
    connect_timeout: float = 5.0
    statement_timeout_ms: int = 3000
    lock_timeout_ms: int = 3000


class ElasticSettings(Group):
    """Where Elasticsearch is."""

    url: str = "http://127.0.0.1:8083"
    request_timeout: float = Field(10.0, description="of one bulk write")
    search_timeout: float = Field(3.0, description="of one search, while a person waits")
    replicas: int = Field(0, description="copies of each index; 1 or more with several nodes")
    bulk_documents: int = Field(500, description="of one bulk write at most")
    bulk_bytes: int = Field(4 * 1024 * 1024, description="of one bulk write at most")


class WebSettings(Group):
    """The HTTP server of this process and the address that browsers use."""

    host: str = "127.0.0.1"
    port: int = 8090
    public_url: str = "http://127.0.0.1:8080"
    allowed_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = Field(
        ("127.0.0.1", "::1"), description="peers whose X-Real-IP is believed: the gateway"
    )


class AuthSettings(Group):
    """Passwords and tokens."""

    keys_dir: Path = Path("var/keys")
    issuer: str = "chatstream"
    audience: str = "chatstream"
    access_ttl: int = Field(600, description="seconds an access token lives")
    refresh_ttl: int = Field(30 * 86400, description="seconds a refresh token lives")
    bcrypt_cost: int = 12
    hash_threads: int = 2
    hash_queue: int = Field(64, description="waiting hashes before 503 BUSY")
    handle_pepper: str = Field("", description="unused until erasure; keyed hash of erased handles")


class LimitSettings(Group):
    """Limits at the edge; a load test raises them."""

    frame_bytes: int = 64 * 1024
    body_bytes: int = 64 * 1024
    message_burst: int = 100
    messages_per_second: float = 10.0
    sockets_per_account: int = 20
    sockets_per_address: int = 5000
    signups_per_minute: int = Field(60, description="per address")
    failed_logins_per_account: int = Field(10, description="in 15 minutes")
    failed_logins_per_address: int = Field(100, description="in an hour")
    subscriptions_per_socket: int = 50
    heartbeat: float = Field(10.0, description="seconds between STOMP heart-beats, both ways")
    socket_queue_bytes: int = Field(1024 * 1024, description="unsent bytes before close 1013")
    pending_per_partition: int = Field(2000, description="unanswered wishes before 503 BUSY")
    pending_age: float = Field(2.0, description="age of the oldest unanswered wish before BUSY")
    wish_timeout: float = Field(5.0, description="seconds a caller waits for an outcome")


class BatchSettings(Group):
    """The shared batching loop of the agents that write."""

    size: int = Field(500, description="records of one transaction at most")
    lane_queue: int = Field(4000, description="records waiting in a lane before its fetch pauses")
    drain_timeout: float = Field(
        5.0, description="of a batch in a rebalance, then the process ends"
    )
    retry_first: float = 0.1
    retry_most: float = 2.0


class StatsSettings(Group):
    """The live tables."""

    workers: tuple[str, ...] = Field((), description="base URLs of the stats workers")
    gather_timeout: float = 1.0


class Settings(BaseSettings):
    """The whole configuration of one process; immutable."""

    model_config = SettingsConfigDict(
        env_prefix="CHATSTREAM_", env_nested_delimiter="__", frozen=True, extra="ignore"
    )

    service: ServiceName = ServiceName.FRONT
    worker: str = Field("", description="a stable name of this process; default: the service's")
    data_dir: Path = Path("var/data/worker")
    log_level: str = "INFO"
    kafka: KafkaSettings = KafkaSettings()
    postgres: PostgresSettings = PostgresSettings()
    elastic: ElasticSettings = ElasticSettings()
    web: WebSettings = WebSettings()
    auth: AuthSettings = AuthSettings()
    limits: LimitSettings = LimitSettings()
    batch: BatchSettings = BatchSettings()
    stats: StatsSettings = StatsSettings()

    @property
    def worker_name(self) -> str:
        """The stable name of this process."""
        return self.worker or str(self.service)


def load_settings(**overrides: object) -> Settings:
    """Read the environment; raises ConfigurationError that lists every wrong variable."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # pydantic validates each value
    except ValidationError as error:
        lines = [
            f"CHATSTREAM_{'__'.join(str(part).upper() for part in fault['loc'])}: {fault['msg']}"
            for fault in error.errors()
        ]
        raise ConfigurationError("\n".join(lines)) from error

"""All settings, read once from the environment (`CHATSTREAM_…`, groups joined by `__`).

A variable that the environment does not have may be a file of that name in `/run/secrets`, where
containers are given their secrets. Nothing else in the program reads either. Each value has the
unit in its name or its description. Durations are seconds unless a name says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Self
from urllib.parse import quote, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from chatstream.domain.rates import MESSAGE_BURST, MESSAGES_A_SECOND
from chatstream.errors import ConfigurationError
from chatstream.settings_groups import (
    CdcSettings,
    ContentSettings,
    CouponSettings,
    FeedSettings,
    Group,
    GuestSettings,
    LagSettings,
    LogSettings,
    StatsSettings,
    TraceSettings,
)

SECRETS = Path("/run/secrets")
"""A file here is a variable: `chatstream_postgres__password`, in small letters or capitals."""


class KafkaSettings(Group):
    """Where Kafka is and how topics are laid out."""

    bootstrap_servers: str = Field("127.0.0.1:8081", description="host:port, joined by commas")
    partitions: int = Field(8, description="of every topic; a power of two")
    replication: int = Field(1, description="copies of each partition; 3 with three brokers")
    linger_ms: float = Field(1.0, description="wait of a front's producer for a fuller batch")
    fetch_interval: float = Field(0.02, description="seconds between two fetches at least")
    background_fetch_interval: float = Field(
        1.0,
        description="the same where nobody waits: stats, log",
    )
    session_timeout: float = Field(
        6.0, gt=0, le=90, description="seconds until a silent worker is dead"
    )
    static_membership: bool = Field(
        False, description="a worker is known by its name, and takes its partitions up again"
    )
    rebalance_timeout: float = Field(10.0, description="seconds a rebalance waits for a worker")
    producer_request_timeout: float = Field(30.0, description="seconds of one produce request")


class PostgresSettings(Group):
    """The databases of each lineage, as libpq connection strings."""

    auth: str = Field("", description="libpq string of the auth database")
    chat: dict[str, str] = Field(
        default_factory=dict, description="JSON: name of a chat database to its libpq string"
    )
    others: dict[str, dict[str, str]] = Field(
        default_factory=dict,
        description="JSON: name of a further lineage to its databases, as CHAT has them",
    )
    password: SecretStr = Field(
        SecretStr(""), description="of the role of every libpq string that names none"
    )
    pool_size: int = Field(4, description="connections of one process to one database")
    connect_timeout: float = Field(5.0, description="seconds")
    statement_timeout_ms: int = Field(3000, description="milliseconds of one statement")
    lock_timeout_ms: int = Field(3000, description="milliseconds of waiting for a lock")

    @property
    def lineages(self) -> dict[str, dict[str, str]]:
        """The libpq strings of all databases, by the name of the lineage and their own.

        They hold the password, where there is one.
        """
        password = self.password.get_secret_value()
        return {
            lineage: {name: _with_password(dsn, password) for name, dsn in databases.items()}
            for lineage, databases in self.told.items()
        }

    @property
    def told(self) -> dict[str, dict[str, str]]:
        """As `lineages`, but as they were told: without the password."""
        return {"auth": {"auth": self.auth}, "chat": self.chat, **self.others}

    @classmethod
    def of(cls, lineages: Mapping[str, Mapping[str, str]]) -> Self:
        """The settings with these `lineages`."""
        others = {name: each for name, each in lineages.items() if name not in cls.model_fields}
        return cls.model_validate(
            {"auth": lineages["auth"]["auth"], "chat": lineages["chat"], "others": others}
        )


def _with_password(dsn: str, password: str) -> str:
    """The libpq string, either form of it, with this password unless it has one.

    https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-CONNSTRING: of a keyword that comes
    twice the later counts.
    """
    if not password or not dsn:
        return dsn
    if dsn.startswith(("postgres://", "postgresql://")):
        if urlsplit(dsn).password or "password=" in urlsplit(dsn).query:
            return dsn
        joint = "&" if urlsplit(dsn).query else "?"
        return f"{dsn}{joint}password={quote(password, safe='')}"
    escaped = password.replace("\\", "\\\\").replace("'", "\\'")
    return f"password='{escaped}' {dsn}"


class ElasticSettings(Group):
    """Where Elasticsearch is."""

    url: str = Field("http://127.0.0.1:8083", description="of Elasticsearch")
    request_timeout: float = Field(10.0, description="of one bulk write")
    search_timeout: float = Field(3.0, description="of one search, while a person waits")
    replicas: int = Field(0, description="copies of each index; 1 or more with several nodes")
    interval: float = Field(1.0, description="seconds between two bulk writes at least")
    bulk_documents: int = Field(500, description="of one bulk write at most")
    bulk_bytes: int = Field(4 * 1024 * 1024, description="of one bulk write at most")
    bulks_at_once: int = Field(2, ge=1, description="of events and messages under way at once")


class KibanaSettings(Group):
    """Where Kibana is, for the command that brings the dashboards there; nothing else needs it."""

    url: str = Field("http://127.0.0.1:5601", description="of Kibana, with its base path")
    space: str = Field("", description="id of the space; empty: the default one")
    api_key: SecretStr = Field(SecretStr(""), description="encoded API key")
    user: str = Field("", description="name for Basic authentication, without an API key")
    password: SecretStr = Field(SecretStr(""), description="of that user")
    request_timeout: float = Field(30.0, description="seconds of one import")
    patience: float = Field(60.0, description="seconds an import is tried while Kibana is away")


class WebSettings(Group):
    """The HTTP server of this process and the address that browsers use."""

    host: str = Field("127.0.0.1", description="address that this process listens on")
    port: int = Field(8090, description="web port of this process, one for each")
    unix_socket: str = Field("", description="where the gateway of its machine finds it as well")
    public_url: str = Field("http://127.0.0.1:8080", description="what browsers use")
    hsts_seconds: int = Field(
        365 * 86400,
        ge=0,
        description="that browsers keep to https for, where the public URL is https",
    )
    allowed_origins: tuple[str, ...] = Field(
        (), description="JSON list: origins that may open a WebSocket, beside the public URL's"
    )
    drain_seconds: float = Field(
        4.0, ge=0, description="over which a front that is told to end closes its sockets"
    )
    trusted_proxies: tuple[str, ...] = Field(
        ("127.0.0.1", "::1"),
        description="peers whose X-Real-IP is believed: the gateway; addresses or networks",
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in proxies:
            ip_network(proxy, strict=False)  # a ValueError names the one that is none
        return proxies


class AuthSettings(Group):
    """Passwords and tokens."""

    keys_dir: Path = Field(Path("var/keys"), description="folder of the signing keys")
    key_settle: float = Field(60, description="seconds a new signing key is known before it signs")
    issuer: str = Field("chatstream", description="`iss` of tokens")
    audience: str = Field("chatstream", description="`aud` of tokens")
    access_ttl: int = Field(600, description="seconds an access token lives")
    refresh_ttl: int = Field(30 * 86400, description="seconds a refresh token lives")
    bcrypt_cost: int = Field(12, description="one more doubles the time of a hash")
    hash_threads: int = Field(2, description="hashes computed at once in one process")
    hash_queue: int = Field(64, description="waiting hashes before 503 BUSY")


class LimitSettings(Group):
    """Limits at the edge; a load test raises them."""

    frame_bytes: int = Field(64 * 1024, description="of one STOMP frame")
    body_bytes: int = Field(256 * 1024, description="of one HTTP body")
    message_burst: int = Field(
        MESSAGE_BURST,
        description="messages of an account at once, a long one counting for each 400 characters",
    )
    messages_per_second: float = Field(
        MESSAGES_A_SECOND, description="of an account, after the burst"
    )
    sockets_per_account: int = Field(20, description="open at once")
    sockets_per_address: int = Field(5000, description="open at once")
    handshakes: int = Field(
        128, ge=2, description="under way at once, half of them of an address, before 503 BUSY"
    )
    signups_per_minute: int = Field(60, description="per address")
    failed_logins_per_account: int = Field(10, description="in 15 minutes")
    failed_logins_per_address: int = Field(100, description="in an hour")
    changes_per_minute: int = Field(60, description="of an account's name, friends and blocks")
    people_searches_per_account: int = Field(60, description="in a minute")
    people_searches_per_address: int = Field(600, description="in a minute")
    claims_per_account: int = Field(60, description="of coupons, in a minute")
    claims_per_address: int = Field(6000, description="of coupons, in a minute")
    open_claims: int = Field(2000, description="of a campaign at a front before 503 BUSY")
    claim_wait: float = Field(2.0, description="seconds until a claim is answered 202")
    posts_per_account: int = Field(20, description="written, edited and deleted, in a minute")
    previews_per_account: int = Field(60, description="of posts, in a minute")
    reactions_per_account: int = Field(
        120, description="likes, subscriptions and appeals, in a minute"
    )
    post_searches_per_account: int = Field(60, description="in a minute")
    subscriptions_per_socket: int = Field(50, description="open at once")
    heartbeat: float = Field(10.0, description="seconds between STOMP heart-beats, both ways")
    socket_queue_bytes: int = Field(1024 * 1024, description="unsent bytes before close 1013")
    pending_per_partition: int = Field(2000, description="unanswered wishes before 503 BUSY")
    pending_age: float = Field(2.0, description="age of the oldest unanswered wish before BUSY")
    wish_timeout: float = Field(5.0, description="seconds a caller waits for an outcome")


class BatchSettings(Group):
    """The shared batching loop of the agents that write."""

    size: int = Field(500, description="records of one transaction at most")
    interval: float = Field(0.04, description="seconds between two batches of a lane at least")
    lane_queue: int = Field(4000, description="records waiting in a lane before its fetch pauses")
    drain_timeout: float = Field(5.0, description="of a batch in a rebalance, then it ends")
    retry_first: float = Field(0.1, description="seconds before a batch is tried again")
    retry_most: float = Field(2.0, description="seconds between tries at most")
    standstill_after: float = Field(
        120.0,
        ge=0,
        description="seconds without a commit after which a worker ends itself; 0: never",
    )
    restart_pause: float = Field(600.0, ge=0, description="seconds between two such ends at least")


class RoomSettings(Group):
    """The table of who is in which room."""

    check_interval: float = Field(
        3600.0, description="seconds between two checks of a partition's members; 0: never"
    )


class Settings(BaseSettings):
    """The whole configuration of one process; immutable."""

    model_config = SettingsConfigDict(
        env_prefix="CHATSTREAM_",
        env_nested_delimiter="__",
        hide_input_in_errors=True,  # it may be a secret
        secrets_dir=SECRETS,
        secrets_dir_missing="ok",
        frozen=True,
        extra="ignore",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given, then the environment, then the files of secrets."""
        secrets = NestedSecretsSettingsSource(file_secret_settings)
        return init_settings, env_settings, secrets

    service: str = Field("front", description="which service this process is")
    worker: str = Field("", description="a stable name of this process; default: the service's")
    data_dir: Path = Field(Path("var/data/worker"), description="tables of this process")
    guests: dict[str, GuestSettings] = Field(
        default_factory=dict,
        description="JSON: further services of this process, each with worker, data_dir, port",
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")
    kafka: KafkaSettings = KafkaSettings()
    postgres: PostgresSettings = PostgresSettings()
    elastic: ElasticSettings = ElasticSettings()
    kibana: KibanaSettings = KibanaSettings()
    web: WebSettings = WebSettings()
    auth: AuthSettings = AuthSettings()
    limits: LimitSettings = LimitSettings()
    batch: BatchSettings = BatchSettings()
    rooms: RoomSettings = RoomSettings()
    coupons: CouponSettings = CouponSettings()
    content: ContentSettings = ContentSettings()
    feed: FeedSettings = FeedSettings()
    stats: StatsSettings = StatsSettings()
    log: LogSettings = LogSettings()
    lag: LagSettings = LagSettings()
    cdc: CdcSettings = CdcSettings()
    traces: TraceSettings = TraceSettings()

    @property
    def optional_services(self) -> tuple[str, ...]:
        """The names of the optional services that are run."""
        return ("reporting",) if self.cdc.is_run else ()

    @property
    def worker_name(self) -> str:
        """The stable name of this process."""
        return self.worker or self.service

    def of_guests(self) -> list[Self]:
        """The settings of each further service of this process."""
        return [self._of(service, own) for service, own in self.guests.items()]

    def _of(self, service: str, own: GuestSettings) -> Self:
        web = self.web.model_copy(update={"port": own.port, "unix_socket": ""})
        update = {"service": service, "worker": own.worker, "data_dir": own.data_dir}
        return self.model_copy(update={**update, "web": web, "guests": {}})


def load_settings(**overrides: object) -> Settings:
    """Read environment and secrets; raises ConfigurationError that lists every wrong variable."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # pydantic validates each value
    except ValidationError as error:
        lines = [
            f"CHATSTREAM_{'__'.join(str(part).upper() for part in fault['loc'])}: {fault['msg']}"
            for fault in error.errors()
        ]
        raise ConfigurationError("\n".join(lines)) from error
    except (SettingsError, RecursionError) as error:
        raise ConfigurationError(
            f"CHATSTREAM_…: {error}; a list is written as JSON, such as"
            ' CHATSTREAM_STATS__WORKERS=["http://127.0.0.1:8100"]'
        ) from error

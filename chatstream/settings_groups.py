"""What a group of settings is, and those of what stands beside the chat: coupons, posts,
words, log, lag, capture, traces, a process that is shared.

`chatstream.settings` puts all groups together.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator


class Group(BaseModel):
    """A frozen group of settings that refuses unknown names."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class GuestSettings(Group):
    """What a further service of a process has for itself; all else it has as the first."""

    worker: str = Field(description="the stable name by which it is known")
    data_dir: Path = Field(description="its tables")
    port: int = Field(description="its web port")


class CouponSettings(Group):
    """The audits of campaigns."""

    audit_interval: float = Field(
        30.0, description="seconds between two looks for campaigns to be audited; 0: never"
    )
    audit_settle: float = Field(
        60.0, description="seconds after its close before a campaign is audited"
    )


class FeedSettings(Group):
    """Feeds of posts: who is pushed into them, and how."""

    push_limit: int = Field(
        10000, ge=1, description="an author with so many subscribers is merged when feeds are read"
    )
    push_batch: int = Field(500, ge=1, description="feeds that a post is pushed into at once")
    filled: int = Field(
        200, ge=1, description="posts of an author that a new subscriber's feed gets"
    )
    push_interval: float = Field(
        1.0,
        description="seconds until what another worker left is looked for, up to ten times that"
        " while none finds any; 0: nothing is pushed",
    )
    popular_interval: float = Field(
        60.0, description="seconds between two rankings of popular posts; 0: never"
    )
    workers: list[str] = Field(
        [],
        description="base URLs of all content workers, asked for posts and authors' pages; none:"
        " Postgres is",
    )
    redis_url: SecretStr = Field(
        SecretStr(""),
        description="of a Redis or Valkey that has a copy of posts, asked instead; empty: none",
    )

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if url and not url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must begin with redis://, rediss:// or unix://")
        return value


class StatsSettings(Group):
    """The live tables."""

    workers: tuple[str, ...] = Field((), description="base URLs of the stats workers")
    gather_timeout: float = Field(1.0, description="seconds a worker waits for its peers")
    interval: float = Field(0.5, description="seconds between two counts of a partition at least")
    generation: int | None = Field(
        None, ge=0, description="of the tables that are counted; null: the one that serves"
    )
    check_interval: float = Field(
        3600.0, description="seconds between two checks of a part of the tables; 0: never"
    )


class LogSettings(Group):
    """How long the log keeps what; longer than Kafka does, or a repeat would bring it back."""

    retention_interval: float = Field(
        3600.0, description="seconds between two removals of old indices; 0: never"
    )
    check_interval: float = Field(
        300.0, description="seconds between two comparisons of a part of the search; 0: never"
    )
    lines_days: int = Field(14, ge=8, description="lines of logs are kept")
    events_days: int = Field(400, ge=8, description="events are kept")
    dead_letters_days: int = Field(90, ge=8, description="dead letters are kept")
    lag_days: int = Field(31, ge=8, description="samples of the lag monitor are kept")


class LagSettings(Group):
    """The lag monitor."""

    interval: float = Field(10.0, gt=0, description="seconds between two samples of all groups")
    window: int = Field(10, ge=2, le=100, description="samples by which a reader is judged")
    groups: str = Field(".*", description="regular expression of the consumer groups it watches")
    cluster: str = Field("chatstream", description="`cluster_name` of its metrics")


class CdcSettings(Group):
    """Change data capture, where it runs."""

    is_run: bool = Field(
        False, description="the service `reporting` is run: erasures wait for its step"
    )
    connect_url: str = Field("http://127.0.0.1:8083", description="of Kafka Connect")
    password: SecretStr = Field(
        SecretStr(""), description="of the capturing role; empty: it needs none"
    )
    connect_lookup: str = Field(
        "", description="where Connect looks that password up; empty: it needs none"
    )
    watch_interval: float = Field(5.0, gt=0, description="seconds between two looks at the slots")
    verify_interval: float = Field(
        600.0, ge=0, description="seconds between two comparisons with the sources; 0: never"
    )


class ContentSettings(Group):
    """Who looks at posts besides the rules: a small model for English, and a language model."""

    second_opinion: bool = Field(
        False, description="alt-profanity-check hands to a person what it finds offensive"
    )

    model_url: str = Field(
        "", description="of an endpoint of OpenAI's form: https://host/v1; empty: none is asked"
    )
    model: str = Field("", description="the name of the model there")
    model_key: SecretStr = Field(SecretStr(""), description="API key; empty: it needs none")
    model_timeout: float = Field(4.0, gt=0, description="seconds that one try may take")
    model_tasks: int = Field(2, ge=1, description="posts that a worker asks about at once")
    model_interval: float = Field(
        0.5, gt=0, description="seconds between two looks for posts that wait, while none does"
    )
    model_tokens: int = Field(5_000_000, ge=0, description="in a day (UTC): no more is asked")
    model_budget: float = Field(
        10.0, ge=0, description="in a day (UTC), in the currency of the prices: no more is asked"
    )
    model_price_in: float = Field(0.0, ge=0, description="of a million tokens that it is given")
    model_price_out: float = Field(0.0, ge=0, description="of a million tokens that it gives")


class TraceSettings(Group):
    """Whether spans are exported; traces themselves are always there."""

    endpoint: str = Field("", description="OTLP over HTTP: http://host:4318/v1/traces; empty: none")
    ratio: float = Field(1.0, ge=0, le=1, description="share of traces whose spans are exported")

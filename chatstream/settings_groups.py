"""What a group of settings is, and those of what stands beside the chat: log, lag, capture, traces.

`chatstream.settings` puts all groups together.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class Group(BaseModel):
    """A frozen group of settings that refuses unknown names."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


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


class TraceSettings(Group):
    """Whether spans are exported; traces themselves are always there."""

    endpoint: str = Field("", description="OTLP over HTTP: http://host:4318/v1/traces; empty: none")
    ratio: float = Field(1.0, ge=0, le=1, description="share of traces whose spans are exported")

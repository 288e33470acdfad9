"""kakao.reporting.erasure: the reporting database's part of leaving for good."""

from __future__ import annotations

from schemas.records.erasure import EraseStep, StepReported


class EraseInReporting(EraseStep, frozen=True, kw_only=True, tag="eraseInReporting"):
    """The step of the reports: the rows that are the account go, others lose its id."""


class ErasedInReporting(StepReported, frozen=True, kw_only=True, tag="erasedInReporting"):
    """What became of them."""

"""The words of one context."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chatstream.errors import ErrorCode, Problem


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What a context says, each as in the module that has what all contexts share.

    `codes`: English and Korean of its error codes. `reasons`: the Korean of reasons of a `Problem`
    (web/i18n.py). `fields`: what its fields are called in both (web/fields.py). `explanations` and
    `problems` by the English reason of a refusal (web/explanations.py).
    """

    codes: Mapping[ErrorCode, Mapping[str, str]] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    explanations: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    problems: Mapping[str, Problem] = field(default_factory=dict)

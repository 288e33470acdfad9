"""The databases of a stack are those of the contexts' lineages, and every one is told of."""

from __future__ import annotations

import pytest

from chatstream.errors import ConfigurationError
from chatstream.settings import PostgresSettings
from infra.embedded.postgres import DATABASES, OPTIONAL, SERVERS
from schemas.catalogue import LINEAGES
from schemas.databases import Lineage, dsns_of

COUPONS = Lineage("coupons")
DSN = "host=/s/c dbname=coupons"


def test_each_database_has_a_server_and_a_name_that_stays() -> None:
    assert SERVERS == {
        "postgres-auth": "auth",
        "postgres-friend": "friend",
        "postgres-coupon": "coupon",
        "postgres-content": "content",
        "postgres-chat-0": "chat_0",
        "postgres-chat-1": "chat_1",
    }
    assert list(DATABASES) == [each.name for each in LINEAGES if not each.is_optional]
    assert list(OPTIONAL) == [each.name for each in LINEAGES if each.is_optional]


def test_a_further_lineage_is_read_from_one_variable() -> None:
    lineages = {"auth": {"auth": "a"}, "chat": {"chat-0": "c"}, "coupons": {"coupons": DSN}}
    postgres = PostgresSettings.of(lineages)
    assert dsns_of(postgres, COUPONS) == {"coupons": DSN}
    assert postgres.lineages == lineages


def test_a_lineage_that_is_told_nowhere_is_named_with_its_variable() -> None:
    with pytest.raises(ConfigurationError, match=r"CHATSTREAM_POSTGRES__OTHERS: .*'coupons'"):
        dsns_of(PostgresSettings(), COUPONS)

"""The constraint under every booking: a provider's time is taken once, unless somebody chose otherwise."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors

_SETUP = """
ALTER TABLE desktop.slot_claim DISABLE TRIGGER USER;
ALTER TABLE desktop.slot_claim DROP CONSTRAINT slot_claim_slot_id_fkey;
ALTER TABLE desktop.slot_claim NO FORCE ROW LEVEL SECURITY;
"""


@pytest.fixture
def claims(each_migrated: str) -> Iterator[psycopg.Connection]:
    """The table alone, without what fills it; rolled back."""
    with psycopg.connect(each_migrated) as connection:
        connection.execute(_SETUP)
        yield connection
        connection.rollback()


def _claim(
    connection: psycopg.Connection, slot: str, during: str, *, provider: str = "d", overbook: bool = False
) -> None:
    connection.execute(
        "INSERT INTO desktop.slot_claim (slot_id, provider_id, during, overbook) VALUES (%s, %s, %s::tsrange, %s)",
        (slot, provider, during, overbook),
    )


def test_overlapping_claims_of_one_provider_are_refused(claims: psycopg.Connection) -> None:
    _claim(claims, "s1", "[2026-03-01 09:00, 2026-03-01 09:20)")
    _claim(claims, "s2", "[2026-03-01 09:20, 2026-03-01 09:40)")
    _claim(claims, "s3", "[2026-03-01 09:10, 2026-03-01 09:30)", provider="other")
    _claim(claims, "s4", "[2026-03-01 09:10, 2026-03-01 09:30)", overbook=True)
    with pytest.raises(errors.ExclusionViolation) as refused:
        _claim(claims, "s5", "[2026-03-01 09:19, 2026-03-01 09:21)")
    assert refused.value.diag.constraint_name == "no_double_booking"


def test_an_empty_claim_is_refused(claims: psycopg.Connection) -> None:
    """It would overlap nothing and so promise nothing."""
    with pytest.raises(errors.CheckViolation):
        _claim(claims, "s1", "empty")


def test_two_slots_swap_in_one_statement(claims: psycopg.Connection) -> None:
    _claim(claims, "s1", "[2026-03-01 09:00, 2026-03-01 09:20)")
    _claim(claims, "s2", "[2026-03-01 09:20, 2026-03-01 09:40)")
    swapped = claims.execute(
        "UPDATE desktop.slot_claim c SET during = o.during FROM desktop.slot_claim o"
        " WHERE c.provider_id = 'd' AND o.provider_id = 'd' AND o.slot_id <> c.slot_id"
    )
    assert swapped.rowcount == 2

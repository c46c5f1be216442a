"""Every column type takes, gives and refuses the same on PostgreSQL and on SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    Table,
    create_engine,
    delete,
    insert,
    literal_column,
    pool,
    select,
)
from sqlalchemy.exc import StatementError

from app.db.types import DateAtMidnight, Json, Real, StringList, TextEnum, UtcDateTime, WallTime, pg_enum
from app.domain.enums import SlotOrigin, SlotStatus, VisitMode
from tests.support.postgres import Server

_metadata = MetaData()
PROBE = Table(
    "probe",
    _metadata,
    Column("n", Integer, primary_key=True),
    Column("instant", UtcDateTime),
    Column("day", DateAtMidnight),
    Column("wall", WallTime),
    Column("tags", StringList),
    Column("body", Json),
    Column("number", Real),
    Column("origin", TextEnum(SlotOrigin)),
    Column("mode", pg_enum(VisitMode)),
)
_MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module", params=["postgresql", "sqlite"])
def database(request: pytest.FixtureRequest, server: Server) -> Iterator[Connection]:
    if request.param == "sqlite":
        with create_engine("sqlite://").connect() as opened:
            _metadata.create_all(opened)
            opened.commit()
            yield opened
        return
    name = server.create("types")
    url = server.owner_url(name)
    with create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=pool.NullPool
    ).connect() as opened:
        _metadata.create_all(opened)
        opened.commit()
        yield opened
    server.drop(name)


@pytest.fixture
def connection(database: Connection) -> Iterator[Connection]:
    """The database with nothing in it; what a test leaves, a failed transaction too, is rolled back."""
    yield database
    database.rollback()


def _kept(connection: Connection, column: str, value: Any) -> Any:
    connection.execute(delete(PROBE))
    connection.execute(insert(PROBE).values({"n": 1, column: value}))
    return connection.execute(select(PROBE.c[column])).scalar_one()


def _put_raw(connection: Connection, column: str, literal: str) -> Any:
    connection.execute(delete(PROBE))
    connection.exec_driver_sql(f"INSERT INTO probe (n, {column}) VALUES (1, {literal})")
    return connection.execute(select(PROBE.c[column])).scalar_one()


def _in_utc(instant: datetime) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        assume(False)
        raise


@_MANY
@given(st.datetimes(timezones=st.timezones()))
def test_an_instant_comes_back_in_utc_cut_to_the_millisecond(connection: Connection, instant: datetime) -> None:
    utc = _in_utc(instant)
    kept = _kept(connection, "instant", instant)
    assert kept.tzinfo is UTC
    assert timedelta(0) <= utc - kept < timedelta(milliseconds=1)
    assert kept.microsecond % 1000 == 0


@_MANY
@given(st.lists(st.datetimes(timezones=st.just(UTC)), min_size=2, max_size=6, unique=True))
def test_instants_sort_and_compare_in_time(connection: Connection, instants: list[datetime]) -> None:
    connection.execute(delete(PROBE))
    connection.execute(insert(PROBE), [{"n": n, "instant": instant} for n, instant in enumerate(instants)])
    kept = list(connection.execute(select(PROBE.c.instant).order_by(PROBE.c.instant)).scalars())
    assert kept == sorted(kept)
    middle = kept[len(kept) // 2]
    before = connection.execute(select(PROBE.c.instant).where(PROBE.c.instant < middle)).scalars()
    assert sorted(before) == [instant for instant in kept if instant < middle]


@_MANY
@given(st.dates())
def test_a_date_comes_back(connection: Connection, day: date) -> None:
    assert _kept(connection, "day", day) == day


@_MANY
@given(st.times())
def test_a_time_of_day_comes_back_cut_to_the_millisecond(connection: Connection, wall: time) -> None:
    assert _kept(connection, "wall", wall) == wall.replace(microsecond=wall.microsecond // 1000 * 1000)


_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


@_MANY
@given(st.lists(_text))
def test_a_list_of_strings_comes_back(connection: Connection, tags: list[str]) -> None:
    assert _kept(connection, "tags", tags) == tuple(tags)


_json = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63) | st.floats(-1e15, 1e15) | _text | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_text, inner, max_size=4),
    max_leaves=12,
)


@_MANY
@given(_json.filter(lambda value: value is not None))
def test_json_comes_back(connection: Connection, body: Any) -> None:
    assert _kept(connection, "body", body) == body


@_MANY
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_comes_back(connection: Connection, number: float) -> None:
    assert _kept(connection, "number", number) == number


@pytest.mark.parametrize("origin", SlotOrigin)
@pytest.mark.parametrize("mode", VisitMode)
def test_enums_come_back_as_members(connection: Connection, origin: SlotOrigin, mode: VisitMode) -> None:
    assert _kept(connection, "origin", origin) is origin
    assert _kept(connection, "mode", mode) is mode


@pytest.mark.parametrize(
    ("column", "value", "why"),
    [
        ("instant", datetime(2026, 1, 1), "needs a time zone"),  # noqa: DTZ001 - refused, that's the point
        ("instant", date(2026, 1, 1), "must be a datetime"),
        ("instant", "2026-01-01T00:00:00Z", "must be a datetime"),
        ("instant", datetime.max.replace(tzinfo=timezone(-timedelta(hours=5))), "between the years"),
        ("instant", datetime.min.replace(tzinfo=timezone(timedelta(hours=5))), "between the years"),
        ("day", datetime(2026, 1, 1, tzinfo=UTC), "must be a date"),
        ("wall", time(9, tzinfo=UTC), "no time zone"),
        ("wall", datetime(2026, 1, 1, tzinfo=UTC), "must be a time"),
        ("tags", ["A", None], "nothing but strings"),
        ("tags", "ABC", "must be a sequence"),
        ("body", {"a": [float("nan")]}, "no infinity"),
        ("body", float("inf"), "no infinity"),
        ("body", {"a": "\x00"}, "no NUL"),
        ("body", ["\ud800"], "surrogate"),
        ("body", {1: "a"}, "key must be a string"),
        ("body", {"a": date(2026, 1, 1)}, "cannot hold a date"),
        ("number", float("nan"), "no measurements"),
        ("number", float("-inf"), "no measurements"),
        ("origin", "grown", "not a valid SlotOrigin"),
        ("mode", "BY_LETTER", "not among the defined"),
    ],
)
def test_wrong_values_are_refused_before_they_are_sent(
    connection: Connection, column: str, value: Any, why: str
) -> None:
    with pytest.raises((StatementError, ValueError, TypeError), match=why):
        _kept(connection, column, value)


@pytest.mark.parametrize("column", ["instant", "day", "wall", "body", "number", "origin", "mode"])
def test_nothing_is_sql_null(connection: Connection, column: str) -> None:
    assert _kept(connection, column, None) is None
    assert connection.execute(select(literal_column(f"{column} IS NULL")).select_from(PROBE)).scalar_one()


def test_an_empty_list_is_written_as_one_and_null_reads_as_one(connection: Connection) -> None:
    empties: tuple[Any, ...] = (None, [], ())
    for empty in empties:
        assert _kept(connection, "tags", empty) == ()
        assert not connection.execute(select(literal_column("tags IS NULL")).select_from(PROBE)).scalar_one()
    assert _put_raw(connection, "tags", "NULL") == ()


def test_what_others_wrote_reads(connection: Connection) -> None:
    """The backend puts times of day with dates and real dates on times of day."""
    assert _put_raw(connection, "day", "'1980-02-29 23:59:59.999'") == date(1980, 2, 29)
    assert _put_raw(connection, "wall", "'2026-05-06 09:30:00'") == time(9, 30)
    assert _put_raw(connection, "instant", "'2026-05-06 09:30:00'") == datetime(2026, 5, 6, 9, 30, tzinfo=UTC)
    null_element = "'{A,NULL}'" if connection.dialect.name == "postgresql" else "'[\"A\", null]'"
    assert _put_raw(connection, "tags", null_element) == ("A",)
    assert _put_raw(connection, "body", "'null'") is None


def test_what_is_stored_is_naive_utc(connection: Connection) -> None:
    _kept(connection, "instant", datetime(2026, 1, 2, 3, 4, 5, 678_999, tzinfo=timezone(timedelta(hours=-5))))
    stored = connection.exec_driver_sql("SELECT CAST(instant AS text) FROM probe").scalar_one()
    assert stored == "2026-01-02 08:04:05.678"
    _kept(connection, "wall", time(9))
    assert connection.exec_driver_sql("SELECT CAST(wall AS text) FROM probe").scalar_one()[:19] == "1970-01-01 09:00:00"


def test_a_label_is_compared_by_value(connection: Connection) -> None:
    """A plain string that is a label is as good as the member; one that is none is a bug and says so."""
    _kept(connection, "mode", "VIRTUAL")
    found = connection.execute(select(PROBE.c.n).where(PROBE.c.mode == VisitMode.VIRTUAL)).scalars().all()
    assert found == [1]
    with pytest.raises(StatementError, match="not among the defined"):
        connection.execute(select(PROBE.c.n).where(PROBE.c.mode == SlotStatus.FREE))

"""What changed reaches every subscriber, and the feed's cursor misses nothing that commits late."""

from __future__ import annotations

import random

import pytest

from app.commands.core import Change
from app.workspace.changes import ChangeBus, ChangeSet
from app.workspace.listener import FeedCursor


def test_a_set_gathers_rows_by_table() -> None:
    changes = ChangeSet.of([Change("visits", "1"), Change("visits", "2"), Change("walk_in", "1")], own=True)
    assert changes.tables == {"visits", "walk_in"}
    assert changes.rows["visits"] == {"1", "2"}
    assert changes.own
    assert changes.touches({"visits", "rooms"})
    assert not changes.touches({"rooms"})
    assert ChangeSet(everything=True).touches({"rooms"})


def test_everybody_hears_until_they_stop() -> None:
    bus, heard = ChangeBus(), list[str]()
    stop = bus.subscribe(lambda _: heard.append("first"))
    bus.subscribe(lambda _: heard.append("second"))
    bus.publish(ChangeSet())
    stop()
    stop()
    bus.publish(ChangeSet())
    assert heard == ["first", "second", "second"]


@pytest.mark.logs_errors
def test_one_that_fails_keeps_nobody_from_hearing() -> None:
    bus, heard = ChangeBus(), list[ChangeSet]()

    def fail(_: ChangeSet) -> None:
        raise ValueError("a bug")

    bus.subscribe(fail)
    bus.subscribe(heard.append)
    bus.publish(ChangeSet())
    assert len(heard) == 1


def read(rows: list[tuple[int, int]], cursor: FeedCursor, horizon: int) -> list[tuple[int, int, str, str, int]]:
    """What the listener's statement gives: committed rows beyond the cursor, in the feed's order."""
    beyond = sorted(row for row in rows if row[0] >= cursor.xid and row > (cursor.xid, cursor.seq))
    return [(xid, seq, "visits", str(seq), horizon) for xid, seq in beyond]


def test_a_transaction_that_commits_late_is_not_missed() -> None:
    cursor = FeedCursor(10)
    assert [one.row_id for one in cursor.take(read([(12, 2)], cursor, horizon=11))] == ["2"]
    assert (cursor.xid, cursor.seq) == (10, 0), "11 still runs: the cursor waits for it"
    assert [one.row_id for one in cursor.take(read([(11, 1), (12, 2)], cursor, horizon=13))] == ["1"]
    assert (cursor.xid, cursor.seq) == (12, 2)
    assert cursor.take(read([(11, 1), (12, 2)], cursor, horizon=13)) == []


@pytest.mark.parametrize("seed", range(50))
def test_every_row_is_told_exactly_once_in_any_order_of_commits(seed: int) -> None:
    dice = random.Random(seed)
    transactions = {xid: [(xid, xid * 10 + n) for n in range(dice.randrange(1, 4))] for xid in range(20, 40)}
    waiting, running, committed, told = list(transactions), list[int](), list[tuple[int, int]](), list[str]()
    cursor = FeedCursor(20)
    while waiting or running:
        if waiting and (not running or dice.random() < 0.5):
            running.append(waiting.pop(0))
        else:
            committed += transactions[running.pop(dice.randrange(len(running)))]
        horizon = min([*running, *waiting, 40])
        told += [one.row_id for one in cursor.take(read(committed, cursor, horizon))]
    assert sorted(told) == sorted(str(seq) for rows in transactions.values() for _, seq in rows)

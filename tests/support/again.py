"""A stall counts when it is there again without neighbours: what our code does too slowly, it does too slowly alone.

A machine that other work slows down for a moment can't be told from slow code within one run.
"""

from __future__ import annotations

import pytest
from _pytest.runner import runtestprotocol

from tests.support.neighbours import Neighbours

STALL = "the event loop stood still"
NEIGHBOURS = pytest.StashKey[Neighbours]()


def once_more_after_a_stall(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a test; when all that failed was the stall watchdog, run it again alone and report that run instead."""
    if not isinstance(item, pytest.Function):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    failed = [report for report in reports if report.failed]
    if failed and all(STALL in report.longreprtext for report in failed):
        item._initrequest()  # as the first time: fixtures are made anew
        with item.config.stash[NEIGHBOURS].alone():
            reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True

"""Pushing: commands that wait are given to the server, in order, as their author only.

The answers are sorted: applied (or applied before), refused or overtaken (a person decides; what was decided on it
waits), or no answer (later, under the same id). What is kept of an answer may be lost by a crash: the command is then
sent again and recognised.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import takewhile

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from app.commands.codec import encode_outcome
from app.commands.registry import Actor, Envelope, Outcome
from app.commands.stores import Applied, ServerStore
from app.db.local import LocalDatabase
from app.domain.demographics import read_demographics
from app.kernel.errors import AppError, Refused, Unavailable
from app.kernel.i18n import t
from app.queries.core import Reader
from app.sync import journal
from app.sync.in_hand import InHand
from app.sync.journal import Entry
from app.sync.lost_time import explained
from app.sync.model import EntryState
from app.sync.rebase import withdraw

log = logging.getLogger(__name__)

SAVED_EVERY = 25
"""Answers kept in one transaction of the store: each costs waiting for the disk."""

TRANSIENT = frozenset({"Busy", "Cancelled"})
"""Errors that say nothing about the command."""

PASSING = frozenset({"HoldSlot", "HoldTime", "RenewHold", "ReleaseHold"})
"""Kinds that nobody has to decide on when the server refuses them: the time for booking is over, and the booking that
was decided on one gets an answer of its own. They are given up, which the server is told like any other discard."""

Write = Callable[[Envelope], Applied]
"""Gives a command to the server; raises the error families."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What one round of sending did."""

    sent: int = 0
    applied: int = 0
    attention: int = 0


@dataclass(slots=True)
class _Round:
    database: LocalDatabase
    reader: Reader | None
    acked: list[tuple[Entry, Outcome]]
    problems: list[tuple[Entry, AppError]]
    passed: list[tuple[Entry, AppError]]
    sent: int = 0
    applied: int = 0
    attention: int = 0

    def keep_enough(self) -> None:
        """Save the answers when there are enough of them."""
        if len(self.acked) + len(self.problems) + len(self.passed) >= SAVED_EVERY:
            self.keep()

    def keep(self) -> None:
        """Save the answers so far."""
        if not (self.acked or self.problems or self.passed):
            return
        with self.database.applying() as session:
            connection = session.connection()
            journal.acknowledge(connection, [(entry.n, _document(outcome)) for entry, outcome in self.acked])
            for entry, error in self.passed:
                journal.set_state(
                    connection, [entry.n], EntryState.DISCARDED, code=error.code, message=error.message, sent=1,
                    reason=t("The time for booking was over: {why}", why=error.message), closed_at=None,
                )  # fmt: skip
            for entry, error in self.problems:
                why = explained(session, entry, error, self.reader) if self.reader is not None else error
                journal.note_problem(connection, entry.n, why, whom_to_call(connection, entry))
            withdraw(session, [entry for entry, _ in (*self.problems, *self.passed)])
        for answers in (self.acked, self.problems, self.passed):
            answers.clear()


def given(server: ServerStore, reader: Callable[[bool], Reader], envelope: Envelope) -> Applied:
    """Give one command to the server. Raises what the server answers."""
    asks = reader(True)
    try:
        return server.write(envelope, asks, warns=False)
    except Unavailable as error:
        if error.code != "ServerLost":
            raise
    # Of the connections that lay idle while the line was gone the first to be used says so: once more, same id.
    return server.write(envelope, asks, warns=False)


def _document(outcome: Outcome) -> str:
    return json.dumps(encode_outcome(outcome), ensure_ascii=False)


def push(
    database: LocalDatabase,
    write: Write,
    who: Actor,
    progress: Callable[[int, int], None] = lambda _sent, _total: None,
    stopped: Callable[[], bool] = lambda: False,
    reader: Reader | None = None,
    in_hand: InHand | None = None,
) -> Pushed:
    """Send what waits of this person. Raises ``Unavailable`` when the server is gone; what was answered is kept.

    ``reader``: asks this workstation's store for other times. What is ``in_hand``, and what was given after it, is for
    the next round.
    """
    waiting = _mark_sent(database, who, in_hand or InHand())
    stuck, later = _not_yet(database, who, frozenset[int]().union(*(entry.deps for entry in waiting)))
    this = _Round(database, reader, [], [], [])
    blocked: list[Entry] = []
    try:
        for at, entry in enumerate(waiting):
            if stopped():
                break
            if entry.deps & stuck:
                stuck.add(entry.n)
                blocked.append(entry)
                continue
            if entry.deps & later:
                later.add(entry.n)
                continue
            progress(at, len(waiting))
            this.sent += 1
            if _send(entry, write, this):
                this.applied += 1
            elif entry.kind not in PASSING:
                this.attention += 1
                stuck.add(entry.n)
            this.keep_enough()
    finally:
        this.keep()
        _block(database, blocked)
    return Pushed(this.sent, this.applied, this.attention)


def _send(entry: Entry, write: Write, this: _Round) -> bool:
    """Give one command to the server; False when it didn't accept it."""
    try:
        outcome = write(entry.envelope()).outcome
    except Unavailable:
        raise
    except AppError as error:
        if error.code in TRANSIENT:
            raise Unavailable("ServerBusy", error.message) from error
        log.info("command %s was not accepted: %s", entry.id, error.code)
        (this.passed if entry.kind in PASSING else this.problems).append((entry, error))
        return False
    except (DBAPIError, psycopg.Error, TypeError, ValueError, LookupError) as error:
        # Whatever it is, it would be the same next time: it must not keep what comes after it waiting for ever.
        log.exception("command %s can't be sent", entry.id)
        why = t("The server could not carry this out ({kind}).", kind=type(error).__name__)
        (this.passed if entry.kind in PASSING else this.problems).append((entry, Refused("CommandFailed", why)))
        return False
    this.acked.append((entry, outcome))
    return True


def whom_to_call(connection: Connection, entry: Entry) -> dict[str, str]:
    """Whose visit or chart a command is about, and their number: kept with the problem, for they may have to be told.

    Asked before the command is taken off: somebody who was registered here may be known nowhere else.
    """
    payload = json.loads(entry.payload)
    patient = payload.get("patient_id")
    if patient is None and payload.get("visit_id") is not None:
        found = connection.exec_driver_sql("SELECT patient_id FROM visits WHERE id = ?", (payload["visit_id"],)).first()
        patient = found[0] if found is not None else None
    if not isinstance(patient, str):
        return {}
    row = connection.exec_driver_sql("SELECT demographics FROM patients WHERE id = ?", (patient,)).first()
    phone = read_demographics(json.loads(row[0])).phone if row is not None and row[0] else ""
    return {"patientId": patient, **({"phone": phone} if phone else {})}


def _mark_sent(database: LocalDatabase, who: Actor, in_hand: InHand) -> Sequence[Entry]:
    """The person's waiting commands; from now on each may have reached the server."""
    with database.reading() as session:
        taken = journal.taken_over(session.connection(), who.user_id)
    if taken:  # the account is open again: for somebody who is there nobody else may send it
        with database.applying() as session:
            journal.give_back(session.connection(), taken)
    with in_hand.looked_at() as given_now, database.reading() as session:
        waiting = journal.entries(session.connection(), [EntryState.PENDING], sender=who.user_id)
    if any(entry.id in given_now for entry in waiting):  # nothing overtakes what is being answered
        waiting = list(takewhile(lambda entry: entry.id not in given_now, waiting))
        in_hand.meet()
    fresh = [entry.n for entry in waiting if not entry.sent]
    if fresh:
        with database.applying() as session:
            journal.set_state(session.connection(), fresh, EntryState.PENDING, sent=1)
    return waiting


def _not_yet(database: LocalDatabase, who: Actor, among: Collection[int]) -> tuple[set[int], set[int]]:
    """Entries that somebody must decide on first, and colleagues' that wait for them: nothing is built on either.

    Of ``among``, what the waiting ones were decided on: others are in nobody's way.
    """
    if not among:
        return set(), set()
    stuck, later = set(), set()
    with database.reading() as session:
        for n, state, kind, sender in journal.in_the_way(session.connection(), among):
            if state is EntryState.PENDING:
                later |= {n} if sender != who.user_id else set()
            elif state is not EntryState.DISCARDED or kind not in PASSING:
                stuck.add(n)
    return stuck, later


def _block(database: LocalDatabase, blocked: list[Entry]) -> None:
    if blocked:
        with database.applying() as session:
            journal.set_state(session.connection(), [entry.n for entry in blocked], EntryState.BLOCKED)
            withdraw(session, blocked)

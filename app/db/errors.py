"""One translation of database errors into the error families.

Told apart by SQLSTATE and constraint name, never by message text; the exception is a failed
connection, for which psycopg has no SQLSTATE: there "FATAL" tells that the server answered.
"""

from __future__ import annotations

import errno
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg

from app.db.refusals import refusal_field, refusal_words
from app.db.timeline import StaleServerError
from app.kernel.errors import AppError, Cancelled, Conflict, Refused, Unavailable
from app.kernel.i18n import t

if TYPE_CHECKING:
    from types import ModuleType

RETRY_STATES = frozenset({"40001", "40P01"})
"""Serialisation failure and deadlock: the same command is sent again."""


class ConnectError(psycopg.OperationalError):
    """A connection that could not be opened, told apart from one that broke."""


_BUSY = RETRY_STATES | {"55P03"}
"""And a lock that others kept for too long: waited for long enough, so it isn't sent again by itself."""

_GONE = ("08", "53", "57P", "58", "25006", "25P03", "25P04")
"""No connection, no resources, shut down, its disk fails; takes no writes (a standby, or being looked after: the next
connection looks for the one that does); thrown out for sleeping in a transaction, or for one that took too long."""


DISK_FULL = "DiskFull"
"""The code of what this computer's disk has no room for."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""A file beside the databases could not be written: the workstation's keys, a preference."""


def _sqlalchemy(error: BaseException, name: str) -> bool:
    """Whether an error is SQLAlchemy's of that name. Without SQLAlchemy, as while the window starts, none can be."""
    module: ModuleType | None = sys.modules.get("sqlalchemy.exc")
    return module is not None and isinstance(error, getattr(module, name))


def driver_error(error: BaseException) -> BaseException:
    """Return the driver's own exception inside SQLAlchemy's."""
    inside = getattr(error, "orig", None) if _sqlalchemy(error, "StatementError") else None
    return inside if isinstance(inside, BaseException) else error


def sqlstate(error: BaseException) -> str | None:
    """Return the five-letter SQLSTATE, where there is one."""
    found = driver_error(error)
    return found.sqlstate if isinstance(found, psycopg.Error) else None


def translate(error: BaseException, *, committing: bool = False) -> AppError | None:
    """Return the error to show for a database exception; None when it is a bug.

    ``committing`` says that the answer to COMMIT may be what was lost.
    """
    if isinstance(error, AppError):
        return error
    found = driver_error(error)
    if isinstance(found, psycopg.Error):
        return _from_server(found, committing)
    if isinstance(found, UnicodeEncodeError):  # half a character: no driver can send it
        return _bad_value()
    if isinstance(found, sqlite3.Error) or type(found).__module__.startswith("sqlcipher3"):
        return _from_store(found)
    if _sqlalchemy(error, "DBAPIError") and getattr(error, "connection_invalidated", False):
        return _lost(committing)
    if _sqlalchemy(error, "TimeoutError"):  # every connection of this person waits for the server
        return Unavailable("NoAnswer", t("The server doesn't answer."))
    if isinstance(found, OSError) and found.errno in _FULL:
        return _disk_full()
    return None


def _disk_full() -> Unavailable:
    return Unavailable(DISK_FULL, t("This computer's disk is full. Nothing was lost; free some space."))


@contextmanager
def as_app_errors() -> Iterator[None]:
    """Raise what a database says in the words of the error families, where there are any; a bug stays what it is."""
    try:
        yield
    except Exception as error:
        found = translate(error)
        if found is None or found is error:
            raise
        raise found from driver_error(error)


def broken_off(error: AppError) -> AppError:
    """What to say of ``Cancelled`` when nobody here withdrew anything: the server's time-out or operator did."""
    if not isinstance(error, Cancelled):
        return error
    return Conflict("Busy", t("The server broke this off. Nothing was changed; try again."))


def _lost(committing: bool) -> Unavailable:
    return Unavailable("ServerLost", t("The server can't be reached."), outcome_unknown=committing)


def _from_server(error: psycopg.Error, committing: bool) -> AppError | None:
    if isinstance(error, StaleServerError):
        return Unavailable("StaleServer", t("This server has been replaced by another one. Nothing is written to it."))
    state = error.sqlstate
    if state is None:
        if isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
            return _connection_failure(error, committing)
        return _bad_value() if isinstance(error, psycopg.DataError) else None  # a NUL never leaves the driver
    if state == "57014":
        return Cancelled("Cancelled", t("The question was withdrawn."))
    if state.startswith(_GONE):
        return _lost(committing)
    if state in _BUSY:
        return Conflict("Busy", t("Others are changing the same rows. Try again."))
    if state.startswith("MH"):
        return _ours(state, error.diag.message_primary or "", error.diag.message_detail or "")
    return _constraint(state, error)


def _connection_failure(error: psycopg.Error, committing: bool) -> AppError:
    text = str(error)
    if "FATAL" not in text:
        return _untrusted(text) or (_no_server(text) if isinstance(error, ConnectError) else _lost(committing))
    if re.search(r"password authentication failed|role .* is not permitted|no password", text):
        return Refused("WrongPassword", t("The e-mail or the password is wrong."), field="password")
    if "does not exist" in text and "database" in text:
        return Refused("NoDatabase", t("There is no such database on this server."), field="database")
    if "permission denied for database" in text:
        return Refused("NotAllowed", t("This account may not use this database."))
    return _lost(committing)


def _untrusted(text: str) -> AppError | None:
    """The server is there, but it may not be the clinic's: never connected to, never bypassed."""
    if "server does not support SSL" in text:
        return Refused("NoTls", t("This server has no encrypted connection (TLS). Ask whoever runs it."), field="host")
    if "authentication method requirement" in text:
        why = t("This server wants passwords in a way that would show them. Whoever runs it has to ask for SCRAM.")
        return Refused("WeakSignIn", why, field="host")
    if re.search(r"does not match host name|host name .* mismatch", text):
        return Refused("WrongHost", t("The server's certificate is for another name."), field="host")
    if "certificate verify failed" in text:
        why = t("The server's certificate can't be trusted. Its authority isn't known here (ask for the authority's "
                "file), it has run out, or this computer's clock is wrong.")  # fmt: skip
        return Refused("BadCertificate", why, field="caFile")
    if "certificate" in text or "SSL" in text:
        why = t("The server's certificate can't be trusted: {why}", why=_tail(text))
        return Refused("BadCertificate", why, field="caFile")
    return None


def _no_server(text: str) -> Unavailable:
    if re.search(r"resolve host|translate host name|Name or service", text):
        return Unavailable("HostUnknown", t("There is no server of this name."), field="host")
    return Unavailable("NoAnswer", t("The server doesn't answer."), field="host")


def _tail(text: str) -> str:
    return text.strip().rsplit(":", 1)[-1].strip()


def _ours(state: str, code: str, detail: str) -> AppError:
    """Errors that our own triggers and functions raise: their message is the stable code."""
    family = Refused if state == "MH003" else Conflict
    more = {"detail": detail} if detail else {}
    return family(code or "Refused", refusal_words(code), field=refusal_field(code), **more)


_UNIQUE: dict[str, tuple[str, str | None]] = {
    "visits_slot_id_key": ("SlotTaken", None),
    "users_email_key": ("EmailTaken", "email"),
    "no_double_booking": ("SlotTaken", None),
    "slot_claim_pkey": ("SlotTaken", None),
}


def _constraint(state: str, error: psycopg.Error) -> AppError | None:
    name = error.diag.constraint_name or ""
    if state in ("23505", "23P01"):
        code, field = _UNIQUE.get(name, ("AlreadyThere", None))
        words = {
            "SlotTaken": t("This time has just been taken."),
            "EmailTaken": t("This e-mail address already has an account."),
        }
        return Conflict(code, words.get(code, t("This is there already.")), field=field)
    if state == "23503":
        return Conflict("Gone", t("What this belongs to no longer exists."))
    if state == "42501":
        return Refused("NotAllowed", t("Your role doesn't allow this."))
    if state in ("23502", "23514") or state.startswith("22"):
        return _bad_value(error.diag.column_name)
    if state == "54000":
        return Refused("TooLong", t("This is more than the database can keep or look for."))
    return None


def _bad_value(field: str | None = None) -> Refused:
    return Refused("BadValue", t("The database can't keep this value."), field=field)


def _from_store(error: BaseException) -> AppError | None:
    text = str(error)
    if "UNIQUE constraint failed: visits.slot_id" in text:
        return Conflict("SlotTaken", t("This time has just been taken."))
    if "UNIQUE constraint failed: users.email" in text:
        return Conflict("EmailTaken", t("This e-mail address already has an account."), field="email")
    if "UNIQUE constraint failed" in text:
        return Conflict("AlreadyThere", t("This is there already."))
    if "FOREIGN KEY constraint failed" in text:
        return Conflict("Gone", t("What this belongs to no longer exists."))
    if type(error).__name__ == "OperationalError" and ("full" in text or "disk I/O" in text):  # of either driver
        return _disk_full()
    return None


def is_lost(error: BaseException) -> bool:
    """Tell whether the connection behind this exception is of no more use."""
    found = driver_error(error)
    if isinstance(found, psycopg.Error):
        state = found.sqlstate
        return state.startswith(_GONE) if state else isinstance(found, psycopg.OperationalError)
    return _sqlalchemy(error, "OperationalError")

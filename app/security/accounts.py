"""What the account functions of the database answer, and keeping that somebody came."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from app.db.errors import driver_error, translate
from app.db.server import ServerDatabase


@contextmanager
def account_errors() -> Iterator[None]:
    """Turn database errors of account work into the error families."""
    try:
        yield
    except Exception as error:
        found = translate(error)
        if found is None:
            raise
        raise found from driver_error(error)


def record_sign_in(database: ServerDatabase, kind: str, workstation: str, attempts: int = 0) -> None:
    """Keep that the signed-in person came: SIGN_IN, SIGN_OUT, LOCK, UNLOCK or FAILED, after so many failures."""
    values = {"kind": kind, "workstation": workstation, "attempts": attempts}
    with account_errors(), database.transaction() as session:
        session.execute(text("SELECT desktop.record_sign_in(:kind, :workstation, :attempts)"), values)

"""Rows for stores of tests: journal entries with clinical words that must show nowhere, and what was written."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256

from sqlalchemy import insert, select

from app.db.local import LocalDatabase
from app.kernel.clock import FixedClock
from app.sync.tables import journal

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
CLOCK = FixedClock(NOW)
KEY = bytes(range(100, 132))
WORD = "Haemochromatosis of Zygmunt Brzęczyszczykiewicz"


def enter(database: LocalDatabase, names: Iterable[str], *, state: str = "PENDING", note: str = WORD) -> None:
    """Write journal entries of these ids, one transaction each."""
    for name in names:
        payload = json.dumps({"text": f"{note} {name}"}, ensure_ascii=False)
        with database.transaction(None) as session:
            session.execute(
                insert(journal).values(
                    id=name, user_id="u1", clinic_id="c1", email="desk@harbor.example", name="Robin Ito",
                    roles='["MEDICAL_ASSISTANT"]', workstation="desk 2", kind="TestNote", payload=payload,
                    payload_hash=sha256(payload.encode()).hexdigest(), schema_version=4, client_version=1,
                    occurred_at=NOW, state=state,
                )
            )  # fmt: skip


def entered(database: LocalDatabase) -> dict[str, str]:
    """Return the journal: id → state, in order."""
    with database.reading() as session:
        rows = session.execute(select(journal.c.id, journal.c.state).order_by(journal.c.n))
        return {row.id: row.state for row in rows}

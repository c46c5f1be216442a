"""Everything of a chart in order of time, the newest first: one entry a row, readings as one entry a day.

Each kind is a select of its own that walks along an index from the cursor on; all travel together, in one trip.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from app.db.together import Together
from app.domain.enums import TaskKind
from app.domain.tasks import kind_word
from app.domain.vitals_metrics import Metric
from app.kernel.fold import fold
from app.queries.core import Page, Reader, instant, query, read_cursor
from app.queries.timeline_sql import GIVEN, TimelineKind, readings, selects

PAGE = 60
DEVICE = "DEVICE"
"""Readings of devices in which there is nothing to read are counted under this name."""
_RANK = {kind: number for number, kind in enumerate(TimelineKind)}
_END = datetime(9999, 1, 1, tzinfo=UTC)
_BEGIN = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One entry; ``at`` aware UTC. ``what`` is its text, ``who`` the provider, ``word`` a state as it is stored.

    ``counts`` says for a day of readings how many there are of each metric; ``at`` is then the last one's.
    """

    kind: TimelineKind
    id: str
    at: datetime
    what: str = ""
    who: str = ""
    word: str = ""
    counts: tuple[tuple[str, int], ...] = ()

    @property
    def key(self) -> str:
        """What tells entries apart."""
        return f"{self.kind}/{self.id}"


@query(offline=True)
def timeline(
    session: Session,
    reader: Reader,
    *,
    patient_id: str,
    kinds: Sequence[TimelineKind] = (),
    text: str = "",
    first: date | None = None,
    last: date | None = None,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[TimelineEntry]:
    """Return entries, the newest first, a page at a time; one trip.

    ``kinds`` none means all; ``text`` is looked for without accents or case in what entries say (days of readings say
    nothing); days are the clinic's and inclusive. Raises ``Refused`` "BadCursor".
    """
    limit = max(1, min(limit, 500))
    words = fold(text).strip()
    chosen = tuple(kind for kind in TimelineKind if not kinds or kind in kinds)
    with_days = TimelineKind.READINGS in chosen and not words
    at, rank, key = _place(cursor)
    begin, end = _midnight(reader, first), _midnight(reader, last + timedelta(days=1) if last else None)
    before = min(at, end or _END)
    values: dict[str, Any] = {
        "patient_id": patient_id, "before": before, "begin": begin or _BEGIN, "words": words, "zone": reader.zone.key,
        "days": limit + 2, "limit": limit + 1, "day_end": _next_midnight(reader, before),
    }  # fmt: skip
    for kind in chosen:
        # At the cursor's own instant: of kinds before it nothing more, of its own what follows it, of others all.
        values[f"ties_{kind}"] = before == at and _RANK[kind] >= rank
        values[f"key_{kind}"] = key if _RANK[kind] == rank else ""
    rows = _statements(chosen, bool(words), with_days).rows(session, **values)
    found = [_entry(kind, row) for kind in chosen if kind in rows for row in rows[kind]]
    later_kind = before == at and _RANK[TimelineKind.READINGS] > rank
    found += _days(rows.get("days", ()), before, ties=later_kind)
    return _page_of(found, limit)


def _page_of(found: list[TimelineEntry], limit: int) -> Page[TimelineEntry]:
    found.sort(key=lambda one: (-one.at.timestamp(), _RANK[one.kind]))  # of one kind they come in order
    shown = tuple(found[:limit])
    more = len(found) > limit
    return Page(shown, more=more, cursor=_cursor(shown[-1]) if more else None)


@cache
def _statements(kinds: tuple[TimelineKind, ...], words: bool, with_days: bool) -> Together:
    made = {kind.value: select for kind, select in selects(words=words).items() if kind in kinds}
    return Together(**made, **({"days": readings()} if with_days else {}))


def _entry(kind: TimelineKind, row: Any) -> TimelineEntry:
    what = ", ".join(row.tests) if kind is TimelineKind.LAB else " ".join((row.what or "").split())
    if kind is TimelineKind.TASK and what in TaskKind.__members__:  # nobody gave it a title
        what = kind_word(TaskKind[what])
    return TimelineEntry(kind, row.id, row.at, what, row.who or "", row.word or "")


def _days(rows: Sequence[Any], before: datetime, *, ties: bool) -> list[TimelineEntry]:
    """Return an entry for each day; one whose last reading isn't before the cursor has been shown already."""
    return [
        TimelineEntry(TimelineKind.READINGS, row.first.isoformat(), row.last, counts=_counts(row))
        for row in rows
        if row.last < before or (ties and row.last == before)
    ]


def _counts(row: Any) -> tuple[tuple[str, int], ...]:
    found = Counter({str(name): int(number) for name, number in (row.measured or {}).items()})
    given = (int(number) for number in row.device.split(","))
    found.update(dict(zip((*(one.value for one in GIVEN), DEVICE), given, strict=True)))
    found.update({Metric.HRV.value: row.hrv, Metric.BMI.value: row.bmi})
    return tuple(sorted((name, number) for name, number in found.items() if number))


def _midnight(reader: Reader, day: date | None) -> datetime | None:
    return datetime.combine(day, time(), reader.zone).astimezone(UTC) if day is not None else None


def _next_midnight(reader: Reader, at: datetime) -> datetime:
    if at >= _END:
        return at
    local = at.astimezone(reader.zone).date() + timedelta(days=1)
    return datetime.combine(local, time(), reader.zone).astimezone(UTC)


def _cursor(entry: TimelineEntry) -> str:
    return f"{entry.at.isoformat()}|{entry.kind}|{entry.id}"


def _place(cursor: str | None) -> tuple[datetime, int, str]:
    """The instant, the kind's rank and the id that the page begins after."""
    if not cursor:
        return _END, -1, ""
    at, kind, key = read_cursor(cursor, instant, TimelineKind, str)
    return at, _RANK[kind], key

"""A rule as it stood before: who changed it when, and what the back-test said then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import Login, RuleVersion
from app.queries.core import Reader, query

MOST_VERSIONS = 100


@dataclass(frozen=True, slots=True)
class RuleVersionRow:
    """A version; ``body`` has the rule's columns (window_days, action_params …), ``at`` is aware UTC."""

    number: int
    at: datetime
    by_name: str
    body: Mapping[str, Any]
    back_test: Mapping[str, Any]


@query(offline=False)
def rule_versions(session: Session, _reader: Reader, *, rule_id: str) -> tuple[RuleVersionRow, ...]:
    """Return what a rule was, the newest first; at most 100. One statement."""
    v = RuleVersion
    found = session.execute(
        select(v.number, v.at, Login.display_name, v.body, v.back_test)
        .outerjoin(Login, Login.user_id == v.by_user)
        .where(v.rule_id == rule_id)
        .order_by(v.number.desc())
        .limit(MOST_VERSIONS)
    ).all()
    return tuple(RuleVersionRow(x.number, x.at, x.display_name or "", _object(x.body), _object(x.back_test))
                 for x in found)  # fmt: skip


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}

"""Two people note what they heard of one referral at the same moment, on PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, text

from app.commands.referral_heard import Heard
from app.commands.referrals import AcceptReferral, CompleteReferral, SendReferral, TrackReferral
from app.db.models import ReferralDetail
from app.kernel.errors import AppError
from tests.database.papers.test_referrals import create, detail
from tests.support.desk import Desk, Person
from tests.support.waiting import eventually

_WAITING = text(
    "SELECT count(DISTINCT l.pid) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid"
    " WHERE NOT l.granted AND a.datname = current_database()"
)
NOTHING = Heard()


def said_by(person: Person, command: Any) -> str:
    try:
        person.run(command)
    except AppError as error:
        return error.code
    return "done"


def meanwhile(desk: Desk, referral: str, *jobs: tuple[Person, Any]) -> list[str]:
    """Begin all while the referral's row is held; what each was told, once it was let go."""
    held = select(ReferralDetail.updated_at).where(ReferralDetail.referral_id == referral).with_for_update()
    with ThreadPoolExecutor(len(jobs)) as pool:
        with desk.session() as session:
            session.execute(held)
            running = [pool.submit(said_by, *job) for job in jobs]
            eventually(lambda: desk.rows(_WAITING)[0][0] >= len(jobs))
        return [one.result() for one in running]


@pytest.mark.parametrize("second", ["desk2", "okafor"])
@pytest.mark.parametrize("completed", [False, True], ids=["sent", "completed"])
def test_of_two_answers_at_one_moment_one_conflicts(pg_desk: Desk, second: str, completed: bool) -> None:
    desk = pg_desk
    referral = create(desk, referred_to="Dr Hill")
    desk.okafor.run(SendReferral(referral_id=referral))
    if completed:
        desk.okafor.run(AcceptReferral(referral_id=referral))
        desk.okafor.run(CompleteReferral(referral_id=referral))
    jobs = [(person, TrackReferral(referral_id=referral, answer=answer, seen=NOTHING))
            for person, answer in ((desk.desk, "A"), (getattr(desk, second), "B"))]  # fmt: skip
    said = meanwhile(desk, referral, *jobs)
    assert sorted(said) == ["FieldChanged", "done"]
    assert detail(desk, referral).answer == "AB"[said.index("done")]


def test_of_two_who_accept_on_different_days_one_conflicts(pg_desk: Desk) -> None:
    desk = pg_desk
    referral = create(desk, referred_to="Dr Hill")
    desk.okafor.run(SendReferral(referral_id=referral))
    days = (date(2026, 6, 3), date(2026, 6, 9))
    jobs = [(person, AcceptReferral(referral_id=referral, appointment_on=day, seen=NOTHING))
            for person, day in zip((desk.desk, desk.desk2), days, strict=True)]  # fmt: skip
    said = meanwhile(desk, referral, *jobs)
    assert sorted(said) == ["FieldChanged", "done"]
    assert detail(desk, referral).appointment_on == days[said.index("done")]

"""What was heard of a referral while offline meets what a colleague noted: somebody decides, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sqlalchemy import text

from app.commands.referral_heard import Heard
from app.commands.referrals import CreateReferral, SendReferral, TrackReferral
from tests.support.desk import Desk
from tests.support.station import Station, differences

Enter = Callable[..., Station]


def test_an_answer_noted_offline_comes_to_a_person_with_both_sides(clinic: Desk, station: Enter) -> None:
    made = CreateReferral(patient_id="pat-lis", specialty="Eye", reason="Blurred", referred_to="Dr Eye")
    clinic.okafor.run(made)
    clinic.okafor.run(SendReferral(referral_id=made.referral_id))
    here = station(person="okafor")
    here.cut()
    here.run(TrackReferral(referral_id=made.referral_id, answer="Mine", seen=Heard()))
    theirs = TrackReferral(referral_id=made.referral_id, answer="Theirs", appointment_on=date(2026, 6, 3), seen=Heard())
    clinic.chen.run(theirs)
    assert here.mend().needs_attention == 1
    (item,) = here.sync.attention()
    assert item.problem["fields"] == {"answer": {"base": "", "mine": "Mine", "server": "Theirs"}}
    stands = text("SELECT answer FROM desktop.referral_detail")
    assert [row.answer for row in clinic.rows(stands)] == ["Theirs"]
    assert differences(here) == []

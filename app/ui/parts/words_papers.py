"""What people do with referrals and excuse notes, in words: for the list of what waits to be sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.kernel.i18n import t
from app.ui.parts.command_facts import Facts


def _refer(c: Any, f: Facts) -> str:
    return t("Refer {name}: {specialty}", name=f.patient(c.patient_id), specialty=c.specialty)


def _note(c: Any, f: Facts) -> str:
    return t("Draft an excuse note for {name}", name=f.patient(c.patient_id))


PAPER_WORDS: Mapping[str, Callable[[Any, Facts], str]] = {
    "CreateReferral": _refer,
    "EditReferral": lambda _c, _: t("Change a referral"),
    "SendReferral": lambda _c, _: t("Send a referral"),
    "AcceptReferral": lambda _c, _: t("Note that a referral was accepted"),
    "CompleteReferral": lambda _c, _: t("Complete a referral"),
    "CancelReferral": lambda c, _: t("Cancel a referral: {reason}", reason=c.reason),
    "TrackReferral": lambda _c, _: t("Note what was heard of a referral"),
    "DraftExcuseNote": _note,
    "EditExcuseNote": lambda _c, _: t("Change an excuse note"),
    "SendExcuseNote": lambda _c, _: t("Sign and send an excuse note"),
    "WithdrawExcuseNote": lambda c, _: t("Withdraw an excuse note: {reason}", reason=c.reason),
    "DiscardExcuseNote": lambda _c, _: t("Throw away the draft of an excuse note"),
    "ExpireExcuseNotes": lambda _c, _: t("Note which excuse notes are out of date"),
}

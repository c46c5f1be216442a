"""What the chart knows of the referrals before they are opened."""

from __future__ import annotations

from app.ui.areas.chart.tab import ChartTab, TabSpec
from app.ui.work import ShellApi
from app.ui.work.places import NEW_ITEM, OpenChart


def _tab(api: ShellApi) -> ChartTab:
    from app.ui.areas.chart.referrals.tab import ReferralsTab

    return ReferralsTab(api)


def open_new(api: ShellApi, patient_id: str, name: str) -> None:  # noqa: ARG001 - as the foot calls it
    """Begin a referral of the patient, in the chart."""
    api.navigate(OpenChart(patient_id=patient_id, tab="referrals", item=NEW_ITEM))


SPEC = TabSpec("referrals", "Referrals", _tab)

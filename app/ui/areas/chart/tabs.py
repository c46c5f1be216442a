"""The chart's tabs in their order. Each owner adds the line of their own; nothing here imports a widget."""

from __future__ import annotations

from app.ui.areas.chart.access.spec import SPEC as ACCESS
from app.ui.areas.chart.care_plan.spec import SPEC as CARE_PLAN
from app.ui.areas.chart.devices.spec import SPEC as DEVICES
from app.ui.areas.chart.labs.spec import SPEC as LABS
from app.ui.areas.chart.messages.spec import SPEC as MESSAGES
from app.ui.areas.chart.notes.spec import SPEC as NOTES
from app.ui.areas.chart.referrals.spec import SPEC as REFERRALS
from app.ui.areas.chart.summary.spec import SPEC as SUMMARY
from app.ui.areas.chart.tab import TabSpec
from app.ui.areas.chart.timeline.spec import SPEC as TIMELINE
from app.ui.areas.chart.visits.spec import SPEC as VISITS
from app.ui.areas.chart.vitals.spec import SPEC as VITALS
from app.ui.areas.chart.weekly.spec import SPEC as WEEKLY

TABS: tuple[TabSpec, ...] = (
    SUMMARY,
    TIMELINE,
    VITALS,
    LABS,
    VISITS,
    REFERRALS,
    NOTES,
    CARE_PLAN,
    MESSAGES,
    DEVICES,
    WEEKLY,
    ACCESS,
    # timeline, vitals, labs, visits, referrals, notes, care_plan, messages, devices, weekly, access: in this order
)

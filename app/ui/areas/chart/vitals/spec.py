"""The vitals' line among the tabs, and their action at the chart's foot."""

from __future__ import annotations

from app.ui.areas.chart.tab import ChartTab, TabSpec
from app.ui.work import Draft, ShellApi


def _tab(api: ShellApi) -> ChartTab:
    from app.ui.areas.chart.vitals.tab import VitalsTab

    return VitalsTab(api)


def open_entry(api: ShellApi, patient_id: str, name: str) -> None:
    """Open the chart's vitals with the keyboard in the entry form."""
    from app.ui.work.places import MEASURE_ITEM, OpenChart

    del name
    api.navigate(OpenChart(patient_id=patient_id, tab=SPEC.key, item=MEASURE_ITEM))


def restore_entry(api: ShellApi, draft: Draft) -> None:
    """Open the chart where a value was typed: the form takes its draft up by itself."""
    open_entry(api, draft.subject, "")


SPEC = TabSpec("vitals", "Vitals", _tab)

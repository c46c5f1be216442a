"""Where "Print chart…" and "Export…" lead."""

from __future__ import annotations

from functools import partial

from app.ui.work import ShellApi


def open_print(api: ShellApi, patient_id: str, name: str) -> None:
    """Choose what of a chart is printed."""
    from app.ui.areas.chart.out.print_panel import ChartPrintPanel

    panel = ChartPrintPanel(api, patient_id, name)
    panel.export_wanted.connect(partial(open_export, api, patient_id, name))
    api.show_panel(panel)


def open_export(api: ShellApi, patient_id: str, name: str) -> None:
    """Write a patient's record for other programs."""
    from app.ui.areas.chart.out.export_panel import ExportPanel

    api.show_panel(ExportPanel(api, patient_id, name))

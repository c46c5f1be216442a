"""Where "Print chart…" and "Export…" lead."""

from __future__ import annotations

from app.ui.work import ShellApi


def open_print(api: ShellApi, patient_id: str, name: str) -> None:
    """Choose what of a chart is printed."""
    from app.ui.areas.chart.out.print_panel import ChartPrintPanel

    api.show_panel(ChartPrintPanel(api, patient_id, name))


def open_export(api: ShellApi, patient_id: str, name: str) -> None:
    """Write a patient's record for other programs."""
    from app.ui.areas.chart.out.export_panel import ExportPanel

    api.show_panel(ExportPanel(api, patient_id, name))

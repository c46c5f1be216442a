"""What the shell knows of the chart before it is opened."""

from __future__ import annotations

from operator import methodcaller

from app.domain.permissions import Permission
from app.ui.areas.chart.actions import FOOT, FootAction
from app.ui.areas.chart.drafts import RESTORES
from app.ui.work import Action, AreaPage, AreaSpec, ShellApi
from app.ui.work.places import OpenChart


def _page(api: ShellApi) -> AreaPage:
    from app.ui.areas.chart.view import ChartPage

    return ChartPage(api)


def _foot(action: FootAction) -> Action:
    return Action(
        id=f"chart.foot.{action.key}", title=action.title, shortcut=action.shortcut, area="chart", icon=action.icon,
        permission=action.permission, handler=lambda page: page.run_foot(action.key),
        enabled=lambda page: page.has_patient,
    )  # fmt: skip


def _action(key: str, title: str, shortcut: str, icon: str, *, on_patient: bool = True) -> Action:
    enabled = (lambda page: page.has_patient) if on_patient else None
    return Action(id=f"chart.{key}", title=title, shortcut=shortcut, area="chart", icon=icon,
                  handler=methodcaller(key), enabled=enabled)  # fmt: skip


SPEC = AreaSpec(
    key="chart",
    title="Chart",
    icon="user",
    within="patients",
    factory=_page,
    opens=(OpenChart,),
    draft_kinds=tuple(RESTORES),
    actions=(
        _action("next_tab", "Next tab of the chart", "Ctrl+PgDown", "right"),
        _action("previous_tab", "Previous tab of the chart", "Ctrl+PgUp", "left"),
        _action("next_patient", "Next patient of my day", "Alt+Right", "next"),
        _action("previous_patient", "Previous patient of my day", "Alt+Left", "back"),
        _action("details", "Details of the patient", "F2", "edit"),
        _action("problems", "Problems…", "Alt+D", "tag"),
        _action("medicines", "Medicines…", "Alt+I", "pill"),
        _action("allergies", "Allergies…", "Alt+A", "warn"),
        Action(
            id="chart.add_task",
            title="Task about the patient…",
            shortcut="Alt+O",
            area="chart",
            icon="check-circle",
            permission=Permission.TASKS,
            handler=methodcaller("add_task"),
            enabled=lambda page: page.has_patient,
        ),
        _action("print_chart", "Print chart…", "Alt+P", "print"),
        _action("export_chart", "Export…", "Alt+E", "export"),
        Action(
            id="chart.read_devices",
            title="Read files of devices…",
            shortcut="Alt+F",
            area="chart",
            icon="import",
            permission=Permission.IMPORT_ALL,
            handler=methodcaller("read_devices"),
            enabled=lambda page: page.has_patient,
        ),
        _action("take_back_devices", "Take back files of devices…", "Alt+K", "undo"),
        _action("vitals_shown", "What the vitals show…", "Alt+V", "filter"),
        _action("vitals_csv", "Vitals as CSV…", "Alt+C", "export"),
        _action("vitals_png", "Vitals as a picture (PNG)…", "Alt+G", "export"),
        *(_foot(action) for action in FOOT),
    ),
)

"""A chart in a window whose commands are carried out on the clinic."""

from __future__ import annotations

from app.commands.core import Command, Outcome
from app.workspace.changes import ChangeSet
from tests.ui.areas.chart.conftest import Chart, chart, make_chart  # noqa: F401 - fixtures


def really(chart: Chart) -> Chart:  # noqa: F811 - the chart of a test, not the fixture
    """Have commands carried out on the clinic, instead of answered from what is prepared."""
    workspace = chart.workspace

    def execute(command: Command, *, command_id: str | None = None) -> Outcome:
        with workspace.alone:
            outcome: Outcome = workspace.person.run(command, command_id=command_id)
        workspace.changed.publish(ChangeSet.of(outcome.changes, own=True))
        return outcome

    workspace.execute = execute  # type: ignore[method-assign]
    return chart

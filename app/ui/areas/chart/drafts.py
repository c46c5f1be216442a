"""Forms of the chart that come back after a crash: what takes up a draft of each kind. Owners add their line."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.ui.work import Draft, ShellApi, draft_kinds


def _note(api: ShellApi, draft: Draft) -> None:
    from app.ui.areas.chart.visits.opening import restore_note

    restore_note(api, draft)


def _measurement(api: ShellApi, draft: Draft) -> None:
    from app.ui.areas.chart.vitals.spec import restore_entry

    restore_entry(api, draft)


def _list(api: ShellApi, draft: Draft) -> None:
    from app.ui.areas.chart.lists.opening import restore_list

    restore_list(api, draft)


RESTORES: Mapping[str, Callable[[ShellApi, Draft], None]] = {
    draft_kinds.VISIT_NOTE: _note,
    draft_kinds.MEASUREMENT: _measurement,
    draft_kinds.CLINICAL_LIST: _list,
}

"""What the shell knows of the excuse notes before they are opened."""

from __future__ import annotations

from app.domain.permissions import Permission
from app.ui.work import Action, AreaPage, AreaSpec, ShellApi, draft_kinds
from app.ui.work.places import ShowExcuseNotes


def _page(api: ShellApi) -> AreaPage:
    from app.ui.areas.notes.page import NotesPage

    return NotesPage(api)


SPEC = AreaSpec(
    key="notes",
    title="Notes",
    icon="note",
    factory=_page,
    opens=(ShowExcuseNotes,),
    draft_kinds=(draft_kinds.EXCUSE_NOTE,),
    actions=(
        Action(id="notes.new", title="New excuse note", shortcut="Alt+Shift+N", area="notes", icon="plus",
               permission=Permission.DRAFT_NOTES, handler=lambda page: page.desk.begin()),
        Action(id="notes.verify", title="Verify an excuse note's code", shortcut="Alt+V", area="notes", icon="shield",
               handler=lambda page: page.verify.code.setFocus()),
    ),
)  # fmt: skip

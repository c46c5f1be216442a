"""What the shell knows of the patients' area before it is opened."""

from __future__ import annotations

from app.domain.permissions import Permission
from app.ui.work import Action, AreaPage, AreaSpec, ShellApi, draft_kinds
from app.ui.work.places import EditDetails, FindPatients, ImportPatients, NewPatient


def _page(api: ShellApi) -> AreaPage:
    from app.ui.areas.patients.page import PatientsPage

    return PatientsPage(api)


SPEC = AreaSpec(
    key="patients",
    title="Patients",
    icon="users",
    shortcut="Ctrl+3",
    factory=_page,
    opens=(FindPatients, NewPatient, ImportPatients, EditDetails),
    draft_kinds=(draft_kinds.REGISTER_PATIENT, draft_kinds.EDIT_PATIENT),
    actions=(
        Action(id="patients.new", title="Register a patient", shortcut="Ctrl+Shift+R", area="patients", icon="plus",
               everywhere=True, permission=Permission.EDIT_PATIENTS, handler=lambda page: page.register()),
        Action(id="patients.find", title="Search in the list", shortcut="Ctrl+F", area="patients", icon="search",
               handler=lambda page: page.find_in_list()),
        Action(id="patients.import", title="Import patients", shortcut="Ctrl+Shift+I", area="patients", icon="import",
               permission=Permission.IMPORT_PATIENTS, handler=lambda page: page.show_import()),
        Action(id="patients.back", title="Back to the list", shortcut="Alt+Left", area="patients", icon="back",
               handler=lambda page: page.back(), enabled=lambda page: not page.list_shown),
        Action(id="patients.chart", title="Open chart", shortcut="Ctrl+O", area="patients", icon="heart",
               handler=lambda page: page.open_chart_shown(), enabled=lambda page: page.has_card),
        # F2 is the way to the details everywhere: from a row of the list to the card, from the card into its form.
        Action(id="patients.edit", title="Edit the patient", shortcut="F2", area="patients", icon="edit",
               permission=Permission.EDIT_PATIENTS, handler=lambda page: page.edit(),
               enabled=lambda page: page.has_card or page.row_marked),
        Action(id="patients.book", title="Book for the patient", shortcut="Alt+B", area="patients", icon="calendar",
               permission=Permission.BOOK, handler=lambda page: page.book(), enabled=lambda page: page.has_card),
        Action(id="patients.several", title="Book together", shortcut="Alt+T", area="patients", icon="family",
               permission=Permission.BOOK, handler=lambda page: page.openers.several(),
               enabled=lambda page: page.has_card),
        Action(id="patients.flags", title="Flags of the patient", shortcut="Alt+F", area="patients", icon="flag",
               permission=Permission.EDIT_PATIENTS, handler=lambda page: page.flags(),
               enabled=lambda page: page.has_card),
        Action(id="patients.household", title="Household of the patient", shortcut="Alt+H", area="patients",
               icon="family", permission=Permission.EDIT_PATIENTS, handler=lambda page: page.household(),
               enabled=lambda page: page.has_card),
        Action(id="patients.identity", title="Confirm the identity", shortcut="Alt+I", area="patients", icon="shield",
               permission=Permission.EDIT_PATIENTS, handler=lambda page: page.confirm_identity(),
               enabled=lambda page: page.identity_open),
        Action(id="patients.merge", title="Merge with another patient", shortcut="Ctrl+Shift+M", area="patients",
               icon="swap", permission=Permission.MERGE_PATIENTS, handler=lambda page: page.merge(),
               enabled=lambda page: page.has_card),
    ),
)  # fmt: skip

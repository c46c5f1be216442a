"""Opens what lies beside a card: forms in the side panel, the booking, a visit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.domain.permissions import Permission
from app.kernel.i18n import t
from app.ui.areas.patients.card_presenter import CardPresenter
from app.ui.widgets.menu import MenuItem
from app.ui.work import Draft, ShellApi, draft_kinds
from app.ui.work.places import AddToWaiting, BookSeveral, NewBooking, NewPatient, NewSeries, OpenChart, ShowVisit


class PatientOpeners:
    """Everything here acts on the patient whose card is shown; without one nothing happens."""

    def __init__(self, api: ShellApi, presenter: CardPresenter, open_patient: Callable[[str], None]) -> None:
        self._api, self._presenter, self._open_patient = api, presenter, open_patient

    def menu(self) -> Sequence[MenuItem | None]:
        """Return the lines of a card's "More"."""
        card = self._presenter.living
        if card is None:
            return []
        identity = t("Confirm the identity") if card.identity_to_confirm else t("Open the identity again")
        items: list[MenuItem | None] = [
            MenuItem(t("Flags …"), self.flags, icon="flag", keys="Alt+F"),
            MenuItem(t("Household …"), self.household, icon="family", keys="Alt+H"),
            MenuItem(identity, self._presenter.confirm_identity, icon="shield",
                     keys="Alt+I" if card.identity_to_confirm else ""),
        ]  # fmt: skip
        if not self._api.can(Permission.EDIT_PATIENTS):
            items = []
        if self._api.can(Permission.BOOK):
            items += [
                None,
                MenuItem(t("Several people…"), self.several, icon="family", keys="Alt+T"),
                MenuItem(t("Series of appointments …"), self.series, icon="redo"),
                MenuItem(t("Waiting list …"), self.wait, icon="hourglass"),
            ]
        if self._api.can(Permission.MERGE_PATIENTS):
            items += [None, MenuItem(t("Merge with another record …"), self.merge, icon="swap", keys="Ctrl+Shift+M")]
        return items

    def register(self, text: str = "") -> None:
        """Open the registration with what was typed."""
        from app.ui.areas.patients.register_panel import RegisterPanel

        panel = RegisterPanel(self._api, open_patient=self._open_patient)
        if text.strip():
            panel.begin_with(text)
        self._api.show_panel(panel)

    def register_known(self, person: NewPatient) -> None:
        """Open the registration with what is known of somebody; a number of another house is not taken for ours."""
        from app.ui.areas.patients.register_panel import RegisterPanel

        panel = RegisterPanel(self._api, open_patient=self._open_patient)
        panel.restore({"values": {
            "firstName": person.first_name,
            "lastName": person.last_name,
            "dateOfBirth": person.born.isoformat() if person.born else None,
            "sex": person.sex or None,
        }})  # fmt: skip
        self._api.show_panel(panel)

    def restore(self, draft: Draft) -> None:
        """Take up a form that was left."""
        if draft.kind == draft_kinds.REGISTER_PATIENT:
            from app.ui.areas.patients.register_panel import RegisterPanel

            panel = RegisterPanel(self._api, open_patient=self._open_patient, subject=draft.subject)
            panel.restore(draft.body)
            self._api.show_panel(panel)
        elif draft.kind == draft_kinds.EDIT_PATIENT:
            from app.ui.areas.patients.edit_panel import EditPanel

            self._open_patient(draft.subject)
            self._api.show_panel(EditPanel(self._api, draft.subject, body=draft.body))

    def edit(self, section: str = "") -> None:
        """Edit the patient's details."""
        card = self._presenter.living
        if card is not None:
            from app.ui.areas.patients.edit_panel import EditPanel

            self._api.show_panel(EditPanel(self._api, card.id, card=card, section=section))

    def edit_by_id(self, patient_id: str, section: str) -> None:
        """Edit somebody whose card isn't there yet."""
        from app.ui.areas.patients.edit_panel import EditPanel

        self._api.show_panel(EditPanel(self._api, patient_id, section=section))

    def edit_list(self, key: str) -> None:
        """Edit allergies, conditions or medications: entry by entry, in the chart."""
        card = self._presenter.living
        if card is not None:
            self._api.navigate(OpenChart(patient_id=card.id, tab="summary", item=key))

    def book(self) -> None:
        """Book a visit."""
        card = self._presenter.living
        if card is not None:
            self._api.navigate(NewBooking(patient_id=card.id, patient_name=card.name, born=card.born))

    def several(self) -> None:
        """Book the patient together with others; the household is offered."""
        card = self._presenter.living
        if card is not None:
            self._api.navigate(BookSeveral(patient_id=card.id, patient_name=card.name, born=card.born))

    def series(self) -> None:
        """Book a series of appointments."""
        card = self._presenter.living
        if card is not None:
            self._api.navigate(NewSeries(patient_id=card.id, patient_name=card.name, born=card.born))

    def wait(self) -> None:
        """Put the patient on the waiting list."""
        card = self._presenter.living
        if card is not None:
            self._api.navigate(AddToWaiting(patient_id=card.id, patient_name=card.name, born=card.born))

    def open_visit(self, visit_id: str) -> None:
        """Show one of the patient's visits."""
        self._api.navigate(ShowVisit(visit_id=visit_id))

    def flags(self) -> None:
        """Set and take away flags."""
        card = self._presenter.living
        if card is not None:
            from app.ui.areas.patients.flags_panel import FlagsPanel

            self._api.show_panel(FlagsPanel(self._api, card))

    def household(self) -> None:
        """Change who lives with the patient."""
        card = self._presenter.living
        if card is not None:
            from app.ui.areas.patients.household_panel import HouseholdEditor

            self._api.show_panel(HouseholdEditor(self._api, card.id))

    def merge(self) -> None:
        """Merge with another record."""
        card = self._presenter.living
        if card is not None and self._api.can(Permission.MERGE_PATIENTS):
            from app.ui.areas.patients.merge_panel import MergePanel

            self._api.show_panel(MergePanel(self._api, card.id, card.name, open_patient=self._open_patient))

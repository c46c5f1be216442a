"""Opens what goes beyond one visit: several people together, series, the waiting list and its offers."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.kernel.i18n import t
from app.queries.waiting import WaitingRow
from app.ui.areas.schedule.family_panel import FamilyPanel
from app.ui.areas.schedule.offer_panel import OfferPanel
from app.ui.areas.schedule.offers import Offers
from app.ui.areas.schedule.openers import Openers
from app.ui.areas.schedule.patient_pick import Who
from app.ui.areas.schedule.presenter import SchedulePresenter
from app.ui.areas.schedule.series_change_panel import SeriesChangePanel
from app.ui.areas.schedule.series_panel import SeriesPanel
from app.ui.areas.schedule.waiting_form import WaitingForm
from app.ui.areas.schedule.waiting_panel import WaitingPanel
from app.ui.work import Draft, Place, ShellApi, draft_kinds
from app.ui.work.places import AddToWaiting, BookSeveral, NewSeries, ShowSeries, ShowWaiting

PLACES = (BookSeveral, NewSeries, ShowSeries, ShowWaiting, AddToWaiting)


class JointDesk(QObject):
    """Knows the panels; what an open booking form has already is taken over."""

    def __init__(self, api: ShellApi, presenter: SchedulePresenter, openers: Openers, parent: QObject) -> None:
        super().__init__(parent)
        self._api = api
        self._presenter = presenter
        self._openers = openers
        self.offers = Offers(api, presenter, self)

    def open(self, place: Place) -> None:
        """Go to one of ``PLACES``."""
        if isinstance(place, BookSeveral):
            self._family(place)
        elif isinstance(place, NewSeries):
            self._series(place)
        elif isinstance(place, ShowSeries):
            self._api.show_panel(SeriesChangePanel(self._api, self._presenter, place.visit_id))
        elif isinstance(place, AddToWaiting):
            self._add(place)
        elif isinstance(place, ShowWaiting):
            self.waiting(place.patient_id)

    def restore(self, draft: Draft) -> None:
        """Take up an unfinished form."""
        panel: FamilyPanel | SeriesPanel | WaitingForm
        if draft.kind == draft_kinds.BOOKING_FAMILY:
            panel = FamilyPanel(self._api, self._presenter)
        elif draft.kind == draft_kinds.BOOKING_SERIES:
            panel = SeriesPanel(self._api, self._presenter)
        else:
            panel = WaitingForm(self._api, self._presenter.providers)
            panel.finished.connect(self.offers.look)
        panel.take_up(draft)
        self._api.show_panel(panel)

    # By key or from the palette

    def several(self) -> None:
        """Book several people together, beginning with whom the open form is for."""
        booking = self._openers.booking
        if booking is not None:
            booking.several()
        else:
            self._family(BookSeveral())

    def series(self) -> None:
        """Book a series, beginning with what the open form says."""
        booking = self._openers.booking
        if booking is not None:
            booking.repeat()
        else:
            self._series(NewSeries())

    def waiting(self, patient_id: str = "") -> None:
        """Open the waiting list, at a patient's entry where one is named."""
        panel = WaitingPanel(self._api, patient_id)
        panel.add.connect(lambda: self._add(AddToWaiting()))
        panel.edit.connect(self._edit)
        self._api.show_panel(panel)

    def offer(self) -> None:
        """Offer the times that became free."""
        if not self.offers.found:
            self._api.toast(t("No time has become free that suits anybody who waits."))
        self._api.show_panel(OfferPanel(self._api, self.offers))

    # Panels

    def _family(self, place: BookSeveral) -> None:
        panel = FamilyPanel(self._api, self._presenter)
        if place.patient_id:
            panel.add(Who(place.patient_id, place.patient_name, place.born))
        self._api.show_panel(panel)

    def _series(self, place: NewSeries) -> None:
        panel = SeriesPanel(self._api, self._presenter)
        who = Who(place.patient_id, place.patient_name, place.born) if place.patient_id else None
        if place.at is None:
            panel.suggest()
        panel.use(who, provider_id=place.provider_id, at=place.at, minutes=place.minutes, type_id=place.type_id,
                  mode=place.mode)  # fmt: skip
        self._api.show_panel(panel)

    def _add(self, place: AddToWaiting) -> None:
        panel = WaitingForm(self._api, self._presenter.providers)
        if place.patient_id:
            who = Who(place.patient_id, place.patient_name, place.born)
            panel.use(who, provider_id=place.provider_id, minutes=place.minutes)
        panel.finished.connect(self.offers.look)
        self._api.show_panel(panel)

    def _edit(self, row: WaitingRow) -> None:
        self._api.show_panel(WaitingForm(self._api, self._presenter.providers, row))

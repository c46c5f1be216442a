"""From the board of the database to lanes of cards and the figures above them; pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.enums import FlowMark, TelemedStatus, VisitMode, VisitStatus
from app.kernel.i18n import t, tn
from app.kernel.wall_clock import wall_clock
from app.queries.today import BoardCard as VisitCard
from app.queries.today import TodayBoard
from app.ui.parts.link_state import VISIT_TABLES, LinkState
from app.ui.parts.patient_values import language_text
from app.ui.theme.tokens import StatusKind, Tone
from app.ui.widgets.board.model import BoardCard, BoardLane, CardAction
from app.ui.widgets.figures import Figure
from app.ui.widgets.lists import ChipSpec

EXPECTED, ARRIVED, WITH, DONE = "expected", "arrived", "with", "done"
LANE_OF = {
    VisitStatus.PLANNED: EXPECTED,
    VisitStatus.CHECKED_IN: ARRIVED,
    VisitStatus.IN_PROGRESS: WITH,
    VisitStatus.COMPLETED: DONE,
}
SHOWN = 40
LONG = 26
"""More letters than this don't fit on a card's second line: the short type is shown."""
NO_LANGUAGE = frozenset({"", "English"})


@dataclass(frozen=True, slots=True)
class Rights:
    """What the person at this desk may do on the board; ``treat`` only the visits of their own ``provider_id``."""

    advance: bool
    treat: bool
    provider_id: str | None = None


def _room(state: TelemedStatus | None) -> ChipSpec:
    """Where the room of a virtual visit stands, in words that leave room beside the wait on a narrow card."""
    if state is TelemedStatus.WAITING:
        return ChipSpec(t("One joined"), "video", StatusKind.ARRIVED)
    if state is TelemedStatus.ACTIVE:
        return ChipSpec(t("Both joined"), "video", StatusKind.WITH)
    if state is TelemedStatus.ENDED:
        return ChipSpec(t("Video ended"), "video")
    return ChipSpec(t("Video room"), "video")


class LaneMaker:
    """Builds the board as of an instant."""

    def __init__(
        self, board: TodayBoard, zone: ZoneInfo, now: datetime, rights: Rights, link: LinkState | None = None
    ) -> None:
        self._link = link or LinkState()
        self._board = board
        self._zone = zone
        self._now = now
        self._rights = rights

    def lanes(self) -> tuple[BoardLane, ...]:
        """Return the four columns."""
        by_lane: dict[str, list[VisitCard]] = {EXPECTED: [], ARRIVED: [], WITH: [], DONE: []}
        for card in self._board.cards:
            if card.status in LANE_OF and not card.to_move:
                by_lane[LANE_OF[card.status]].append(card)
        by_lane[DONE].sort(key=lambda card: (card.follow_up is None, -card.start.timestamp()))
        by_lane[ARRIVED].sort(key=lambda card: card.start)
        return (
            self._lane(EXPECTED, t("Expected"), StatusKind.PLANNED, t("check in"), by_lane[EXPECTED], self._expected),
            self._lane(ARRIVED, t("Arrived"), StatusKind.ARRIVED, t("room"), by_lane[ARRIVED], self._arrived),
            self._lane(WITH, t("With provider"), StatusKind.WITH, t("out"), by_lane[WITH], self._with),
            self._lane(DONE, t("Done"), StatusKind.DONE, t("book"), by_lane[DONE], self._done),
        )

    def _lane(
        self,
        key: str,
        title: str,
        status: StatusKind,
        step: str,
        cards: Sequence[VisitCard],
        make: Callable[[VisitCard], BoardCard],
    ) -> BoardLane:
        hidden = len(cards) - SHOWN
        more = ""
        if hidden > 0:
            until = self._clock(cards[-1].start)
            more = tn("{n} more until {time}", "{n} more until {time}", hidden, time=until)
        empty = {EXPECTED: t("Nobody is expected any more."), ARRIVED: t("Nobody waits."),
                 WITH: t("Nobody is with a provider."), DONE: t("Nobody is done yet.")}[key]  # fmt: skip
        made = tuple(make(card) for card in cards[:SHOWN])
        return BoardLane(id=key, title=title, status=status, count=len(cards), step=step, cards=made, more=more,
                         empty=empty)  # fmt: skip

    def _clock(self, at: datetime) -> str:
        return wall_clock(at, self._zone)

    def _card(
        self, card: VisitCard, chips: Sequence[ChipSpec], actions: Sequence[CardAction], *, compact: bool = False
    ) -> BoardCard:
        kind = card.type_name if len(card.type_name) + len(card.provider_short) <= LONG else card.type_short
        detail = " · ".join(filter(None, (kind, card.provider_short)))
        unsent = self._link.unsent(card.visit_id, VISIT_TABLES)
        if unsent:
            chips = (ChipSpec(t("Not yet confirmed"), "clock"), *chips[:1])
        return BoardCard(id=card.visit_id, name=card.patient_name, time=self._clock(card.start), detail=detail,
                         chips=tuple(chips), actions=tuple(actions), compact=compact and not unsent,
                         dashed=unsent)  # fmt: skip

    def _marks(self, card: VisitCard) -> list[ChipSpec]:
        chips = []
        if card.identity_to_confirm:
            chips.append(ChipSpec(t("Identity to confirm"), "warn", StatusKind.ARRIVED))
        if card.mode is VisitMode.VIRTUAL:
            chips.append(_room(card.room_state))
        spoken = language_text(card.language.split(",")[0])
        if spoken not in NO_LANGUAGE:
            chips.append(ChipSpec(spoken, "globe"))
        return chips

    def _expected(self, card: VisitCard) -> BoardCard:
        chips = self._marks(card)
        late = int((self._now - card.start).total_seconds() // 60)
        as_of = self._link.as_of if self._link.stale(card.visit_id) else None
        if late >= self._board.limits.late and as_of is not None:
            chips.insert(0, ChipSpec(t("Not here at {time}", time=self._clock(as_of)), "clock"))
        elif late >= self._board.limits.late:
            chips.insert(0, ChipSpec(tn("{n} min late", "{n} min late", late), "clock", StatusKind.ARRIVED))
        elif card.confirmed:
            chips.append(ChipSpec(t("Confirmed"), "phone"))
        return self._card(card, chips[:2], self.steps(card))

    def wait_minutes(self, card: VisitCard) -> int:
        """Return how long somebody who has arrived waits: since arrival, but not before their time."""
        since = card.arrived or card.start
        return max(0, int((self._now - since).total_seconds() // 60))

    def _since(self, card: VisitCard, since: datetime) -> ChipSpec | None:
        """While others' changes are missing: since when, without colour (a stale clock must not alarm)."""
        if not self._link.stale(card.visit_id):
            return None
        return ChipSpec(t("since {time}", time=self._clock(since)), "clock")

    def _wait_chip(self, minutes: int) -> ChipSpec:
        limits = self._board.limits
        kind = StatusKind.CRITICAL if minutes >= limits.limit else StatusKind.ARRIVED
        return ChipSpec(t("{n} min", n=minutes), "clock", kind if minutes >= limits.warn else None)

    def _arrived(self, card: VisitCard) -> BoardCard:
        chips = [self._since(card, card.arrived or card.start) or self._wait_chip(self.wait_minutes(card))]
        if card.room:
            ready = t("{room}, ready", room=card.room) if card.flow is FlowMark.READY else card.room
            chips.append(ChipSpec(ready, "door"))
        chips += self._marks(card)
        return self._card(card, chips[:2], self.steps(card))

    def _with(self, card: VisitCard) -> BoardCard:
        chips = []
        if card.flow is FlowMark.TO_CHECK_OUT:
            chips.append(ChipSpec(t("To check out"), "right", StatusKind.WITH))
        if card.mode is VisitMode.VIRTUAL:
            chips.append(_room(card.room_state))
        elif card.room:
            chips.append(ChipSpec(card.room, "door"))
        minutes = int((self._now - (card.started or card.start)).total_seconds() // 60)
        since = self._since(card, card.started or card.start)
        chips.append(since or ChipSpec(t("{n} min", n=max(0, minutes)), "clock"))
        return self._card(card, chips[:2], self.steps(card))

    def _done(self, card: VisitCard) -> BoardCard:
        if not card.follow_up:
            return self._card(card, (), self.steps(card), compact=True)
        chip = ChipSpec(t("Follow-up to book"), "calendar", StatusKind.ARRIVED)
        return self._card(card, (chip,), self.steps(card))

    def steps(self, card: VisitCard) -> list[CardAction]:
        """Return what the person may do with a card; the first one is what Enter does."""
        may, treats = self._rights.advance, self._rights.treat and card.provider_id == self._rights.provider_id
        ready, video = card.flow is FlowMark.READY, card.mode is VisitMode.VIRTUAL
        steps = {
            VisitStatus.PLANNED: [
                (may, "check_in", t("Check in")),
                (treats and video, "join", t("Join")),
                (may, "absent", t("Did not arrive")),
            ],
            VisitStatus.CHECKED_IN: [
                (treats and ready, "start", t("Start")),
                (may and bool(card.room) and not ready, "ready", t("Ready")),
                (treats and video, "join", t("Join")),  # whoever sees the patient on a screen needs no room
                (may and not (treats and video), "room", t("Other room") if card.room else t("Room")),
                (treats and not ready, "start", t("Start")),
                (may, "left", t("Left before seen")),
            ],
            VisitStatus.IN_PROGRESS: [
                (treats, "complete", t("Complete")),
                (treats and video, "join", t("Join")),
                (may and card.flow is not FlowMark.TO_CHECK_OUT, "check_out", t("To check out")),
            ],
            VisitStatus.COMPLETED: [(True, "book", t("Book"))],
        }
        allowed = [(key, text) for shown, key, text in steps.get(card.status, []) if shown]
        return [
            CardAction(key=key, text=text, keys="" if index else "Return") for index, (key, text) in enumerate(allowed)
        ]

    def figures(self) -> tuple[Figure, ...]:
        """Return the five figures of the morning."""
        cards = self._board.cards
        expected = [c for c in cards if c.status is VisitStatus.PLANNED and not c.to_move]
        waiting = [c for c in cards if c.status is VisitStatus.CHECKED_IN]
        done = [c for c in cards if c.status is VisitStatus.COMPLETED]
        absent = [c for c in cards if c.cancel_kind == "did_not_arrive"]
        left = [c for c in cards if c.status is VisitStatus.NO_SHOW]
        live = [c for c in cards if c.status in LANE_OF and not c.to_move]
        until = self._clock(expected[-1].start) if expected else ""
        walk_ins = len(self._board.walk_ins)
        waiting_text = tn("Waiting now, and {n} walk-in", "Waiting now, and {n} walk-ins", walk_ins)
        missed = t("Missed: {absent} not here, {left} left", absent=len(absent), left=len(left))
        return (
            Figure(str(len(expected)), t("Expected until {time}", time=until) if until else t("Expected"),
                   short=t("Expected")),
            Figure(str(len(waiting)), waiting_text, short=t("Waiting now")),
            self._longest(waiting),
            Figure(str(len(done)), t("Done"), unit=t("of {n}", n=len(live))),
            Figure(str(len(absent) + len(left)), missed, short=t("Missed")),
        )  # fmt: skip

    def _longest(self, waiting: Sequence[VisitCard]) -> Figure:
        if not waiting:
            return Figure("0", t("Longest wait"), unit=t("min"))
        worst = max(waiting, key=self.wait_minutes)
        minutes = self.wait_minutes(worst)
        as_of = self._link.as_of
        if as_of is not None:
            minutes = max(0, int((as_of - (worst.arrived or worst.start)).total_seconds() // 60))
            at = self._clock(as_of)
            caption, short = t("Longest, at {time}", time=at), t("As of {time}", time=at)
            return Figure(str(minutes), caption, unit=t("min"), short=short)
        tone = Tone.CRITICAL if minutes >= self._board.limits.limit else Tone.TEXT
        caption = t("Longest wait, {name}", name=worst.patient_name)
        return Figure(str(minutes), caption, unit=t("min"), tone=tone, short=t("Longest wait"))

"""The demo clinic in words: who can sign in, what waits for each of them, what is worth looking at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from app.domain.enums import Role
from app.kernel.i18n import t, tn
from app.ui.parts.words import clock, day_title
from app.ui.shell.services import DemoInfo, Scene, SignInCard

if TYPE_CHECKING:
    from app.setup.demo.figures import DemoFigures


class DemoPerson(Protocol):
    """Somebody of the demo, with the password that everybody there may know."""

    @property
    def email(self) -> str:
        """Their e-mail address."""
        ...

    @property
    def password(self) -> str:
        """Their password."""
        ...

    @property
    def role(self) -> Role:
        """Their first role."""
        ...

    @property
    def name(self) -> str:
        """Their name."""
        ...


def demo_info(clinic: str, people: Sequence[DemoPerson], figures: DemoFigures | None) -> DemoInfo:
    """Return the sign-in page's cards, the first person of each role, and the morning's scenes."""
    waiting = _waiting(figures) if figures is not None else {}
    cards = []
    for role, (title, duties) in _roles().items():
        one = next((person for person in people if person.role is role), None)
        if one is not None:
            now = waiting.get(role, "")
            cards.append(
                SignInCard(email=one.email, password=one.password, name=one.name, role=title, duties=duties, now=now)
            )
    scenes = tuple(_scenes(figures)) if figures is not None else ()
    return DemoInfo(clinic=clinic, cards=tuple(cards), scenes=scenes, when=_when(figures))


def _when(figures: DemoFigures | None) -> str:
    if figures is None:
        return ""
    local = figures.now.astimezone(figures.zone)
    return f"{day_title(local.date())}, {clock(local, figures.zone)}"


def _roles() -> Mapping[Role, tuple[str, str]]:
    """What the cards say of each role, in their order."""
    return {
        Role.MEDICAL_ASSISTANT: (t("Front desk"), t("Book, check in, walk-ins, requests, messages")),
        Role.PROVIDER: (t("Provider"), t("Charts, results, notes, referrals, alerts")),
        Role.ADMIN: (t("Administrator"), t("Rules, staff, clinic settings, audit")),
    }


def _waiting(figures: DemoFigures) -> Mapping[Role, str]:
    """What waits for each role now."""
    here = tn("{n} waiting", "{n} waiting", figures.arrived)
    left = tn("{n} visit left", "{n} visits left", figures.left_of_provider)
    return {
        Role.MEDICAL_ASSISTANT: _with_next(here, figures.next, figures.zone),
        Role.PROVIDER: _with_next(left, figures.next_of_provider, figures.zone),
        Role.ADMIN: tn("{n} active account", "{n} active accounts", figures.accounts),
    }


def _with_next(text: str, at: datetime | None, zone: ZoneInfo) -> str:
    return text if at is None else f"{text}, {t('{time} is next', time=clock(at, zone))}"


def _scenes(figures: DemoFigures) -> Iterator[Scene]:
    """What is worth looking at; a scene that has been played out is not named any more."""
    if figures.results:
        title = t("{n} results, {critical} of them critical", n=figures.results, critical=figures.critical)
        yield Scene(icon="warn", title=title, detail=t("critical ones come first"))
    yield Scene(icon="inbox", title=t("A red request"), detail=t("chest tightness since this morning"))
    if figures.absent:
        detail = tn("{n} visit to move", "{n} visits to move", figures.to_move)
        yield Scene(icon="calendar", title=t("{name} is off sick", name=figures.absent), detail=detail)
    yield Scene(icon="family", title=t("The Gutiérrez family"), detail=t("four people, one slot after another"))
    yield Scene(icon="search", title=t("Two near-namesakes"), detail="Fatima Al-Sayed, Fátima Alsaied")
    if figures.walk_ins:
        people = tn("{n} person", "{n} people", figures.walk_ins)
        detail = t("{people}, longest {minutes} min", people=people, minutes=figures.longest_wait)
        yield Scene(icon="walk", title=t("Walk-in queue"), detail=detail)


def next_card(demo: DemoInfo | None, email: str) -> SignInCard | None:
    """Return the sign-in after the one in use: the second desk is somebody else's."""
    cards = demo.cards if demo is not None else ()
    places = [n for n, card in enumerate(cards) if card.email == email]
    return cards[(places[0] + 1) % len(cards)] if places else None

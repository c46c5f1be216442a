"""The demo's patients: several languages and scripts, households, near-namesakes, all invented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.domain.enums import Role
from app.domain.none_known import CONFIRMED, NONE_KNOWN
from app.domain.patients import UNUSABLE_HASH, age_on, no_login_email
from app.setup.demo.world import World

_ADULT = 18
FLAGS = ("HIGH_RISK", "RPM_ENROLLED", "INTERPRETER", "WHEELCHAIR", "FALL_RISK")
_CONDITIONS = (
    ("Essential hypertension", "I10"), ("Type 2 diabetes mellitus", "E11.9"), ("Asthma", "J45.909"),
    ("Hyperlipidemia", "E78.5"), ("Obesity", "E66.9"), ("Hypothyroidism", "E03.9"), ("Sleep apnea", "G47.33"),
)  # fmt: skip
_ALLERGIES = (("Penicillin", "7980"), ("Peanut", "256349002"), ("Latex", "111088007"), ("Sulfonamide", "387406002"))
_MEDICINES = (
    ("Lisinopril 10 mg", "314076"), ("Metformin 500 mg", "861007"), ("Atorvastatin 20 mg", "617310"),
    ("Levothyroxine 50 mcg", "966224"), ("Albuterol inhaler", "745679"), ("Semaglutide 0.5 mg", "1991306"),
)  # fmt: skip

_AREAS = (415, 628, 510, 650, 925, 707, 408, 341, 669, 831, 209, 916)

_NAMED: tuple[tuple[str, str, str, str], ...] = (
    ("Inés", "González Núñez", "1984-07-09", "Spanish"),
    ("Anna", "Kowalska", "1962-03-14", "Polish"),
    ("Anna", "Kowalski", "1991-09-03", "English"),
    ("Jan", "Kowalski", "1958-06-27", "Polish"),
    ("Zygmunt", "Lis", "1949-11-30", "Polish"),
    ("Élodie", "Roux", "1977-01-22", "French"),
    ("Walter", "Brandt", "1955-08-08", "German"),
    ("Rosalind", "Achebe", "1969-05-17", "English"),
    ("배수지", "Bae Su-ji", "1993-12-02", "Korean"),
    ("Ömer", "Aksoy", "1988-04-19", "Turkish"),
    ("Ivy", "Chukwu", "1996-10-11", "English"),
    ("Margit", "Aas", "1951-02-25", "Norwegian"),
    ("Katalin", "Horváth", "", "Hungarian"),
    ("Tomás", "", "", "Spanish"),
    ("Fatima", "Al-Sayed", "1986-03-03", "Arabic"),
    ("Fátima", "Alsaied", "1986-11-13", "Spanish"),
)
"""People that the scenes, the checklist and the docs speak of."""
_MEN = frozenset({"Jan", "Zygmunt", "Walter", "Ömer", "Tomás", "Marco", "Luis"})

_NEW_NAME = 0.97
"""How often somebody whose name is taken gets another one: a clinic has a few namesakes, not a crowd of them."""

_FAMILY = (("Marco", "1981-05-05", "father"), ("Elena", "1983-09-12", "mother"),
           ("Sofía", "2014-02-20", "child"), ("Luis", "2017-08-01", "child"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemoPatient:
    """A patient of the demo, for the parts that make their record."""

    id: str
    user_id: str
    first: str
    last: str
    born: date | None
    conditions: frozenset[str]
    weight: float
    height: float | None

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}".strip()

    def grown(self, day: date) -> bool:
        """Whether they are 18 or older on a day; who has no birth date is taken for a grown-up."""
        return self.born is None or age_on(self.born, day) >= _ADULT


def make_patients(world: World, count: int) -> tuple[DemoPatient, ...]:
    """Add ``count`` patients, the named ones and the Gutiérrez family first."""
    made = [_patient(world, first, last, date.fromisoformat(born) if born else None, language, sex=_sex(first))
            for first, last, born, language in _NAMED]  # fmt: skip
    made += _family(world)
    locales = world.people["locales"]
    weights = [locale["weight"] for locale in locales]
    taken = {(one.first, one.last) for one in made}
    while len(made) < count:
        locale = world.dice.choices(locales, weights)[0]
        gender = "female" if world.some(0.53) else "male"
        first, last = world.dice.choice(locale[gender]), world.dice.choice(locale["family"])
        if (first, last) in taken and world.some(_NEW_NAME):
            continue
        taken.add((first, last))
        made.append(_patient(world, first, last, _birth(world), locale["language"], sex=gender))
    return tuple(made[:count]) if count >= len(_NAMED) else tuple(made)


def _sex(first: str) -> str:
    return "male" if first in _MEN else "female"


def _birth(world: World) -> date:
    years = world.dice.triangular(0, 94, 48)
    return world.today - timedelta(days=int(years * 365.25) + world.dice.randrange(365))


def _family(world: World) -> list[DemoPatient]:
    phone = "(415) 555-0118"
    household = world.add("household", id=world.ids.uuid(), clinic_id=world.clinic_id, name="Gutiérrez",
                          updated_at=world.ago(days=200))  # fmt: skip
    members = []
    for first, born, relation in _FAMILY:
        person = _patient(world, first, "Gutiérrez", date.fromisoformat(born), "Spanish", phone=phone, sex=_sex(first))
        members.append(person)
        world.add("household_member", id=world.ids.uuid(), household_id=household["id"], patient_id=person.id,
                  relation=relation, guardian=relation != "child", left_at=None,
                  updated_at=world.ago(days=200))  # fmt: skip
    return members


def _patient(
    world: World, first: str, last: str, born: date | None, language: str, *, phone: str = "", sex: str = ""
) -> DemoPatient:
    patient_id, user_id = world.ids.uuid(), world.ids.uuid()
    made = world.ago(days=world.dice.randrange(30, 390))
    number = len(world.rows.get("patients", ())) + 1
    email = f"p{number}@example.org" if world.some(0.55) else no_login_email(patient_id)
    height = round(world.dice.gauss(168, 11), 1) if born and (world.today - born).days > 365 * 16 else None
    conditions = world.dice.sample(_CONDITIONS, world.dice.choices((0, 1, 2, 3), (45, 28, 18, 9))[0])
    details = _demographics(world, language, sex, phone, conditions)
    flags = tuple(world.dice.sample(FLAGS, 1)) if world.some(0.16) else ()
    world.add("users", id=user_id, email=email, password_hash=UNUSABLE_HASH, role=Role.PATIENT,
              clinic_id=world.clinic_id, patient_id=patient_id, provider_id=None, created_at=made,
              updated_at=made)  # fmt: skip
    world.add("patients", id=patient_id, user_id=user_id, clinic_id=world.clinic_id, first_name=first or None,
              last_name=last or None, date_of_birth=born, height_cm=height, demographics=details, flags=flags,
              created_at=made, updated_at=made)  # fmt: skip
    world.add("patient_detail", patient_id=patient_id, identity_to_confirm=born is None or not last,
              contact_email=None, merged_into=None, merged_at=None, updated_at=made)  # fmt: skip
    names = frozenset(name for name, _ in conditions)
    weight = world.dice.gauss(98 if "Obesity" in names else 74, 12)
    return DemoPatient(patient_id, user_id, first, last, born, names, round(max(42.0, weight), 1), height)


def _phone(number: int) -> str:
    """Only numbers that are reserved for invention: 555-0100 to 555-0199."""
    return f"({_AREAS[number // 80 % len(_AREAS)]}) 555-{120 + number % 80:04d}"


def _demographics(
    world: World, language: str, sex: str, phone: str, conditions: list[tuple[str, str]]
) -> Mapping[str, Any]:
    number = len(world.rows.get("patients", ()))
    details: dict[str, Any] = {
        "mrn": str(40400 + number),
        "phones": [{"system": "phone", "use": "mobile",
                    "value": phone or _phone(number)}],
        "language": language,
        "address": {"line": f"{world.dice.randrange(2, 990)} {world.dice.choice(world.people['streets'])}",
                    "city": "San Francisco", "state": "CA", "postalCode": f"941{world.dice.randrange(2, 34):02d}"},
        "sex": sex,
    }  # fmt: skip
    details["conditions"] = [{"display": name, "code": code, "status": "active"} for name, code in conditions]
    if world.some(0.3):
        name, code = world.dice.choice(_ALLERGIES)
        details["allergies"] = [{"display": name, "code": code, "status": "active"}]
    elif world.some(0.5):
        said = {"at": world.ago(days=40).isoformat(), "by": "Dana Whitfield", "items": [], NONE_KNOWN: True}
        details |= {"allergies": [], CONFIRMED: {"allergies": said}}
    if conditions:
        medicines = world.dice.sample(_MEDICINES, min(len(conditions), 3))
        details["medications"] = [{"display": name, "code": code, "status": "active"} for name, code in medicines]
    if world.some(0.4):
        details["insurance"] = world.dice.choice(("Bay Health Plan", "Pacific Mutual", "Medicare", "Self-pay"))
    return details

"""Patient details that rules speak about: names, birth dates, fields that can be edited, likeness."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from rapidfuzz import fuzz

from app.domain.demographics import DEMOGRAPHIC_KEYS
from app.kernel.errors import Refused
from app.kernel.fold import fold
from app.kernel.i18n import t
from app.kernel.text import clean_identifier, clean_text

NO_LOGIN_DOMAIN = "no-login.invalid"
UNUSABLE_HASH = "!"
"""A password hash that no password matches: the account can't sign in until its owner sets a password."""

MAX_AGE = 120
COLUMN_FIELDS = ("firstName", "lastName", "dateOfBirth", "heightCm")
EDITABLE_FIELDS = frozenset(COLUMN_FIELDS) | frozenset(DEMOGRAPHIC_KEYS)
MAX_JSON_TEXT = 2_000
HEIGHT_CM = (20.0, 280.0)


def field_title(field: str) -> str:
    """Return what people call a field; a name that is none of ours stays as it is."""
    titles = {
        "firstName": t("First name"),
        "lastName": t("Last name"),
        "dateOfBirth": t("Birth date"),
        "heightCm": t("Height"),
        "preferredName": t("Preferred name"),
        "mrn": t("MRN"),
        "phones": t("Phone"),
        "email": t("E-mail"),
        "address": t("Address"),
        "sex": t("Sex"),
        "genderIdentity": t("Gender identity"),
        "language": t("Language"),
        "emergencyContact": t("Emergency contact"),
        "insurance": t("Insurance"),
        "allergies": t("Allergies"),
        "conditions": t("Conditions"),
        "medications": t("Medications"),
        "flags": t("Flags"),
    }
    return titles.get(field, field)


def no_login_email(patient_id: str) -> str:
    """Return the address of an account that nobody signs in with."""
    return f"patient-{patient_id}@{NO_LOGIN_DOMAIN}"


def display_name(first: str | None, last: str | None, preferred: str = "") -> str:
    """Return the name to show; a preferred first name stands in quotes."""
    if not preferred and first and last and _is_family_first(first) and _is_family_first(last):
        return _family_first(first, last)
    given = f"{first or ''} “{preferred}”".strip() if preferred and preferred != first else (first or "")
    return f"{given} {last or ''}".strip() or t("No name")


def _is_family_first(name: str) -> bool:
    """Whether a name is written in Han, Kana or Hangul, where the family name comes first."""
    return any("\u3040" <= c <= "\u30ff" or "\u3400" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7af" for c in name)


def _family_first(first: str, last: str) -> str:
    """Put 秀英 Xiuying and 李 Li together as 李秀英 Li Xiuying."""
    own_first, _, latin_first = first.partition(" ")
    own_last, _, latin_last = last.partition(" ")
    return f"{own_last}{own_first} {latin_last} {latin_first}".strip()


def age_on(born: date, day: date) -> int:
    """Return completed years; who is born on 29 February has birthday on 1 March in common years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def check_birth_date(born: date | None, today: date, *, confirmed: bool = False) -> None:
    """Refuse a birth date in the future; ask for confirmation over the age of 120."""
    if born is None:
        return
    if born > today:
        raise Refused("BadValue", t("The birth date lies in the future."), field="dateOfBirth")
    if born.year < 1870:
        raise Refused("BadValue", t("Nobody alive was born in {year}.", year=born.year), field="dateOfBirth")
    if age_on(born, today) > MAX_AGE and not confirmed:
        raise Refused("ConfirmValue", t("This birth date makes an age of over 120. Is it right?"), field="dateOfBirth")


def clean_email(value: str | None) -> str | None:
    """Return the e-mail address in lower case, None when empty; refuse what isn't one."""
    if value is None or not value.strip():
        return None
    email = clean_identifier(value, "email").lower()
    name, at, domain = email.partition("@")
    if not (name and at and "." in domain) or "@" in domain or domain.startswith(".") or domain.endswith("."):
        raise Refused("BadValue", t("This is not an e-mail address."), field="email")
    if domain == NO_LOGIN_DOMAIN:
        raise Refused("BadValue", t("Nobody gets mail at this address."), field="email")
    return email


def clean_field(field: str, value: Any, today: date) -> Any:
    """Check the new value of an editable field; ``dateOfBirth`` is an ISO date string or None."""
    if field not in EDITABLE_FIELDS:
        raise Refused("BadValue", t("There is no field {name}.", name=field), field=field)
    if field in ("firstName", "lastName"):
        return clean_text(value or "", field, 300) or None
    if field == "dateOfBirth":
        return _clean_birth(value, today)
    if field == "heightCm":
        return _clean_height(value)
    if field == "email":
        return clean_email(value)
    return clean_json(field, value)


def _clean_birth(value: Any, today: date) -> str | None:
    if value in (None, ""):
        return None
    try:
        born = value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise Refused("BadValue", t("This is not a date that exists."), field="dateOfBirth") from None
    check_birth_date(born, today, confirmed=True)
    return born.isoformat()


def _clean_height(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not HEIGHT_CM[0] <= value <= HEIGHT_CM[1]:
        low, high = HEIGHT_CM
        raise Refused("BadValue", t("A height lies between {low} and {high} cm.", low=low, high=high), field="heightCm")
    return float(value)


def clean_json(field: str, value: Any, depth: int = 0) -> Any:
    """Check every text inside a demographics value; bounded in size and nesting."""
    if depth > 6:
        raise Refused("BadValue", t("This value is nested too deeply."), field=field)
    if isinstance(value, str):
        return clean_text(value, field, MAX_JSON_TEXT)
    if isinstance(value, Mapping):
        return {clean_text(str(k), field, 100): clean_json(field, v, depth + 1) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean_json(field, item, depth + 1) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise Refused("BadValue", t("This is not a number."), field=field)
    return value


def clean_flags(flags: Iterable[str]) -> tuple[str, ...]:
    """Return flags as upper-case words, each once, in order."""
    seen: dict[str, None] = {}
    for flag in flags:
        word = "_".join(clean_text(flag, "flags", 60).upper().split())
        if word and not all(c.isalnum() or c in "_-" for c in word):
            raise Refused("BadValue", t("A flag is one word of letters and digits."), field="flags")
        if word:
            seen[word] = None
    return tuple(seen)


@dataclass(frozen=True, slots=True)
class Person:
    """What two records are compared by. ``phones`` are digits only; ``sex`` as it is recorded, if at all."""

    first: str
    last: str
    born: date | None
    phones: frozenset[str]
    sex: str = ""


def name_likeness(one: Person, other: Person) -> float:
    """Return 0..1: how alike two names are, whatever the order of first and last name.

    A part that one of the two lacks tells nothing; without any part in common there is no likeness.
    """
    straight = _pair((one.first, other.first), (one.last, other.last))
    crossed = _pair((one.first, other.last), (one.last, other.first))
    return max(straight, crossed)


def _pair(*parts: tuple[str, str]) -> float:
    """The weaker of both parts decides: twins share a last name, not a first name."""
    scores = [_part_likeness(one, other) for one, other in parts if one.strip() and other.strip()]
    return min(scores, default=0.0)


def _part_likeness(one: str, other: str) -> float:
    """A further given or family name more or less is no difference: Anna Maria is Anna."""
    words, others = fold(one).split(), fold(other).split()
    if not (words and others):  # nothing but signs
        return float(one.strip() == other.strip())
    if set(words) <= set(others) or set(others) <= set(words):
        return 1.0
    return float(fuzz.ratio(" ".join(words), " ".join(others))) / 100


ALIKE = 0.75
"""From this likeness on two names count as similar: one typing slip in a five-letter name."""


def same_person(one: Person, other: Person) -> bool:
    """Similar name, and the same birth date or phone. Twins (other first name, other sex) are never it."""
    if one.sex and other.sex and one.sex.casefold() != other.sex.casefold():
        return False
    if name_likeness(one, other) < ALIKE:
        return False
    same_birth = one.born is not None and one.born == other.born
    other_birth = one.born is not None and other.born is not None and one.born != other.born
    return same_birth or (not other_birth and share_phone(one, other))


def share_phone(one: Person, other: Person) -> bool:
    """Whether a phone number is the same, with or without the country's code before it."""
    return any(_same_number(mine, theirs) for mine in one.phones for theirs in other.phones)


SHORTEST_PHONE = 7


def _same_number(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) >= SHORTEST_PHONE and long.endswith(short.lstrip("0") or short) and len(long) - len(short) <= 3


def similar_names(one: Person, other: Person) -> bool:
    """Whether the two could be mixed up at the desk."""
    return name_likeness(one, other) >= ALIKE

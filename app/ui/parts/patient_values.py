"""Values of a patient's fields as people read them; what can't be read is called so, never guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from PySide6.QtCore import QDate, QLocale

from app.domain.demographics import CodedList, Phone, read_demographics, sex_text
from app.domain.lifetime import Death
from app.domain.patient_flags import flag_text
from app.domain.patients import age_on
from app.kernel.i18n import t
from app.ui.parts.words import locale

_LANGUAGE_CODE = re.compile(r"([A-Za-z]{2,3})([-_][A-Za-z0-9_-]+)?")


def date_text(day: date) -> str:
    """Return "14 Mar 1962"."""
    return locale().toString(QDate(day.year, day.month, day.day), "d MMM yyyy").replace(".", "")


def born_text(born: date | None, today: date, death: Death | None = None) -> str:
    """Return "14 Mar 1962 · 64 y", or that it is unknown; of the dead with the age that they reached."""
    if born is None:
        return t("unknown")
    died = death.day.isoformat() if death is not None and death.day is not None else ""
    lived = lived_text(born, today, dead=death is not None, died=died)
    return f"{date_text(born)} · {lived}" if lived else date_text(born)


def lived_text(born: date, today: date, *, dead: bool, died: str = "") -> str:
    """Return the age; of the dead the one that they reached (``died``: an ISO date), or nothing without that day."""
    if not dead:
        return age_text(born, today)
    try:
        last = date.fromisoformat(died)
    except ValueError:
        return ""
    return t("{age} at death", age=age_text(born, last)) if last >= born else ""


def age_text(born: date, today: date) -> str:
    """Return the age: years, for the very young months or days."""
    years = age_on(born, today)
    if years >= 2:
        return t("{n} y", n=years)
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    return t("{n} months", n=months) if months >= 2 else t("{n} days", n=(today - born).days)


def language_text(value: str) -> str:
    """Return a patient's language in words: records from elsewhere carry codes ("en-US"), people write "English"."""
    words = []
    for part in filter(None, (one.strip() for one in value.split(","))):
        known = _LANGUAGE_CODE.fullmatch(part)
        found = QLocale.codeToLanguage(known[1].lower()) if known else QLocale.Language.AnyLanguage
        name = part if found == QLocale.Language.AnyLanguage else QLocale.languageToString(found)
        words.append(_language_names().get(name.casefold(), name))
    return ", ".join(words)


def _language_names() -> dict[str, str]:
    """The languages that patients speak most, by their English names in lower case; others are shown as written."""
    return {
        "arabic": t("Arabic"), "bengali": t("Bengali"), "chinese": t("Chinese"), "english": t("English"),
        "french": t("French"), "german": t("German"), "greek": t("Greek"), "haitian": t("Haitian Creole"),
        "hebrew": t("Hebrew"), "hindi": t("Hindi"), "hungarian": t("Hungarian"), "italian": t("Italian"),
        "japanese": t("Japanese"), "korean": t("Korean"), "norwegian": t("Norwegian"),
        "persian": t("Persian"), "polish": t("Polish"), "portuguese": t("Portuguese"),
        "punjabi": t("Punjabi"), "romanian": t("Romanian"), "russian": t("Russian"), "spanish": t("Spanish"),
        "tagalog": t("Tagalog"), "turkish": t("Turkish"), "ukrainian": t("Ukrainian"), "urdu": t("Urdu"),
        "vietnamese": t("Vietnamese"),
    }  # fmt: skip


def phone_use(phone: Phone) -> str:
    """Return what a number is for, in words."""
    uses = {"home": t("home"), "work": t("work"), "mobile": t("mobile"), "old": t("old"), "temp": t("temporary")}
    systems = {"fax": t("fax"), "sms": t("SMS only"), "pager": t("pager")}
    return ", ".join(filter(None, (systems.get(phone.system, ""), uses.get(phone.use, phone.use))))


RELATIONS = ("", "mother", "father", "child", "partner", "sibling", "grandparent", "carer", "other")


def relation_text(relation: str) -> str:
    """Return a relation in words; what others wrote stays as it is."""
    known = {
        "": t("not said"), "mother": t("mother"), "father": t("father"), "child": t("child"),
        "partner": t("partner"), "sibling": t("brother or sister"), "grandparent": t("grandparent"),
        "carer": t("carer"), "other": t("other"),
    }  # fmt: skip
    return known.get(relation, relation)


def coded_text(coded: CodedList) -> str:
    """Return a list of the record on one line; not asked, none known and unreadable are told apart."""
    if not coded.asked:
        return t("Not asked")
    if coded.none_known:
        return t("None known")
    unreadable = [t("unreadable value")] * bool(coded.unreadable)
    return "; ".join([item.display for item in coded.items] + unreadable) or t("Empty list")


def show_value(field: str, raw: Any) -> str:
    """Return a field's JSON value as one line of text; empty when there is none."""
    if raw in (None, "", [], {}):
        return ""
    if field in ("firstName", "lastName"):
        return str(raw)
    if field == "dateOfBirth":
        return _date(raw)
    if field == "heightCm":
        return f"{raw:g} cm" if isinstance(raw, (int, float)) else t("unreadable value")
    if field == "flags":
        return ", ".join(flag_text(str(flag)) for flag in raw)
    details = read_demographics({field: raw})
    if field in ("allergies", "conditions", "medications"):
        return coded_text(getattr(details, field))
    shown: Mapping[str, str] = {
        "preferredName": details.preferred_name,
        "mrn": details.mrn,
        "phones": "; ".join(" ".join(filter(None, (p.value, phone_use(p)))) for p in details.phones),
        "email": details.email,
        "address": details.address.one_line,
        "sex": sex_text(details.sex),
        "genderIdentity": details.gender_identity,
        "language": details.language,
        "emergencyContact": ", ".join(filter(None, details.emergency_contact)),
        "insurance": details.insurance,
    }
    return shown.get(field, "") or t("unreadable value")


def _date(raw: Any) -> str:
    try:
        return date_text(date.fromisoformat(str(raw)))
    except ValueError:
        return t("unreadable value")

"""Phone numbers as people of a country write them."""

from __future__ import annotations

import phonenumbers


def tidy_phone(typed: str, region: str) -> str:
    """Return a typed number in the usual form: national at home, international from elsewhere.

    What can't be a number of ``region`` (a country's two letters) or of another country stays as it was typed.
    """
    text = typed.strip()
    try:
        number = phonenumbers.parse(text, region.upper() or None)
    except phonenumbers.NumberParseException:
        return text
    if not phonenumbers.is_possible_number(number):
        return text
    home = number.country_code == phonenumbers.country_code_for_region(region.upper())
    form = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(number, form))

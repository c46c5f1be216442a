"""What the columns of a list of patients may be called, and the words in them that mean something."""

from __future__ import annotations

from collections.abc import Mapping

SEXES: Mapping[str, str] = {
    **dict.fromkeys(("f", "female", "woman", "k", "kobieta", "w", "weiblich", "mujer", "femenino", "femme"), "female"),
    **dict.fromkeys(("m", "male", "man", "mezczyzna", "mannlich", "hombre", "masculino", "homme"), "male"),
    **dict.fromkeys(("o", "other", "x", "d", "divers", "otro"), "other"),
    **dict.fromkeys(("u", "unknown"), "unknown"),
}

NAMES = frozenset({"lastName", "firstName", "name"})
"""Fields of which a list of patients has at least one."""

PHONES: Mapping[str, str] = {"phone": "", "mobilePhone": "mobile", "homePhone": "home", "workPhone": "work"}
"""The fields that are telephone numbers, and what each is for."""

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "mrn": ("mrn", "medical record number", "record number", "patient id", "patient number", "chart number",
            "chart", "unique id", "rec id", "id"),
    "lastName": ("last name", "lastname", "surname", "family name", "last", "legal last name", "nazwisko", "nachname",
                 "apellido", "apellidos", "nom"),
    "firstName": ("first name", "firstname", "given name", "given names", "given", "forename", "forenames", "first",
                  "legal first name", "imie", "vorname", "nombre", "nombres", "prenom"),
    "middleName": ("middle name", "middle names", "middle", "middle initial", "second name", "drugie imie"),
    "name": ("name", "full name", "patient name", "patient"),
    "birthDate": ("birth date", "birthdate", "date of birth", "dob", "born", "data urodzenia", "geburtsdatum",
                  "fecha de nacimiento", "date de naissance"),
    "deathDate": ("death date", "deathdate", "date of death", "died", "deceased date"),
    "sex": ("sex", "gender", "legal sex", "administrative sex", "sex at birth", "birth sex", "plec",
            "geschlecht", "sexo"),
    "phone": ("phone", "phone number", "telephone", "primary phone", "telefon", "telefono"),
    "mobilePhone": ("mobile", "mobile phone", "mobile number", "cell", "cell phone", "cellphone", "cell number",
                    "phone mobile", "phone cell", "komorka", "handy", "movil", "celular"),
    "homePhone": ("home phone", "phone home", "home telephone", "home number"),
    "workPhone": ("work phone", "phone work", "business phone", "office phone", "work number"),
    "email": ("email", "e mail", "email address", "e mail address", "mail", "correo", "correo electronico"),
    "line": ("address", "street", "street address", "address line 1", "address 1", "address1", "home address",
             "adres", "strasse", "direccion"),
    "city": ("city", "town", "suburb", "miasto", "ort", "ciudad"),
    "state": ("state", "province", "region"),
    "postalCode": ("postal code", "postcode", "zip", "zip code", "zipcode", "zip postal code",
                   "kod pocztowy", "plz", "codigo postal"),
    "country": ("country", "kraj", "land", "pais"),
    "language": ("language", "preferred language", "primary language", "jezyk", "sprache", "idioma"),
}  # fmt: skip
"""What columns are called, folded; the program's own names come first."""

FOREIGN = frozenset({"encounter", "encounter id", "code", "reasoncode", "reason code", "organization", "organisation",
                      "speciality", "specialty", "npi", "revenue", "utilization", "units", "procedure",
                      "diagnosis"})  # fmt: skip
"""What only lists of something else have: visits, codes, organisations, payers."""

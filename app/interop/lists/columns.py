"""What the columns of a list of patients may be called."""

from __future__ import annotations

from collections.abc import Mapping

NAMES = frozenset({"lastName", "firstName", "name"})
"""Fields of which a list of patients has at least one."""

PHONES: Mapping[str, str] = {"phone": "", "mobilePhone": "mobile", "homePhone": "home", "workPhone": "work"}
"""The fields that are telephone numbers, and what each is for."""

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "mrn": ("mrn", "medical record number", "record number", "patient id", "patientid", "patient number", "patient no",
            "chart number", "chart id", "chart", "hospital number", "hospital no", "patnum", "pat nr", "patnr",
            "patientennummer", "patienten nr", "nhc", "numero de historia clinica", "historia clinica", "nr kartoteki",
            "no historia", "num historia", "numero historia", "n historia", "expediente", "numero de expediente",
            "n dossier", "numero de dossier", "patientnummer", "unique id", "rec id", "identifier", "pubpid", "pid",
            "id"),
    "lastName": ("last name", "lastname", "lname", "surname", "family name", "last", "legal last name", "nazwisko",
                 "nachname", "familienname", "primer apellido", "apellido 1", "apellido1", "apellido paterno",
                 "apellido", "apellidos", "nom usuel", "nom", "nom de famille", "nom de naissance", "cognome",
                 "sobrenome", "achternaam"),
    "secondLastName": ("segundo apellido", "apellido 2", "apellido2", "apellido materno", "second last name"),
    "firstName": ("first name", "firstname", "fname", "given name", "given names", "given", "forename", "forenames",
                  "first", "legal first name", "imie", "vorname", "vornamen", "nombre", "nombres", "prenom", "prenoms",
                  "voornaam"),
    "middleName": ("middle name", "middle names", "middle", "middle initial", "middlei", "mname", "mi", "m i",
                   "second name", "drugie imie"),
    "name": ("name", "full name", "patient name", "patient", "nome", "naam", "imie i nazwisko", "nazwisko i imie",
             "nombre completo", "nombre y apellidos", "apellidos y nombre", "nombres y apellidos",
             "apellidos y nombres", "paciente", "nombre del paciente", "nom complet", "nom et prenom", "paziente"),
    "birthDate": ("birth date", "birthdate", "date of birth", "dob", "d o b", "born", "birthday", "data urodzenia",
                  "geburtsdatum", "geb datum", "geburtstag", "fecha de nacimiento", "fecha nacimiento", "fecha nac",
                  "fecha de nac", "f nacimiento", "f nac", "fec nac", "fec nacimiento", "fnac",
                  "date de naissance", "ddn", "data di nascita", "data de nascimento", "data nascimento", "data nasc",
                  "dt nascimento", "geboortedatum"),
    "deathDate": ("death date", "deathdate", "date of death", "died", "deceased date"),
    "sex": ("sex", "gender", "legal sex", "administrative sex", "sex at birth", "birth sex", "plec",
            "geschlecht", "geschl", "sexo", "genero", "sexe", "sesso", "genere", "geslacht"),
    "phone": ("phone", "phone number", "telephone", "telephone number", "primary phone", "contact number", "telefon",
              "telefonnummer", "tel", "telefono", "telefono 1", "numero de telefono", "telefono de contacto", "telf",
              "tfno", "telefone", "phone 1", "phone no", "tel no", "telefoonnummer"),
    "mobilePhone": ("mobile", "mobile phone", "mobilephone", "mobile number", "mobile phone number", "cell",
                    "cell phone", "cellphone", "cell number", "cell phone number", "phone mobile", "phone cell",
                    "wireless phone", "komorka", "telefon komorkowy", "handy", "handynummer", "mobil", "telefon mobil",
                    "mobiltelefon", "natel", "movil", "telefono movil", "tel movil", "telf movil", "celular",
                    "telefono celular", "mobile no", "cell no",
                    "tel mobile", "tel portable", "portable", "telephone portable",
                    "cellulare"),
    "homePhone": ("home phone", "homephone", "hm phone", "phone home", "home telephone", "home number",
                  "home phone number", "telefon privat", "telefono fijo", "telephone fixe",
                  "tel fixe"),
    "workPhone": ("work phone", "workphone", "wk phone", "phone work", "business phone", "office phone",
                  "work number", "work phone number"),
    "email": ("email", "e mail", "email address", "emailaddress", "e mail address", "mail", "e mail adresse", "correo",
              "correo electronico", "correo e", "courriel", "adres e mail"),
    "line": ("address", "street", "street address", "address line 1", "address line1", "address 1", "address1",
             "home address", "adres", "ulica", "strasse", "adresse", "anschrift", "direccion", "domicilio", "calle",
             "indirizzo", "endereco"),
    "line2": ("address 2", "address line 2", "address2", "address line2", "street 2", "apt", "apartment",
              "adresszusatz",
              "direccion 2", "complement d adresse"),
    "city": ("city", "town", "suburb", "city village", "miasto", "miejscowosc", "ort", "wohnort", "ciudad", "localidad",
             "poblacion", "municipio", "ville", "citta", "cidade", "woonplaats"),
    "state": ("state", "st", "province", "region", "state province", "provincia", "estado"),
    "postalCode": ("postal code", "postcode", "post code", "zip", "zip code", "zipcode", "zip postal code", "postal",
                   "kod pocztowy", "plz", "postleitzahl", "codigo postal", "cod postal", "c p", "code postal", "cp",
                   "cap", "cep"),
    "country": ("country", "country code", "kraj", "land", "pais", "pays"),
    "language": ("language", "preferred language", "primary language", "jezyk", "sprache", "idioma", "langue"),
}  # fmt: skip
"""What columns are called, folded; the program's own names come first."""

FOREIGN = frozenset({"encounter", "encounter id", "code", "reasoncode", "reason code", "organization", "organisation",
                      "speciality", "specialty", "npi", "revenue", "utilization", "units", "procedure",
                      "diagnosis"})  # fmt: skip
"""What only lists of something else have: visits, codes, organisations, payers."""

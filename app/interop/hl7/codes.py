"""HL7's tables for results: flags (0078), states (0085), kinds of identifiers (0203) in our own words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.kernel.i18n import t

FLAGS: Mapping[str, str] = {
    "L": "L",
    "H": "H",
    "LL": "LL",
    "HH": "HH",
    "<": "L",
    ">": "H",
    "A": "A",
    "AA": "HH",
    "LU": "LL",
    "HU": "HH",
    "L*": "LL",
    "H*": "HH",
    "PANIC LOW": "LL",
    "PANIC HIGH": "HH",
    "LOW": "L",
    "HIGH": "H",
    "LO": "L",
    "HI": "H",
    "ABNORMAL": "A",
    "CRITICAL": "HH",
    "CRIT": "HH",
    "PANIC": "HH",
    "PH": "HH",
    "PL": "LL",
    "CRITICAL HIGH": "HH",
    "CRITICAL LOW": "LL",
    "!": "A",
    "+": "H",
    "-": "L",
    "++": "H",
    "--": "L",
}  # fmt: skip
"""Flags that mean something here. AA is what panic limits are for results without numbers: it is critical."""

UNDIRECTED = frozenset({"*", "**", "***"})
"""Marks that say "not normal" and leave it to the range whether high or low."""
UNDIRECTED_CRITICAL = frozenset({"AA", "CRITICAL", "CRIT", "PANIC"})
"""Marks that say "critical" and leave it to the range whether high or low."""

_WEIGHT = {"": 0, "A": 1, "L": 2, "H": 2, "LL": 3, "HH": 3}

_SILENT = frozenset({"", "N", "NORMAL", "NULL", '""', "NA", "N/A"})
"""Flags that say: nothing special."""

_WORDS: Mapping[str, str] = {
    "AA": "very abnormal, critical",
    "S": "susceptible",
    "R": "resistant",
    "I": "intermediate",
    "MS": "moderately susceptible",
    "VS": "very susceptible",
    "U": "rising",
    "D": "falling",
    "B": "better",
    "W": "worse",
    "POS": "positive",
    "NEG": "negative",
    "IND": "indeterminate",
    "DET": "detected",
    "ND": "not detected",
    "RR": "reactive",
    "WR": "weakly reactive",
    "NR": "non-reactive",
    "AC": "anti-complementary substances present",
    "TOX": "cytotoxic substance present",
    "QCF": "quality control failure",
    "<": "below the instrument's scale",
    ">": "above the instrument's scale",
    "HU": "significantly high",
    "LU": "significantly low",
    "EX": "outside threshold",
    "NS": "non-susceptible",
    "SDD": "susceptible-dose dependent",
    "E": "equivocal",
    "CAR": "carrier",
    "HM": "hold for medical review",
    "EXP": "expected",
    "UNE": "unexpected",
    "SYN-R": "synergy resistant",
    "SYN-S": "synergy susceptible",
}  # fmt: skip


def flag_of(codes: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """Return our flag for those of the laboratory, the gravest; and in words what our flag doesn't tell."""
    best, words = "", []
    for code in codes:
        plain = " ".join(code.upper().split())
        if plain in _SILENT:
            continue
        ours = "A" if plain in UNDIRECTED else FLAGS.get(plain, "")
        if _WEIGHT[ours] > _WEIGHT[best]:
            best = ours
        if plain in _WORDS:
            words.append(f"{code}: {_WORDS[plain]}")
        elif not ours:
            words.append(code)
    return best, tuple(words)


FINAL, PRELIMINARY, CORRECTED, CANCELLED, WRONG = "final", "preliminary", "corrected", "cancelled", "entered-in-error"

STATUS: Mapping[str, str] = {
    "F": FINAL,
    "U": FINAL,
    "A": "amended",
    "B": "appended",
    "V": FINAL,
    "C": CORRECTED,
    "P": PRELIMINARY,
    "R": PRELIMINARY,
    "S": PRELIMINARY,
    "I": PRELIMINARY,
    "O": PRELIMINARY,
    "X": CANCELLED,
    "N": CANCELLED,
    "D": WRONG,
    "W": WRONG,
}  # fmt: skip

STATUS_WORDS: Mapping[str, str] = {
    "R": "not verified by the laboratory yet",
    "S": "partial result",
    "I": "specimen is in the laboratory, no result yet",
    "O": "no result yet",
    "X": "no result could be obtained",
    "N": "not asked for or not done",
    "D": "deleted by the laboratory",
    "W": "the laboratory says: result of a wrong patient or specimen",
}  # fmt: skip

ORDER_STATUS: Mapping[str, str] = {
    "F": FINAL,
    "C": CORRECTED,
    "P": PRELIMINARY,
    "R": PRELIMINARY,
    "S": PRELIMINARY,
    "A": PRELIMINARY,
    "I": PRELIMINARY,
    "O": PRELIMINARY,
    "X": CANCELLED,
    "Y": CANCELLED,
    "Z": CANCELLED,
}  # fmt: skip
"""OBR-25 (table 0123), for results that don't say their own state."""

CANCELLING = frozenset({"CA", "OC", "DC", "OD"})
"""ORC-1 (table 0119): the order is cancelled or discontinued, asked for or told."""

CONTROLS = frozenset("BCEFOQV")
"""SPM-11 (table 0369): blind samples, calibrators, controls, proficiency tests: a laboratory checks itself by them."""

LOINC = frozenset({"LN", "LOINC", "LNC", "2.16.840.1.113883.6.1", "HTTP://LOINC.ORG"})

RESULT_KINDS = frozenset({"ORU", "OUL"})


def kind_word(code: str) -> str:
    """Return what messages of a kind (the first part of MSH-9) are, for people to read; "" for an unknown one."""
    words = {
        "ADT": t("patient administration"),
        "ORM": t("an order"),
        "OML": t("an order"),
        "OMG": t("an order"),
        "ORR": t("an answer to an order"),
        "ORL": t("an answer to an order"),
        "ACK": t("an acknowledgement"),
        "MDM": t("a document"),
        "SIU": t("an appointment"),
        "DFT": t("a charge"),
        "BAR": t("billing"),
        "MFN": t("a master file"),
        "QRY": t("a query"),
        "ORF": t("an answer to a query"),
        "VXU": t("vaccinations"),
        "RDE": t("a prescription"),
        "RAS": t("given medicines"),
        "PPR": t("a problem list"),
        "REF": t("a referral"),
        "QBP": t("a query"),
        "RSP": t("an answer to a query"),
        "SSU": t("the state of a specimen"),
        "ESU": t("the state of a device"),
    }
    return words.get(code, "")

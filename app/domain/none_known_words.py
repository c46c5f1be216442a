"""Words that say of a list that there is nothing on it: no entry, whoever writes them. Folded, in several languages."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.clinical_lists import ListKind
from app.kernel.fold import fold

SAID: Mapping[ListKind, frozenset[str]] = {
    ListKind.ALLERGIES: frozenset({
        "no known allergies", "no known allergy", "no allergies", "nka", "no known allergies nka",
        "sin alergias conocidas", "sin alergias", "no se conocen alergias", "no alergias conocidas",
        "keine bekannten allergien", "keine allergien bekannt", "aucune allergie connue",
    }),
    ListKind.CONDITIONS: frozenset({
        "no known problems", "no active problems", "no known conditions", "sin problemas conocidos",
        "sin antecedentes de interes",
    }),
    ListKind.MEDICATIONS: frozenset({
        "no known medications", "no current medications", "no active medications", "sin medicacion",
        "sin medicacion habitual", "no toma medicacion",
    }),
}  # fmt: skip
"""There are none at all."""
KIND_SAID = frozenset({
    "no known drug allergies", "no known drug allergy", "no known medication allergies", "nkda",
    "no known drug allergies nkda", "no known food allergies", "no known environmental allergies",
    "sin alergias medicamentosas conocidas", "sin alergias a medicamentos conocidas",
    "sin alergias alimentarias conocidas",
})  # fmt: skip
"""There is none of one kind of allergy."""
_SHORT = frozenset(
    {"none", "none known", "nothing", "no", "nil", "ninguna", "ninguno", "ninguna conocida", "nada", "n/a"}
)


def says_nothing(kind: ListKind, text: str) -> bool:
    """Tell whether somebody types as an entry that there is none."""
    said = fold(text).strip(" .")
    return said in _SHORT or said in SAID[kind] or (kind is ListKind.ALLERGIES and said in KIND_SAID)

"""What the letters in a column of sexes mean: some only beside the others of their list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.kernel.fold import fold

_SAME_EVERYWHERE: Mapping[str, str] = {
    **dict.fromkeys(("f", "female", "woman", "k", "kobieta", "w", "weiblich", "mujer", "femenino", "femme", "feminin",
                     "feminino", "femmina", "donna", "vrouw", "vrouwelijk"), "female"),
    **dict.fromkeys(("m", "male", "man", "mezczyzna", "mannlich", "hombre", "varon", "masculino", "homme", "masculin",
                     "maschio", "uomo", "mannelijk"), "male"),
    **dict.fromkeys(("o", "other", "x", "d", "divers", "otro"), "other"),
    **dict.fromkeys(("u", "unknown"), "unknown"),
}  # fmt: skip


def sexes_in(cells: Iterable[str], title: str) -> Mapping[str, str]:
    """Return what each word means (folded) in a column with these cells and this title.

    H beside M is hombre and mujer, beside F homme and femme. V beside M is vrouw and man, in a column called
    "sexo" varón and mujer.
    """
    said = {fold(cell) for cell in cells}
    woman = "f" in said
    if "h" in said:
        return {**_SAME_EVERYWHERE, "h": "male", **({} if woman else {"m": "female"})}
    if "v" in said and "m" in said and not woman:
        spanish = fold(title) == "sexo"
        return {**_SAME_EVERYWHERE, **({"v": "male", "m": "female"} if spanish else {"v": "female"})}
    return _SAME_EVERYWHERE

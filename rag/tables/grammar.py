"""Numbers with nouns, lists and decimals, in Slovene (with its dual) and English."""

from collections.abc import Sequence

from corpus.types import Language

SL = Language.SL

# Forms after 1, 2, 3-4 and the rest; which of them is told by the last two digits.
_SLOVENE = {
    "trial_acc": ("študijo", "študiji", "študije", "študij"),
    "trial_nom": ("študija", "študiji", "študije", "študij"),
    "participant_acc": ("udeleženca", "udeleženca", "udeležence", "udeležencev"),
    "participant_nom": ("udeleženec", "udeleženca", "udeleženci", "udeležencev"),
}
_ENGLISH = {"trial": ("trial", "trials"), "participant": ("participant", "participants")}


def form(n: int, noun: str) -> str:
    """Return the Slovene form of `noun` that stands after the number `n` ("študiji" after 2)."""
    forms = _SLOVENE[noun]
    tail = n % 100
    return forms[{1: 0, 2: 1, 3: 2, 4: 2}.get(tail, 3)]


def counted(n: int, noun: str, language: Language, *, case: str = "nom") -> str:
    """Return "2 študiji", "5 trials"; `case` ("nom" or "acc") matters in Slovene only."""
    if language is SL:
        return f"{n} {form(n, f'{noun}_{case}')}"
    return f"{n} {_ENGLISH[noun][n != 1]}"


def have(n: int, language: Language) -> str:
    """Return the verb for `n` trials that are named one by one: "ima", "imata", "imajo"."""
    if language is SL:
        return ("ima", "imata", "imajo")[min(n, 3) - 1]
    return "has" if n == 1 else "have"


def number(value: float, language: Language) -> str:
    """Return a number with at most one decimal, a comma before it in Slovene."""
    text = f"{value:.1f}".removesuffix(".0")
    return text.replace(".", ",") if language is SL else text


def listed(names: Sequence[str], language: Language) -> str:
    """Return "a, b in c" or "a, b and c"."""
    if len(names) < 2:
        return "".join(names)
    last = "in" if language is SL else "and"
    return f"{', '.join(names[:-1])} {last} {names[-1]}"


def first(n: int, language: Language) -> str:
    """Return "prve 3" (of trials), "the first 3"."""
    if language is SL:
        return f"{({1: 'prva', 2: 'prvi', 3: 'prve', 4: 'prve'}).get(n, 'prvih')} {n}"
    return f"the first {n}"


_MONTHS_SL = ("januar februar marec april maj junij julij avgust september oktober november december").split()
_MONTHS_EN = ("January February March April May June July August September October November December").split()


def month(value: int, language: Language) -> str:
    """Return "november" or "November"."""
    return (_MONTHS_SL if language is SL else _MONTHS_EN)[value - 1]

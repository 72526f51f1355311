"""Places in a list said in words: "the tenth reference", "petindvajseti vir", "the last but one"."""

import re
import tomllib
from functools import cache
from pathlib import Path

from corpus.types import Language


@cache
def ordinal_pattern(language: Language) -> str:
    """Return a pattern of the words for places in a list, over folded text, without groups."""
    words = _words(language)
    ends = "|".join(f"(?:{pattern})" for pattern in words["from_end"])
    return f"(?:{ends}|{_counted(words)})"


def place(ordinal: str, language: Language, *, last: int) -> int:
    """Return the place that a folded ordinal names in a list of `last` entries; 0 when it names none."""
    words = _words(language)
    for back, pattern in enumerate(words["from_end"]):
        if re.fullmatch(pattern, ordinal):
            return last - back
    match = re.fullmatch(_counted(words, named=True), ordinal)
    if match is None:
        return 0
    groups = match.groupdict()
    names = (("ordinal", "ordinals"), ("ten", "tens"), ("unit", "units"))
    return sum(_index(groups[group], words[table]) * (10 if group == "ten" else 1) for group, table in names)


def in_digits(text: str, folded: str, language: Language) -> str:
    """Return a text in which a number in words that names an entry ("reference forty-four") stands in digits.

    Args:
        folded: the text folded character by character.
    """
    words = _words(language)
    unit, ten = (f"(?:{'|'.join(filter(None, words[name]))})" for name in ("cardinals", "tens"))
    compound = words["numbered"][0].format(unit=f"(?P<unit>{unit})", ten=f"(?P<ten>{ten})")
    pattern = rf"\b(?:{'|'.join(words['noun'])})\s+(?P<number>{compound}|(?P<simple>{unit}))\b(?![-'’])"
    for match in reversed(list(re.finditer(pattern, folded))):
        simple = match["simple"] or match["unit"]
        number = _index(simple, words["cardinals"]) + 10 * _index(match["ten"], words["tens"])
        text = text[: match.start("number")] + str(number) + text[match.end("number") :]
    return text


def _counted(words: dict[str, list[str]], *, named: bool = False) -> str:
    """A simple ordinal, or tens with or without units, in the order of the language."""
    units, ordinals, tens = (f"(?:{'|'.join(filter(None, words[name]))})" for name in ("units", "ordinals", "tens"))
    simple, ten, unit = (
        (f"(?P<ordinal>{ordinals})", f"(?P<ten>{tens})", f"(?P<unit>{units})") if named else (ordinals, tens, units)
    )
    (ending,) = words["ending"]
    (pattern,) = words["compound"]
    compound = pattern.format(ten=ten, unit=unit)
    return f"(?:{compound}|{simple}){ending}"


def _index(word: str | None, forms: list[str]) -> int:
    if not word:
        return 0
    return next(place for place, form in enumerate(forms) if form and re.fullmatch(form, word))


@cache
def _words(language: Language) -> dict[str, list[str]]:
    data = tomllib.loads((Path(__file__).parent / "numerals.toml").read_text(encoding="utf-8"))
    found: dict[str, list[str]] = data[language]
    return found

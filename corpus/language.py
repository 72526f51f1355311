"""Which of the two languages a text is in, or neither.

py3langid (Lui & Baldwin 2012, "langid.py", retrained) ranks all its languages; questions are
short, so the close kin Croatian, Bosnian and Serbian are taken together, and a question is turned
away only when another language is clearly ahead of both Slovene and English.
"""

from functools import cache
from typing import Any

from corpus.types import Language

_CANDIDATES = "sl en hr bs sr de it fr es pt nl hu cs sk pl ro sv da ru uk mk bg tr el ar zh ja".split()
_SOUTH_SLAVIC = ("hr", "bs", "sr")
# A foreign language needs this probability, and this many times that of the better of ours.
_FOREIGN_FLOOR = 0.6
_FOREIGN_RATIO = 8.0
# Below this ratio the two are too close to call (bare ids and abbreviations).
_UNDECIDED_RATIO = 1.25


def detect_language(text: str, *, default: Language = Language.SL) -> Language | None:
    """Return the language of a question, or None when it is in neither Slovene nor English.

    Args:
        text: any text; one without letters gets `default`.
        default: for text that tells nothing ("NCT05354141", "GvHD?").
    """
    words = [word for word in text.split() if any(char.isalpha() for char in word)]
    telling = [word for word in words if not _is_code(word)]
    if not telling:
        return default
    chances: dict[str, float] = {code: float(p) for code, p in _identifier().rank(" ".join(telling))}
    ours = {Language.SL: chances["sl"], Language.EN: chances["en"]}
    foreign = {code: p for code, p in chances.items() if code not in ("sl", "en", *_SOUTH_SLAVIC)}
    foreign["hr"] = sum(chances[code] for code in _SOUTH_SLAVIC)
    best = max(foreign.values())
    if best >= _FOREIGN_FLOOR and best >= _FOREIGN_RATIO * max(ours.values()):
        return None
    likely, other = sorted(ours, key=lambda language: ours[language], reverse=True)
    if ours[likely] < _UNDECIDED_RATIO * ours[other]:
        return default
    return likely


def _is_code(word: str) -> bool:
    """Whether a word is an id or abbreviation, which belongs to no language ("NCT0…", "GvHD")."""
    core = word.strip("?!.,;:()[]\"'»«“”")
    return any(char.isdigit() for char in core) or sum(char.isupper() for char in core) >= 2


@cache
def _identifier() -> Any:
    from py3langid import langid

    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
    identifier.set_languages(_CANDIDATES)
    return identifier

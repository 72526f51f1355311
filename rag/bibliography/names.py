"""Names of authors as people write them: inflected in Slovene, possessive, without accents, mistyped."""

import re
from collections.abc import Iterable
from functools import lru_cache

from corpus.terms import distance
from corpus.text import fold

# What Slovene hangs on a name: "Nazarija", "Krausejem", "Buzasove", "Maličeva", "Villatini".
_ENDING = re.compile(
    r"j?(?:a|u|i|e|o|em|om|ema|oma|ih|im|imi|"
    r"(?:ov|ev)(?:a|e|i|o|u|ega|emu|em|im|ih|imi|ima|oma|ema|om)?|"
    r"in(?:a|e|i|o|ega|emu|em|im|ih|imi|ima))?"
)
# A mistyped name may differ by this many keystrokes, by its length.
_SLIPS = ((8, 2), (5, 1))


def split_name(author: str) -> tuple[str, str]:
    """Return (family name, initials) of an author as printed: "van der Worp HB" gives both parts.

    A name that ends in no initials (a group, one from another style) is all family name.
    """
    family, _, initials = author.rpartition(" ")
    if family and initials.isalpha() and initials.isupper() and len(initials) <= 4:
        return family, initials
    return author, ""


def name_keys(family: str) -> tuple[str, ...]:
    """Return the folded words by which a family name may be called, the whole name first.

    "van der Worp" goes by "worp" too, "Heirani-Tabasi" by either half.
    """
    folded = fold(family).replace("’", "'")
    parts = folded.split()
    keys = [folded, parts[-1], *(half for half in re.split(r"[-\s]", folded) if len(half) >= 4)]
    return tuple(dict.fromkeys(keys))


@lru_cache(maxsize=200_000)
def is_form_of(word: str, key: str) -> bool:
    """Whether a folded word is the folded name `key`, perhaps in a Slovene case or possessive."""
    if word == key:
        return True
    if len(word) < 3 or word[:2] != key[:2]:
        return False
    return any(word.startswith(stem) and _ENDING.fullmatch(word[len(stem) :]) for stem in _stems(key))


def _stems(key: str) -> Iterable[str]:
    yield key
    if len(key) < 4:
        return
    if key[-1] in "aeo":  # Villata, Villate
        yield key[:-1]
    if key[-2] in "eo" and key[-1] in "rlcnk":  # Veber, Vebra
        yield key[:-2] + key[-1]


def stripped(word: str) -> tuple[str, ...]:
    """Return a folded word and what is left of it without endings that Slovene may have added."""
    found = [word]
    for size in range(1, 6):
        if len(word) - size >= 3 and _ENDING.fullmatch(word[-size:]):
            found.append(word[:-size])
    return tuple(found)


def is_slip_of(word: str, key: str) -> bool:
    """Whether a folded word is the name `key` mistyped: one keystroke wrong, two in a long name."""
    allowed = next((slips for length, slips in _SLIPS if len(key) >= length), 0)
    if not allowed:
        return False
    return any(distance(form, key, at_most=allowed) <= allowed for form in stripped(word))


def named_in(text: str, authors: Iterable[str]) -> bool:
    """Return whether a text names one of `authors` (as printed in the bibliography) by family name."""
    keys = {fold(split_name(author)[0]) for author in authors}
    spoken = {fold(word) for word in re.findall(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*", text) if word[0].isupper()}
    return any(is_form_of(word, key) for word in spoken for key in keys)

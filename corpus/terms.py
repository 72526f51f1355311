"""From text to searchable terms: folded words, their lemmas, ids kept whole.

The only home of simplemma. Slovene words the lemmatiser does not know (most medical ones) are
caught by `similarity`, which compares word forms by their common beginning, where Slovene keeps
its meaning, or by shared character trigrams, where typing slips leave most of them alone.
"""

import re
import tempfile
import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.text import fold
from corpus.types import Language

if TYPE_CHECKING:
    from simplemma.strategies.dictionaries import DictionaryFactory

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "κ": "kappa", "λ": "lambda", "μ": "mu",
    "ω": "omega",
}  # fmt: skip
# Number words, so that "six months" finds "6 mesecih"; "one" and "en" are mostly no numbers.
_NUMBERS = {
    word: str(number)
    for number, forms in {
        2: "ii dva dve dveh dvema two",
        3: "iii tri trije treh trem tretja tretje tretji tretjo tretjem tretjega three third",
        4: "iv stiri stirje stirih stirim cetrta cetrte cetrti cetrto four fourth",
        5: "pet petih petim five fifth",
        6: "sest sestih sestim six sixth",
        7: "sedem sedmih sedmim seven seventh",
        8: "osem osmih osmim eight eighth",
        9: "devet devetih devetim nine ninth",
        10: "deset desetih desetim ten tenth",
    }.items()
    for word in forms.split()
}
# "Myocarditis", "miokarditisu"; of the second kind are "arthritic", "artritična", too.
_INFLAMMATION = re.compile(r"[^\W\d_]{3}itis(?:[aeiu]|om|em|ih|es)?$")
_INFLAMMATORY = re.compile(r"iti[sc]")
_WORD = re.compile(r"[^\W_]+(?:[-/][^\W_]+)*")
_POSSESSIVE = re.compile(r"['’](?:s|m|re|ve|ll|d|t)\b|(?<=s)['’]")
_CITATION_GROUP = re.compile(r"\s*\(\d{1,3}(?:\s*[-–,]\s*\d{1,3})*\)")

STOP_WORDS = {
    Language.SL: frozenset(
        fold(
            "a ali ampak bi bil bila bile bili bilo biti bo bodo bolj bom brez čeprav da do dokler drug druga drugi "
            "eden en ena eni enega ga glede gre h i in ima imajo imata iz iza ja jaz je jih jo k kaj kako kakor če "
            "katero katerim katerimi katerem kod me zanima zanimajo svoj svoja svoje oba obe zdaj sploh res torej tja "
            "kakšen kakšna kakšne kakšni kakšno kako kam kar katera katere kateri katerih kateremu katerega kdaj kdo "
            "ker ki kje ko koliko kot koga koliki kolikšen kolikšna kolikšno ku lahko le ma med mi mu na naj nam nad "
            "nas ne nek neka neki nekaj ni niso njih njihov njihova njihove njihovi njo o ob od oz ona oni ono onega "
            "pa pač po pod poleg povej pri pred preko prek potem prav s sam samo saj se sem si smo so sta ste še ta "
            "tako tam te tega tej tem temi ter ti tip to toda tudi u v vam vas ve več ves vsa vse vsi vsak vsaka vsako "
            "z za zakaj zaradi zato zdaj že članek članku članka navaja pravi pove piše omenja povzemi opiši naštej "
            "razloži pomeni"
        ).split()
    ),
    Language.EN: frozenset(
        fold(
            "a about after all also an and any are article as at be been being between but by can could describe did "
            "do does each for from give had has have how i if in into is it its itself list many me mean means "
            "mention mentioned mentions more much my no not of on or our paper per please review said say says "
            "should so some such tell than that the their them then there these they this those through to under "
            "us was we were what when where which who whom whose why will with would you your explain according "
            "kind kinds one ones any anything get got need want looking look let please i'm"
        ).split()
    ),
}


@lru_cache(maxsize=8192)
def searchable(text: str) -> str:
    """Return `text` folded for searching: no case, no diacritics, Greek letters spelled out."""
    folded = fold(_CITATION_GROUP.sub("", text))
    for letter, name in _GREEK.items():
        folded = folded.replace(letter, name)
    return folded


def digits(text: str) -> str:
    """Return searchable text with the number words from two to ten as digits: "five months" is "5 months"."""
    return _WORD.sub(lambda match: _NUMBERS.get(match.group(), match.group()), text)


def words(text: str) -> list[str]:
    """Return the words of `text` in order, folded; compounds with a hyphen also in parts.

    "ZV-MSC (NCT04388982)" gives zv-msc, zv, msc, nct04388982.
    """
    found: list[str] = []
    for match in _WORD.finditer(_POSSESSIVE.sub("", searchable(text))):
        word = match.group()
        found.append(_NUMBERS.get(word, word))
        if not word.isalnum():
            parts = re.split(r"[-/]", word)
            found.extend(_NUMBERS.get(part, part) for part in parts if len(part) > 1 or part.isdigit())
    return found


def content_words(text: str, language: Language) -> list[str]:
    """Return the distinct words of `text` that carry meaning, in order."""
    stop = STOP_WORDS[language]
    return list(dict.fromkeys(word for word in words(text) if word not in stop))


def terms(text: str, language: Language) -> list[str]:
    """Return the terms of `text` for term weighting (BM25): words and, where different, lemmas."""
    lemma_of = {fold(word): fold(lemma(word, language)) for word in set(_WORD.findall(text.casefold()))}
    found: list[str] = []
    for word in words(text):
        if word in STOP_WORDS[language]:
            continue
        found.append(word)
        base = lemma_of.get(word, word)
        if base != word:
            found.append(base)
    return found


@lru_cache(maxsize=100_000)
def lemma(word: str, language: Language) -> str:
    """Return the dictionary form of a word, or the word itself when it is not known."""
    return str(_dictionary().lemmatizer.lemmatize(word, str(language)))


def is_dictionary_word(word: str, language: Language) -> bool:
    """Return whether a word form stands in the general dictionary; most names and terms do not."""
    return _dictionary().words.get_lemma(unicodedata.normalize("NFC", word), str(language)) is not None


def write_dictionaries(folder: Path) -> None:
    """Write the dictionaries of both languages to `folder`, as `use_dictionaries` reads them.

    They are MARISA tries (Yata 2011), mapped into memory instead of read word by word.

    Raises:
        OSError: one could not be written.
    """
    for language in Language:
        dictionary_file(folder, language).write_bytes(_trie(language))


@cache
def _trie(language: Language) -> bytes:
    """The dictionary of a language as a file; packing it takes a second, and it is the same for every index."""
    from simplemma.strategies.dictionaries.trie_dictionary_factory import TrieDictionaryFactory

    with tempfile.TemporaryDirectory() as folder:
        TrieDictionaryFactory(disk_cache_dir=folder).get_dictionary(str(language))
        path = dictionary_file(Path(folder), language)
        if not path.exists():  # simplemma only logs it
            raise OSError(f"The dictionary {path} could not be written.")
        return path.read_bytes()


def use_dictionaries(folder: Path) -> None:
    """Look words up in the files that `write_dictionaries` wrote to `folder`; the results are the same.

    Raises:
        OSError: a file is not there; nothing changes.
    """
    from simplemma.strategies.dictionaries.trie_dictionary_factory import TrieDictionaryFactory

    for language in Language:
        if not dictionary_file(folder, language).exists():
            raise FileNotFoundError(f"There is no dictionary {dictionary_file(folder, language)}.")
    factory = TrieDictionaryFactory(disk_cache_dir=str(folder))
    for language in Language:
        factory.get_dictionary(str(language))  # now, since the index may be replaced later
    _loaded[:] = [_Dictionary(factory)]


def dictionary_file(folder: Path, language: Language) -> Path:
    """Return where the dictionary of a language stands; simplemma names it."""
    return folder / f"{language}.dic"


class _Dictionary:
    """A lemmatiser over the dictionaries of a factory, those of simplemma by default."""

    def __init__(self, factory: "DictionaryFactory | None" = None) -> None:
        from simplemma import Lemmatizer
        from simplemma.strategies import DefaultStrategy, DictionaryLookupStrategy
        from simplemma.strategies.dictionaries import DefaultDictionaryFactory

        factory = factory or DefaultDictionaryFactory()
        self.words = DictionaryLookupStrategy(factory)
        self.lemmatizer = Lemmatizer(lemmatization_strategy=DefaultStrategy(dictionary_factory=factory))


_loaded: list[_Dictionary] = []


def _dictionary() -> _Dictionary:
    if not _loaded:
        _loaded.append(_Dictionary())
    return _loaded[0]


def _inflamed(one: str, other: str) -> bool:
    """Whether the first word alone names an inflammation."""
    return _INFLAMMATION.search(one) is not None and _INFLAMMATORY.search(other) is None


@lru_cache(maxsize=500_000)
def similarity(first: str, second: str) -> float:
    """Return how alike two folded words are, 0 to 1.

    The higher of (a) the share of the longer common beginning in the mean length, from four
    letters on, and (b) the Dice coefficient of their character trigrams (Dice 1945). Numbers, ids
    and short words are alike only when equal, and an inflammation only with an inflammation:
    myocarditis is no myocardial infarction.
    """
    if first == second:
        return 1.0
    both = first + second
    if min(len(first), len(second)) < 4 or (not both.isalpha() and any(char.isdigit() for char in both)):
        return 0.0
    if _inflamed(first, second) or _inflamed(second, first):
        return 0.0
    common = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        common += 1
    beginning = 2 * common / (len(first) + len(second)) if common >= 4 else 0.0
    grams, others = _trigrams(first), _trigrams(second)
    dice = 2 * len(grams & others) / (len(grams) + len(others))
    return max(beginning, dice)


@lru_cache(maxsize=100_000)
def _trigrams(word: str) -> frozenset[str]:
    padded = f" {word} "
    return frozenset(padded[start : start + 3] for start in range(len(padded) - 2))


def distance(first: str, second: str, *, at_most: int) -> int:
    """Return the edit distance with neighbours swapped (Damerau 1964, optimal string alignment).

    Anything above `at_most` comes back as `at_most + 1`.
    """
    if abs(len(first) - len(second)) > at_most:
        return at_most + 1
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, one in enumerate(first, start=1):
        before, previous, row = row, before, [i]
        for j, other in enumerate(second, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (one != other))
            if i > 1 and j > 1 and one == second[j - 2] and first[i - 2] == other:
                cost = min(cost, previous[j - 2] + 1)
            row.append(cost)
        if min(row) > at_most:
            return at_most + 1
    return min(row[-1], at_most + 1)

"""The cue patterns of `lexicon.toml`, compiled."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from corpus.types import Language
from rag.bibliography.numerals import ordinal_pattern
from rag.bibliography.query import Field, Operation
from rag.questions.patterns import Patterns, late

_PLAIN = (
    "numbered foundation source_too works_of works_in only_once sole few strong weak material cites "
    "before_thing but_not whether_any navigates work "
    "published own how_to_cite prose not_works about statement "
    "lead author_before author_genitive author_after author_subject own_authors journal_before journal_named chapter "
    "paper papers age more_than_once which_works in_section missing present last_author bare_number claim "
    "which_section carries names_sources frame demand joint opinion findings "
    "captioned drawn wanted small "
    "hint doers asks_papers several pair where_when where_published evidence reports denies sought opening entire"
).split()


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Cue patterns of one language, over folded text.

    Attributes:
        cues: by name, as described at the top of `lexicon.toml`.
        operations, fields, years: in the order in which they are tried.
        nouns: names of fields in an enumeration; `enumerated` matches two or more, or one that is demanded,
            `of_number` one of the entry with a number, last of all: "title of 9?".
        unlisted: what no list of references gives, by name.
        groups: what a grouping question groups by, and "top".
        scaffolding: matches a whole word that never tells what a work is about.
        spelling: words that are recognised with a keystroke wrong.
    """

    cues: Mapping[str, re.Pattern[str]]
    operations: Mapping[Operation, re.Pattern[str]]
    groups: Mapping[str, re.Pattern[str]]
    unlisted: Mapping[str, re.Pattern[str]]
    fields: Mapping[Field, re.Pattern[str]]
    nouns: Mapping[Field, re.Pattern[str]]
    enumerated: re.Pattern[str]
    of_number: re.Pattern[str]
    years: Mapping[str, re.Pattern[str]]
    scaffolding: re.Pattern[str]
    spelling: tuple[str, ...]

    def says(self, cue: str, folded: str) -> bool:
        """Whether a cue occurs in a folded text."""
        return self.cues[cue].search(folded) is not None


@cache
def lexicon(language: Language) -> Lexicon:
    """Return the lexicon of a language.

    Raises:
        KeyError: the file lacks a cue.
        ValueError: it names an operation or field that there is not.
    """
    data = tomllib.loads((Path(__file__).parent / "lexicon.toml").read_text(encoding="utf-8"))
    cues = {**data["shared"], **data[language]}
    return Lexicon(
        cues=Patterns(
            {"ordinal": _ordinal(cues["ordinal"], language), **{n: cues[n] for n in (*data["shared"], *_PLAIN)}}
        ),
        operations={Operation(name): late(pattern) for name, pattern in cues["operations"].items()},
        groups={name: late(pattern) for name, pattern in cues["groups"].items()},
        unlisted={name: late(pattern) for name, pattern in cues["unlisted"].items()},
        fields={Field(name): late(pattern) for name, pattern in cues["fields"].items()},
        nouns={Field(name): late(rf"\b(?:{pattern})\b") for name, pattern in cues["nouns"].items()},
        enumerated=_enumerated(cues["nouns"], cues["demand"], cues["joint"]),
        of_number=late(
            rf"\b(?:{'|'.join(cues['nouns'].values())})\s+(?:of|for|od|za|pri|pod)\s+(?P<list>\d{{1,3}})\W*$"
        ),
        years={name: late(pattern) for name, pattern in cues["years"].items()},
        scaffolding=late(data["scaffolding"][language]),
        spelling=tuple(cues["spelling"].split()),
    )


@cache
def in_titles(word: str) -> tuple[str, ...]:
    """Return the English words that titles have for a folded Slovene word; none for one of another language."""
    return next((tuple(english.split()) for pattern, english in _in_titles() if pattern.fullmatch(word)), ())


def in_sections(word: str) -> str:
    """Return the Slovene word that titles of sections have for a folded English one; else the word itself."""
    return _in_sections().get(word, word)


@cache
def _in_sections() -> dict[str, str]:
    data = tomllib.loads((Path(__file__).parent / "lexicon.toml").read_text(encoding="utf-8"))
    return {english: slovene for slovene, names in data["in_sections"].items() for english in names.split()}


@cache
def _in_titles() -> tuple[tuple[re.Pattern[str], str], ...]:
    data = tomllib.loads((Path(__file__).parent / "lexicon.toml").read_text(encoding="utf-8"))
    return tuple((late(pattern), english) for english, pattern in data["in_titles"].items())


def _ordinal(cue: str, language: Language) -> str:
    return cue.replace("{ordinal}", ordinal_pattern(language))


def _enumerated(nouns: Mapping[str, str], demand: str, joint: str) -> re.Pattern[str]:
    """ "Author, journal and year", or "name the journal": fields asked for by their names alone."""
    noun = f"(?:{'|'.join(nouns.values())})"
    bare = rf"(?<=[.?!:;–—-]\s){noun}(?=\W*$)"  # "… . Authors?"
    return late(rf"\b(?:{demand}\s+{noun}(?:{joint}{noun})*|{noun}(?:{joint}{noun})+)\b|{bare}")

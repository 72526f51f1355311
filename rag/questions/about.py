"""Questions about the article itself: which of its facts is asked for, and what holds it.

Who wrote it, where, when and under which licence it appeared, whether it claims to be complete: these are
read as fields of the article, by cues of `about.toml`, and answered with nothing but the piece (or the part
of a piece) that holds the field. A question that merely names the article or its authors ("what do the
authors expect …") asks for no field, and is left to the text.
"""

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from corpus.terms import STOP_WORDS, searchable, words
from corpus.types import Kind, Language
from ingest.chunk import Chunk
from rag.questions.patterns import Patterns, late

# So many words more may stand in a question about the article.
_FEW = 2
# A gap in a cue, which may span any word as it stands in the file.
_GAP = r"(\w+ )"
_CUES = ("always", "sure", "asks", "unless")


class Fact(StrEnum):
    """A field of the article that can be asked for, in the order in which cues are tried."""

    CORRESPONDENCE = "correspondence"
    CONFLICT = "conflict"
    FUNDING = "funding"
    CONTRIBUTIONS = "contributions"
    REVIEWERS = "reviewers"
    IMPACT = "impact"
    RETRACTION = "retraction"
    SCREENED = "screened"
    """How many records were looked through."""
    COVERAGE = "coverage"
    """Whether it claims to be complete."""
    ACCESSED = "accessed"
    """When its sources were consulted."""
    SCOPE = "scope"
    """What kind of article it is, what it sets out to do."""
    KEYWORDS = "keywords"
    LICENCE = "licence"
    DATES = "dates"
    """When it was received and accepted."""
    AFFILIATION = "affiliation"
    CITATION = "citation"
    DOI = "doi"
    IMPRINT = "imprint"
    """Journal, year, volume, issue, pages."""
    JOURNAL = "journal"
    TITLE = "title"
    AUTHORS = "authors"
    TABLES = "tables"
    FIGURES = "figures"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question asks of the article itself.

    Attributes:
        facts: in the order of the question.
        edition: the language a field is wanted in ("the English title"), None when none is named.
    """

    facts: tuple[Fact, ...]
    edition: Language | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A piece that holds a fact.

    Attributes:
        text: the piece or the part of it that does, in the language of the answer where there is a translation.
        translated: whether that is our translation.
    """

    chunk: Chunk
    text: str
    translated: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    """What `about.toml` says of a fact.

    Attributes:
        cues: patterns by kind of cue and language.
    """

    cues: Mapping[str, Mapping[str, str]]
    needs_article: bool
    any_source: bool
    pieces: Mapping[str, str]
    says: str
    section: str
    caption: str
    one_language: bool
    unsaid: Mapping[str, str]


def read(text: str, language: Language, *, topic: Collection[str] = (), follows: bool = False) -> Asked | None:
    """Return which facts of the article a question asks for; None when it asks for none.

    Args:
        topic: its words (folded) that name something of the article's field.
        follows: it goes on from the turn before, so that it must say itself that it means the article.
    """
    folded = searchable(text)
    if is_opinion(folded, language):
        return None
    reader = _Reader(folded, language, topic)
    facts = reader.facts(follows=follows)
    return Asked(facts, _edition(folded)) if facts else None


def is_of_use(asked: Asked | None) -> bool:
    """Whether it is asked what one may do with the article, which is no question about health."""
    return asked is not None and Fact.LICENCE in asked.facts


def is_opinion(folded: str, language: Language) -> bool:
    """Whether a folded question asks what the authors think, expect or conclude: the text says that."""
    return _words(language)["opinion"].search(folded) is not None


def without_opinion(text: str, language: Language) -> str:
    """Return a question without "in the authors' opinion", which makes it no question about authors."""
    folded = searchable(text)
    if len(folded) != len(text):
        return text
    said = _words(language)["opinion"].search(folded)
    return f"{text[: said.start()]} {text[said.end() :]}" if said else text


def unsaid(fact: Fact, language: Language) -> str:
    """Return what is missing where the article does not hold a fact, as a clause: "who funded it"."""
    return _entries()[fact].unsaid[language]


def held(fact: Fact, chunks: Sequence[Chunk], language: Language, *, edition: Language | None = None) -> list[Held]:
    """Return what of an article's chunks holds a fact, in reading order; empty when nothing does.

    Args:
        edition: the language the field is wanted in; that of the answer when left out.
    """
    entry = _entries()[fact]
    found = list(_holding(entry, chunks, language))
    if entry.one_language and any(item.chunk.language is (edition or language) for item in found):
        found = [item for item in found if item.chunk.language is (edition or language)]
        if edition is not None and edition is not language:  # as printed: the translation is no title
            found = [Held(item.chunk, item.chunk.text, False) for item in found]
    return found


class _Reader:
    """Reads the cues of one question; what a field has matched is not read again."""

    def __init__(self, folded: str, language: Language, topic: Collection[str]) -> None:
        self.folded = folded
        self.language = language
        self.topic = topic
        self.cues = _words(language)
        self.left = folded
        self.elsewhere = self.cues["other"].search(folded) is not None
        self.of_article = self.cues["article"].search(folded) is not None
        self.names_article = self.of_article or self.cues["authors"].search(folded) is not None

    def facts(self, *, follows: bool) -> tuple[Fact, ...]:
        """Return the facts asked for, in the order in which the question asks for them."""
        sure: dict[Fact, int] = {}
        weak: dict[Fact, int] = {}
        for fact, entry in _entries().items():
            self._take("always", fact, sure)
            if self.elsewhere and not entry.any_source:
                continue
            if not entry.needs_article or self.of_article:
                self._take("sure", fact, sure)
            self._take("asks", fact, weak)
        if self._n_further() > (_FEW if self._is_plain() and not sure else 0) or (follows and not self.names_article):
            weak = {}
        found = weak | sure
        return tuple(sorted(found, key=lambda fact: found[fact]))

    def _take(self, kind: str, fact: Fact, found: dict[Fact, int]) -> None:
        """Note where a cue of a fact first matches, and leave out all that it does."""
        cue, unless = _cue(kind, fact, self.language), _cue("unless", fact, self.language)
        match = cue.search(self.left) if cue else None
        if cue is None or match is None or (unless and unless.search(self.folded)):
            return
        found[fact] = match.start()
        self.left = cue.sub(lambda said: "|" * len(said.group()), self.left)

    def _is_plain(self) -> bool:
        """Whether it is about the article whatever else it says: that is named, and nothing that it tells of."""
        return (
            self.of_article
            and self.cues["told"].search(self.folded) is None
            and not set(words(self.left)) & set(self.topic)
        )

    def _n_further(self) -> int:
        """Return how many words are neither cues, nor the article, nor such as frame any question."""
        left = self.left
        for name in ("article", "authors", "filler"):
            left = self.cues[name].sub("|", left)
        stop = STOP_WORDS[self.language]
        return sum(word not in stop and len(word) > 1 for word in words(left.replace("|", " ")))


def _holding(entry: _Entry, chunks: Sequence[Chunk], language: Language) -> Iterator[Held]:
    for chunk in chunks:
        name = chunk.pieces[0].rsplit("/", 1)[-1].removeprefix("front:")
        if chunk.kind is Kind.METADATA and name in entry.pieces:
            yield _part(chunk, language, entry.pieces[name])
        elif _as_whole(entry, chunk, language):
            yield _part(chunk, language, "")


def _as_whole(entry: _Entry, chunk: Chunk, language: Language) -> bool:
    """Whether a sentence or a caption holds a fact."""
    if chunk.kind is Kind.CAPTION:
        return bool(entry.caption) and chunk.section.startswith(entry.caption)
    if chunk.kind is not Kind.SENTENCE:
        return False
    if entry.section and re.search(entry.section, chunk.section):
        return True
    said = bool(entry.says) and re.search(entry.says, searchable(chunk.text)) is not None
    return said and _on_side(chunk, language)


def _on_side(chunk: Chunk, language: Language) -> bool:
    """Of an abstract in two languages, only the one of the answer says it."""
    return not chunk.section.startswith("abstract-") or chunk.section == f"abstract-{language}"


def _part(chunk: Chunk, language: Language, pattern: str) -> Held:
    translated = language is Language.EN and chunk.translation is not None
    text = (chunk.translation or "") if translated else chunk.text
    part = re.search(pattern, text) if pattern else None
    return Held(chunk, part.group().strip() if part else text, translated)


def _edition(folded: str) -> Language | None:
    for edition in Language:
        if _editions()[edition].search(folded):
            return edition
    return None


@cache
def _words(language: Language) -> Patterns:
    return Patterns(_data()["words"][language])


@cache
def _editions() -> Patterns:
    return Patterns(_data()["words"]["editions"])


@cache
def _cue(kind: str, fact: Fact, language: Language) -> re.Pattern[str] | None:
    """The cue of one kind ("always", "sure", "asks", "unless") of a fact; None where it has none."""
    pattern = _entries()[fact].cues.get(kind, {}).get(language)
    if pattern and kind == "asks":
        pattern = pattern.replace(_GAP, f"({_data()['words'][language]['gap']} )")
    return late(pattern) if pattern else None


@cache
def _entries() -> Mapping[Fact, _Entry]:
    return {
        Fact(name): _Entry(
            cues={kind: value for kind, value in entry.items() if kind in _CUES},
            needs_article=entry.get("needs_article", False),
            any_source=entry.get("any_source", False),
            pieces=entry.get("pieces", {}),
            says=entry.get("says", ""),
            section=entry.get("section", ""),
            caption=entry.get("caption", ""),
            one_language=entry.get("one_language", False),
            unsaid=entry["unsaid"],
        )
        for name, entry in _data().items()
        if name != "words"
    }


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads((Path(__file__).parent / "about.toml").read_text(encoding="utf-8"))

"""What a question asks of the bibliography, and what was found: frozen values, no behaviour to speak of."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from corpus.types import Language, Reference, Sentence, TableRow


class Operation(StrEnum):
    """What is to be done with the references that the filters leave."""

    LIST = "list"
    """Name them: one in full, several in short, many by number."""
    FIELD = "field"
    """Give the fields asked for."""
    COUNT = "count"
    GROUP = "group"
    OLDEST = "oldest"
    NEWEST = "newest"
    MOST_CITED = "most_cited"
    CITING = "citing"
    """Give the sentences of the article that cite them."""
    SECTIONS = "sections"
    """Name the sections of the article that cite them."""
    TIMES = "times"
    """Count the places of the article that cite them."""


class Field(StrEnum):
    """A field of an entry that can be asked for, grouped by, or missing."""

    FIRST_AUTHOR = "first_author"
    AUTHORS = "authors"
    N_AUTHORS = "n_authors"
    TITLE = "title"
    JOURNAL = "journal"
    YEAR = "year"
    IMPRINT = "imprint"
    """Volume, issue and pages."""
    DOI = "doi"
    PMID = "pmid"
    EDITORS = "editors"
    PUBLISHER = "publisher"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorFilter:
    """An author by name, at any place in the list of authors.

    Attributes:
        names: as printed in the bibliography ("Zhang Y"); any of them will do.
        label: what to call them in an answer.
        first: only as first author.
        last: only as the last author printed of a complete list.
        without: works by anybody else: "by Phinney, but not with Pittenger".
    """

    names: tuple[str, ...]
    label: str
    first: bool = False
    last: bool = False
    without: bool = False

    @property
    def role(self) -> str:
        """What the filter wants of the author: a key of the wording."""
        return "without" if self.without else "first" if self.first else "last" if self.last else "author"


@dataclass(frozen=True, slots=True, kw_only=True)
class YearRange:
    """Years of publication, both ends included; None is open. Of several years named, only these: "2019 and 2022"."""

    start: int | None = None
    end: int | None = None
    named: tuple[int, ...] = ()

    def __contains__(self, year: object) -> bool:
        return (
            isinstance(year, int)
            and (not self.named or year in self.named)
            and (self.start is None or year >= self.start)
            and (self.end is None or year <= self.end)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicUnit:
    """One thing a title has to name: a concept of the glossary, or a word.

    Attributes:
        text: in the asker's words, folded.
        concepts: keys that its name may stand for; empty for a plain word.
        ordinary: a word of the general dictionary, whose absence from English titles tells little.
        bound: a word by which a preposition says of what, in what or by what: "autophagy in yeast".
        joined: "and" or "or" joins it to the unit before.
        paired: it stands right beside another unit, with "and" or "or" between, of whatever kind the two are.
    """

    text: str
    concepts: tuple[str, ...] = ()
    ordinary: bool = False
    bound: bool = False
    joined: bool = False
    paired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Something asked for that the bibliography does not hold, and what comes nearest.

    Attributes:
        what: "number", "author", "journal", "doi", "pmid", or "field": what no list of references gives.
        asked: as asked.
        nearest: names that exist, the nearest first; empty for numbers and identifiers.
    """

    what: str
    asked: str
    nearest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BibliographyQuery:
    """A question about the bibliography as understood. Empty filters let every reference through.

    Attributes:
        fields: those asked for; `by` is the one to group by.
        top: of groups or citation counts only the largest.
        statement: which references the article cites for this; "" when that is not asked.
        cited: it asks what the article cites, so that what it cites where it speaks of a topic counts.
        subject: the stretch of the question that the topic was read from.
        missing, present: fields that must be absent or there.
        whether: it asks whether a field is there, so that its absence is an answer.
        min_citations: cited by at least so many sentences.
        max_citations: cited by no more sentences than this; 0 is open.
        sole: written by one author alone.
        n: of an order, so many from its end; 0 those of its first or last year.
        kinds: kinds of works, one of which the title must name.
        chapter: only chapters of books; `publisher`: a folded word of its publisher's name.
        sections: ids of the sections of the article that must cite them.
        unknown: what was asked for and does not exist.
        entire: entries are to be given in full.
        described: they are the `numbers` of works that what the question says of them fits; `places` are the
            ids of the sentences where the article says it.
    """

    question: str
    operation: Operation
    fields: tuple[Field, ...] = ()
    by: Field | None = None
    top: bool = False
    numbers: tuple[int, ...] = ()
    authors: tuple[AuthorFilter, ...] = ()
    years: YearRange | None = None
    journals: tuple[str, ...] = ()
    topic: tuple[TopicUnit, ...] = ()
    missing: tuple[Field, ...] = ()
    present: tuple[Field, ...] = ()
    whether: bool = False
    min_citations: int = 0
    max_citations: int = 0
    sole: bool = False
    n: int = 0
    kinds: tuple[str, ...] = ()
    chapter: bool = False
    publisher: str = ""
    sections: tuple[str, ...] = ()
    statement: str = ""
    subject: str = ""
    cited: bool = False
    unknown: tuple[Unknown, ...] = ()
    entire: bool = False
    described: bool = False
    places: tuple[str, ...] = ()

    @property
    def filtered(self) -> bool:
        """Whether anything narrows the bibliography down."""
        return bool(
            self.numbers
            or self.authors
            or self.years
            or self.journals
            or self.topic
            or self.missing
            or self.present
            or self.min_citations
            or self.max_citations
            or self.sole
            or self.kinds
            or self.chapter
            or self.publisher
            or self.sections
            or self.statement
            or self.unknown
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BibliographyResult:
    """What was found.

    Attributes:
        references: those that meet the filters, in the order of the list (of the operation for
            `MOST_CITED`).
        total: entries of the whole bibliography.
        groups: (name, numbers) for each group, the largest first.
        times: places that cite each reference, in the order of `references`.
        pieces: sentences (and table rows) that cite the references, or that the statement led to,
            in reading order.
        own: ids of those pieces that carry the number themselves; the others are covered by the
            closing citation of their passage.
        sections: (id, title) of the sections of `pieces`, in reading order.
        any_author: several authors were named and nobody wrote with all: works of any of them.
        unmatched: words of the topic that no title holds.
        closest: no title names the whole topic; these come closest.
        beside: works that the article cites where it names the topic, whose titles do not name it; then
            `pieces` are those places.
        treated: (id, title) of the section that treats the topic, when no title names it and the works
            that this section cites answer.
        related: names of the concepts by which titles name the topic in other words.
    """

    query: BibliographyQuery
    references: tuple[Reference, ...]
    total: int
    groups: tuple[tuple[str, tuple[int, ...]], ...] = ()
    times: tuple[int, ...] = ()
    pieces: tuple[Sentence | TableRow, ...] = ()
    own: frozenset[str] = frozenset()
    sections: tuple[tuple[str, str], ...] = ()
    any_author: bool = False
    unmatched: tuple[str, ...] = ()
    closest: bool = False
    beside: tuple[Reference, ...] = ()
    treated: tuple[str, str] | None = None
    related: tuple[Mapping[Language, str], ...] = ()

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of the references found."""
        return tuple(reference.number for reference in self.references)

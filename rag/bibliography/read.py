"""Read a question as a query of the bibliography, or see that it is none.

A question is about the bibliography when it names an entry by number or identifier, speaks of
references, asks what is cited, or asks for a bibliographic field (who wrote, in which journal, DOI) of a
work that the bibliography holds. What studies found and who wrote the article itself is not.
"""

from dataclasses import replace

from corpus.concepts import ConceptMatcher
from corpus.types import Document, Language
from rag.bibliography.anchors import Anchors
from rag.bibliography.contents import Contents
from rag.bibliography.entities import level, normal
from rag.bibliography.fields import fields_asked
from rag.bibliography.lexicon import lexicon
from rag.bibliography.query import BibliographyQuery, Field, Operation, TopicUnit, Unknown
from rag.bibliography.statement import Statement, read_statement
from rag.bibliography.topic import read_topic, subject, untold
from rag.questions.point import point_of

# Fields that nothing but a published work has, so that asking for one is asking of the bibliography.
_TELLING = frozenset({Field.JOURNAL, Field.FIRST_AUTHOR, Field.AUTHORS, Field.DOI, Field.PMID, Field.N_AUTHORS})
# Fields that only books have.
_OF_BOOKS = frozenset({Field.EDITORS, Field.PUBLISHER})
# What no list of references gives, and nobody means otherwise, also of works not named by number.
_PLAIN = frozenset(
    "impact_factor citations_elsewhere issn full_name nationality audience work_language standing worth".split()
)
# ... and what a text that cites a work may speak of all the same.
_TOPICAL = frozenset({"price", "access", "funding", "month", "standing", "abstract", "worth"})
# Kinds of concepts that tell what a work is about where few name them.
_RARE_THINGS = ("cell:", "molecule:", "tissue:")
# ... and one title alone that names this much of a subject comes near enough.
_NEARLY = 0.6
# A question that only describes a work must describe very few.
_FEW = 3


def read(
    question_text: str, language: Language, matcher: ConceptMatcher, document: Document
) -> BibliographyQuery | None:
    """Return the question as a query of the bibliography of `document`, or None when it is not about that.

    Deterministic; no error is raised whatever the text. A document without references has no queries.
    """
    if not document.references:
        return None
    return _Reader(question_text, language, matcher, document).read()


def asks_beyond(question_text: str, language: Language, matcher: ConceptMatcher, document: Document) -> bool:
    """Return whether a question speaks of cited works but wants of them what no entry of a bibliography tells."""
    return bool(document.references) and _Reader(question_text, language, matcher, document).beyond()


def read_described(
    question_text: str, language: Language, matcher: ConceptMatcher, document: Document
) -> BibliographyQuery | None:
    """Return what a question asks of a work that it describes by what was found or done, without saying which.

    None when it asks for nothing that a list of references gives of works, or names them otherwise: which
    works are meant, `rag.bibliography.described` finds.
    """
    hinted = lexicon(language).says("hint", level(normal(question_text)))
    if not document.references or not hinted:
        return None
    return _Reader(question_text, language, matcher, document).described()


def asks_for_fields(question_text: str, language: Language) -> bool:
    """Return whether a question asks for what a list of references gives of works: "and in which journal?"."""
    return bool(fields_asked(level(normal(question_text)), lexicon(language)))


def works_asked(question_text: str, language: Language) -> int:
    """Return how many works a question asks for: 1, 2, or 0 when it asks for several."""
    folded, cues = level(normal(question_text)), lexicon(language)
    return 2 if cues.says("pair", folded) else 0 if cues.says("several", folded) else 1


def read_subject(
    question_text: str, language: Language, matcher: ConceptMatcher, document: Document
) -> BibliographyQuery | None:
    """Return a request for something to read on an organ or a disease as a query of titles; None for others."""
    return _Reader(question_text, language, matcher, document).on_a_subject() if document.references else None


def seeks_papers(question_text: str, language: Language) -> bool:
    """Return whether a question asks for something to read or to cite on a subject."""
    folded, cues = level(normal(question_text)), lexicon(language)
    return cues.says("asks_papers", folded) or cues.says("sought", folded)


def without_opening(question_text: str, language: Language) -> str:
    """Return a question without what somebody says of themself first: "I'm a nurse. Which papers …"."""
    folded, cues = level(normal(question_text)), lexicon(language)
    opening = cues.cues["opening"].match(folded)
    if opening is None:
        return question_text
    rest = folded[opening.end() :]
    asks = any(cues.says(cue, rest) for cue in ("sought", "asks_papers", "strong", "weak", "cites", "which_works"))
    return normal(question_text)[opening.end() :] if asks else question_text


class _Reader(Anchors, Contents):
    """Reads one question, in each of the ways in which it may ask for works."""

    def read(self) -> BibliographyQuery | None:
        found = self.entities
        if found.foreign_identifier or (self.says("age") and not found.numbers and found.years is None):
            return None
        self.own_authors = self._own_authors()
        if not found.numbers and (numbers := self._of_a_caption()):
            found.numbers = numbers
        identified = bool(found.numbers) or any(u.what in ("number", "doi", "pmid") for u in found.unknown)
        strong = identified or self.says("strong") or bool(self.own_authors) or self._lacks_an_identifier()
        if not strong and self.says("how_to_cite"):
            return None
        if (unlisted := self._unlisted(strong=strong, identified=identified)) is not None:
            return unlisted
        none = Statement("", len(self.text), len(self.text))
        self.said = none if identified else read_statement(self.text, self.language, self.words)
        names_topic = not self.says("foundation") and self._only_names_a_topic(self.said.text)
        if names_topic or self._only_names_a_source():
            self.said = none
        if not identified and (found_by := self._findings()) is not None:
            return found_by
        alone = self.says("sole") and self.says("work")
        anchored = (
            strong
            or alone
            or self._cites()
            or self._weak()
            or self._telegraphic()
            or self._what_is_said_where()
            or self._only_names()
            or self._seeks_a_kind()
        )
        if not anchored:
            if not self._may_describe_a_work():
                return None
            self.said = none
        self._drop_what_the_statement_says()
        query = self._query()
        self.past_the_list = self._asks_what_no_list_tells(query)
        if self.past_the_list:
            return None
        if anchored:
            return self._anchored(query, strong=strong)
        return query if self._describes_a_work(query) else None

    def beyond(self) -> bool:
        return self.read() is None and self.past_the_list

    def described(self) -> BibliographyQuery | None:
        found = self.entities
        of_books = self.says("chapter") or bool({*fields_asked(self.folded, self.words)} & _OF_BOOKS)
        named = found.numbers or (found.journals and not of_books) or found.foreign_identifier or self.own_authors_named
        if named or any(u.what in ("number", "doi", "pmid") for u in found.unknown):
            return None
        self.said = Statement("", len(self.text), len(self.text))
        fields = fields_asked(self.folded, self.words, enumerated=self.folded)
        if self.says("doers") and not {Field.FIRST_AUTHOR, Field.AUTHORS} & set(fields):
            fields = (Field.AUTHORS, *fields)
        if Field.JOURNAL not in fields and (self.says("where_published") or self.says("where_when")):
            fields = (*fields, Field.JOURNAL)
        dated = Field.YEAR in fields and self.says("published") and self.says("work") and not self.says("own")
        sources = self.says("evidence") or self.says("foundation")
        of_works = dated or sources or self.says("asks_papers") or self._seeks() or self._telegraphic()
        if not of_works and not set(fields) & {*_TELLING, *_OF_BOOKS}:
            return None
        operation = Operation.FIELD if fields else Operation.LIST
        return BibliographyQuery(question=self.text, operation=operation, fields=fields, described=True, cited=sources)

    def _seeks(self) -> bool:
        """Whether printed works are asked for by what they are about; a source of cells is none."""
        return self.says("sought") and not (self.says("own") or self.says("material") or self._source_of_something())

    @property
    def own_authors_named(self) -> bool:
        return self._own_authors() is not None

    def _unlisted(self, *, strong: bool, identified: bool) -> BibliographyQuery | None:
        """Of works is asked what no list of references gives: an impact factor, where an author works."""
        names = [name for name, pattern in self.words.unlisted.items() if pattern.search(self.folded)]
        says_what = self.words.operations[Operation.CITING].search(self.folded) is not None
        if says_what:
            names = [name for name in names if name not in _TOPICAL]
        focus = point_of(self.text, self.language).focus
        of_works = (
            not focus or self._shapes(focus) or self.words.unlisted["worth"].match(self.folded, self.folded.find(focus))
        )
        if "worth" in names and (self._source_of_something() or not of_works):
            names.remove("worth")  # of a source of cells, a dose
        if not identified:
            weak = self.says("weak") and not self.says("material") and not self._source_of_something()
            sources = weak or self.says("which_works") or bool(self.kinds)
            named = strong or sources or bool(self.entities.journals or self.entities.authors)
            names = [name for name in names if name in _PLAIN and named]
            if self.kinds and "full_name" in names:
                names.remove("full_name")  # of a society that gives guidelines, not of an author
        if not names or any(u.what == "number" for u in self.entities.unknown):
            return None
        unknown = tuple(Unknown(what="field", asked=name) for name in names)
        return BibliographyQuery(question=self.text, operation=Operation.FIELD, unknown=unknown)

    def on_a_subject(self) -> BibliographyQuery | None:
        """Something to read is asked for on an organ or a disease; titles need not say what most works are about."""
        found = self.entities
        seeks = self.says("asks_papers") or self._seeks()
        if not seeks or found.numbers or found.authors or found.journals or found.unknown:
            return None
        self.said = Statement("", len(self.text), len(self.text))
        self.own_authors = None
        query = self._query()
        reports = self.words.cues["reports"]
        query = replace(query, topic=tuple(unit for unit in query.topic if not reports.fullmatch(unit.text)))
        match = self.shelf.by_topic(query.topic)
        if match.whole and not match.unmatched and len(match.numbers) <= _FEW:
            return query
        if len(match.numbers) == 1 and match.share >= _NEARLY and not any(map(self._tells, match.unmatched)):
            return query
        special = tuple(u for u in query.topic if self.shelf.is_topical(u) and not self.shelf.is_general(u))
        others = [unit for unit in query.topic if unit not in special]
        if not special or query.operation not in (Operation.LIST, Operation.FIELD) or any(map(self._tells, others)):
            return None
        match = self.shelf.by_topic(special)
        if not match.whole or match.unmatched:
            return None
        return replace(query, topic=special, subject=subject(self.finder, special))

    def _tells(self, unit: TopicUnit) -> bool:
        """Whether a unit names a thing that few titles name."""
        kinds = [self.matcher.kind(key) for key in unit.concepts]
        rare = len(self.shelf.by_topic((unit,)).numbers) <= len(self.shelf.references) // _FEW
        return rare and any(kind.startswith(_RARE_THINGS) for kind in kinds)

    def _of_a_caption(self) -> tuple[int, ...]:
        """What the caption of a table or a figure cites, where its sources are asked for and nothing said in it."""
        named = self.words.cues["captioned"].search(self.folded)
        asks = self.says("strong") or self.says("weak") or self.says("cites") or self.says("which_works")
        if named is None or not asks:
            return ()
        used = range(named.start(), named.end())
        left = [t for t in self.finder.tokens if t.folded in untold(self.finder) and t.span.start not in used]
        if any(not self.words.cues["drawn"].fullmatch(token.folded) for token in left):
            return ()
        kind = "figure" if named["kind"].startswith(("fig", "sli")) else "table"
        return self.shelf.sources_of_caption(f"{kind}-{named['n']}")

    def _findings(self) -> BibliographyQuery | None:
        """What a person whose works are cited found: the sentences that cite these, first of all as first author."""
        found = self.entities
        if not found.authors or found.journals or self.says("which_works") or not self.says("findings"):
            return None
        lead, *others = found.authors
        works = [
            work
            for work in self.shelf.references.values()
            if work.authors
            and work.authors[0] in lead.names
            and all(set(author.names) & set(work.authors) for author in others)
        ]
        if others and not works:
            return None
        authors = (replace(lead, first=bool(works)), *others)
        topic = tuple(unit for unit in read_topic(self.finder) if not self.words.says("prose", unit.text))
        match = self.shelf.by_topic(topic) if topic else None
        numbers = {work.number for work in works}
        if match is not None and (self._text_names(authors[0]) or not (match.whole and numbers & set(match.numbers))):
            return None  # found about what? the text tells
        return BibliographyQuery(
            question=self.text, operation=Operation.CITING, authors=authors, years=found.years, topic=topic
        )

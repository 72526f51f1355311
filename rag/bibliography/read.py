"""Read a question as a query of the bibliography, or see that it is none.

A question is about the bibliography when it names an entry by number or identifier, speaks of
references, asks what is cited, or asks for a bibliographic field (who wrote, in which journal, DOI) of a
work that the bibliography holds. What studies found and who wrote the article itself is not.
"""

import re
from dataclasses import replace

from corpus.concepts import ConceptMatcher
from corpus.terms import STOP_WORDS, distance, is_dictionary_word, words
from corpus.types import Document, Language
from rag.bibliography.entities import Entities, Finder, level, normal
from rag.bibliography.fields import fields_asked, fields_lacking, fields_named
from rag.bibliography.index import TOPICAL, Bibliography, bibliography, words_of
from rag.bibliography.kinds import is_of_kind, kinds_asked
from rag.bibliography.lexicon import Lexicon, lexicon
from rag.bibliography.names import named_in, split_name
from rag.bibliography.numerals import in_digits
from rag.bibliography.query import AuthorFilter, BibliographyQuery, Field, Operation, TopicUnit, Unknown
from rag.bibliography.statement import Statement, read_statement, telling
from rag.bibliography.topic import read_topic, subject, untold
from rag.questions.point import point_of

# Fields that nothing but a published work has, so that asking for one is asking of the bibliography.
_TELLING = frozenset({Field.JOURNAL, Field.FIRST_AUTHOR, Field.AUTHORS, Field.DOI, Field.PMID, Field.N_AUTHORS})
# Fields that only books have.
_OF_BOOKS = frozenset({Field.EDITORS, Field.PUBLISHER})
# Fields that nobody would ask of what a text says.
_SURE = frozenset({Field.FIRST_AUTHOR, Field.DOI, Field.PMID})
# A question that only names an author or a journal has so many words at most.
_NAMING = 8
# What no list of references gives, and nobody means otherwise, also of works not named by number.
_PLAIN = frozenset({"impact_factor", "citations_elsewhere", "issn", "full_name", "nationality", "audience"})
# ... and what a text that cites a work may speak of all the same.
_TOPICAL = frozenset({"price", "access", "funding", "month", "work_language", "standing", "abstract"})
# A question with a number and so few words besides asks by the bare names of fields: "source 5 authors".
_SHORT = 5
# Kinds of concepts that tell what a work is about where few name them; kinds that themselves have sources; and
# the concept of a source.
_RARE_THINGS = ("cell:", "molecule:", "tissue:")
_OF_CELLS = ("cell:", "vesicle:")
_SOURCE = "cell:source"
# Key words beside a source of works, which may be one of cells, are this many at least.
_TELLING_WORDS = 3
# A title that names this share of a description is the work described.
_DESCRIBED = 0.5
_FEW_WORDS = {"two": 2, "dva": 2, "dve": 2, "three": 3, "tri": 3, "four": 4, "stiri": 4, "five": 5, "pet": 5}
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


class _Reader:
    def __init__(self, text: str, language: Language, matcher: ConceptMatcher, document: Document) -> None:
        respelled = _respelled(normal(text), lexicon(language), language)
        self.text = in_digits(respelled, level(respelled), language)
        self.folded = level(self.text)
        self.language = language
        self.matcher = matcher
        self.words: Lexicon = lexicon(language)
        self.shelf: Bibliography = bibliography(document, matcher)
        self.finder = Finder(self.text, language, self.words, self.shelf)
        self.entities: Entities = self.finder.find()
        self.kinds = {
            kind: spans
            for kind, spans in kinds_asked(self.folded, language).items()
            if not self.entities.numbers and not any(self.finder.uses(span) for span in spans)
        }
        self.past_the_list = False

    def says(self, cue: str) -> bool:
        return self.words.says(cue, self.folded)

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

    # --- what makes it a question about the bibliography ---------------------------------------

    def _unlisted(self, *, strong: bool, identified: bool) -> BibliographyQuery | None:
        """Of works is asked what no list of references gives: an impact factor, where an author works."""
        names = [name for name, pattern in self.words.unlisted.items() if pattern.search(self.folded)]
        says_what = self.words.operations[Operation.CITING].search(self.folded) is not None
        if says_what:
            names = [name for name in names if name not in _TOPICAL]
        if not identified:
            sources = self.says("weak") or self.says("which_works") or bool(self.kinds)
            named = strong or sources or bool(self.entities.journals or self.entities.authors)
            names = [name for name in names if name in _PLAIN and named]
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

    def _lacks_an_identifier(self) -> bool:
        """ "Which records have no PubMed number?": nothing else than an entry of a list lacks one."""
        missing = fields_lacking(self.words.cues["missing"], self.folded)
        return bool(missing) and bool({*missing} & {Field.DOI, Field.PMID})

    def _only_names(self) -> bool:
        """Nothing is said but the name of an author or a journal, or that works by somebody are wanted."""
        found = self.entities
        if self.says("works_of") and (found.authors or any(u.what == "author" for u in found.unknown)):
            return True
        if self.says("works_in") and (found.journals or any(u.what == "journal" for u in found.unknown)):
            return True
        alone = len(self.finder.tokens) <= _NAMING and not untold(self.finder)
        named = bool(found.authors or found.journals)
        if named and self._is_verbless():
            heads = self.finder.uses(self.finder.tokens[0].span) and not any(map(self._text_names, found.authors))
            if found.years is not None or (heads and found.authors):
                return True  # "Zuk adipose 2001", "Chew et al. on the meniscus"
        if named and all(self.finder.uses(token.span) for token in self.finder.tokens):
            return True
        return named and alone and not any(self._text_names(author) for author in found.authors)

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

    def _text_names(self, author: AuthorFilter) -> bool:
        return any(named_in(sentence.text, author.names) for sentence in self.shelf.document.sentences)

    def _asks_what_no_list_tells(self, query: BibliographyQuery) -> bool:
        """A thing other than works is asked for ("which technique"), an opinion, or a number of something else."""
        if query.numbers or query.statement or query.operation in (Operation.CITING, Operation.SECTIONS):
            return False
        point = point_of(self.text, self.language)
        if (
            self.says("opinion")
            and not self._shapes(point.focus)
            and not set(query.fields) - {Field.YEAR, Field.AUTHORS}
        ):
            return True
        if query.operation is Operation.LIST and point.sought and not self._shapes(point.sought):
            return bool(query.authors) and not self.says("which_works")
        if query.operation is not Operation.COUNT:
            return False
        if point.focus and not self._shapes(point.focus) and query.by is None:
            return True
        if any(unit.concepts for unit in query.topic) or (query.topic and self.shelf.by_topic(query.topic).whole):
            return False
        return bool(untold(self.finder)) and not (query.authors or query.journals or query.years or query.sections)

    def _shapes(self, word: str) -> bool:
        """Whether a folded word is one that questions of works are made of: "papers", "authors", "journal"."""
        return self.words.scaffolding.fullmatch(word) is not None or word in STOP_WORDS[self.language]

    def _cites(self) -> bool:
        """It speaks of citing, and of more than that this article is cited."""
        if not self.says("cites"):
            return False
        found = self.entities
        pointed = bool(found.numbers or found.authors or found.journals or found.years or found.unknown)
        if self.words.operations[Operation.TIMES].search(self.folded) and not pointed and not self.says("strong"):
            return False
        cited = self.words.cues["own"].sub(" ", self.folded)
        return (
            bool(self.words.says("work", cited) or self.says("weak") or pointed or self.statement)
            or self._by(self.folded) is not None
            or bool(self._sections(self.folded))
            or self.words.operations[Operation.MOST_CITED].search(self.folded) is not None
        )

    def _weak(self) -> bool:
        """It speaks of sources, with a hint that these are works."""
        found = self.entities
        if not self.says("weak") or self._source_of_something():
            return False
        told = len(telling(self.statement, self.language, self.words))
        if self.says("material") and not (found.authors or found.journals or told > _FEW):
            return False
        hints = ("sole", "only_once", "cites", "navigates", "missing", "present", "chapter", "more_than_once")
        return (
            bool(found.authors or found.years or found.journals or found.unknown or self.statement or self.kinds)
            or any(self.says(hint) for hint in hints)
            or self._key_words()
            or any(
                pattern.search(self.folded)
                for patterns in (self.words.operations, self.words.groups, self.words.fields)
                for pattern in patterns.values()
            )
            or re.search(
                f"(?:{self.words.cues['weak'].pattern}).{{0,20}}?{self.words.cues['about'].pattern}", self.folded
            )
            is not None
        )

    def _telegraphic(self) -> bool:
        """Nothing but key words, and first or last what is wanted of works: "retina papers", "miR-21 avtorji"."""
        wanted = self.words.cues["wanted"].pattern
        if not self._is_verbless() or not re.search(rf"^\W*{wanted}\b|\b{wanted}\W*$", self.folded):
            return False
        told = untold(self.finder)
        parted = rf"^\W*(?:{self.words.cues['weak'].pattern})\s*:|[,:–—-]\s*(?:{self.words.cues['weak'].pattern})\W*$"
        if not self.says("weak") or re.search(parted, self.folded):
            return bool(told)
        mentions = self.matcher.find(self.text, language=self.language)
        kinds = [self.matcher.kind(mention.key) for mention in mentions]
        of_cells = any(kind.startswith(_OF_CELLS) and kind != _SOURCE for kind in kinds)
        return not of_cells and bool(told) and (bool(mentions) or len(told) >= _TELLING_WORDS)

    def _is_verbless(self) -> bool:
        """Whether it is a few key words: none of the words that hold a sentence together."""
        tokens = self.finder.tokens
        free, stop = (self.words.cues["small"], self.words.cues["wanted"]), STOP_WORDS[self.language]
        words = [token.folded for token in tokens if not any(cue.fullmatch(token.folded) for cue in free)]
        bound = any(word in stop for word in words)
        return 1 < len(tokens) <= _NAMING and not bound and not self.says("prose")

    def _key_words(self) -> bool:
        """A few key words, an organ or a disease among them, and last of all that sources are wanted."""
        end = re.search(rf"(?:{self.words.cues['weak'].pattern})\W*$", self.folded)
        if end is None or len(self.finder.tokens) > _SHORT:
            return False
        mentions = self.matcher.find(self.text, language=self.language)
        return any(self.matcher.kind(mention.key).startswith(TOPICAL) for mention in mentions)

    def _what_is_said_where(self) -> bool:
        """Works are wanted that stand behind a claim: "katere raziskave navajajo ob trditvi, da …"."""
        if self.statement and self.says("foundation"):
            return True
        works = self.says("which_works") or self.says("published")
        named = self.says("claim") or self.says("papers") or self.says("names_sources")
        return bool(self.statement) and works and named

    def _only_names_a_topic(self, said: str) -> bool:
        """ "Cited for osteoarthritis (and vesicles)": an organ or a disease, of which nothing is stated."""
        tokens = words(said)
        found = self.matcher.find(said, language=self.language)
        mentions = [mention for mention in found if self.matcher.kind(mention.key).startswith(TOPICAL)]
        beside = [mention for mention in found if self.matcher.kind(mention.key).startswith(_OF_CELLS)]
        named = {tokens[position] for mention in (*mentions, *beside) for position in mention.positions}
        return bool(mentions) and named.issuperset(telling(said, self.language, self.words))

    def _only_names_a_source(self) -> bool:
        """ "Cytotherapy: which reference?": what is said is a journal, an author or a year, and states nothing."""
        said = [token for token in self.finder.tokens if self.said.start <= token.span.start < self.said.end]
        named = [token for token in said if self.finder.uses(token.span)]
        return bool(named) and all(token in named or self._shapes(token.folded) for token in said)

    @property
    def statement(self) -> str:
        """What it asks the citations for."""
        return self.said.text

    @property
    def frame(self) -> str:
        """The folded question without the statement in it."""
        return self.folded[: self.said.start] + " " + self.folded[self.said.end :]

    def _source_of_something(self) -> bool:
        """ "Vir ZV", "viri matičnih celic": a source in the genitive, and what it is a source of."""
        for match in self.words.cues["weak"].finditer(self.folded):
            rest = self.text[match.end() :]
            mentions = self.matcher.find(rest, language=self.language)
            following = words(rest)
            if mentions and mentions[0].positions[0] == 0:
                named = [following[position] for position in mentions[0].positions]
                if not all(self.words.scaffolding.fullmatch(word) for word in named):
                    return True
        return False

    def _may_describe_a_work(self) -> bool:
        """Whether to read it any further: a question of the text seldom asks for published works."""
        asked = {*fields_asked(self.folded, self.words, enumerated=self.folded)}
        if self.entities.authors and asked and self.says("work"):
            return True
        if self.says("own") and not asked & _SURE:
            return False
        if self.kinds and asked and self.says("published"):
            return True
        return (
            bool(asked & (_TELLING | _OF_BOOKS))
            or self.says("last_author")
            or self.says("published")
            or self._lists_works()
        )

    def _lists_works(self) -> bool:
        if self.entities.authors and self.says("work") and self.words.operations[Operation.COUNT].search(self.folded):
            return True
        return self.says("which_works") or re.match(rf"\W*{self.words.cues['work'].pattern}", self.folded) is not None

    def _describes_a_work(self, query: BibliographyQuery) -> bool:
        """It asks for a bibliographic field, or for published works, of a work it describes."""
        listed = self._lists_works()
        if (
            query.operation is Operation.FIELD
            and not (query.authors or query.journals or query.unknown)
            and self._is_described(query)
        ):
            return True
        named_field = bool(query.authors and query.fields)
        if self.says("own") or not (self.says("published") or set(query.fields) & _TELLING or listed or named_field):
            return False
        known = [u for u in query.unknown if u.what in ("author", "journal")]
        named = bool(query.authors or query.journals or known)
        if query.operation is Operation.FIELD:
            telling = bool(set(query.fields) & _TELLING)
            if not telling and (self.says("prose") or self.says("not_works")):
                return False
            if named:
                return telling or self.says("work") or bool(query.authors)
            if not query.topic or not (self.says("work") or Field.AUTHORS in query.fields):
                return False
            match = self.shelf.by_topic(query.topic)
            informative = [unit for unit in query.topic if unit not in match.unmatched]
            lost = [unit for unit in match.unmatched if not unit.ordinary]
            return bool(informative) and not lost and 0 < len(match.numbers) <= _FEW
        if self.says("prose") or self.says("not_works"):
            return False
        if query.operation in (Operation.OLDEST, Operation.NEWEST):
            return False
        printed = self.says("papers") and listed and self.says("about") and bool(query.topic)
        if printed and self.shelf.by_topic(query.topic).whole:
            return True
        works = self.says("work") or not untold(self.finder)
        return named or (query.years is not None and works and self.says("published"))

    def _is_described(self, query: BibliographyQuery) -> bool:
        """Whether titles name what is said of a work whose author or identifier is asked for."""
        asked = set(query.fields)
        works = self.says("work") or self.says("not_works") or bool(self.kinds)
        if self.says("chapter") and asked & {*_OF_BOOKS, Field.AUTHORS, Field.TITLE}:
            return True
        if not asked & {*_SURE, Field.AUTHORS, Field.JOURNAL, Field.YEAR} or not query.topic or not works:
            return False
        if not asked & {*_SURE, Field.AUTHORS} and not (self.kinds and self.says("published")):
            return False
        match = self.shelf.by_topic(query.topic)
        references = [self.shelf.references[number] for number in match.numbers]
        if self.kinds:
            references = [r for r in references if any(is_of_kind(r, kind) for kind in self.kinds)] or references
        if not references or len(references) > _FEW:
            return False
        narrowed = bool(self.kinds) and len(references) < len(match.numbers)
        return (
            match.share >= _DESCRIBED
            or narrowed
            or (bool(asked & _SURE) and any(unit.concepts for unit in query.topic))
        )

    def _anchored(self, query: BibliographyQuery, *, strong: bool) -> BibliographyQuery | None:
        """A question that surely is about the bibliography; but not one on the article's own record."""
        if self.says("own") and not strong and not self.says("weak"):
            passive = query.operation in (Operation.TIMES, Operation.MOST_CITED) and not query.filtered
            if passive or (query.operation is Operation.LIST and not query.filtered and not self.says("work")):
                return None
        if query.operation is Operation.FIELD and not query.filtered:
            return None  # a field of what? ("who is the author of reference seventy-five")
        return query

    # --- what it asks ----------------------------------------------------------------------------

    def _drop_what_the_statement_says(self) -> None:
        """Names and years within the statement describe it; they filter nothing."""
        found, said = self.entities, range(self.said.start, self.said.end)
        if found.years_at in said:
            found.years = None
        if found.journals_at in said:
            found.journals = ()
        if found.authors_at in said:
            found.authors = ()
        if found.unknown_at in said:
            found.unknown = [u for u in found.unknown if u.what not in ("author", "journal")]

    def _query(self) -> BibliographyQuery:
        found = self.entities
        frame = self.frame
        missing, present = self._lacking(frame)
        first = self.words.cues["first_author"].search(frame) is not None
        last = self.words.cues["last_author"].search(frame) is not None
        authors = found.authors
        if not found.numbers and (first or last):
            authors = tuple(replace(author, first=first, last=last and not first) for author in authors)
        if self.own_authors:
            authors = (*authors, self.own_authors)
        fields = self._fields(frame, (*missing, *present, *found.identified_by))
        if authors and not found.numbers:  # "where Buzas is first author" filters, it does not ask
            fields = tuple(f for f in fields if f not in (Field.FIRST_AUTHOR, Field.AUTHORS))
        elif last and not fields:
            fields = (Field.AUTHORS,)
        if self._says_the_year() and not found.numbers:  # "z letnico 2019" filters, it does not ask
            fields = tuple(f for f in fields if f is not Field.YEAR)
        by = self._by(frame) if not found.numbers else None
        sections = self._sections(frame) if not found.numbers and not self.statement else ()
        kinds = () if self.statement else tuple(self.kinds)
        for kind in kinds:
            for span in self.kinds[kind]:
                self.finder.use(span)
        topic = () if found.numbers or self.statement or sections else read_topic(self.finder)
        topic = self._without_kind_of_work(topic)
        publisher = next((unit.text for unit in topic if self._is_publisher(unit.text)), "")
        topic = tuple(unit for unit in topic if unit.text != publisher)
        query = BibliographyQuery(
            question=self.text,
            operation=Operation.LIST,
            fields=fields,
            by=by,
            numbers=found.numbers,
            authors=authors,
            years=found.years,
            journals=found.journals,
            topic=topic,
            missing=missing,
            present=tuple(field for field in present if field not in found.identified_by),
            min_citations=self._min_citations(frame),
            max_citations=int(self.words.says("only_once", frame)),
            sole=not found.numbers and self.words.says("sole", frame),
            n=self._few(frame),
            kinds=kinds,
            chapter=self.words.cues["chapter"].search(frame) is not None,
            publisher=publisher,
            sections=sections,
            statement=self.statement,
            cited=self.says("cites") or self.says("names_sources"),
            subject=subject(self.finder, topic) if topic else "",
            unknown=tuple(found.unknown),
            entire=self.says("entire"),
        )
        if found.numbers:
            query = self._of_numbers(query, frame)
        query = self._with_operation(query, frame)
        if query.operation is Operation.COUNT and query.numbers and self._counts_no_works():
            return replace(query, operation=Operation.CITING)  # "how many patients": what the article says with it
        return query

    def _says_the_year(self) -> bool:
        years = self.entities.years
        return years is not None and years.start is not None and years.start == years.end

    def _counts_no_works(self) -> bool:
        counted = point_of(self.text, self.language).counted
        return bool(counted) and not self._shapes(counted)

    def _of_numbers(self, query: BibliographyQuery, frame: str) -> BibliographyQuery:
        """Of an entry named by number, other filters are what one wants to know of it."""
        asked = list(query.fields)
        for value, field in ((query.years, Field.YEAR), (query.journals, Field.JOURNAL)):
            if value and field not in asked:
                asked.append(field)
        if query.authors and not {Field.FIRST_AUTHOR, Field.N_AUTHORS} & set(asked):
            asked.append(Field.AUTHORS)
        asked.extend(f for f in (*query.missing, *query.present) if f not in asked)
        return replace(
            query,
            fields=tuple(dict.fromkeys(asked)),
            whether=bool(query.missing or query.present),
            authors=(),
            years=None,
            journals=(),
            missing=(),
            present=(),
            chapter=False,
            min_citations=0,
            unknown=tuple(u for u in query.unknown if u.what in ("number", "doi", "pmid")),
        )

    def _with_operation(self, query: BibliographyQuery, frame: str) -> BibliographyQuery:
        operations = {o for o, pattern in self.words.operations.items() if pattern.search(frame)}
        pointed = bool(query.numbers or query.authors or query.unknown)
        top = self.words.groups["top"].search(frame) is not None
        operation = Operation.LIST
        ordered = query.by is Field.YEAR and bool({Operation.OLDEST, Operation.NEWEST} & operations)
        if ordered and not top:  # "the oldest: which one and from what year?"
            query = replace(query, by=None)
        if query.by is not None and not (Operation.MOST_CITED in operations and pointed):
            return replace(query, operation=Operation.GROUP, top=top, fields=())
        if Operation.TIMES in operations and (pointed or query.topic):
            operation = Operation.TIMES
        elif Operation.MOST_CITED in operations and not query.numbers:
            return replace(query, operation=Operation.MOST_CITED, top=True)
        elif (
            Operation.SECTIONS in operations
            and not query.sections
            and not self._tells_the_section(frame)
            and not query.fields  # "who wrote the chapter cited as no. 32": one of a book
            and (pointed or query.topic or query.journals)
        ):
            return replace(query, operation=Operation.SECTIONS, fields=())
        elif Operation.OLDEST in operations:
            operation = Operation.OLDEST
        elif Operation.NEWEST in operations:
            operation = Operation.NEWEST
        elif query.fields:
            operation = Operation.FIELD
        elif Operation.COUNT in operations:
            operation = Operation.COUNT
        elif Operation.CITING in operations and pointed and not query.statement and not self._asks_for_works(frame):
            operation = Operation.CITING
        return replace(query, operation=operation)

    def _tells_the_section(self, frame: str) -> bool:
        """ "The chapter on nerves names Krause et al.; which paper is that?": a work is asked for."""
        return self._asks_for_works(frame) and self.words.cues["which_section"].search(frame) is None

    def _asks_for_works(self, frame: str) -> bool:
        """ "Which works by X does it cite": the works are wanted, not what is said of them."""
        if self.entities.numbers:
            return False
        return self.words.cues["which_works"].search(frame) is not None

    def _fields(self, frame: str, spoken_for: tuple[Field, ...]) -> tuple[Field, ...]:
        found = fields_asked(frame, self.words, enumerated=frame)
        n_besides = len([token for token in self.finder.tokens if not token.text.isdigit()])
        says_what = self.words.operations[Operation.CITING].search(frame) is not None
        brief = self.entities.numbers and n_besides <= _SHORT and not says_what
        if not found and (brief or self._telegraphic()):
            found = fields_named(frame, self.words)
        if self.statement and not self.words.enumerated.search(frame):
            found = tuple(field for field in found if field is not Field.YEAR)  # "cited when it says": no date
        of_works = bool(self.entities.authors) or self.says("work")
        if of_works and Field.YEAR in found and self.words.says("where_when", frame):
            found = tuple(field for field in Field if field in {*found, Field.JOURNAL})
        return tuple(field for field in found if field not in spoken_for)

    def _by(self, frame: str) -> Field | None:
        for name, field in (("year", Field.YEAR), ("journal", Field.JOURNAL), ("first_author", Field.AUTHORS)):
            if self.words.groups[name].search(frame):
                first = field is Field.AUTHORS and self.words.cues["first_author"].search(frame)
                return Field.FIRST_AUTHOR if first else field
        return None

    def _lacking(self, frame: str) -> tuple[tuple[Field, ...], tuple[Field, ...]]:
        missing = fields_lacking(self.words.cues["missing"], frame)
        if missing:  # "neither DOI nor PMID"
            named = [Field(name) for name in ("doi", "pmid") if re.search(rf"\b{name}s?\b", frame)]
            return tuple(dict.fromkeys((*missing, *named))), ()
        return (), fields_lacking(self.words.cues["present"], frame)

    def _min_citations(self, frame: str) -> int:
        match = self.words.cues["more_than_once"].search(frame)
        if match is None:
            return 0
        groups = match.groupdict()
        if groups.get("n"):
            return int(groups["n"]) + 1
        if groups.get("three"):
            return 3
        return int(groups["least"]) if groups.get("least") else 2

    def _few(self, frame: str) -> int:
        """How many of an order are asked for: "the two oldest"."""
        match = self.words.cues["few"].search(frame)
        if match is None:
            return 0
        word = match.group("n")
        return int(word) if word.isdigit() else _FEW_WORDS[word]

    def _sections(self, frame: str) -> tuple[str, ...]:
        match = self.words.cues["in_section"].search(frame)
        if match is None:
            return ()
        name = next(group for group in match.groups() if group)
        return self.shelf.sections_called(name)

    def _without_kind_of_work(self, topic: tuple[TopicUnit, ...]) -> tuple[TopicUnit, ...]:
        """ "The MISEV guidelines": what kind of work it is, its title need not say."""
        rest = tuple(unit for unit in topic if not self.words.cues["work"].fullmatch(unit.text))
        if len(rest) in (0, len(topic)) or self.shelf.by_topic(topic).whole:
            return topic
        return rest if self.shelf.by_topic(rest).whole else topic

    def _is_publisher(self, word: str) -> bool:
        return any(word in words_of(reference.publisher) for reference in self.shelf.references.values())

    def _own_authors(self) -> AuthorFilter | None:
        """The authors of the article as authors of works it cites."""
        if not self.says("own_authors") or self.entities.authors:
            return None
        printed = next((s.text for s in self.shelf.document.sentences if s.id == "front:authors"), "")
        names: list[str] = []
        for person in re.split(r"\s*[,;]\s*|\s+(?:in|and)\s+", printed):
            given, _, family = person.strip().rpartition(" ")
            for name in self.shelf.authors_called(level(family)):
                if given and split_name(name)[1].startswith(given[0]):
                    names.append(name)
        return AuthorFilter(names=tuple(dict.fromkeys(names)), label=printed) if names else None


def _respelled(text: str, cues: Lexicon, language: Language) -> str:
    """Mend a mistyped word that shapes questions ("refernces"), so that its cue is seen."""

    def mended(match: re.Match[str]) -> str:
        word = level(match.group())
        if len(word) < 6 or word in cues.spelling or cues.scaffolding.fullmatch(word) or cues.says("cites", word):
            return match.group()
        if is_dictionary_word(match.group().lower(), language):
            return match.group()
        return next((right for right in cues.spelling if distance(word, right, at_most=1) == 1), match.group())

    return re.sub(r"\b[a-zčšž]+\b", mended, text)

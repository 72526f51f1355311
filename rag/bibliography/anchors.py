"""What makes a question one about the bibliography."""

import re

from corpus.terms import words
from rag.bibliography.asked import AskedOfWorks
from rag.bibliography.fields import fields_asked, fields_lacking
from rag.bibliography.index import TOPICAL
from rag.bibliography.kinds import is_of_kind
from rag.bibliography.query import BibliographyQuery, Field, Operation
from rag.bibliography.statement import telling
from rag.bibliography.topic import untold
from rag.questions.point import point_of

# Fields that nothing but a published work has, so that asking for one is asking of the bibliography.
_TELLING = frozenset({Field.JOURNAL, Field.FIRST_AUTHOR, Field.AUTHORS, Field.DOI, Field.PMID, Field.N_AUTHORS})
# Fields that only books have.
_OF_BOOKS = frozenset({Field.EDITORS, Field.PUBLISHER})
# Fields that nobody would ask of what a text says.
_SURE = frozenset({Field.FIRST_AUTHOR, Field.DOI, Field.PMID})
# A question that only names an author or a journal has so many words at most.
_NAMING = 8
# A question with a number and so few words besides asks by the bare names of fields: "source 5 authors".
_SHORT = 5
# Kinds of concepts that themselves have sources.
_OF_CELLS = ("cell:", "vesicle:")
# A title that names this share of a description is the work described.
_DESCRIBED = 0.5
# A question that only describes a work must describe very few.
_FEW = 3


class Anchors(AskedOfWorks):
    """Whether a question is about cited works: surely, by what it speaks of, or by what it describes."""

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
        if self.says("works_in") and found.years is not None and not untold(self.finder):
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

    def _seeks_a_kind(self) -> bool:
        """Works of a kind are sought: "any reviews of exosomes?"."""
        return bool(self.kinds) and not self.says("own") and (self.says("sought") or self.says("asks_papers"))

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

    def _orders_works(self, operation: Operation) -> bool:
        """ "The latest paper on …": of printed works, not of trials."""
        order, works = self.words.operations[operation].pattern, self.words.cues["wanted"].pattern
        return re.search(rf"(?:{order})\s+(?:\w+\s+)?{works}\b", self.folded) is not None

    def _lists_works(self) -> bool:
        if self.entities.authors and self.says("work") and self.words.operations[Operation.COUNT].search(self.folded):
            return True
        if any(map(self._orders_works, (Operation.OLDEST, Operation.NEWEST))):
            return True
        demand, papers = self.words.cues["demand"].pattern, self.words.cues["papers"].pattern
        if re.match(rf"\W*{demand}\s+(?:\w+\s+)?{papers}", self.folded):
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
        if query.operation is Operation.GROUP:
            return query.by is Field.JOURNAL  # nothing but printed works has journals
        if query.operation in (Operation.OLDEST, Operation.NEWEST):
            return self._orders_works(query.operation) and bool(query.topic) and self.shelf.by_topic(query.topic).whole
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

    def _anchored(self, query: BibliographyQuery, *, strong: bool) -> BibliographyQuery | None:
        """A question that surely is about the bibliography; but not one on the article's own record."""
        if self.says("own") and not strong and not self.says("weak"):
            passive = query.operation in (Operation.TIMES, Operation.MOST_CITED) and not query.filtered
            if passive or (query.operation is Operation.LIST and not query.filtered and not self.says("work")):
                return None
        if query.operation is Operation.FIELD and not query.filtered:
            return None  # a field of what? ("who is the author of reference seventy-five")
        return query

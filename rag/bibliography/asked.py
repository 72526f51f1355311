"""A question that may be about cited works, with all that it names."""

import re

from corpus.concepts import ConceptMatcher
from corpus.terms import STOP_WORDS, distance, is_dictionary_word, words
from corpus.types import Document, Language
from rag.bibliography.entities import Entities, Finder, level, normal
from rag.bibliography.index import Bibliography, bibliography
from rag.bibliography.kinds import kinds_asked
from rag.bibliography.lexicon import Lexicon, lexicon
from rag.bibliography.names import named_in, split_name
from rag.bibliography.numerals import in_digits
from rag.bibliography.query import AuthorFilter, Field
from rag.bibliography.statement import Statement
from rag.bibliography.topic import untold

# A question that only names an author or a journal has so many words at most.
_NAMING = 8
# Kinds of concepts that themselves have sources.
_OF_CELLS = ("cell:", "vesicle:")
# The concept of a source.
_SOURCE = "cell:source"
# Key words beside a source of works, which may be one of cells, are this many at least.
_TELLING_WORDS = 3


class AskedOfWorks:
    """A question, the entities and kinds of works that it names, and what it asks the citations for.

    Attributes:
        said: the statement within it, of which the sources are asked for.
        own_authors: the authors of the article, where works of theirs are asked for.
        past_the_list: whether what is asked of works is told by no list of references.
    """

    said: Statement
    own_authors: AuthorFilter | None

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
        """Whether a cue occurs in the question."""
        return self.words.says(cue, self.folded)

    @property
    def statement(self) -> str:
        """What it asks the citations for."""
        return self.said.text

    @property
    def frame(self) -> str:
        """The folded question without the statement in it."""
        return self.folded[: self.said.start] + " " + self.folded[self.said.end :]

    def _shapes(self, word: str) -> bool:
        """Whether a folded word is one that questions of works are made of: "papers", "authors", "journal"."""
        return self.words.scaffolding.fullmatch(word) is not None or word in STOP_WORDS[self.language]

    def _says_the_year(self) -> bool:
        years = self.entities.years
        return years is not None and years.start is not None and years.start == years.end

    def _text_names(self, author: AuthorFilter) -> bool:
        return any(named_in(sentence.text, author.names) for sentence in self.shelf.document.sentences)

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

    def _by(self, frame: str) -> Field | None:
        for name, field in (("year", Field.YEAR), ("journal", Field.JOURNAL), ("first_author", Field.AUTHORS)):
            if self.words.groups[name].search(frame):
                first = field is Field.AUTHORS and self.words.fields[Field.FIRST_AUTHOR].search(frame)
                return Field.FIRST_AUTHOR if first else field
        return None

    def _sections(self, frame: str) -> tuple[str, ...]:
        match = self.words.cues["in_section"].search(frame)
        if match is None:
            return ()
        name = next(group for group in match.groups() if group)
        return self.shelf.sections_called(name)

    def _asks_for_works(self, frame: str) -> bool:
        """ "Which works by X does it cite": the works are wanted, not what is said of them."""
        if self.entities.numbers:
            return False
        return self.words.cues["which_works"].search(frame) is not None

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

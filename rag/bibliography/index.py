"""The bibliography prepared for looking things up: by name, journal and words of the title."""

import difflib
import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from corpus.cited import CitedBy, cited_by
from corpus.concepts import ConceptMatcher, Mention, same_word
from corpus.terms import words
from corpus.text import fold
from corpus.types import Document, Reference, Sentence
from rag.bibliography.lexicon import in_sections, in_titles
from rag.bibliography.names import is_form_of, is_slip_of, name_keys, split_name, stripped
from rag.bibliography.query import TopicUnit

# Small words of a journal's full name that its abbreviation leaves out.
_SMALL = frozenset("the of and in for on et & der".split())
# What a sentence says up to a group of citations, and the group: "… in mice (49), while …".
CITED_CLAUSE = re.compile(r"([^()]*(?:\([^()\d][^()]*\)[^()]*)*)\((\d{1,3}(?:\s*[-–,]\s*\d{1,3})*)\)")
_PLACE = re.compile(r"\s*\([^)]*\)")
# Kinds of concepts that are topics by themselves.
TOPICAL = ("organ:", "disease:")
# ... and those of things that a statement is or is not about.
THINGS = (*TOPICAL, "molecule:")
# Kinds of concepts that are done with things.
_DONE = ("process:", "method:")
_VESICLES = ("vesicle:",)
_BROAD = "vesicle:ev"
# What a title says that its work is not about: "non-Crohn's cases".
_DENIED = re.compile(r"\bnon-(?!small\b|coding\b)\w+(?:['’]s)?", re.IGNORECASE)
# A concept with more narrower ones than this is too general to be looked for by them.
_MANY = 8
# A thing that more than one work in so many names tells none from others.
_TELLS = 6
# A title answers for the whole topic from this share of its weight on, when none has all of it.
_CLOSE = 0.6
# ... and among works that are named otherwise, from this share of the weight of all that is asked.
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class TopicMatch:
    """References whose titles name a topic.

    Attributes:
        numbers: of the references, in order of the list.
        whole: they name all of it that any title names.
        unmatched: units that no title names.
        share: of the weight of the whole topic, what they name; a word that no title has weighs most.
        related: concepts by which they name it in other words: nephropathy, when asked for kidneys.
    """

    numbers: tuple[int, ...]
    whole: bool
    unmatched: tuple[TopicUnit, ...]
    share: float = 0.0
    related: tuple[str, ...] = ()


class Bibliography:
    """The references of one document, indexed. Use `bibliography`, which keeps it."""

    def __init__(self, document: Document, matcher: ConceptMatcher) -> None:
        self.document = document
        self.matcher = matcher
        self.references: Mapping[int, Reference] = {r.number: r for r in document.references}
        self.citing: Mapping[int, CitedBy] = cited_by(document)
        self.families: dict[str, dict[str, None]] = {}
        """Authors as printed, for each folded word they may be called by."""
        for reference in document.references:
            if reference.group:
                self.families.setdefault(fold(reference.group), {})[reference.group] = None
            for author in reference.authors:
                for key in name_keys(split_name(author)[0]):
                    self.families.setdefault(key, {})[author] = None
        self._beginnings: dict[str, list[str]] = {}
        for key in self.families:
            self._beginnings.setdefault(key[:2], []).append(key)
        self._journals = {
            container: [token for token in words_of(_PLACE.sub("", container)) if token not in _SMALL]
            for container in dict.fromkeys(r.container for r in document.references if r.container)
        }
        self._captions = {
            sentence.section: sentence.references
            for sentence in document.sentences
            if sentence.references and sentence.id.endswith(":caption")
        }
        self._sections = {piece.id: piece.section for piece in document.pieces()}
        self.last = max(self.references, default=0)

    # Concepts are looked for when a topic is first asked for: most questions never do.

    @cached_property
    def _titles(self) -> dict[int, tuple[tuple[str, ...], frozenset[str]]]:
        """Words and concepts of each title."""
        return {
            number: (
                tuple(dict.fromkeys((*words(r.title), *_initials(r.title)))),
                _concepts_of(_DENIED.sub(" ", r.title), self.matcher),
            )
            for number, r in self.references.items()
        }

    @cached_property
    def denied(self) -> dict[int, frozenset[str]]:
        """The concepts of which titles say that their works are not about them: "non-Crohn's cases"."""
        said = {number: " ".join(_DENIED.findall(r.title)) for number, r in self.references.items()}
        return {n: _concepts_of(re.sub(r"(?i)non-", "", text), self.matcher) for n, text in said.items() if text}

    @cached_property
    def _naming(self) -> list[tuple[Sentence, frozenset[str]]]:
        """The sentences that cite, with the concepts they name."""
        cited = [sentence for sentence in self.document.sentences if sentence.references]
        return [(sentence, _concepts_of(sentence.text, self.matcher)) for sentence in cited]

    @cached_property
    def _narrower(self) -> dict[str, tuple[str, ...]]:
        """The diseases of the glossary by the organs and diseases that their names hold."""
        return _narrower(self.matcher)

    def authors_called(self, word: str, *, initials: str = "", mistyped: bool = False) -> tuple[str, ...]:
        """Return the authors, as printed, whom a folded word may name; with `initials` only those.

        Args:
            mistyped: also names a keystroke or two away, when no name fits as it is.
        """
        exact = self.families.get(word, {})
        found = dict(exact) or self._of(key for key in self._beginnings.get(word[:2], ()) if is_form_of(word, key))
        if not found and mistyped:
            found = self._of(key for key in self.families if is_slip_of(word, key))
        if initials:
            found = {a: None for a in found if split_name(a)[1].startswith(initials)}
        return tuple(found)

    def _of(self, keys: Iterable[str]) -> dict[str, None]:
        # "Zhange" is Zhang, not Zhan: of several names that fit, the longest.
        fitting = list(keys)
        longest = max(map(len, fitting), default=0)
        return {author: None for key in fitting if len(key) == longest for author in self.families[key]}

    def nearest_authors(self, word: str, *, n: int = 3) -> tuple[str, ...]:
        """Return up to `n` family names that look most like a folded word."""
        wholes = {fold(family): family for family in self.family_names()}
        found: dict[str, None] = {}
        for form in stripped(word):
            found |= dict.fromkeys(difflib.get_close_matches(form, wholes, n=n, cutoff=0.5))
        ranked = sorted(found, key=lambda key: -difflib.SequenceMatcher(None, word, key).ratio())
        return tuple(wholes[key] for key in ranked[:n])

    def family_names(self) -> list[str]:
        """Return every family name once, sorted."""
        return sorted({split_name(author)[0] for r in self.references.values() for author in r.authors})

    def journals(self) -> Collection[str]:
        """Return the journals and books as printed."""
        return self._journals.keys()

    def journal_at(self, tokens: Sequence[str], start: int) -> tuple[str, int] | None:
        """Return the journal whose name begins at `tokens[start]`, and where it ends; the longest wins.

        Each token may be the abbreviated word, the whole of it, or a Slovene case of either; small
        words may stand between.
        """
        best: tuple[str, int] | None = None
        best_length = (0, 0)
        for container, name in self._journals.items():
            end = _journal_end(name, tokens, start)
            if end is not None and (end - start, len(name)) > best_length:
                best, best_length = (container, end), (end - start, len(name))
        return best

    def journal_by_initials(self, initials: str) -> str:
        """Return the one journal whose words begin with some folded letters: "ijms"; "" when there is no such one."""
        found = [name for name, parts in self._journals.items() if "".join(part[0] for part in parts) == initials]
        return found[0] if len(found) == 1 else ""

    def nearest_journals(self, tokens: Sequence[str], *, n: int = 3) -> tuple[str, ...]:
        """Return up to `n` journals most like a name that is none of them."""
        scores = {
            container: (
                sum(any(_abbreviates(part, token) for token in tokens) for part in name) / max(len(name), len(tokens)),
                bool(tokens) and _abbreviates(name[0], tokens[0]),
            )
            for container, name in self._journals.items()
        }
        ranked = sorted((c for c in scores if scores[c][0]), key=lambda c: scores[c], reverse=True)
        return tuple(ranked[:n])

    def sections_citing(self, number: int) -> frozenset[str]:
        """Return the ids of the sections whose sentences cite a reference by its number."""
        return frozenset(self._sections[piece] for piece in self.citing[number].own)

    def sources_of(self, sentence: Sentence) -> tuple[int, ...]:
        """Return the numbers that a sentence carries, else its passage, else the caption of its table or figure."""
        captioned = sentence.section.startswith(("table", "figure"))
        around = self._captions.get(sentence.section, ()) if captioned else ()
        return sentence.references or sentence.passage_references or around

    def sources_of_caption(self, section: str) -> tuple[int, ...]:
        """Return the numbers that the caption of a table or a figure carries, by the id of that; none without."""
        return tuple(number for number in self._captions.get(section, ()) if number in self.references)

    def section_about(self, units: Sequence[TopicUnit]) -> tuple[str, str] | None:
        """Return (id, title) of the section whose title says nothing but one of the concepts that no title names."""
        wanted = {key for unit in units for key in unit.concepts}
        for section in self.document.sections:
            named = {mention.key for mention in self.matcher.find(section.title, lemmas=False)}
            if section.number and len(named) == 1 and named <= wanted:
                return section.id, section.title
        return None

    def sections_called(self, name: str) -> tuple[str, ...]:
        """Return the ids of the sections of a number or title, with those below them; none if unsure."""
        number = re.match(r"\d+(?:\.\d+)*", name)
        concepts = {mention.key for mention in self.matcher.find(name, lemmas=False)}
        asked = [in_sections(word) for word in words(name) if len(word) > 3]
        outright = [section.title for section in self.document.sections if words(section.title) == asked]
        chosen: set[str] = set()
        for section in self.document.sections:
            if number:
                fits = section.number == number.group()
            else:
                titled = {mention.key for mention in self.matcher.find(section.title, lemmas=False)}
                title = words(section.title)
                alike = (
                    section.title in outright
                    if outright
                    else bool(asked) and all(any(same_word(word, other) for other in title) for word in asked)
                )
                fits = section.number is not None and (alike or bool(concepts and concepts == titled))
            if fits or section.parent in chosen:
                chosen.add(section.id)
        return tuple(section.id for section in self.document.sections if section.id in chosen)

    def by_topic(self, topic: Sequence[TopicUnit], among: Collection[int] = ()) -> TopicMatch:
        """Return the references whose titles name all of `topic`, or come close to it.

        Args:
            among: only of these references, where the titles of any of them name anything of it.

        Where no title names several things that "and" joins, titles that name one of them count; of what is
        done with a thing ("storing and labelling cells") always. Of an organ or a disease, titles that do
        not name what is said of it ("repair of the lung or COVID-19") come close. Where no title names all of
        it, one kind of vesicle beside other things stands for another; vesicles always mean all kinds there.
        """
        if among:
            match = self.by_topic(topic)
            if set(match.numbers) <= set(among) and match.whole:
                return match
            within = self._by_units(topic, among=among)
            return within if within.share >= _HALF else match
        match, loose = self._by_units(topic), False
        if len(topic) > 1 and (not match.whole or any(_BROAD in map(self.matcher.kind, u.concepts) for u in topic)):
            wide = self._by_units(topic, loose=True)
            loose = wide.whole and not wide.unmatched
            match = wide if loose else match
        lost = [unit for unit in match.unmatched if unit.joined or unit.paired]
        told = [unit for unit in topic if unit not in match.unmatched]
        if lost and all(len(self._by_units([unit]).numbers) > len(self.references) // _TELLS for unit in told):
            return TopicMatch((), False, match.unmatched)  # "dementia and vesicles": only the latter are named
        alternatives = [
            unit for i, unit in enumerate(topic) if unit.joined or (i + 1 < len(topic) and topic[i + 1].joined)
        ]
        held = [unit for unit in alternatives if unit not in match.unmatched]
        if not held or (match.whole and held == alternatives and not all(map(self._is_done, alternatives))):
            return match
        rest = [unit for unit in topic if unit not in alternatives]
        single = [found for unit in held if (found := self._with(unit, rest, loose=loose)).numbers]
        if not single:
            return match
        lost = [unit for unit in match.unmatched if unit in alternatives]
        return TopicMatch(
            tuple(sorted({number for found in single for number in found.numbers})),
            all(found.whole for found in single),
            tuple(dict.fromkeys((*lost, *(unit for found in single for unit in found.unmatched)))),
            min(found.share for found in single),
            tuple(dict.fromkeys(key for found in single for key in found.related)),
        )

    def _with(self, alternative: TopicUnit, rest: Sequence[TopicUnit], *, loose: bool) -> TopicMatch:
        """Titles that name one of several things and all else that is asked; of organs and diseases, the thing."""
        match = self._by_units([*rest, alternative], loose=loose)
        if match.whole:
            return match
        if self.is_topical(alternative) and not any(map(self.is_topical, rest)):
            return replace(self._by_units([alternative]), whole=False)
        return replace(match, numbers=())

    def _is_done(self, unit: TopicUnit) -> bool:
        """Whether a unit names something that is done with things: isolation, analysis."""
        return bool(unit.concepts) and all(self.matcher.kind(key).startswith(_DONE) for key in unit.concepts)

    def _is_vesicle(self, key: str) -> bool:
        return self.matcher.kind(key).startswith(_VESICLES)

    def is_topical(self, unit: TopicUnit) -> bool:
        """Whether a unit names organs or diseases and nothing else."""
        return bool(unit.concepts) and all(self.matcher.kind(key).startswith(TOPICAL) for key in unit.concepts)

    def citing_topic(self, topic: Sequence[TopicUnit]) -> tuple[Sentence, ...]:
        """Return the sentences with sources that name a topic of organs and diseases, beside what no title names;
        else none.
        """
        if not any(map(self.is_topical, topic)) or not all(unit.concepts for unit in topic):
            return ()
        named_too = [unit for unit in topic if not self.is_topical(unit)]
        if any(self._by_units([unit]).numbers for unit in named_too):
            return ()
        wanted = [frozenset((*unit.concepts, *self.narrower(unit.concepts))) for unit in topic]
        enough = any if any(unit.joined for unit in topic) else all
        return tuple(
            sentence
            for sentence, named in self._naming
            if enough(not concepts.isdisjoint(named) for concepts in wanted)
        )

    def _by_units(self, topic: Sequence[TopicUnit], *, among: Collection[int] = (), loose: bool = False) -> TopicMatch:
        pool = [n for n in self.references if not among or n in among]
        held = {unit: [n for n in pool if self._names(n, unit, loose=loose)] for unit in topic}
        if len(topic) == 1 and not held[topic[0]]:  # all that titles say of it is what they are not about
            held = {
                unit: [n for n in pool if not self.denied.get(n, frozenset()).isdisjoint(unit.concepts)]
                for unit in topic
            }
        unmatched = tuple(unit for unit in topic if not held[unit])
        wanted = [unit for unit in topic if held[unit]]
        if not wanted:
            return TopicMatch((), False, unmatched)
        weights = {unit: math.log1p(len(self.references) / len(held[unit])) for unit in wanted}
        total = sum(weights.values())
        shares = {n: sum(weights[unit] for unit in wanted if n in held[unit]) / total for n in pool}
        best = max(shares.values())
        if best < _CLOSE:
            return TopicMatch((), False, unmatched)
        numbers = tuple(n for n in pool if shares[n] >= best - 1e-9)
        lost = len(unmatched) * math.log1p(len(self.references))
        return TopicMatch(
            numbers, best > 1 - 1e-9, unmatched, best * total / (total + lost), self._related(numbers, wanted)
        )

    def _related(self, numbers: Sequence[int], topic: Sequence[TopicUnit]) -> tuple[str, ...]:
        """The narrower concepts in titles that do not name the concept asked for itself."""
        found: dict[str, None] = {}
        for unit in topic:
            for number in numbers:
                concepts = self._titles[number][1]
                if unit.concepts and concepts.isdisjoint(unit.concepts):
                    narrower = (key for key in self.narrower(unit.concepts) if key in concepts)
                    found |= dict.fromkeys(key for key in narrower if self._spelled(number, key))
        return tuple(found)

    def _spelled(self, number: int, key: str) -> bool:
        """Whether a title has a name of a concept as it is spelled: "age" is not "ageing" here."""
        concept, title = self.matcher._concepts[key], self._titles[number][0]
        return any(set(words(name)) <= set(title) for name in (*concept.sl, *concept.en))

    def narrower(self, concepts: Sequence[str]) -> tuple[str, ...]:
        """Return the diseases that a name of theirs says are of an organ, or kinds of a disease, asked for.

        A concept with very many such, "disease" itself, is no topic of its own and has none.
        """
        found = [key for concept in concepts for key in self._narrower.get(concept, ())]
        return tuple(dict.fromkeys(found)) if len(found) <= _MANY else ()

    def is_general(self, unit: TopicUnit) -> bool:
        """Whether a unit names nothing but what very many concepts are kinds of: "disease"."""
        return bool(unit.concepts) and all(len(self._narrower.get(key, ())) > _MANY for key in unit.concepts)

    def _names(self, number: int, unit: TopicUnit, *, loose: bool = False) -> bool:
        title, concepts = self._titles[number]
        if loose and unit.concepts and all(map(self._is_vesicle, unit.concepts)):
            return any(map(self._is_vesicle, concepts))
        if unit.concepts:
            return not concepts.isdisjoint(unit.concepts) or any(
                key in concepts and self._spelled(number, key) for key in self.narrower(unit.concepts)
            )
        asked = (unit.text, *in_titles(unit.text))
        return any(same_word(text, word, ()) for text in asked for word in title)


def _concepts_of(text: str, matcher: ConceptMatcher) -> frozenset[str]:
    """The concepts that a text names, also within longer names."""
    outright = matcher.find(text, lemmas=False)
    within = [mention for mention in matcher.find(text, nested=True, lemmas=False) if _unbroken(mention)]
    return frozenset(mention.key for mention in (*outright, *within))


def _initials(title: str) -> list[str]:
    """The folded initials of the names of societies in a title: "idsa" of Infectious Diseases Society of America."""
    names = re.findall(r"[A-Z][a-z]+(?:\s+(?:(?:of|for|the|and|on)\s+)*[A-Z][a-z]+){2,}", title)
    return ["".join(word[0] for word in name.split() if word[0].isupper()).lower() for name in names]


def _unbroken(mention: Mention) -> bool:
    """Whether the words of a name stand together: "chronic kidney disease" does not hold "Chron disease"."""
    return mention.positions[-1] - mention.positions[0] == len(mention.positions) - 1


def _narrower(matcher: ConceptMatcher) -> dict[str, tuple[str, ...]]:
    """The diseases of the glossary by the organs and diseases that their names hold."""
    found: dict[str, dict[str, None]] = {}
    for key, concept in matcher._concepts.items():
        if concept.kind != "disease":
            continue
        for name in (*concept.sl, *concept.en):
            mentions = [m for m in matcher.find(name, nested=True, lemmas=False) if m.key != key and _unbroken(m)]
            for mention in mentions:
                # "bone" is no part of "bone marrow" here, and all that a name is names no part of it.
                within = any(set(mention.positions) < set(other.positions) for other in mentions)
                whole = len(mention.positions) == len(words(name))
                if not within and not whole and matcher.kind(mention.key).startswith(TOPICAL):
                    found.setdefault(mention.key, {})[key] = None
    return {key: tuple(narrower) for key, narrower in found.items()}


def words_of(text: str) -> list[str]:
    """Return the folded words of `text`, compounds whole."""
    return re.findall(r"[^\W_]+(?:-[^\W_]+)*|&", re.sub("['’]", "", fold(text)))


def _journal_end(name: Sequence[str], tokens: Sequence[str], start: int) -> int | None:
    position = start
    for part in name:
        while position > start and position < len(tokens) and tokens[position] in _SMALL:
            position += 1
        if position >= len(tokens) or not _abbreviates(part, tokens[position], cut=len(name) > 1):
            return None
        position += 1
    return position


@lru_cache(maxsize=100_000)
def _abbreviates(part: str, token: str, *, cut: bool = True) -> bool:
    """Whether `part` of a title may stand for a word: "res" for "research", "j" for "journal".

    Args:
        cut: the word may go on after `part`; a title of one word is never cut short, but may stand
            in a Slovene case ("v Lancetu").
    """
    if token == part:
        return True
    if len(part) == 1:
        return part == "j" and re.fullmatch(r"journal\w{0,3}", token) is not None
    return (cut and token.startswith(part)) or (len(part) >= 4 and is_form_of(token, part))


_kept: dict[tuple[int, int], Bibliography] = {}


def bibliography(document: Document, matcher: ConceptMatcher) -> Bibliography:
    """Return the indexed bibliography of `document`, made once for each pair of arguments."""
    # Keyed by identity: a Document hashes its whole text. The index holds both, so ids stay theirs.
    key = (id(document), id(matcher))
    if key not in _kept:
        if len(_kept) >= 8:
            _kept.clear()
        _kept[key] = Bibliography(document, matcher)
    return _kept[key]


def title_of_document(document: Document) -> tuple[str, ...]:
    """Return the titles of the article itself, in the languages it has them in."""
    return tuple(s.text for s in document.sentences if s.id.startswith("front:title"))

"""What a question names: numbers of the bibliography, identifiers, years, journals, authors."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from corpus.terms import STOP_WORDS, is_dictionary_word
from corpus.text import fold
from corpus.types import Language, Span
from rag.bibliography.index import Bibliography, words_of
from rag.bibliography.lexicon import Lexicon
from rag.bibliography.names import split_name
from rag.bibliography.numerals import place
from rag.bibliography.query import AuthorFilter, Field, Unknown, YearRange

_TOKEN = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*|&")
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s<>\"»«]+")
_PMID = re.compile(r"(?<![\d./-])\d{7,8}(?![\d-])")
_NAMED_PMID = re.compile(r"\b(?:pmid|pubmed(?:\s+id)?)\s*(?:number\s+|stevilk\w+\s+)?[:=]?\s*(\d{4,9})(?![\d-])")
_SEPARATED = re.compile(r"(\d{1,3})(?:\s*(?:-|–|to|through|do)\s*(\d{1,3}))?")
_INITIALS = re.compile(r"[A-Z]{1,3}")
_FURTHER_YEAR = re.compile(r"(?:\s*,\s*|\s+)(?:(?:and|or|in|ali|ter)\s+)?(?:leta\s+|in\s+|iz\s+)?((?:19|20)\d\d)\b")
# What the names of many journals begin with.
_JOURNALS = re.compile(
    r"(?:Journal|Annals|Archives|Proceedings|Transactions|Bulletin)\s+(?:of|in|for)\s+(?:the\s+)?[A-Z]\w+(?:\s+(?:(?:of|and|the)\s+)*[A-Z]\w+)*"
)
# A family name, which has capitals nowhere but at the beginning of its parts.
_FAMILY = re.compile(r"(?:\w['’]|Mc|De)?\w[^\W\dA-ZČŠŽ]*(?:-\w[^\W\dA-ZČŠŽ]*)*")
# What stands behind the name of a journal: "Cell (the journal)", "Lancet among the journals".
_JOURNAL_AFTER = re.compile(
    r"\s*(?:[,(]\s*(?:the\s+journal|revij\w+)|(?:among|one\s+of)\s+the\s+(?:\w+\s+)?journals|med\s+(?:\w+\s+)?revijami)\b"
)
_JOURNAL_NAME = r"[A-ZČŠŽ][\w-]*(?:\s+(?:(?:of|for|and|the|in|&)\s+)*[A-ZČŠŽ&][\w-]*)*"
# The stop of an abbreviation ("dr. Novak") ends no sentence.
_SENTENCE_END = re.compile(r"[?!]\s|(?<=\w{4})[.]\s")
# Initials of journals have so many letters at least.
_INITIALS_OF_JOURNAL = 3
# Authors as they are cited, right before the journal: "Guo et al., Cells".
_AUTHORS_CITED = re.compile(r"\b(?:et al|in sod|s sod|idr)\.?\s*(?:\(?(?:19|20)\d\d\)?)?\s*[,:–—-]?\s*$")
# After these a name may follow, but just as well something else.
_VAGUE = frozenset({"from", "od", "cite", "cites", "cited", "citing", "citira", "citirajo"})


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the question with its place, and folded, without a possessive 's."""

    text: str
    span: Span
    folded: str

    @property
    def capital(self) -> bool:
        """Whether it begins like a name and is no abbreviation."""
        return self.text[0].isupper() and not (len(self.text) > 1 and self.text.isupper())


@dataclass(slots=True)
class Entities:
    """What was found, and where: `used` are the spans that are spoken for."""

    numbers: tuple[int, ...] = ()
    years: YearRange | None = None
    years_at: int = 0
    journals: tuple[str, ...] = ()
    journals_at: int = 0
    authors: tuple[AuthorFilter, ...] = ()
    authors_at: int = 0
    unknown: list[Unknown] = field(default_factory=list)
    unknown_at: int = 10**9
    foreign_identifier: bool = False
    identified_by: set[Field] = field(default_factory=set)
    used: list[Span] = field(default_factory=list)


def level(text: str) -> str:
    """Return `text` folded character by character, so that positions stay what they are."""
    return "".join((fold(char) or char)[:1] for char in text)


def ranges(numbers: Sequence[int]) -> str:
    """Return ascending numbers in short: "86–90, 97"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def normal(text: str) -> str:
    """Return `text` composed (NFC): one character a letter, as `level` needs."""
    return unicodedata.normalize("NFC", text)


class Finder:
    """Finds the entities of one question."""

    def __init__(self, text: str, language: Language, words: Lexicon, shelf: Bibliography) -> None:
        """`text` must be NFC."""
        self.text = text
        self.folded = level(text)
        self.language = language
        self.words = words
        self.shelf = shelf
        shouted = text.isupper()
        self.tokens = [
            Token(
                match.group().lower() if shouted else match.group(),
                Span(*match.span()),
                re.sub(r"['’]s?$", "", fold(match.group())).replace("’", "'"),
            )
            for match in _TOKEN.finditer(text)
        ]
        self.found = Entities()
        self._free = [True] * len(self.tokens)

    def find(self) -> Entities:
        """Return everything the question names."""
        self._identifiers()
        self._numbers()
        self._years()
        self._journals()
        self._authors()
        self._unknown_journals()
        return self.found

    def use(self, span: Span) -> None:
        """Mark a stretch of the question as spoken for."""
        self.found.used.append(span)
        for index, token in enumerate(self.tokens):
            if token.span.start < span.end and span.start < token.span.end:
                self._free[index] = False

    def _identifiers(self) -> None:
        dois = {r.doi.casefold(): n for n, r in self.shelf.references.items() if r.doi}
        pmids = {r.pmid: n for n, r in self.shelf.references.items() if r.pmid}
        numbers: list[int] = []
        for match in _DOI.finditer(self.text):
            doi = match.group().rstrip("?.,;!:\"'")
            if doi.casefold() not in dois and doi.count(")") > doi.count("("):
                doi = doi.rstrip(")")
            self.use(Span(*match.span()))
            self.found.identified_by.add(Field.DOI)
            if doi.casefold() in dois:
                numbers.append(dois[doi.casefold()])
            elif doi.casefold() in self.shelf.document.text.casefold():
                self.found.foreign_identifier = True  # the article's own
            else:
                self.found.unknown.append(Unknown(what="doi", asked=doi))
        for match in _PMID.finditer(self.text):
            if any(match.start() < used.end and used.start < match.end() for used in self.found.used):
                continue
            if match.group() in pmids:
                numbers.append(pmids[match.group()])
            elif re.search(r"pmid|pubmed", self.folded):
                self.found.unknown.append(Unknown(what="pmid", asked=match.group()))
            else:
                continue
            self.found.identified_by.add(Field.PMID)
            self.use(Span(*match.span()))
        if Field.PMID not in self.found.identified_by and (strange := _NAMED_PMID.search(self.folded)):
            self.found.unknown.append(Unknown(what="pmid", asked=strange.group(1)))
            self.found.identified_by.add(Field.PMID)
            self.use(Span(*strange.span()))
        self.found.numbers = tuple(numbers)

    def _numbers(self) -> None:
        numbers = list(self.found.numbers)
        for match in self._numbered():
            listed = next(value for name, value in match.groupdict().items() if value and name.startswith("list"))
            for part in _SEPARATED.finditer(listed):
                first = int(part.group(1))
                last = int(part.group(2) or first)
                numbers.extend(range(first, last + 1) if first <= last <= first + 200 else (first, last))
            self.use(Span(*match.span()))
        for match in self.words.cues["ordinal"].finditer(self.folded):
            number = place(match.group("ordinal"), self.language, last=self.shelf.last)
            if number:
                numbers.append(number)
                self.use(Span(*match.span()))
        strange = [number for number in dict.fromkeys(numbers) if number not in self.shelf.references]
        if strange:
            self.found.unknown.append(Unknown(what="number", asked=ranges(strange)))
        self.found.numbers = tuple(n for n in dict.fromkeys(numbers) if n in self.shelf.references)

    def _numbered(self) -> list[re.Match[str]]:
        """Numbers of the list; one that no noun claims ("who wrote no. 32") where works are spoken of."""
        matches = list(self.words.cues["numbered"].finditer(self.folded))
        works = ("published", "strong", "weak", "cites", "chapter", "which_works")
        if not matches and any(map(self.says, works)) and not self.says("not_works"):
            matches = list(self.words.cues["bare_number"].finditer(self.folded))
        return matches or list(self.words.of_number.finditer(self.folded))

    def says(self, cue: str) -> bool:
        """Whether a cue occurs in the question."""
        return self.words.says(cue, self.folded)

    def _years(self) -> None:
        start: int | None = None
        end: int | None = None
        for name, pattern in self.words.years.items():
            match = pattern.search(self.folded)
            if match is None or any(match.start() < u.end and u.start < match.end() for u in self.found.used):
                continue
            years = [int(year) for year in match.groups() if year]
            if name == "decade":
                years = [years[0] * 10, years[0] * 10 + 9]
            if not all(1800 <= year <= 2100 for year in years):
                continue
            if name in ("between", "decade", "single"):
                if name == "single" and (start or end):
                    continue
                start, end = (years[0], years[0]) if name == "single" else (min(years), max(years))
            elif name in ("since", "after", "not_before"):
                start = years[0] + (name == "after")
            else:
                end = years[0] - (name == "before")
            self.found.years = YearRange(start=start, end=end)
            self.found.years_at = match.start()
            self.use(Span(*match.span()))
            if name == "single":
                self._further_years(years[0], match.end())
            if name in ("between", "decade"):
                return

    def _further_years(self, first: int, end: int) -> None:
        """Years named beside one: "2019, 2021 and 2022"."""
        years = {first}
        while further := _FURTHER_YEAR.match(self.folded, end):
            years.add(int(further.group(1)))
            self.use(Span(end, further.end()))
            end = further.end()
        if len(years) > 1:
            gapless = max(years) - min(years) == len(years) - 1
            named = () if gapless else tuple(sorted(years))
            self.found.years = YearRange(start=min(years), end=max(years), named=named)

    def _journals(self) -> None:
        plain = [re.sub("['’]", "", fold(token.text)) for token in self.tokens]
        found: dict[str, None] = {}
        index = 0
        while index < len(self.tokens):
            at = self._journal_at(plain, index) if self._free[index] else None
            if self.tokens[index].text == "journal" and plain[index + 1 : index + 2] != ["of"]:
                at = None  # "the journal Stem Cell Research": not part of the name
            if at is None or not (self._is_short(index) or self._journal_fits(index, at[1])):
                index += 1
                continue
            if not found:
                self.found.journals_at = self.tokens[index].span.start
            found[at[0]] = None
            end = self.tokens[at[1] - 1].span.end
            place = re.match(r"\s*\([^)]*\)", self.text[end:])  # "Pharmaceuticals (Basel)"
            self.use(Span(self.tokens[index].span.start, end + (place.end() if place else 0)))
            index = at[1]
        self.found.journals = tuple(found)

    def _journal_at(self, plain: Sequence[str], index: int) -> tuple[str, int] | None:
        """The journal named from a word on, in full, shortened, or by its initials; and where its name ends."""
        if self._is_short(index):
            name = self.shelf.journal_by_initials(plain[index])
            return (name, index + 1) if name else None
        return self.shelf.journal_at(plain, index)

    def _is_short(self, index: int) -> bool:
        """Whether a word may be the initials of a journal, and is not those of something else: "IJMS", not "MSC"."""
        text = self.tokens[index].text
        spelled = len(text) >= _INITIALS_OF_JOURNAL and text.isalpha() and text.isupper() and not self.text.isupper()
        return spelled and not self.shelf.matcher.find(text, language=self.language)

    def _journal_fits(self, index: int, end: int) -> bool:
        """Whether words that could be the name of a journal are meant as one: "Cells", "stem cells"."""
        token = self.tokens[index]
        name = self.text[token.span.start : self.tokens[end - 1].span.end]
        if index == 0 and self._heads(end) and not self._is_concept(name):
            return True
        if self._is_abbreviated(index, end) or _JOURNAL_AFTER.match(self.folded, self.tokens[end - 1].span.end):
            return True
        if index and token.text[0].isupper() and self._heads(end):
            if _AUTHORS_CITED.search(self.folded[: token.span.start]):
                return True  # "Guo et al., Cells"
            parted = self.folded[: token.span.start].rstrip()[-1:] in (",", ";", "(", "–", "—", "-")
            if parted and end - index > 1 and not self.shelf.matcher.find(name, language=self.language):
                return True
        before = self.folded[: token.span.start].rstrip("»\"“„'( ")
        if re.search(f"(?:{self.words.cues['journal_named'].pattern})$", f"{before} "):
            return True
        last = re.findall(r"\w+", before)[-2:]
        if last[-1:] == ["the"]:
            last = last[:1]
        introduced = bool(last) and self.words.cues["journal_before"].fullmatch(last[-1]) is not None
        capital = token.text[0].isupper() and index > 0
        n_words = end - index
        following = self.tokens[end].folded if end < len(self.tokens) else ""
        if capital and self.words.cues["paper"].fullmatch(following) and before.endswith(("the", "that", "this")):
            return True  # "the Chest article"
        if n_words >= 3:
            return capital or introduced or index == 0 or token.folded == "journal"
        imprint = self.words.fields[Field.IMPRINT].fullmatch(last[0]) if len(last) > 1 else None
        if introduced and (last[-1] not in ("by", "of") or (capital and imprint)):
            return capital or not self._ordinary(token)
        return capital and n_words == 2 and self.tokens[end - 1].text[0].isupper() and "journal" in before

    def _is_abbreviated(self, index: int, end: int) -> bool:
        """Whether words with capitals are the printed name of a journal, not all of them words: "Sci Rep"."""
        named = self.tokens[index:end]
        printed = {word for container in self.shelf.journals() for word in container.split()}
        return (
            end - index > 1
            and all(token.capital and token.text in printed for token in named)
            and not any(self.shelf.matcher.find(token.text, language=self.language) for token in named)
            and not all(map(self._ordinary, named))
        )

    def _heads(self, end: int) -> bool:
        """Whether the first words, up to `end`, stand by themselves: "Cytotherapy: which source?"."""
        return (
            re.match(r"\s*(?:[:?]|[-–—,]\s|$|\(?(?:19|20)\d\d\b)", self.text[self.tokens[end - 1].span.end :])
            is not None
        )

    def _ordinary(self, token: Token) -> bool:
        """Whether a word stands in the dictionary of either language."""
        return any(is_dictionary_word(token.text.lower(), language) for language in Language)

    def _authors(self) -> None:
        filters: list[AuthorFilter] = []
        previous_end = -1
        index = 0
        while index < len(self.tokens):
            if not self._free[index]:
                index += 1
                continue
            size, names = self._longest_name(index)
            joined = previous_end >= 0 and re.fullmatch(
                r"\s*(?:,|&|in|and|ter|ali|or|,\s*(?:and|in))\s*",
                self.folded[previous_end : self.tokens[index].span.start],
            )
            if not names or not self._name_fits(index, size, joined=bool(joined)):
                names = self._mistyped(index, joined=bool(joined))
                size = 1
            if not names:
                index += 1
                continue
            end = index + size
            names, first, end = self._with_given(names, index, end)
            families = list(dict.fromkeys(split_name(name)[0] for name in names))
            label = " / ".join(names) if len(names) == 1 else " / ".join(families)
            without = self.words.cues["but_not"].search(self.folded[: self.tokens[first].span.start])
            filters.append(AuthorFilter(names=names, label=label, without=without is not None))
            if without is not None:
                self.use(Span(*without.span()))
            if len(filters) == 1:
                self.found.authors_at = self.tokens[first].span.start
            previous_end = self.tokens[end - 1].span.end
            tail = self.words.cues["author_after"].match(self.folded, previous_end)
            self.use(Span(self.tokens[first].span.start, tail.end() if tail else previous_end))
            index = end
        self.found.authors = tuple(dict.fromkeys(filters))

    def _longest_name(self, index: int) -> tuple[int, tuple[str, ...]]:
        for size in (3, 2, 1):
            words = self.tokens[index : index + size]
            if len(words) == size:
                names = self.shelf.authors_called(" ".join(word.folded for word in words))
                if names:
                    return size, names
        return 1, ()

    def _beside(self, index: int, size: int = 1) -> str:
        """What beside a word says that it is a name: "before", "vague", "genitive", "after", or ""."""
        token, last = self.tokens[index], self.tokens[index + size - 1]
        if last.text != last.text.rstrip("'’") or re.search(r"['’]s$", last.text):
            return "after" if self.language is Language.EN and last.text[0].isupper() else ""
        for cue in ("author_after", "author_subject"):
            if self.words.cues[cue].match(self.folded, last.span.end):
                return "after"
        words = re.findall(r"[\w-]+", _SENTENCE_END.split(self.folded[: token.span.start])[-1])
        if words and self.words.cues["author_before"].fullmatch(words[-1]):
            return "vague" if words[-1] in _VAGUE else "before"
        if words and token.capital and self.words.cues["author_genitive"].fullmatch(words[-1]):
            return "genitive"
        return ""

    def _name_fits(self, index: int, size: int, *, joined: bool) -> bool:
        token = self.tokens[index]
        length = len(token.folded)
        beside = self._beside(index, size)
        if size > 1:
            return True
        if token.folded in STOP_WORDS[self.language] and not (token.capital and index):
            return False
        if token.capital and (index > 0 or not self._ordinary(token)):
            return length >= 3 or bool(beside) or joined or self._has_initials(index)
        if token.capital and (self._has_initials(index) or self._heads(1)):
            return True
        if beside == "before" or joined:
            return length >= 3 and not (self._ordinary(token) and length < 5)
        if beside == "after":
            return length >= 3
        return length >= 5 and not self._ordinary(token)

    def _has_initials(self, index: int) -> bool:
        following = self.tokens[index + 1 : index + 2]
        return bool(following) and _INITIALS.fullmatch(following[0].text) is not None

    def _mistyped(self, index: int, *, joined: bool) -> tuple[str, ...]:
        """Names a keystroke away, where a name is expected; what is none at all is noted as unknown."""
        token = self.tokens[index]
        beside = self._beside(index)
        if len(token.folded) < 3 or any(char.isdigit() for char in token.text) or token.text.isupper():
            return ()
        capital = token.capital and index > 0
        if self.shelf.matcher.find(token.text, language=self.language) or self._is_publisher(token):
            return ()
        if token.folded in STOP_WORDS[self.language]:
            return ()  # "… . Who published it?"
        ordinary = self._ordinary(token)
        if beside or joined or (capital and len(token.folded) >= 6 and not ordinary):
            named = beside in ("before", "genitive", "after") or (beside and self.says("works_of"))
            if ordinary and not (capital and named):
                return ()
            names = self.shelf.authors_called(token.folded, mistyped=True)
            if names:
                return names
            by_name = beside == "vague" and (not ordinary or self.says("works_of"))
            certain = beside in ("before", "genitive", "after") or by_name
            if capital and certain and _FAMILY.fullmatch(token.text):
                self._note_author(index)
        return ()

    def _note_author(self, index: int) -> None:
        """Note a person whom the bibliography does not have, unless a given name before one it has."""
        last = index
        while last + 1 < len(self.tokens) and self._free[last + 1] and self._follows_as_name(last):
            last += 1
        if last > index and self.shelf.authors_called(self.tokens[last].folded):
            return
        span = Span(self.tokens[index].span.start, self.tokens[last].span.end)
        nearest = self.shelf.nearest_authors(self.tokens[last].folded)
        self.found.unknown.append(Unknown(what="author", asked=self.text[span.start : span.end], nearest=nearest))
        self.found.unknown_at = min(self.found.unknown_at, span.start)
        self.use(span)

    def _follows_as_name(self, index: int) -> bool:
        """Whether the word after one is a name too, with nothing but a blank between: "Nika Požun"."""
        token, following = self.tokens[index], self.tokens[index + 1]
        between = self.text[token.span.end : following.span.start]
        return not between.strip(" .") and following.capital and len(following.text) > 1

    def _is_publisher(self, token: Token) -> bool:
        return any(token.folded in words_of(r.publisher) for r in self.shelf.references.values() if r.publisher)

    def _with_given(self, names: Sequence[str], index: int, end: int) -> tuple[tuple[str, ...], int, int]:
        """Take the initials or given name beside a family name along, and heed them where they fit."""
        initials = ""
        first = index
        following = self.tokens[end : end + 1]
        if following and _INITIALS.fullmatch(following[0].text) and following[0].text not in ("DOI", "ZV", "EV", "MSC"):
            initials, end = following[0].text, end + 1
        else:
            while first > 0 and self._free[first - 1] and self._is_given(first - 1):
                first -= 1
            if first < index:
                initials = self.tokens[first].text[0].upper()
        exact = tuple(name for name in names if initials and split_name(name)[1] == initials)
        fitting = exact or tuple(name for name in names if split_name(name)[1].startswith(initials))
        return (fitting or tuple(names)), first, end

    def _is_given(self, index: int) -> bool:
        token = self.tokens[index]
        if len(token.text) == 1:
            return token.text.isupper() and token.text not in ("I", "A", "V", "Z", "S", "O", "K")
        return token.capital and token.text.isalpha() and index > 0 and not self._ordinary_lower(token)

    def _ordinary_lower(self, token: Token) -> bool:
        return token.folded in STOP_WORDS[self.language] or self.words.scaffolding.fullmatch(token.folded) is not None

    def _unknown_journals(self) -> None:
        """Note a name that stands where only a journal can stand and is none of them."""
        if self.found.journals:
            return
        for known in self.words.cues["elsewhere"].finditer(self.folded):
            name = self.text[known.start() : known.end()]
            if not name[0].isupper() or self.tokens_used(known.start()) or not self._stands_as_journal(*known.span()):
                continue
            self._note_journal(name, known.start())
            return
        after = [
            name for name in re.finditer(_JOURNAL_NAME, self.text) if _JOURNAL_AFTER.match(self.folded, name.end())
        ]
        for surely in (*_JOURNALS.finditer(self.text), *after):
            if not self.tokens_used(surely.start()):
                self._note_journal(surely.group(), surely.start())
                return
        pattern = re.compile(
            f"(?:{self.words.cues['journal_named'].pattern}|(?:published|appeared)\\s+in\\s+|objavljen[a-z]*\\s+v\\s+)"
            r"(?:the\s+)?[»\"“„']?"
        )
        for match in pattern.finditer(self.folded):
            named = re.match(_JOURNAL_NAME, self.text[match.end() :])
            if named is None or self.tokens_used(match.end()):
                continue
            name = named.group()
            named_outright = re.search(self.words.cues["journal_named"].pattern, match.group()) is not None
            if name.casefold() in ("doi", "pmid") or (not named_outright and self._is_concept(name)):
                continue
            self._note_journal(name, match.end())
            return

    def _note_journal(self, name: str, start: int) -> None:
        """Note a journal that the bibliography does not have."""
        nearest = self.shelf.nearest_journals(words_of(name))
        self.found.unknown.append(Unknown(what="journal", asked=name, nearest=nearest))
        self.found.unknown_at = min(self.found.unknown_at, start)
        self.use(Span(start, start + len(name)))

    def _stands_as_journal(self, start: int, end: int) -> bool:
        """Whether a name at a place of the question stands where a journal may stand: "in BMJ", "BMJ papers"."""
        if re.match(rf"\s+{self.words.cues['wanted'].pattern}\b", self.folded[end:]):
            return True
        before = re.findall(r"\w+", self.folded[:start])[-2:]
        last = before[0] if before[-1:] == ["the"] else before[-1] if before else ""
        return (
            not last or self.words.cues["journal_before"].fullmatch(last) is not None or self.words.says("cites", last)
        )

    def _is_concept(self, name: str) -> bool:
        """Whether every word of a name belongs to a concept of the glossary."""
        mentions = self.shelf.matcher.find(name, language=self.language)
        covered = {position for mention in mentions for position in mention.positions}
        return len(covered) >= len(name.split())

    def uses(self, span: Span) -> bool:
        """Whether any of a stretch of the question is spoken for."""
        return any(used.start < span.end and span.start < used.end for used in self.found.used)

    def tokens_used(self, position: int) -> bool:
        """Whether a position of the question is spoken for."""
        return any(used.start <= position < used.end for used in self.found.used)

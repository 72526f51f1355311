"""Say what was found in the bibliography, in the asker's language, each sentence with what it rests on."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from corpus.types import Language, Reference, Sentence, TableRow
from rag.answer import Support
from rag.bibliography.execute import tells
from rag.bibliography.kinds import kind_name
from rag.bibliography.query import BibliographyQuery, BibliographyResult, Field, Operation, Unknown, YearRange

# So many entries, or sentences, are given one by one; of more, their number and their numbers.
MAX_LISTED = 8
_MAX_TITLE = 90
# Fields that an entry in short gives by itself, with its authors.
_IN_SHORT = frozenset({Field.YEAR, Field.TITLE})
# Places that cite works besides those asked for are quoted if they are no more than this.
_FEW_PLACES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class BibliographySentence:
    """A sentence of an answer about the bibliography.

    Attributes:
        pieces: ids of what it rests on, "ref:56" or a sentence; empty only for a notice.
        support: `ROW` gives fields of an entry in words, `QUOTE` an entry or sentence verbatim,
            `TRANSLATION` our translation of one, `COMPUTED` a count or list, `NOTICE` speaks of the answer.
    """

    text: str
    pieces: tuple[str, ...]
    support: Support


def compose(
    result: BibliographyResult, *, language: Language, translations: Mapping[str, str] | None = None
) -> tuple[BibliographySentence, ...]:
    """Return the sentences of the answer, at least one.

    Args:
        translations: our working translations by piece id (and "<section>:title"), used for
            sentences of the article when the answer is in English.
    """
    return tuple(_Composer(result, language, translations or {}).compose())


def describe(query: BibliographyQuery, *, language: Language) -> str:
    """Return the filters of a query in words: "author: Buzas; year: 2019–2022"."""
    labels = _wording()[language]["labels"]
    either = labels["or"]
    parts: list[str] = []
    if query.numbers:
        parts.append(f"{labels['number']}: {', '.join(map(str, query.numbers))}")
    for author in query.authors:
        parts.append(f"{labels[author.role]}: {author.label}")
    if query.years is not None:
        parts.append(f"{labels['year']}: {_years(query.years, labels)}")
    if query.journals:
        parts.append(f"{labels['journal']}: {either.join(query.journals)}")
    if query.topic:
        parts.append(f"{labels['topic']}: {', '.join(_shown(query, unit.text) for unit in query.topic)}")
    for name, fields in (("missing", query.missing), ("present", query.present)):
        if fields:
            parts.append(f"{labels[name]} {', '.join(labels[field.value] for field in fields)}")
    if query.publisher:
        parts.append(f"{labels['publisher']}: {_shown(query, query.publisher)}")
    if query.sections:
        parts.append(f"{labels['section']}: {query.sections[0]}")
    if query.kinds:
        parts.append(f"{labels['kind']}: {either.join(kind_name(kind, language) for kind in query.kinds)}")
    if query.chapter:
        parts.append(labels["chapter"])
    if query.max_citations:
        parts.append(labels["max_citations"].format(n=query.max_citations))
    if query.sole:
        parts.append(labels["sole"])
    if query.min_citations:
        parts.append(labels["min_citations"].format(n=query.min_citations))
    return "; ".join(parts)


def phrase(query: BibliographyQuery, *, language: Language) -> str:
    """Return the filters of a query as they are said in a sentence: "from 2019–2022, by Buzas"."""
    wording = _wording()[language]
    phrases, labels = wording["phrases"], wording["labels"]
    parts: list[tuple[str, str]] = []
    if query.numbers:
        parts.append(("numbers" if len(query.numbers) > 1 else "number", ", ".join(map(str, query.numbers))))
    parts += [(a.role, a.label) for a in query.authors]
    if (years := query.years) is not None:
        if years.end is None:
            parts.append(("since", str(years.start)))
        elif years.start is None:
            parts.append(("until", str(years.end)))
        else:
            parts.append(("year" if years.start == years.end else "years", _years(years, labels)))
    if query.journals:
        parts.append(("journal", labels["or"].join(query.journals)))
    if query.topic:
        parts.append(("topic", ", ".join(_shown(query, unit.text) for unit in query.topic)))
    for name, fields in (("missing", query.missing), ("present", query.present)):
        if fields:
            parts.append((name, ", ".join(labels[field.value] for field in fields)))
    if query.publisher:
        parts.append(("publisher", _shown(query, query.publisher)))
    if query.sections:
        parts.append(("section", query.sections[0]))
    if query.kinds:
        parts.append(("kind", labels["or"].join(kind_name(kind, language) for kind in query.kinds)))
    if query.chapter:
        parts.append(("chapter", ""))
    if query.max_citations:
        parts.append(("max_citations", str(query.max_citations)))
    if query.sole:
        parts.append(("sole", ""))
    if query.min_citations:
        parts.append(("min_citations", str(query.min_citations)))
    return ", ".join(phrases[name].format(value=value) for name, value in parts)


class _Composer:
    def __init__(self, result: BibliographyResult, language: Language, translations: Mapping[str, str]) -> None:
        self.result = result
        self.query = result.query
        self.language = language
        self.translations = translations
        self.words = _wording()[language]
        self.labels = self.words["labels"]
        self.filter = phrase(result.query, language=language)
        self.ids = tuple(reference.id for reference in result.references)

    def compose(self) -> list[BibliographySentence]:
        answer = [self._notice(self._unknown(unknown)) for unknown in self.query.unknown]
        if self.query.unknown and not self.result.references:
            return answer
        if self.query.described:
            return [*self._found(), *map(self._piece, self.result.pieces[:MAX_LISTED])]
        if self.result.any_author:
            answer.append(self._notice(self.words["any_author"]))
        elsewhere = bool(self.result.pieces) and bool(self.query.topic) and not self.result.beside
        if self.query.statement or (elsewhere and not self._quotes_citations()):
            return [*answer, *self._cited_for()]
        if not self.result.references:
            if self.result.unmatched:
                answer.append(
                    self._notice(self._say("unmatched", words=", ".join(map(self._asked, self.result.unmatched))))
                )
            return [*answer, self._notice(self._say("none", filter=self.filter, total=self.result.total))]
        if self.result.treated:
            answer.append(
                self._notice(self._say("treated", title=self._section(*self.result.treated).lstrip("0123456789. ")))
            )
        if self.result.closest:
            answer.append(self._notice(self.words["closest"]))
        if self.result.related and self.result.references:
            names = ", ".join(related[self.language] for related in self.result.related)
            answer.append(self._notice(self._say("related", names=names)))
        answer.extend(self._found())
        answer.extend(self._beside())
        if self.result.unmatched:
            answer.append(
                self._notice(self._say("unmatched", words=", ".join(map(self._asked, self.result.unmatched))))
            )
        return answer

    # --- by operation ----------------------------------------------------------------------------

    def _found(self) -> list[BibliographySentence]:
        match self.query.operation:
            case Operation.GROUP:
                people = self.query.by in (Field.AUTHORS, Field.FIRST_AUTHOR)
                return [self._groups(), *([self._notice(self.words["namesakes"])] if people else [])]
            case Operation.OLDEST | Operation.NEWEST:
                return self._oldest_or_newest()
            case Operation.MOST_CITED:
                return self._most_cited()
            case Operation.TIMES:
                return self._times()
            case Operation.SECTIONS:
                return self._sections()
            case Operation.CITING:
                return self._citing()
            case Operation.COUNT:
                return [self._counted()]
            case Operation.FIELD:
                return self._field_answers()
            case _:
                return self._listed()

    def _listed(self) -> list[BibliographySentence]:
        references = self.result.references
        if len(references) == 1 and (self.query.numbers or self.query.entire or not self.filter):
            return [self._verbatim(references[0])]
        if self.query.numbers and len(references) <= MAX_LISTED:
            return [self._short(reference) for reference in references]
        counted = self._counted()
        if len(references) > MAX_LISTED:
            return [counted]
        return [counted, *(self._short(reference) for reference in references)]

    def _counted(self) -> BibliographySentence:
        if not self.filter:
            return self._computed(self._say("all", total=self.result.total, last=self.result.references[-1].number))
        count = len(self.result.references)
        return self._computed(
            self._say(
                "matches",
                filter=self.filter,
                count=count,
                total=self.result.total,
                be=self._form("be", count),
                those=self._form("those", count),
                numbers=self._numbers(self.result.numbers),
            )
        )

    def _field_answers(self) -> list[BibliographySentence]:
        if len(self.result.references) > MAX_LISTED:
            return [self._counted()]
        named = self.query.described or not self.query.numbers
        if not self.query.whether and not any(
            tells(r, field) for r in self.result.references for field in self.query.fields
        ):
            # Nothing of what was asked is there: that is said, and answers nothing.
            return [
                self._notice(self._field(reference, field, named=named).text)
                for reference in self.result.references
                for field in self.query.fields
            ]
        if len(self.query.fields) > 1:
            return [self._fields(reference, named=named) for reference in self.result.references]
        return [
            self._field(reference, field, named=named)
            for reference in self.result.references
            for field in self.query.fields
        ]

    def _oldest_or_newest(self) -> list[BibliographySentence]:
        references = self.result.references
        years = sorted({reference.year for reference in references if reference.year})
        head = self._computed(
            self._say(
                f"{self.query.operation.value}_few" if self.query.n else self.query.operation.value,
                among=self._among(),
                year=f"{years[0]}–{years[-1]}" if len(years) > 1 else years[0],
                numbers=self._numbers(self.result.numbers),
            )
        )
        if len(references) > MAX_LISTED:
            return [head]
        if set(self.query.fields) - _IN_SHORT:
            return [head, *self._field_answers()]
        return [head, *(self._short(reference) for reference in references)]

    def _most_cited(self) -> list[BibliographySentence]:
        head = self._computed(
            self._say(
                "most_cited",
                among=self._among(),
                numbers=self._numbers(self.result.numbers),
                times=self._places(self.result.times[0]),
            )
        )
        if len(self.result.references) > MAX_LISTED:
            return [head]
        if self.query.fields:
            return [head, *self._field_answers()]
        return [head, *(self._short(reference) for reference in self.result.references)]

    def _times(self) -> list[BibliographySentence]:
        timed = list(zip(self.result.references, self.result.times, strict=True))
        if len(timed) > MAX_LISTED:
            return [self._counted()]
        return [
            BibliographySentence(
                text=self._say("times", number=reference.number, value=self._places(n)),
                pieces=(reference.id, *(p.id for p in self.result.pieces if reference.number in p.references)),
                support=Support.COMPUTED,
            )
            for reference, n in timed
        ]

    def _sections(self) -> list[BibliographySentence]:
        sections = ", ".join(self._section(section, title) for section, title in self.result.sections)
        pieces = tuple(piece.id for piece in self.result.pieces)
        text = self._say("cited_in", numbers=self._sources(self.result.numbers), sections=sections)
        return [BibliographySentence(text=text, pieces=(*self.ids, *pieces), support=Support.COMPUTED)]

    def _citing(self) -> list[BibliographySentence]:
        own = [piece for piece in self.result.pieces if piece.id in self.result.own]
        passage = len(own) < len(self.result.pieces)
        head = self._say(
            "citing_passage" if passage else "citing",
            numbers=self._sources(self.result.numbers),
            value=self._places(len(own)),
        )
        ids = (*self.ids, *(piece.id for piece in own))
        shown = self.result.pieces if len(self.result.pieces) <= MAX_LISTED else tuple(own[:MAX_LISTED])
        return [
            BibliographySentence(text=head, pieces=ids, support=Support.COMPUTED),
            *(self._piece(piece) for piece in shown),
        ]

    def _cited_for(self) -> list[BibliographySentence]:
        if not self.result.pieces:
            return [self._notice(self.words["not_found"])]
        places = [self._piece(piece) for piece in self.result.pieces[:MAX_LISTED]]
        references = self.result.references
        if not references:
            return [*places, self._notice(self.words["uncited"])]
        pieces = tuple(piece.id for piece in self.result.pieces)
        key = "statement" if self.query.statement else "topic_elsewhere"
        head = BibliographySentence(
            text=self._say(key, numbers=self._sources(self.result.numbers)),
            pieces=(*self.ids, *pieces),
            support=Support.COMPUTED,
        )
        if self.query.operation is Operation.FIELD and len(references) <= MAX_LISTED:
            return [*self._field_answers(), head, *places]
        if self.query.operation is Operation.COUNT or len(references) > MAX_LISTED:
            return [head, *places]
        return [head, *(self._short(reference) for reference in references), *places]

    def _beside(self) -> list[BibliographySentence]:
        beside = self.result.beside
        if not beside:
            return []
        head = BibliographySentence(
            text=self._say("beside", numbers=self._sources([reference.number for reference in beside])),
            pieces=tuple(reference.id for reference in beside),
            support=Support.ROW,
        )
        places = [self._piece(piece) for piece in self.result.pieces] if len(self.result.pieces) <= _FEW_PLACES else []
        return [head, *(self._short(reference) for reference in beside[:MAX_LISTED]), *places]

    def _quotes_citations(self) -> bool:
        return self.query.operation in (
            Operation.CITING,
            Operation.SECTIONS,
            Operation.TIMES,
            Operation.MOST_CITED,
        )

    def _groups(self) -> BibliographySentence:
        groups = self.result.groups
        by = self.labels[(self.query.by or Field.YEAR).value]
        if self.query.top:
            numbers = [number for _, listed in groups for number in listed]
            text = self._say(
                "top_group",
                n=len(groups[0][1]),
                by=by,
                names=", ".join(name for name, _ in groups),
                numbers=self._numbers(list(dict.fromkeys(numbers))),
            )
            ids = tuple(r.id for r in self.result.references if r.number in numbers)
            return BibliographySentence(text=text, pieces=ids, support=Support.COMPUTED)
        shown = [g for g in groups if len(g[1]) > 1] if len(groups) > 20 else list(groups)
        listed = [f"{name} ({len(numbers)})" for name, numbers in shown]
        if len(shown) < len(groups):
            listed.append(self._say("others", n=len(groups) - len(shown)))
        return self._computed(self._say("n_groups", by=by, count=len(groups), groups=", ".join(listed)))

    # --- pieces of sentences -----------------------------------------------------------------------

    def _fields(self, reference: Reference, *, named: bool) -> BibliographySentence:
        """Several fields of an entry in one sentence: "Reference 85 – first author: …; year: …"."""
        parts: list[str] = []
        for field in self.query.fields:
            label = self.labels.get(field.value, field.value)
            if field is Field.JOURNAL and (reference.editors or reference.publisher):
                label = self.labels["book"]
            value = self._value(reference, field) if tells(reference, field) else self.words["not_given"]
            parts.append(f"{label}: {value}")
        shown = self._title(reference) if named and Field.TITLE not in self.query.fields else ""
        return self._row("fields", reference, title=shown, value="; ".join(parts))

    def _value(self, reference: Reference, field: Field) -> str:
        match field:
            case Field.FIRST_AUTHOR:
                return reference.authors[0]
            case Field.AUTHORS:
                return self._authors(reference)
            case Field.N_AUTHORS:
                return str(len(reference.authors))
            case Field.JOURNAL:
                return reference.container
            case Field.IMPRINT:
                return imprint(reference)
            case _:
                return str(getattr(reference, field.value))

    def _title(self, reference: Reference) -> str:
        return f" (»{_cut(reference.title)}«)" if self.language is Language.SL else f" (“{_cut(reference.title)}”)"

    def _field(self, reference: Reference, field: Field, *, named: bool) -> BibliographySentence:
        shown = self._title(reference) if named and field is not Field.TITLE else ""
        if not tells(reference, field):
            name = self.labels.get(field.value, field.value)
            return self._row("lacks", reference, title=shown, field=name)
        key = field.value
        if field is Field.AUTHORS and len(reference.authors) == 1 and not reference.et_al:
            key = "single_author"
        elif field is Field.JOURNAL and (reference.editors or reference.publisher):
            key = "book"
        value = self._value(reference, field)
        et_al = self.words["et_al"] if reference.et_al else ""
        return self._row(key, reference, title=shown, value=value, et_al=et_al)

    def _authors(self, reference: Reference) -> str:
        names = ", ".join(reference.authors) + (", et al." if reference.et_al else "")
        names += self._say("group", value=reference.group) if reference.group else ""
        return names.removesuffix(".")

    def _row(self, key: str, reference: Reference, **values: Any) -> BibliographySentence:
        values.setdefault("title", "")
        text = self._say(key, number=reference.number, **values)
        return BibliographySentence(text=text, pieces=(reference.id,), support=Support.ROW)

    def _verbatim(self, reference: Reference) -> BibliographySentence:
        return BibliographySentence(text=reference.text, pieces=(reference.id,), support=Support.QUOTE)

    def _short(self, reference: Reference) -> BibliographySentence:
        text = f"{reference.number}. {short_authors(reference)}: {_stopped(reference.title)} {reference.container}"
        text += f", {reference.year}." if reference.year else "."
        return BibliographySentence(text=text, pieces=(reference.id,), support=Support.ROW)

    def _piece(self, piece: Sentence | TableRow) -> BibliographySentence:
        translation = self.translations.get(piece.id) if piece.language is not self.language else None
        if translation and self.language is Language.EN:
            return BibliographySentence(text=translation, pieces=(piece.id,), support=Support.TRANSLATION)
        return BibliographySentence(text=piece.text, pieces=(piece.id,), support=Support.QUOTE)

    def _section(self, section: str, title: str) -> str:
        translated = self.translations.get(f"{section}:title", "") if self.language is Language.EN else ""
        title = translated or title
        return title if title.startswith(section) or not section[0].isdigit() else f"{section} {title}"

    def _computed(self, text: str) -> BibliographySentence:
        return BibliographySentence(text=text, pieces=self.ids, support=Support.COMPUTED)

    def _notice(self, text: str) -> BibliographySentence:
        return BibliographySentence(text=text, pieces=(), support=Support.NOTICE)

    def _unknown(self, unknown: Unknown) -> str:
        asked = self.words["unlisted"][unknown.asked] if unknown.what == "field" else unknown.asked
        text = self._say(f"unknown_{unknown.what}", asked=asked, last=self.result.total)
        return text + (self._say("nearest", names=", ".join(unknown.nearest)) if unknown.nearest else "")

    def _among(self) -> str:
        return self._say("among", filter=self.filter) if self.filter else ""

    def _asked(self, folded: str) -> str:
        return _shown(self.query, folded)

    def _sources(self, numbers: Sequence[int]) -> str:
        return f"{self._form('source', len(numbers))} {self._numbers(numbers)}"

    def _places(self, n: int) -> str:
        return str(self._form("places", n)).format(n=n)

    def _numbers(self, numbers: Sequence[int]) -> str:
        listed = [str(number) for number in numbers]
        return f"{', '.join(listed[:-1])} {self.words['and']} {listed[-1]}" if len(listed) > 1 else "".join(listed)

    def _form(self, key: str, n: int) -> str:
        """The form for one, two, three or four, and more; Slovene counts by the last two digits."""
        rest = n % 100 if self.language is Language.SL else n
        return str(self.words[key][rest - 1 if 1 <= rest <= 3 else 2 if rest == 4 else 3])

    def _say(self, key: str, **values: Any) -> str:
        return str(self.words[key]).format(**values)


def short_authors(reference: Reference) -> str:
    """Return "Buzas EI", "Kalluri R, LeBleu VS" or "Nazari H et al." """
    if len(reference.authors) > 2 or reference.et_al:
        return f"{reference.authors[0]} et al."
    return ", ".join(reference.authors) or reference.group


def imprint(reference: Reference) -> str:
    """Return volume, issue and pages as printed: "7(9):5066-83"."""
    issue = f"({reference.issue})" if reference.issue else ""
    return f"{reference.volume}{issue}" + (f":{reference.pages}" if reference.pages else "")


def _years(years: YearRange, labels: Mapping[str, str]) -> str:
    if years.start == years.end:
        return str(years.start)
    if years.end is None:
        return labels["since"].format(start=years.start)
    if years.start is None:
        return labels["until"].format(end=years.end)
    return ", ".join(map(str, years.named)) or f"{years.start}–{years.end}"


def _shown(query: BibliographyQuery, folded: str) -> str:
    """A folded piece of the question as the asker spelled it, where it can be found again."""
    from rag.bibliography.entities import level

    start = level(query.question).find(folded)
    if start < 0:  # a compound and its parts: the first word will do
        folded = folded.split()[0]
        start = level(query.question).find(folded)
    return query.question[start : start + len(folded)] if start >= 0 else folded


def _cut(title: str) -> str:
    return title if len(title) <= _MAX_TITLE else title[:_MAX_TITLE].rsplit(" ", 1)[0] + " …"


def _stopped(text: str) -> str:
    return text if text.endswith(("?", "!", ".")) else f"{text}."


@cache
def _wording() -> dict[Language, dict[str, Any]]:
    data = tomllib.loads((Path(__file__).parent / "wording.toml").read_text(encoding="utf-8"))
    return {Language(code): words for code, words in data.items()}

"""The gold set: questions with their evidence (verbatim quotes) and the facts an answer must hold.

A suite is a folder of JSON Lines files, or one such file; each line is a `GoldItem`. What a line
may hold is described for people in docs/gold.md. Evidence is anchored in quotes, never in chunk
ids: chunking may change, the gold set stays.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from corpus.errors import GoldSetError
from corpus.load import Article
from corpus.text import SpannedText
from corpus.types import Document, Kind, Language, Span, Spans
from eval.match import find_all, holds_any, normalise, numbers
from eval.recipes import Recipe, Result, execute

GOLD_DIR = Path(__file__).parent / "gold"


class Split(StrEnum):
    """Thresholds and weights may be fitted on dev only; test is looked at once, at the end."""

    DEV = "dev"
    TEST = "test"


class Type(StrEnum):
    """What a question asks for."""

    FACT = "fact"
    PARAPHRASE = "paraphrase"
    DEFINITION = "definition"
    LOOKUP = "lookup"
    AGGREGATE = "aggregate"
    REFERENCE = "reference"
    MULTI = "multi"
    OVERVIEW = "overview"
    COMPARISON = "comparison"
    CLAIM = "claim"
    CONTRADICTION = "contradiction"
    REFUSAL = "refusal"


class RefusalKind(StrEnum):
    """Why a question must not be answered as asked."""

    OFF_TOPIC = "off_topic"
    ABSENT = "absent"
    FALSE_PREMISE = "false_premise"
    ADVICE = "advice"
    INJECTION = "injection"


class Variant(StrEnum):
    """How a robustness twin differs from the item it repeats."""

    NO_DIACRITICS = "no_diacritics"
    TYPO = "typo"
    INFLECTION = "inflection"
    TERM = "term"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Evidence(_Strict):
    """A place that answers; any of the quotes will do (the abstract says what the text says).

    Attributes:
        grade: 2 is needed for the answer, 1 supports it.
    """

    any_of: Annotated[tuple[str, ...], Field(min_length=1)]
    grade: Literal[1, 2] = 2


class Nugget(_Strict):
    """A fact: one of the aliases of either language must be said, and all of the numbers."""

    id: str
    vital: bool = True
    sl: tuple[str, ...] = ()
    en: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> "Nugget":
        if not (self.sl or self.en or self.numbers):
            raise ValueError("a nugget needs aliases or numbers")
        if bool(self.sl) != bool(self.en):
            raise ValueError("a nugget needs its aliases in both languages")
        return self

    @property
    def aliases(self) -> tuple[str, ...]:
        """The aliases of both languages; a Slovene answer may quote an English title."""
        return tuple(dict.fromkeys((*self.sl, *self.en)))

    def held_by(self, text: str) -> bool:
        """Return whether `text` states this fact."""
        return (not self.aliases or holds_any(self.aliases, text)) and set(self.numbers) <= numbers(text)


class GoldItem(_Strict):
    """One gold question in one language.

    Attributes:
        pair: both members of a pair have the same need and evidence, each worded independently.
        dialogue, turn: the place of a question in a dialogue (turns count from 1); `pair` is then
            the dialogue.
        variant_of, variant: for a robustness twin, the item it repeats and how it differs.
        answerable: whether the article answers it.
        refusal, twin: for an unanswerable item, why, and the pair of a near question that the
            article does answer.
        recipe: for a question over the table of trials; it yields further vital nuggets.
        exhaustive: the nuggets are a complete list, so that naming anything else is wrong.
        must_not: what the answer must not say.
        references: numbers of the bibliography that the citations must lead to.
    """

    id: Annotated[str, Field(pattern=r"^\S+$")]  # it is a column of the TREC files
    pair: str
    lang: Language
    split: Split = Split.DEV
    type: Type
    tags: tuple[str, ...] = ()
    question: str
    dialogue: str | None = None
    turn: int | None = None
    variant_of: str | None = None
    variant: Variant | None = None
    answerable: bool = True
    refusal: RefusalKind | None = None
    twin: str | None = None
    evidence: tuple[Evidence, ...] = ()
    nuggets: tuple[Nugget, ...] = ()
    recipe: Recipe | None = None
    exhaustive: bool = False
    must_not: tuple[str, ...] = ()
    references: tuple[int, ...] = ()
    author: str = ""
    reviewer: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> "GoldItem":
        if not self.question.strip():
            raise ValueError("the question is empty")
        if self.answerable and self.recipe is None:
            if not any(nugget.vital for nugget in self.nuggets):
                raise ValueError("an answerable item needs a vital nugget or a recipe")
            if not any(evidence.grade == 2 for evidence in self.evidence):
                raise ValueError("an answerable item needs evidence of grade 2 or a recipe")
        if self.answerable == (self.refusal is not None):
            raise ValueError("`refusal` belongs to unanswerable items, and to all of them")
        if (self.type is Type.REFUSAL) == self.answerable:
            raise ValueError("unanswerable items have the type refusal, and only they")
        if (self.dialogue is None) != (self.turn is None):
            raise ValueError("`dialogue` and `turn` go together")
        if self.dialogue is not None and self.dialogue != self.pair:
            raise ValueError("the `pair` of a turn is its dialogue")
        if (self.variant is None) != (self.variant_of is None):
            raise ValueError("`variant` and `variant_of` go together")
        return self


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item stands: file name and line, from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}"


@dataclass(frozen=True, kw_only=True)
class ResolvedItem:
    """A gold item with its quotes found in the source and its recipe executed.

    Attributes:
        evidence: for each `Evidence` of the item, the spans of each of its alternatives.
        nuggets: those of the item and those its recipe yields.
        rows: the trials its recipe draws on, by id.
    """

    item: GoldItem
    evidence: tuple[tuple[Spans, ...], ...]
    nuggets: tuple[Nugget, ...]
    rows: tuple[str, ...]

    @cached_property
    def needed(self) -> tuple[tuple[Spans, ...], ...]:
        """The evidence of grade 2."""
        return tuple(
            spans for spans, evidence in zip(self.evidence, self.item.evidence, strict=True) if evidence.grade == 2
        )


@dataclass(frozen=True, kw_only=True)
class Suite:
    """A gold set: its items in order, by id, and the hash that two runs must share to be compared."""

    name: str
    items: Mapping[str, ResolvedItem]
    places: Mapping[str, Place]
    sha256: str

    def __iter__(self) -> Iterator[ResolvedItem]:
        return iter(self.items.values())

    def __len__(self) -> int:
        return len(self.items)

    def only(self, keep: Iterable[str]) -> "Suite":
        """Return the suite with these items only; the hash stays that of the whole."""
        wanted = set(keep)
        return Suite(
            name=self.name,
            items={key: value for key, value in self.items.items() if key in wanted},
            places=self.places,
            sha256=self.sha256,
        )


def load_suite(path: Path, article: Article, document: Document) -> Suite:
    """Return the items of a suite, each checked against the article; see `problems` for the rules.

    Raises:
        GoldSetError: the suite cannot be read, is empty, or an item has a problem; the message
            names file and line of each, at most ten.
    """
    suite, found = _read(path, article, document)
    if found:
        shown = "; ".join(f"{place}: {text}" for place, text in found[:10])
        more = f"; and {len(found) - 10} more" if len(found) > 10 else ""
        raise GoldSetError(f"{shown}{more}.", hint="Mend the lines; evidenca eval validate lists all of them.")
    if not suite.items:
        raise GoldSetError(f"The gold set {path} is empty.", hint="Add items, one JSON object per line.")
    return suite


def problems(path: Path, article: Article, document: Document) -> list[tuple[Place, str]]:
    """Return everything that is wrong with a suite, one sentence each, in order of file and line.

    Raises:
        GoldSetError: the suite cannot be read.
    """
    return _read(path, article, document)[1]


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        files = sorted(path.glob("*.jsonl"))
        if not files:
            raise GoldSetError(f"There is no gold set in {path}.", hint="Put JSON Lines files (*.jsonl) there.")
        return files
    return [path]


def _read(path: Path, article: Article, document: Document) -> tuple[Suite, list[tuple[Place, str]]]:
    found: list[tuple[Place, str]] = []
    items: dict[str, GoldItem] = {}
    places: dict[str, Place] = {}
    whole = hashlib.sha256()
    for file in _files(path):
        try:
            content = file.read_bytes()
            lines = content.decode("utf-8-sig").split("\n")  # not splitlines: a question may hold U+2028
        except (OSError, UnicodeDecodeError) as error:
            raise GoldSetError(
                f"The gold set {file} cannot be read: {error}.", hint="Give JSON Lines files in UTF-8."
            ) from error
        whole.update(content)
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            place = Place(file.name, number)
            try:
                item = GoldItem.model_validate_json(line)
            except ValidationError as error:
                found.extend(
                    (place, f"{'.'.join(map(str, detail['loc'])) or 'item'}: {detail['msg']}")
                    for detail in error.errors()
                )
                continue
            if item.id in items:
                found.append((place, f"the id {item.id} repeats ({places[item.id]})"))
                continue
            items[item.id] = item
            places[item.id] = place
    finder = QuoteFinder(document)
    resolved: dict[str, ResolvedItem] = {}
    for item in items.values():
        value, wrong = _resolve(item, finder, document, article)
        resolved[item.id] = value
        found.extend((places[item.id], text) for text in wrong)
    found.extend((places[key], text) for key, text in _relations(items))
    found.extend((places[key], text) for key, text in _leaks(resolved, finder))
    order = {file.name: position for position, file in enumerate(_files(path))}
    found.sort(key=lambda entry: (order[entry[0].file], entry[0].line))
    return Suite(name=path.name, items=resolved, places=places, sha256=whole.hexdigest()), found


class QuoteFinder:
    """Finds quotes in an article, also where a page break cuts them in two."""

    def __init__(self, document: Document) -> None:
        self._text = document.text
        self._normalised = normalise(document.text)
        paragraphs: dict[str, list[Span]] = {}
        for sentence in document.sentences:
            if sentence.kind is not Kind.HEADING:
                paragraphs.setdefault(sentence.paragraph, []).extend(sentence.spans)
        self._paragraphs = {key: SpannedText.from_spans(document.text, spans) for key, spans in paragraphs.items()}
        self._where: list[tuple[Span, str]] = [(span, key) for key, spans in paragraphs.items() for span in spans]
        self._where += [(span, row.id) for table in document.tables for row in table.rows for span in row.spans]
        self._where += [(span, reference.id) for reference in document.references for span in reference.spans]

    def find(self, quote: str) -> list[Spans]:
        """Return every place where `quote` occurs, each as its spans in the source."""
        whole = [(span,) for span in find_all(quote, self._text, normalised=self._normalised)]
        if whole:
            return list(whole)
        return [spanned.spans(*span) for spanned in self._paragraphs.values() for span in find_all(quote, spanned.text)]

    def text(self, spans: Spans) -> str:
        """Return the source text of spans."""
        return " ".join(self._text[start:end] for start, end in spans)

    def paragraph(self, spans: Spans) -> str:
        """Return the id of the paragraph, table row or reference that spans begin in, or ""."""
        start = spans[0].start
        return next((key for span, key in self._where if span.start <= start < span.end), "")


def _resolve(
    item: GoldItem, finder: QuoteFinder, document: Document, article: Article
) -> tuple[ResolvedItem, list[str]]:
    wrong: list[str] = []
    evidence: list[tuple[Spans, ...]] = []
    for entry in item.evidence:
        alternatives: list[Spans] = []
        for quote in entry.any_of:
            places = finder.find(quote)
            if len(places) != 1:
                wrong.append(f"{item.id}: the quote occurs {len(places)} times in the source, not once: {quote[:70]!r}")
            alternatives.extend(places[:1])
        evidence.append(tuple(alternatives))
    nuggets = list(item.nuggets)
    rows: tuple[str, ...] = ()
    if item.recipe is not None:
        try:
            result: Result = execute(item.recipe, document, article)
        except (ValueError, TypeError) as error:
            wrong.append(f"{item.id}: the recipe does not work: {error}")
        else:
            rows = tuple(trial.id for trial in result.rows)
            nuggets.extend(
                Nugget(id=f"recipe-{n}", sl=fact.aliases, en=fact.aliases, numbers=fact.numbers)
                for n, fact in enumerate(result.facts, start=1)
            )
            if item.answerable and not result.facts:
                wrong.append(f"{item.id}: the recipe yields nothing")
    if len({nugget.id for nugget in nuggets}) != len(nuggets):
        wrong.append(f"{item.id}: a nugget id repeats")
    numbers_known = {reference.number for reference in document.references}
    wrong.extend(
        f"{item.id}: there is no reference {number}" for number in item.references if number not in numbers_known
    )
    return ResolvedItem(item=item, evidence=tuple(evidence), nuggets=tuple(nuggets), rows=rows), wrong


def _relations(items: Mapping[str, GoldItem]) -> list[tuple[str, str]]:
    """What is wrong between items: pairs, twins, variants, dialogues."""
    wrong: list[tuple[str, str]] = []
    pairs: dict[str, list[GoldItem]] = {}
    dialogues: dict[str, list[GoldItem]] = {}
    for item in items.values():
        pairs.setdefault(item.pair, []).append(item)
        if item.dialogue is not None:
            dialogues.setdefault(item.dialogue, []).append(item)
    for item in items.values():
        if item.dialogue is None and item.variant is None:
            languages = {other.lang for other in pairs[item.pair] if other.variant is None}
            if languages != set(Language):
                wrong.append((item.id, f"{item.id} has no counterpart in the other language (pair {item.pair})"))
        if len({other.split for other in pairs[item.pair]}) > 1:
            wrong.append((item.id, f"pair {item.pair} stands in both splits"))
        if item.twin is not None and not any(other.answerable for other in pairs.get(item.twin, ())):
            wrong.append((item.id, f"{item.id}: its twin {item.twin} is no answerable pair"))
        if item.variant_of is not None:
            original = items.get(item.variant_of)
            if original is None or original.variant is not None:
                wrong.append((item.id, f"{item.id}: it is a variant of {item.variant_of}, which is no original item"))
            elif (original.pair, original.lang) != (item.pair, item.lang):
                wrong.append((item.id, f"{item.id}: pair or language is not that of {item.variant_of}"))
    for turns in dialogues.values():
        if [item.turn for item in turns] != list(range(1, len(turns) + 1)):
            wrong.append((turns[0].id, f"the turns of dialogue {turns[0].dialogue} are not 1, 2, … in order"))
    questions: dict[tuple[Language, str], str] = {}
    for item in items.values():
        if item.dialogue is None:
            first = questions.setdefault((item.lang, item.question.casefold()), item.id)
            if first != item.id:
                wrong.append((item.id, f"{item.id} asks the same as {first}"))
    return wrong


def _leaks(items: Mapping[str, ResolvedItem], finder: QuoteFinder) -> list[tuple[str, str]]:
    """Evidence paragraphs that stand in both splits; the row of a table counts as a paragraph."""
    splits: dict[str, dict[Split, str]] = {}
    for value in items.values():
        for alternatives in value.needed:
            for spans in alternatives[:1]:
                if key := finder.paragraph(spans):
                    splits.setdefault(key, {}).setdefault(value.item.split, value.item.id)
    return [
        (found[Split.TEST], f"the evidence paragraph {key} stands in both splits ({' and '.join(found.values())})")
        for key, found in splits.items()
        if len(found) > 1
    ]


def unsupported_nuggets(value: ResolvedItem, finder: QuoteFinder, translations: Sequence[str] = ()) -> list[Nugget]:
    """Return the vital nuggets that the evidence itself does not state: a mistake in the item.

    Args:
        translations: our working translations of the evidence, which may state it too.
    """
    texts = [finder.text(spans) for alternatives in value.evidence for spans in alternatives]
    together = " ".join([*texts, *translations])
    return [nugget for nugget in value.item.nuggets if nugget.vital and not nugget.held_by(together)]

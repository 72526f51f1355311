"""What `evidenca inspect` prints: the values of `rag.inspect` as text, in English, or as JSON."""

import json
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from functools import singledispatch
from typing import Any

from corpus.types import Language
from rag.views import (
    ArticleOutline,
    ChunkView,
    CitedReference,
    ConceptView,
    NoteView,
    Outline,
    Place,
    ReferenceView,
    SectionView,
    SentenceView,
    TableView,
    TrialView,
    View,
)


def view_dict(what: str, view: View) -> dict[str, Any]:
    """Return the view as one JSON object that also says what was inspected."""
    return {"what": what, **asdict(view)}


def view_text(view: View, *, width: int) -> str:
    """Return the view as text; source slices keep to their own line, whatever the width."""
    return "\n".join(_lines(view, width))


@singledispatch
def _lines(view: object, width: int) -> list[str]:
    raise TypeError(f"{type(view).__name__} is no view of rag.inspect")


@_lines.register
def _(view: Outline, width: int) -> list[str]:
    lines: list[str] = []
    for article in view.articles:
        lines.extend([*([""] if lines else []), *_article(article, width)])
    return lines


def _article(article: ArticleOutline, width: int) -> list[str]:
    lines = [f"{article.id}  {article.title}", *_fields([("citation", article.citation)], width)]
    if article.path:
        lines.extend(_fields([("file", article.path)], width))
    lines.extend(["", "Sections, with the number of their own sentences"])
    depth: dict[str, int] = {}
    for item in article.sections:
        depth[item.id] = depth[item.parent] + 1 if item.parent in depth else 0
        front = "  " * depth[item.id] + item.id
        lines.append(f"{item.n_sentences:>5}  {_cut(f'{front}  {item.title}'.rstrip(), width - 7)}")
    if article.tables:
        lines.extend(["", "Tables"])
        for table in article.tables:
            lines.append(_cut(f"  {table.id}  {table.n_rows} rows × {len(table.columns)} columns", width))
            lines.extend(_wrap(table.caption, width, "    "))
    lines.extend(["", f"References: {len(article.references)}"])
    lines.extend(_cut(f"  {reference}  {title}", width) for reference, title in article.references)
    lines.extend(["", f"Trials: {article.n_trials}; chunks: {article.n_chunks}; problems: {len(article.problems)}"])
    for problem in article.problems:
        lines.extend(_wrap(problem, width, "  "))
    return lines


@_lines.register
def _(view: SectionView, width: int) -> list[str]:
    above = [("in", view.parent or ""), ("subsections", ", ".join(view.subsections))]
    lines = [_cut(f"{view.id}  {view.title}".rstrip(), width), *_fields([("language", view.language), *above], width)]
    for piece in view.pieces:
        lines.extend(["", f"{piece.id}  ({piece.kind})", *_wrap(piece.text, width, "  ")])
    return lines


@_lines.register
def _(view: SentenceView, width: int) -> list[str]:
    lines = [f"{view.id}  ({view.kind}, {view.language})"]
    lines.extend(_fields([("section", _section(view.section, view.section_title))], width))
    lines.extend(["", *_wrap(view.text, width)])
    if view.translation is not None:
        lines.extend(["", *_wrap(f"Working translation: {view.translation}", width)])
    if view.context:
        lines.extend(["", *_wrap(f"Context: {view.context}", width)])
    lines.extend(["", "Source"])
    # JSON quoting shows line ends and other invisible characters.
    lines.extend(
        f"  line {item.line}, [{item.start}, {item.end}): {json.dumps(item.source, ensure_ascii=False)}"
        for item in view.spans
    )
    lines.extend(_block("References it cites", _reference_lines(view.references, width)))
    lines.extend(_block("References cited at the end of its passage", _reference_lines(view.passage_references, width)))
    lines.extend(_block("Trials it names", _wrap(", ".join(view.trials), width, "  ")))
    restated = [line for text in view.restatements for line in _wrap(text, width, "  ")]
    lines.extend(_block("Found also in these words", restated))
    lines.extend(_notes(view.notes, width))
    lines.extend(_block("Chunks that contain it", _wrap(", ".join(view.chunks), width, "  ")))
    return lines


@_lines.register
def _(view: ReferenceView, width: int) -> list[str]:
    entry = view.reference
    lines = [view.id, *_wrap(entry.text, width, "  "), ""]
    authors = ", ".join(entry.authors) + (", et al." if entry.et_al else "")
    lines.extend(
        _fields(
            [
                ("authors", authors),
                ("group", entry.group),
                ("title", entry.title),
                ("in", entry.container),
                ("year", str(entry.year or "")),
                ("volume", entry.volume),
                ("issue", entry.issue),
                ("pages", entry.pages),
                ("publisher", entry.publisher),
                ("editors", entry.editors),
                ("DOI", entry.doi or ""),
                ("PMID", entry.pmid or ""),
            ],
            width,
        )
    )
    lines.extend(f"  {link}" for link in view.links)
    lines.extend(_block("Cited by", _place_lines(view.cited_by, width)))
    lines.extend(_block("Cited only at the end of their passage by", _place_lines(view.cited_by_passage, width)))
    if not view.cited_by and not view.cited_by_passage:
        lines.extend(["", "The article cites it nowhere."])
    return lines


@_lines.register
def _(view: TrialView, width: int) -> list[str]:
    lines = [view.id, f"  https://clinicaltrials.gov/study/{view.id.rsplit('/', 1)[-1]}"]
    for item in view.fields:
        value = item.printed
        if item.normal != item.printed:
            value += f" → {item.normal}"
        if item.meaning:
            value += f" = {item.meaning}"
        if item.english not in (item.printed, item.normal):
            value += f" [{item.english}]"
        lines.extend(_fields([(item.column, value)], width))
    if view.trial is None:
        lines.append("  It is in no table of the article.")
    else:
        phases = " and ".join(map(str, view.trial.phases)) or ("early 1" if view.trial.early else "none")
        typed = [
            ("condition", view.trial.condition),
            ("status", f"{view.trial.status} ({view.trial.status_text or 'not in the legend'})"),
            ("country", view.trial.country),
            ("enrolment", str(view.trial.enrolment)),
            ("phases", phases),
            ("observational", "yes" if view.trial.observational else "no"),
        ]
        lines.extend(["", "Typed", *_fields(typed, width)])
    lines.extend(_block("Named in", _place_lines(view.places, width)))
    lines.extend(_notes(view.notes, width))
    return lines


@_lines.register
def _(view: ChunkView, width: int) -> list[str]:
    item = view.chunk
    lines = [f"{item.id}  ({item.kind}, {item.language}, collection {item.collection})"]
    lines.extend(
        _fields(
            [
                ("section", item.section),
                ("pieces", ", ".join(item.pieces)),
                ("spans", " ".join(f"[{start}, {end})" for start, end in item.spans)),
                ("references", ", ".join(map(str, item.references))),
                ("of the passage", ", ".join(map(str, item.passage_references))),
                ("trials", ", ".join(item.trials)),
                ("before it", view.before or "none"),
                ("after it", view.after or "none"),
            ],
            width,
        )
    )
    lines.extend(_block("Quote", _wrap(item.text, width, "  ")))
    for side, text in item.search.items():
        lines.extend(_block(f"Search form ({side})", _wrap(text, width, "  ")))
    names = [f"  {concept.key}: {concept.sl} / {concept.en}" for concept in view.concepts]
    lines.extend(_block("Concepts", names))
    return lines


@_lines.register
def _(view: TableView, width: int) -> list[str]:
    lines = [view.id, *_wrap(view.caption, width, "  ")]
    if view.legend:
        lines.extend(_wrap(view.legend, width, "  "))
    lines.extend(_block("Columns", _wrap(" · ".join(view.columns), width, "  ")))
    lines.extend(_block("Abbreviations", [_cut(f"  {short} = {text}", width) for short, text in view.abbreviations]))
    for row in view.rows:
        lines.extend(["", row.id, *_wrap(" · ".join(row.cells), width, "  ")])
        if row.translation is not None:
            lines.extend(_wrap(f"Working translation: {row.translation}", width, "  "))
    return lines


@_lines.register
def _(view: ConceptView, width: int) -> list[str]:
    lines = [f"{view.key}  ({view.kind})" if view.kind else view.key]
    lines.extend(
        _fields(
            [
                ("Slovene", "; ".join(view.sl)),
                ("English", "; ".join(view.en)),
                ("abbreviations", "; ".join(view.abbreviations)),
            ],
            width,
        )
    )
    parts = ", ".join(f"{name} {number}" for name, number in view.n_chunks_by_collection.items())
    lines.append(f"  Chunks that name it: {view.n_chunks}" + (f" ({parts})" if parts else ""))
    if view.definition_id:
        places = _place_lines([view.definition], width) if view.definition else [f"  {view.definition_id}"]
        lines.extend(_block("Defined or spelled out in", places))
    return lines


def _wrap(text: str, width: int, indent: str = "", hanging: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        width=width,
        initial_indent=indent,
        subsequent_indent=indent + hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _fields(pairs: Sequence[tuple[str, str]], width: int) -> list[str]:
    """One line for each filled field, wrapped under itself."""
    return [line for name, value in pairs if value for line in _wrap(f"{name}: {value}", width, "  ", "  ")]


def _block(title: str, lines: Sequence[str]) -> list[str]:
    """Lines under a title, set off by a blank line; nothing for no lines."""
    return ["", title, *lines] if lines else []


def _section(section: str, title: str) -> str:
    """Id and title of a section, the number not twice."""
    return title if title.startswith(f"{section} ") else f"{section}  {title}".rstrip()


def _place_lines(places: Iterable[Place], width: int) -> list[str]:
    lines: list[str] = []
    for place in places:
        lines.append(_cut(f"  {place.id}  ({_section(place.section, place.section_title)})", width))
        lines.extend(_wrap(place.text, width, "    "))
    return lines


def _reference_lines(references: Iterable[CitedReference], width: int) -> list[str]:
    return [line for item in references for line in _wrap(f"{item.number}. {item.title}", width, "  ", "    ")]


def _notes(notes: Iterable[NoteView], width: int) -> list[str]:
    lines: list[str] = []
    for note in notes:
        lines.extend(_wrap(f"{note.id}: {note.text[Language.EN]}", width, "  ", "  "))
    return _block("Notes", lines)

"""Put an answer together from chosen chunks: their sentences in the asker's language, with markers."""

from collections.abc import Mapping, Sequence

from corpus.load import Note
from corpus.terms import similarity, words
from corpus.types import Kind, Language
from ingest.chunk import Chunk
from rag.answer import AnswerSentence, Caveat, Citation, Computation, Support
from rag.messages import OF_TRIAL
from rag.prose.grid import heading
from rag.questions.question import Question

# A row or cell means nothing without its columns, so these are given with their names:
# "column: cell; …", the meaning of codes in parentheses.
_IN_WORDS = frozenset({Kind.TABLE_ROW, Kind.TABLE_CELL})
# These are no sentences: run together they cannot be told apart.
_LISTED = frozenset({Kind.TABLE_ROW, Kind.TABLE_CELL, Kind.REFERENCE, Kind.METADATA})
# Numbers up to this stand in any text.
_SMALL = 10
_ALIKE = 0.7
# Shorter words may differ in their last letter and mean something else.
_SHORT = 4
# Every note on the table has these words.
_OF_TRIALS = "študija študije študij klinična tabela trial trials study studies clinical table"


def compose(
    chunks: Sequence[Chunk], *, language: Language, trials: Mapping[str, str] | None = None
) -> tuple[tuple[AnswerSentence, ...], tuple[Citation, ...]]:
    """Return the sentences of the answer, one for each chunk, and the citations in order.

    Slovene answers copy the article; English ones copy it where it is English and use our working
    translation elsewhere. The quote is the original always.

    Args:
        trials: of chunks (by id) that report on a trial without naming it, that trial; it is named before them.
    """
    sentences: list[AnswerSentence] = []
    citations: list[Citation] = []
    above: tuple[str, str] | None = None
    for marker, chunk in enumerate(chunks, start=1):
        place = heading(chunk, language)
        shared = place is not None and sum(heading(other, language) == place for other in chunks) > 1
        if place is not None and shared and place != above:  # several items of one cell stand under its heading
            sentences.append(AnswerSentence(text=_title(*place), markers=(), support=Support.NOTICE))
        above = place
        if trials and chunk.id in trials:
            text = OF_TRIAL[language].format(trial=trials[chunk.id])
            sentences.append(AnswerSentence(text=text, markers=(), support=Support.NOTICE))
        if chunk.kind in _IN_WORDS and not shared:
            text, support = _in_words(chunk, language), Support.ROW
        elif language is Language.EN and chunk.translation:
            text, support = chunk.translation, Support.TRANSLATION
        else:
            text, support = chunk.text, Support.QUOTE
        sentences.append(AnswerSentence(text=text, markers=(marker,), support=support))
        citations.append(cite(chunk, marker))
    return tuple(sentences), tuple(citations)


def _title(row: str, column: str) -> str:
    return f"{_lowered(row)} – {column[:1].lower()}{column[1:]}:"


def _in_words(chunk: Chunk, language: Language) -> str:
    text = chunk.side(language)
    place = heading(chunk, language)
    return text if place is None else text.replace(place[0], _lowered(place[0]), 1)


def _lowered(name: str) -> str:
    """Return the name of a row, printed in capitals, as it is written in running text."""
    return name.capitalize() if name.isupper() and " " in name else name


def cite(chunk: Chunk, marker: int) -> Citation:
    """Return the citation of a chunk under `marker`."""
    return Citation(
        marker=marker,
        id=chunk.id,
        article=chunk.article,
        kind=chunk.kind,
        section=chunk.section,
        language=chunk.language,
        quote=chunk.text,
        spans=chunk.spans,
        translation=chunk.translation,
        references=chunk.references,
        passage_references=chunk.passage_references,
        trials=chunk.trials,
    )


def text_of(sentences: Sequence[AnswerSentence], *, listed: bool) -> str:
    """Return the text of an answer: sentences closed by their markers, as prose or as a list."""
    lines = [
        " ".join([sentence.text, "".join(f"[{marker}]" for marker in sentence.markers)]).strip()
        for sentence in sentences
    ]
    if not listed:
        return " ".join(lines)
    # What is said of the list stands before or after it, not in it.
    plain = (Support.NOTICE, Support.COMPUTED)
    return "\n".join(
        line if sentence.support in plain else f"- {line}" for line, sentence in zip(lines, sentences, strict=True)
    )


def is_list(chunks: Sequence[Chunk] | Sequence[Citation]) -> bool:
    """Whether these pieces read better as a list: several rows, cells, references or facts about the article."""
    return len(chunks) > 1 and any(chunk.kind in _LISTED for chunk in chunks)


def caveats(
    citations: Sequence[Citation],
    notes_by_piece: Mapping[str, Sequence[Note]],
    *,
    language: Language,
    question: Question | None = None,
    computation: Computation | None = None,
) -> tuple[Caveat, ...]:
    """Return the notes on the cited pieces, each once, in the order of the citations.

    What is computed cites a table as a whole, by its caption, or rows of which it uses one column, and
    the sentence that dates it. A note on these is told only if it touches the question: one of its
    words, or the number computed.

    Args:
        question: what was asked; without it every note is told.
        computation: what was computed, if anything.
    """
    # A caption that is the answer is asked about itself.
    captions = " ".join(f"{c.quote} {c.translation or ''}" for c in citations if c.kind is Kind.CAPTION and computation)
    markers: dict[Note, list[int]] = {}
    for citation in citations:
        for note in notes_by_piece.get(citation.id, ()):
            row = citation.kind is Kind.TABLE_ROW and (computation is None or computation.operation == "lookup")
            apart = citation.kind is Kind.CAPTION or (computation is not None and not row)
            if not apart or question is None or _touches(note, captions, question, computation):
                markers.setdefault(note, []).append(citation.marker)
    return tuple(
        Caveat(id=note.id, text=note.text[language], markers=tuple(numbers)) for note, numbers in markers.items()
    )


def _touches(note: Note, known: str, question: Question, computation: Computation | None) -> bool:
    said, captions = words(note.text[question.language]), words(f"{known} {_OF_TRIALS}")
    value = computation.value if computation is not None else None
    if value is not None and value > _SMALL and f"{value:g}" in said:
        return True
    return any(
        not any(_is_alike(word.text, other) for other in captions)
        and any(_is_alike(word.text, other) for other in said)
        for word in question.words
    )


def _is_alike(word: str, other: str) -> bool:
    """Whether two words are forms of one; of a short one an ending is much: "faza", "fazi"."""
    same_stem = len(word) == len(other) >= _SHORT and word[:-1] == other[:-1]
    return same_stem or similarity(word, other) >= _ALIKE

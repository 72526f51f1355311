"""Put an answer together from chosen chunks: their sentences in the asker's language, with markers."""

from collections.abc import Mapping, Sequence

from corpus.load import Note
from corpus.types import Kind, Language
from ingest.chunk import Chunk
from rag.answer import AnswerSentence, Caveat, Citation, Support

# A row or cell means nothing without its columns, so these are given with their names:
# "column: cell; …", the meaning of codes in parentheses.
_IN_WORDS = frozenset({Kind.TABLE_ROW, Kind.TABLE_CELL})
# These are no sentences: run together they cannot be told apart.
_LISTED = frozenset({Kind.TABLE_ROW, Kind.TABLE_CELL, Kind.REFERENCE, Kind.METADATA})


def compose(chunks: Sequence[Chunk], *, language: Language) -> tuple[tuple[AnswerSentence, ...], tuple[Citation, ...]]:
    """Return the sentences of the answer, one for each chunk, and the citations in order.

    Slovene answers copy the article; English ones copy it where it is English and use our working
    translation elsewhere. The quote is the original always.
    """
    sentences: list[AnswerSentence] = []
    citations: list[Citation] = []
    for marker, chunk in enumerate(chunks, start=1):
        if chunk.kind in _IN_WORDS:
            text, support = chunk.side(language), Support.ROW
        elif language is Language.EN and chunk.translation:
            text, support = chunk.translation, Support.TRANSLATION
        else:
            text, support = chunk.text, Support.QUOTE
        sentences.append(AnswerSentence(text=text, markers=(marker,), support=support))
        citations.append(cite(chunk, marker))
    return tuple(sentences), tuple(citations)


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


def is_list(chunks: Sequence[Chunk]) -> bool:
    """Whether these chunks read better as a list: several rows, cells, references or facts about the article."""
    return len(chunks) > 1 and any(chunk.kind in _LISTED for chunk in chunks)


def caveats(
    citations: Sequence[Citation], notes_by_piece: Mapping[str, Sequence[Note]], *, language: Language
) -> tuple[Caveat, ...]:
    """Return the notes on the cited pieces, each once, in the order of the citations."""
    markers: dict[Note, list[int]] = {}
    for citation in citations:
        for note in notes_by_piece.get(citation.id, ()):
            markers.setdefault(note, []).append(citation.marker)
    return tuple(
        Caveat(id=note.id, text=note.text[language], markers=tuple(numbers)) for note, numbers in markers.items()
    )

"""Lists in running text: a lead-in that ends in a colon, and the items that follow it.

"EVs are of interest mainly because:" says nothing without its items, and an item that goes on in the
middle of a sentence ("2. so that …") cannot be read without its lead-in.
"""

import re
from collections.abc import Sequence

from corpus.types import Kind
from ingest.chunk import Chunk
from rag.prose.select import EXTENTS
from rag.prose.study import Studies
from rag.questions.plan import Shape

# Kinds of pieces that are running text.
_TEXT = frozenset({Kind.SENTENCE, Kind.LIST_ITEM})
# What numbers an item: "2.", "b)", "–".
_NUMBERED = re.compile(r"^\s*(?:\(?\w{1,3}[.)]|[-–—•·*])\s+")


class Items:
    """Which items belong to which lead-in."""

    def __init__(self, chunks: Sequence[Chunk], studies: Studies) -> None:
        self._items: dict[str, tuple[Chunk, ...]] = {}
        self._lead_in: dict[str, Chunk] = {}
        for position, chunk in enumerate(chunks):
            if not leads_in(chunk):
                continue
            items: list[Chunk] = []
            for other in chunks[position + 1 :]:
                if other.kind is not Kind.LIST_ITEM or (other.article, other.section) != (chunk.article, chunk.section):
                    break
                items.append(other)
            after = studies.after(position)
            if not items and after is not None:  # the items are not set apart
                items = [chunks[after]]
            self._items[chunk.id] = tuple(items)
            self._lead_in.update({item.id: chunk for item in items if item.kind is Kind.LIST_ITEM})

    def completed(self, chunks: Sequence[Chunk], *, best: Chunk | None, max_words: int) -> tuple[Chunk, ...]:
        """Return the chunks with the items of each lead-in after it, and the lead-in before items that need it.

        Where items are chosen already and one of them is the best piece, they are what is asked for, and
        no others come. What is no part of a list is left out when the whole gets too long. A lead-in
        whose items are not known is left out when anything else is chosen.

        Args:
            max_words: of all chunks together; a list is given up to the length of an answer that is one.
        """
        lists: dict[str, list[Chunk]] = {}
        for chunk in chunks:
            lead_in = chunk if chunk.id in self._items else self._lead_in.get(chunk.id)
            if lead_in is not None and lead_in.id not in lists:
                lists[lead_in.id] = _within(self._list(lead_in, chunks, best))
        if not lists:
            return tuple(chunks)
        given = {piece.id for pieces in lists.values() for piece in pieces}
        left = max_words - sum(_n_words(piece) for pieces in lists.values() for piece in pieces)
        read: dict[str, Chunk] = {}
        for chunk in chunks:
            lead_in = chunk if chunk.id in self._items else self._lead_in.get(chunk.id)
            if lead_in is not None:
                read.update((piece.id, piece) for piece in lists[lead_in.id])
            elif chunk.id not in given and _n_words(chunk) <= left:
                read[chunk.id] = chunk
                left -= _n_words(chunk)
        return tuple(read.values()) or tuple(chunks)

    def _list(self, lead_in: Chunk, chunks: Sequence[Chunk], best: Chunk | None) -> list[Chunk]:
        """Return a lead-in with the items to be given; only these, where each can be read alone."""
        items = self._items[lead_in.id]
        chosen = [item for item in items if item in chunks]
        if chosen and (lead_in not in chunks or best in items):
            goes_on = any(_goes_on(item) for item in chosen)
            return [*((lead_in,) if goes_on or lead_in in chunks else ()), *chosen]
        return [lead_in, *items] if items else ([] if len(chunks) > 1 else [lead_in])


def leads_in(chunk: Chunk) -> bool:
    """Return whether a piece of running text ends in a colon."""
    return chunk.kind in _TEXT and chunk.text.rstrip().endswith(":")


def _goes_on(item: Chunk) -> bool:
    """Whether an item begins in the middle of a sentence."""
    return re.sub(_NUMBERED, "", item.text)[:1].islower()


def _within(pieces: Sequence[Chunk]) -> list[Chunk]:
    kept = list(pieces[:2])
    for piece in pieces[2:]:
        if sum(map(_n_words, kept)) + _n_words(piece) > EXTENTS[Shape.LIST].words:
            break
        kept.append(piece)
    return kept


def _n_words(chunk: Chunk) -> int:
    return len(chunk.text.split())

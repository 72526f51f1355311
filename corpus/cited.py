"""The bibliography read backwards: which pieces of an article cite a reference."""

from dataclasses import dataclass

from corpus.types import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedBy:
    """The pieces that cite one reference, by id, in reading order; table rows come last.

    Attributes:
        own: those that carry its number themselves.
        passage: those that it covers only as the closing citation of their passage.
    """

    own: tuple[str, ...] = ()
    passage: tuple[str, ...] = ()


def cited_by(document: Document) -> dict[int, CitedBy]:
    """Return for each reference, by number, who cites it.

    Every entry of the bibliography is there, never cited ones with nothing; so is a cited number
    that the bibliography lacks. A table row counts only for what no list item of its cells cites.
    """
    own: dict[int, list[str]] = {reference.number: [] for reference in document.references}
    passage: dict[int, list[str]] = {}
    items: dict[str, tuple[int, ...]] = {}
    for sentence in document.sentences:
        items[sentence.id] = sentence.references
        for number in sentence.references:
            own.setdefault(number, []).append(sentence.id)
        for number in sentence.passage_references:
            passage.setdefault(number, []).append(sentence.id)
    for table in document.tables:
        for row in table.rows:
            in_items = {number for cell in row.cells for item in cell.items for number in items.get(item, ())}
            for number in row.references:
                if number not in in_items:
                    own.setdefault(number, []).append(row.id)
    return {
        number: CitedBy(own=tuple(own.get(number, ())), passage=tuple(passage.get(number, ())))
        for number in sorted(own.keys() | passage.keys())
    }

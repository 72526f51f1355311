"""Which evidence a sentence of a model rests on: that it cites, if it holds; else that which does hold."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.types import Language
from rag.llm.markers import Draft
from rag.llm.verify import Doubt, Evidence, Finding, Verifier

# Where one statement ends and another begins within a sentence. A relative clause is no statement of its
# own: "45 % of patients, in whom …" says of these patients what another piece may say of others.
_JOINT = re.compile(
    r"\s*;\s*|\s*,?\s+(?:while|whereas|medtem ko|but|vendar|ampak|toda)\s+|\s*,\s+(?:and|in|pa|whilst)\s+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributed:
    """A sentence with the evidence that vouches for it.

    Attributes:
        numbers: of the evidence, in order, no more than needed; empty when there is a doubt.
        doubt, detail: why it may not be shown.
    """

    numbers: tuple[int, ...]
    doubt: Doubt | None
    detail: str = ""


def attribute(verifier: Verifier, draft: Draft, pieces: Sequence[Evidence], language: Language) -> Attributed:
    """Return the evidence that vouches for a sentence, or why none does.

    What the model cites is tried first; numbers that lead nowhere are dropped. Small models cite
    rarely, wrongly, or everything at once, so every piece is tried. A sentence that joins two pieces
    must do so by joining two statements, each of which one of them vouches for alone: a model that puts
    the number of one into the sentence of another would else be believed.
    """
    cited = [piece for piece in pieces if piece.number in draft.numbers]
    others = [piece for piece in pieces if piece not in cited]
    doubts: list[Finding] = []
    for group in (cited, others):
        best, found = _best(verifier, draft.text, group, language)
        if best is not None:
            return Attributed(numbers=(best.number,), doubt=None)
        doubts += found
    parts = [part for part in _JOINT.split(draft.text) if part.strip()]
    if len(parts) > 1:
        holders = [_best(verifier, part, [*cited, *others], language)[0] for part in parts]
        if None not in holders:
            numbers = {holder.number for holder in holders if holder is not None}
            return Attributed(numbers=tuple(sorted(numbers)), doubt=None)
    told = max(doubts, key=lambda finding: finding.score, default=Finding(doubt=Doubt.EMPTY))
    return Attributed(numbers=(), doubt=told.doubt, detail=told.detail)


def _best(
    verifier: Verifier, text: str, pieces: Sequence[Evidence], language: Language
) -> tuple[Evidence | None, list[Finding]]:
    """Return the piece that vouches best for a text, or None, and all that was found."""
    findings = [verifier.verify(text, [piece], language) for piece in pieces]
    held = [(f.score, -p.number, p) for f, p in zip(findings, pieces, strict=True) if f.doubt is None]
    return (max(held, key=lambda item: item[:2])[2] if held else None), findings

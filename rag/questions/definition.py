"""Whether a question asks what something is, what an abbreviation stands for, or how something is abbreviated.

Asked in either direction and in any place of the question ("VEGF – what is that short for?"); the cues are
data in `definition.toml`.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from corpus.concepts import ConceptMatcher
from corpus.terms import words
from corpus.types import Kind, Language
from ingest.chunk import Chunk
from rag.questions.patterns import Patterns


def asks_definition(folded: str, language: Language) -> bool:
    """Return whether a folded question asks for a definition or for a name in full."""
    return _cues(language)["opens"].search(folded) is not None or asks_to_spell(folded, language)


def asks_to_spell(folded: str, language: Language) -> bool:
    """Return whether a folded question asks for the full form, another name or the abbreviation of something."""
    return _cues(language)["spells"].search(folded) is not None


def frame(folded: str, language: Language) -> list[str]:
    """Return the words of such a question that only say that a name or a definition is asked for; none of another."""
    cues = _cues(language)
    found = [cue for cue in ("frame",) if asks_to_spell(folded, language)]
    found += [cue for cue in ("shapes",) if cues["opens"].search(folded)]
    return [word for cue in found for match in cues[cue].finditer(folded) for word in words(match.group())]


def spelled_out(keys: Iterable[str], chunks: Sequence[Chunk], matcher: ConceptMatcher) -> dict[str, Chunk]:
    """Return the piece that spells a concept out, by its key: "… name in full (ABC)", or what defines it.

    Concepts without an abbreviation, and those that no piece spells out, are left out. Running text wins
    over the abstracts.
    """
    found: dict[str, Chunk] = {}
    for key in keys:
        names = "|".join(re.escape(name) for name in matcher.abbreviations(key))
        if not names:
            continue
        bracketed = re.compile(rf"\w[^()]*\((?:[^()]*[,;:. ])?(?:{names})\)")
        pieces = [c for c in chunks if c.kind is Kind.SENTENCE and bracketed.search(c.text)]
        pieces.sort(key=lambda chunk: chunk.section.startswith("abstract"))
        pieces += [c for c in chunks if c.id == matcher.definition(key) and re.search(rf"\b(?:{names})\b", c.text)]
        if pieces:
            found[key] = pieces[0]
    return found


@cache
def _cues(language: Language) -> Patterns:
    data = tomllib.loads((Path(__file__).parent / "definition.toml").read_text(encoding="utf-8"))
    return Patterns(data[language])

"""Whether a question asks what somebody should do about their own health or that of somebody close.

Such a question is refused whatever the article says. It may be asked indirectly ("Mum forgets things. Worth
getting her those drops?"), and what looks like it may be none: "Can I take it that …" asks what holds.
"""

import tomllib
from functools import cache
from pathlib import Path

from corpus.types import Language
from rag.questions.patterns import Patterns


def asks_advice(folded: str, language: Language) -> bool:
    """Return whether a folded question asks for advice on somebody's health."""
    cues = _cues(language)
    asked = cues["of_words"].sub("|", folded)
    if cues["direct"].search(asked):
        return True
    return cues["concerned"].search(asked) is not None and cues["counsel"].search(asked) is not None


@cache
def _cues(language: Language) -> Patterns:
    data = tomllib.loads((Path(__file__).parent / "advice.toml").read_text(encoding="utf-8"))
    return Patterns(data[language])

"""From feedback given in the chat to draft gold items, for a person to complete.

A line of feedback is one JSON object: `question`, `language`, `answer`, `verdict` ("good",
"wrong_source", "wrong", "incomplete", "wrong_language"), `citations` (objects with `quote`), and
perhaps `comment`. A draft takes over what can be known: the question, and, where the source was
right, the cited quotes as evidence. Facts and the other language are left to the person, so
`evidenca eval validate` refuses a draft until they are there.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from corpus.errors import GoldSetError
from corpus.types import Language
from eval.gold import Type

Verdict = Literal["good", "wrong_source", "wrong", "incomplete", "wrong_language"]
# With these the cited quotes are worth keeping.
_SOURCES_RIGHT = frozenset({"good", "incomplete", "wrong_language"})


class _Citation(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    quote: str


class Feedback(BaseModel):
    """A line of feedback; keys that are not needed here are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    question: str
    language: Language
    answer: str = ""
    verdict: Verdict
    citations: tuple[_Citation, ...] = ()
    comment: str = ""


def read_feedback(path: Path) -> list[Feedback]:
    """Return the lines of a feedback file.

    Raises:
        GoldSetError: the file cannot be read, is empty, or a line does not fit; names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")  # not splitlines: an answer may hold U+2028
    except (OSError, UnicodeDecodeError) as error:
        raise GoldSetError(f"The feedback {path} cannot be read: {error}.", hint="Give a JSON Lines file.") from error
    found: list[Feedback] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found.append(Feedback.model_validate_json(line))
        except ValidationError as error:
            detail = error.errors()[0]
            where = ".".join(map(str, detail["loc"])) or "line"
            raise GoldSetError(
                f"{path.name}, line {number}: {where}: {detail['msg']}.", hint="Mend or remove the line."
            ) from error
    if not found:
        raise GoldSetError(f"The feedback {path} is empty.", hint="Give some answers a verdict first.")
    return found


def drafts(feedback: Sequence[Feedback]) -> list[dict[str, Any]]:
    """Return a draft gold item for each question, once; later feedback on the same question wins."""
    latest = {(entry.language, " ".join(entry.question.split()).casefold()): entry for entry in feedback}
    return [_draft(entry) for entry in latest.values()]


def _draft(entry: Feedback) -> dict[str, Any]:
    pair = "chat-" + hashlib.sha256(f"{entry.language} {entry.question}".encode()).hexdigest()[:8]
    quotes = [citation.quote for citation in entry.citations] if entry.verdict in _SOURCES_RIGHT else []
    comment = f"; {entry.comment}" if entry.comment else ""
    return {
        "id": f"{pair}-{entry.language}",
        "pair": pair,
        "lang": str(entry.language),
        "split": "dev",
        "type": str(Type.FACT),
        "question": entry.question,
        "evidence": [{"any_of": [quote]} for quote in quotes],
        "nuggets": [],
        "tags": ["draft", entry.verdict],
        "note": f"draft from feedback: {entry.verdict}{comment}; add the facts, the other language, and the evidence",
    }

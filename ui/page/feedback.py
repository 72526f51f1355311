"""Verdicts on answers, kept in a file on this machine; only when the operator has named one.

One JSON object a line, as `evidenca eval draft` reads it. A later verdict on an answer takes the place
of an earlier one.
"""

import json
import os
import tempfile
import threading
import time
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from corpus.errors import ConfigError
from rag.answer import Answer
from ui.strings import STRINGS


class Verdict(StrEnum):
    """What a reader thinks of an answer."""

    GOOD = "good"
    WRONG_SOURCE = "wrong_source"
    WRONG = "wrong"
    INCOMPLETE = "incomplete"
    WRONG_LANGUAGE = "wrong_language"

    @classmethod
    def of(cls, liked: object) -> Self | None:
        """Return the verdict that the chat sends as True (good), False (bad) or in words."""
        if isinstance(liked, bool):
            return cls.GOOD if liked else cls.WRONG
        return next((cls(verdict) for verdict, name in VERDICT_NAMES.items() if liked == name), None)


# Shown under the flag, in this order; the page puts them into the reader's language.
VERDICT_NAMES = {
    verdict: STRINGS[f"verdict.{verdict}"].en
    for verdict in (Verdict.WRONG_SOURCE, Verdict.WRONG, Verdict.INCOMPLETE, Verdict.WRONG_LANGUAGE)
}


class FeedbackLog:
    """The file of verdicts. Lines that are not ours stay as they are."""

    def __init__(self, path: Path) -> None:
        """Open the file, which may not exist yet.

        Raises:
            ConfigError: it cannot be written.
        """
        self.path = path
        self._lock = threading.Lock()
        try:
            with path.open("a", encoding="utf-8"):
                pass
        except OSError as error:
            raise ConfigError(
                f"The feedback file {path} cannot be written: {error.strerror}.",
                hint="Name a file in a folder that exists and may be written to.",
            ) from error

    def add(self, conversation: str, answer: Answer, verdict: Verdict) -> None:
        """Keep a verdict.

        Args:
            conversation: its key.
        """
        entry = {
            "id": f"{conversation}-{answer.id}",
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            # A follow-up is no question by itself; as it was understood, it is.
            "question": answer.resolved_question.strip() or answer.question,
            "asked": answer.question,
            "language": str(answer.language),
            "outcome": str(answer.outcome),
            "answer": answer.answer,
            "verdict": str(verdict),
            "citations": [{"id": citation.id, "quote": citation.quote} for citation in answer.citations],
            "engine": answer.engine,
        }
        self._replace(str(entry["id"]), json.dumps(entry, ensure_ascii=False))

    def withdraw(self, conversation: str, answer: Answer) -> None:
        """Forget the verdict on an answer."""
        self._replace(f"{conversation}-{answer.id}", None)

    def _replace(self, identity: str, line: str | None) -> None:
        with self._lock:
            lines = self.path.read_text(encoding="utf-8").split("\n") if self.path.exists() else []
            kept = [old for old in lines if old.strip() and _identity(old) != identity]
            text = "".join(f"{old}\n" for old in (*kept, *([line] if line is not None else [])))
            handle, name = tempfile.mkstemp(prefix=f".{self.path.name}-", dir=self.path.parent)
            try:
                with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                    file.write(text)
                Path(name).replace(self.path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise


def _identity(line: str) -> str:
    try:
        entry: Any = json.loads(line)
    except ValueError:
        return ""
    return str(entry.get("id", "")) if isinstance(entry, dict) else ""

"""Placeholder until the readers are here."""
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SourceText:
    """Text."""

    text: str
    format: str
    extracted: bool
    problems: tuple[str, ...]


def read_source(path: Path) -> SourceText:
    """Read."""
    return SourceText(path.read_text(encoding="utf-8"), "text", False, ())

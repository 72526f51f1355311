"""The gold set: questions with their evidence (verbatim quotes) and the facts an answer must hold."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from corpus.errors import GoldSetError
from corpus.types import Language, Span

GOLD_DIR = Path(__file__).parent / "gold"
DEFAULT_SUITE = GOLD_DIR / "first.jsonl"


class Nugget(BaseModel):
    """A fact; an answer holds it when any of these strings occurs in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    any_of: tuple[str, ...]
    vital: bool


class GoldItem(BaseModel):
    """One gold question in one language; both members of a pair have the same need and evidence."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    pair_id: str
    lang: Language
    type: Literal["fact", "definition", "list", "comparison", "trial", "reference", "claim", "paraphrase", "refusal"]
    question: str
    answerable: bool
    evidence: tuple[str, ...]
    evidence_mode: Literal["all", "any"] = "all"
    nuggets: tuple[Nugget, ...]
    refusal_reason: Literal["not_in_article", "out_of_scope", "medical_advice"] | None

    @model_validator(mode="after")
    def _consistent(self) -> "GoldItem":
        if self.answerable and not (self.evidence and any(nugget.vital for nugget in self.nuggets)):
            raise ValueError("an answerable item needs evidence and a vital nugget")
        if self.answerable == (self.refusal_reason is not None):
            raise ValueError("refusal_reason belongs to unanswerable items, and to all of them")
        return self


def load_gold(path: Path, source: str) -> list[GoldItem]:
    """Return the items of a suite, each checked against the source of the article.

    Raises:
        GoldSetError: the file cannot be read, a line does not fit, an id repeats, a pair is
            incomplete, or a quote does not occur exactly once; names file and line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise GoldSetError(
            f"The gold set {path} cannot be read: {error}.", hint="Give a JSON Lines file in UTF-8."
        ) from error
    items: dict[str, GoldItem] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        place = f"{path.name}, line {number}"
        try:
            item = GoldItem.model_validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "item"
            raise GoldSetError(f"{place}: {where}: {first['msg']}.", hint="Mend the line.") from error
        if item.id in items:
            raise GoldSetError(f"{place}: the id {item.id} repeats.", hint="Give each item its own id.")
        for quote in item.evidence:
            if (count := source.count(quote)) != 1:
                raise GoldSetError(
                    f"{place}: the evidence of {item.id} occurs {count} times in the source: {quote[:60]!r}.",
                    hint="Quote a passage that occurs exactly once.",
                )
        items[item.id] = item
    if not items:
        raise GoldSetError(f"The gold set {path} is empty.", hint="Add items, one JSON object per line.")
    for item in items.values():
        if not any(other.pair_id == item.pair_id and other.lang is not item.lang for other in items.values()):
            raise GoldSetError(
                f"{path.name}: {item.id} has no counterpart in the other language.",
                hint=f"Complete pair {item.pair_id}.",
            )
    return list(items.values())


def evidence_spans(item: GoldItem, source: str) -> tuple[Span, ...]:
    """Return where the quotes of `item` stand in the source, one span each."""
    return tuple(Span(start := source.index(quote), start + len(quote)) for quote in item.evidence)

"""The bilingual glossary: concepts with their names, abbreviations and variants."""

from dataclasses import dataclass
from pathlib import Path

from corpus.errors import CorpusError
from corpus.types import Language

COLUMNS = (
    "key",
    "sl",
    "en",
    "abbreviation_sl",
    "abbreviation_en",
    "variants_sl",
    "variants_en",
    "kind",
    "definition",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """One concept of the article's field.

    Attributes:
        names: preferred name, then abbreviations and variants, for each language.
        definition: id of the piece that defines or spells out the term, or "".
    """

    key: str
    sl: tuple[str, ...]
    en: tuple[str, ...]
    abbreviations: tuple[str, ...]
    kind: str
    definition: str

    def names(self, language: Language) -> tuple[str, ...]:
        """Return all names in `language`, the preferred one first."""
        return self.sl if language is Language.SL else self.en


def read_glossary(path: Path, text: str) -> tuple[Concept, ...]:
    """Return the concepts in the TAB-separated `text`.

    Raises:
        CorpusError: the header or a row does not fit, or a key repeats; names file and line.
    """
    lines = text.splitlines()
    if not lines or tuple(lines[0].split("\t")) != COLUMNS:
        raise CorpusError(f"{path}, line 1: expected the columns {', '.join(COLUMNS)}.", hint="Mend the header.")
    concepts: dict[str, Concept] = {}
    for number, line in enumerate(lines[1:], start=2):
        fields = line.split("\t")
        if len(fields) != len(COLUMNS) or not all(fields[:3]):
            raise CorpusError(
                f"{path}, line {number}: expected {len(COLUMNS)} columns, the first three filled.",
                hint="Mend the line.",
            )
        row = dict(zip(COLUMNS, fields, strict=True))
        if row["key"] in concepts:
            raise CorpusError(f"{path}, line {number}: the key {row['key']} repeats.", hint="Merge the two rows.")
        short_sl, short_en = _list(row["abbreviation_sl"]), _list(row["abbreviation_en"])
        concepts[row["key"]] = Concept(
            key=row["key"],
            sl=_unique(row["sl"], *short_sl, *_list(row["variants_sl"])),
            en=_unique(row["en"], *short_en, *_list(row["variants_en"])),
            abbreviations=_unique(*short_sl, *short_en),
            kind=row["kind"],
            definition=row["definition"],
        )
    return tuple(concepts.values())


def _list(field: str) -> list[str]:
    return [part.strip() for part in field.split(";") if part.strip()]


def _unique(*names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))

"""The data files of this package, read once: words and patterns, countries, fields of medicine."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from corpus.types import Language
from rag.questions.patterns import Patterns, late
from rag.tables.query import Label

_FOLDER = Path(__file__).parent
_WHOLE = r"(?<!\w)(?:{})(?!\w)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A country or region.

    Attributes:
        name: in both languages; of a country as in `Trial.country`.
        inside, outside: ready to stand after "trials" ("v Iranu", "zunaj Irana").
        pattern: not yet compiled; `found_in` does that for the few whose beginning stands in a text.
        countries: of a region the names of its countries; of a country its own.
        reading: key of the remark on how the region was read, or "".
    """

    name: Label
    inside: Label
    outside: Label
    pattern: str
    countries: tuple[str, ...]
    reading: str

    def found_in(self, text: str) -> Iterator[re.Match[str]]:
        """Return where a folded text names it."""
        begins = any(beginning in text for beginning in _beginnings(self.pattern))
        return whole(self.pattern).finditer(text) if begins else iter(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A field of medicine (with a name) or an umbrella term, and the goals of the table under it."""

    key: str
    name: Label | None
    label: Label
    concepts: tuple[str, ...]
    pattern: re.Pattern[str] | None
    conditions: tuple[str, ...]
    reading: str
    first: bool = False
    """Its pattern is looked for before any concept: "možganska kap" is no brain."""


@cache
def _beginnings(pattern: str) -> tuple[str, ...]:
    """Return letters of which any match of `pattern` holds one group; "" where that is unknown.

    A bar within a group only adds a beginning, so what is returned is never too strict.
    """
    alternatives = re.sub(r"\(\?<!.*?\)|\\b", "", pattern).split("|")
    return tuple(re.match(r"(?:[a-z ](?![?*{]))*", alternative)[0] for alternative in alternatives)  # type: ignore[index]


@cache
def whole(pattern: str) -> re.Pattern[str]:
    """Return `pattern`, matching whole words only."""
    return late(_WHOLE.replace("{}", pattern))


@cache
def places() -> tuple[Place, ...]:
    """Return regions first, then countries: "South America" is no "America"."""
    data = _toml("countries.toml")
    found: list[Place] = []
    for entry in data["region"]:
        members = tuple(c["sl"] for c in data["countries"]["list"] if entry["key"] in c["regions"])
        found.append(_place(entry, members))
    found.extend(_place(entry, (entry["sl"],)) for entry in data["countries"]["list"])
    return tuple(found)


def _place(entry: dict[str, Any], countries: tuple[str, ...]) -> Place:
    return Place(
        name=Label(entry["sl"], entry["en"]),
        inside=Label(entry["loc"], f"in {entry['en']}"),
        outside=Label(f"zunaj {entry['gen']}", f"outside {entry['en']}"),
        pattern=entry["pattern"],
        countries=countries,
        reading=entry.get("reading", ""),
    )


@cache
def country_names() -> dict[str, Place]:
    """Return the countries by their Slovene name."""
    return {place.name.sl: place for place in places() if place.countries == (place.name.sl,)}


@cache
def groups() -> tuple[Group, ...]:
    """Return umbrella terms and fields of medicine, the special ones before the general."""
    return tuple(
        Group(
            key=entry["key"],
            name=Label(entry["name_sl"], entry["name_en"]) if "name_sl" in entry else None,
            label=Label(entry["sl"], entry["en"]),
            concepts=tuple(entry["concepts"]),
            pattern=whole(entry["pattern"]) if "pattern" in entry else None,
            conditions=tuple(entry["conditions"]),
            reading=entry.get("reading", entry["key"]),
            first=entry.get("first", False),
        )
        for entry in _toml("areas.toml")["group"]
    )


def area_of(condition: str) -> Label:
    """Return the field of medicine a goal is counted under; its own name when it has none."""
    for group in groups():
        if group.name is not None and condition in group.conditions:
            return group.name
    return Label(condition, condition)


@cache
def readings() -> dict[str, Label]:
    """Return the remarks on how a word with several readings was read, by key."""
    found: dict[str, Label] = {}
    for name in ("areas.toml", "countries.toml"):
        for key, entry in _toml(name)["readings"].items():
            found[key] = Label(entry["sl"], entry["en"])
    return found


@cache
def absent_diseases() -> re.Pattern[str]:
    """Return what matches diseases that the table does not have."""
    return whole(_toml("areas.toml")["absent"]["pattern"])


@cache
def ellipses() -> dict[Language, tuple[str, re.Pattern[str], str]]:
    """Return, by language, what a text must hold, the short form of two diseases named together, and the full one."""
    entries = _toml("areas.toml")["ellipsis"]
    return {
        language: (entry["if"], whole(entry["pattern"]), entry["both"])
        for language in Language
        for entry in [entries[language.value]]
    }


@cache
def fillers(language: Language) -> re.Pattern[str]:
    """Return the pattern for what is said before a question begins: "um", "hej"."""
    return re.compile(rf"^(?:(?:{lexicon(language).raw['filler']})[ ,]+)+")


@cache
def abbreviations() -> dict[str, str]:
    """Return goals of the table by abbreviations in capitals."""
    return {str(name): str(condition) for name, condition in _toml("areas.toml")["abbreviations"].items()}


@cache
def general_concepts() -> frozenset[str]:
    """Return the glossary keys too general to choose rows by."""
    return frozenset(_toml("areas.toml")["general"]["concepts"])


@cache
def sources() -> frozenset[str]:
    """Return the glossary keys of what a preparation can be made from."""
    return frozenset(_toml("areas.toml")["sources"]["concepts"])


@cache
def title_words() -> dict[str, list[str]]:
    """Return what titles call a concept beside its names in the glossary, by its key."""
    return dict(_toml("areas.toml")["title_words"])


@cache
def title_terms() -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    """Return patterns of words for things that are no concepts of the glossary, with what titles call them."""
    terms = _toml("areas.toml")["title_terms"]
    return tuple((whole(pattern), tuple(names)) for pattern, names in terms.items())


@cache
def title_phrases() -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    """Return patterns of phrases that say in other words what titles say, with the words of the titles."""
    terms = _toml("areas.toml")["title_phrases"]
    return tuple((whole(pattern), tuple(names)) for pattern, names in terms.items())


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of one language: patterns by name ("status.zu"), and what the codes are called."""

    language: Language
    patterns: dict[str, re.Pattern[str]]
    raw: dict[str, str]
    vocabulary: frozenset[str]
    status_words: dict[str, str]


@cache
def lexicon(language: Language) -> Lexicon:
    """Return the lexicon of `language`."""
    data = _toml("lexicon.toml")[language.value]
    flat: dict[str, str] = {}
    for name, value in data.items():
        if name in ("vocabulary", "status_words"):
            continue
        if isinstance(value, str):
            flat[name] = value
        else:
            flat.update({f"{name}.{key}": pattern for key, pattern in value.items()})
    for name, pattern in flat.items():
        for part in ("recruits", "participant", "trial", "now", "recruitment", "how_many"):
            pattern = pattern.replace(f"{{{part}}}", flat[part])
        flat[name] = pattern
    return Lexicon(
        language=language,
        patterns=Patterns(flat, form=_WHOLE),
        raw=flat,
        vocabulary=frozenset(data["vocabulary"].split()),
        status_words=data["status_words"],
    )


def _toml(name: str) -> dict[str, Any]:
    # A backslash at the end of a line joins it with the next, in literal strings too.
    text = (_FOLDER / name).read_text(encoding="utf-8").replace("\\\n", "")
    return tomllib.loads(text)

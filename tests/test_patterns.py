"""Patterns that are compiled late must match what they match compiled at once."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corpus.terms import searchable
from corpus.types import Language
from rag.questions.patterns import Patterns, held, late
from rag.tables.data import lexicon

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("pattern", "letters"),
    [
        (r"\btrials? of (drugs|vaccin\w+)", {"trial"}),
        (r"(?<!\w)(?:studij\w*|raziskav\w*)(?!\w)", {"studij", "raziskav"}),
        (r"ab+c", {"ab"}),
        (r"colou?r", {"colo"}),
        (r"(?:very )?old", {"old"}),
        (r"(?:not|never){2}", {"not", "never"}),
        (r"type[ ]2", {"type 2"}),
        (r"(?x) non \s known", {"known"}),
        (r"a\.b", {"a.b"}),
        (r"(?=known)\w+", None),
        (r"known|\w+", None),
        (r"known|x?", None),
        (r"\w+|known", None),
        (r"(?i)known", None),
        (r"(known)(?(1)a|b)", None),
        (r"\b?known", {"known"}),
        (r"", None),
    ],
)
def test_what_every_match_holds(pattern: str, letters: set[str] | None) -> None:
    assert held(pattern) == letters


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _strings(item)


def test_no_match_of_a_pattern_of_the_data_is_missed() -> None:
    found = {pattern for language in Language for pattern in lexicon(language).raw.values()}
    for path in (ROOT / "rag").rglob("*.toml"):
        found |= set(_strings(tomllib.loads(path.read_text(encoding="utf-8").replace("\\\n", ""))))
    lines = (ROOT / "eval/practice.jsonl").read_text(encoding="utf-8").splitlines()[::40]
    texts = [searchable(json.loads(line)["question"]) for line in lines]
    n_spared = 0
    for pattern in found:
        letters = held(pattern)
        if letters is None:
            continue
        try:
            compiled = re.compile(pattern)
        except re.error:  # no pattern but words
            continue
        spared = [text for text in texts if not any(part in text for part in letters)]
        n_spared += len(spared)
        assert [text for text in spared if compiled.search(text)] == []
    assert n_spared > 0.8 * len(found) * len(texts)


def test_a_late_pattern_does_what_a_compiled_one_does() -> None:
    for text in ("one trial, two trials", "no study"):
        one, other = late(r"tri(al)s?"), re.compile(r"tri(al)s?")
        for _ in range(2):  # the second time it may be compiled
            spans = [[match.span() for match in pattern.finditer(text)] for pattern in (one, other)]
            assert spans[0] == spans[1]
            assert one.findall(text) == other.findall(text)
            assert one.split(text) == other.split(text)
            assert one.sub("x", text) == other.sub("x", text)
            for found, expected in (
                (one.search(text), other.search(text)),
                (one.search(text, 8), other.search(text, 8)),
                (one.match(text, 4), other.match(text, 4)),
                (one.fullmatch(text), other.fullmatch(text)),
            ):
                assert (found and found.span()) == (expected and expected.span())
    assert late("(a)(b)").groups == 2


def test_a_name_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        Patterns({"known": "a"})["unknown"]

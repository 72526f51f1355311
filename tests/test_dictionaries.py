"""The dictionaries that come with an index: the words and lemmas of simplemma, without reading them first."""

import re
from pathlib import Path

import pytest
import simplemma

import corpus.terms
from corpus.terms import dictionary_file, is_dictionary_word, lemma, use_dictionaries, write_dictionaries
from corpus.types import Document, Language


@pytest.fixture
def dictionaries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(corpus.terms, "_loaded", [])
    write_dictionaries(tmp_path)
    return tmp_path


@pytest.mark.parametrize("language", list(Language))
def test_written_dictionaries_give_what_simplemma_gives(
    dictionaries: Path, document: Document, language: Language
) -> None:
    use_dictionaries(dictionaries)
    typed = {
        *re.findall(r"\w+", document.text),
        "hodila",
        "vezikli",
        "Ljubljana",
        "mice",
        "better",
        "xyzzy",
        "naïve",
        "",
    }
    found = {word: (lemma.__wrapped__(word, language), is_dictionary_word(word, language)) for word in typed if word}
    assert found == {
        word: (simplemma.lemmatize(word, str(language)), simplemma.is_known(word, str(language))) for word in found
    }
    assert len({known for _, known in found.values()}) == 2


def test_a_missing_dictionary_is_refused_and_changes_nothing(dictionaries: Path) -> None:
    use_dictionaries(dictionaries)
    before = list(corpus.terms._loaded)
    dictionary_file(dictionaries, Language.EN).unlink()
    with pytest.raises(FileNotFoundError, match=r"en\.dic"):
        use_dictionaries(dictionaries)
    assert corpus.terms._loaded == before


def test_dictionaries_that_cannot_be_written_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "place").write_text("a file where a folder should be", encoding="utf-8")
    with pytest.raises(OSError, match="place"):
        write_dictionaries(tmp_path / "place")

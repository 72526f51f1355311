"""The language identifier kept in the index: the same results as the packed model, loaded faster."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import corpus.language
from corpus.language import detect_language, dump_identifier, use_identifier
from corpus.load import Article
from corpus.types import Document, Language
from ingest.index import Index

SLOVENE = [
    "Kako uspešni so ZV-MSC pri perianalnih fistulah?",
    "kako uspesni so zv pri fistulah",
    "Kaj so eksosomi?",
    "Kateri so najpogostejši viri mezenhimskih matičnih celic?",
    "Ali so zunajcelični vezikli varni?",
    "V kateri državi poteka študija NCT05354141?",
    "Koliko bolnikov sta zdravili raziskovalki?",
    "suho oko",
    "Referenca 44?",
    "Članki v reviji Signal Transduction and Targeted Therapy?",
    "Zakaj je celično zdravljenje drago?",
    "Kdo je napisal ta članek?",
    "Povzemi glavne izzive pri uporabi veziklov.",
    "In kaj pa pljuča?",
    "Katere študije so v fazi 2?",
]
ENGLISH = [
    "How well do MSC-EVs work in perianal fistulas?",
    "What are exosomes?",
    "what are the most common sources of mscs",
    "Are extracellular vesicles safe?",
    "Which country hosts trial NCT05354141?",
    "How many patients were treated?",
    "dry eye disease",
    "Why is cell therapy expensive?",
    "Who wrote this article?",
    "Summarise the main challenges in the use of vesicles.",
    "And what about the lungs?",
    "Which trials are in phase 2?",
    "EV size",
    "Nazari et al. – journal?",
    "Xie et al 2023 DOI",
]
FOREIGN = [
    "Wie viele Patienten wurden in dieser Studie behandelt?",
    "Qu'est-ce que les vésicules extracellulaires dans cet article?",
    "Quante pazienti sono state trattate in questo studio?",
    "¿Cuáles son las fuentes más comunes de células madre?",
    "Koliko je pacijenata liječeno u ovom kliničkom ispitivanju?",
    "Što su egzosomi i gdje se nalaze?",
    "Что такое внеклеточные везикулы?",
    "细胞外囊泡是什么?",
    "Co to są pęcherzyki zewnątrzkomórkowe i jak działają?",
    "Mik azok az extracelluláris vezikulák?",
]
TEXTS = [*SLOVENE, *ENGLISH, *FOREIGN, "GvHD", "NCT05354141", "MSC 123", "?", "", "a", "exosomes"]


@pytest.fixture(autouse=True)
def _own_identifier(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test loads stays in that test."""
    monkeypatch.setattr(corpus.language, "_loaded", [])


def _ranks(texts: list[str]) -> list[dict[str, float]]:
    return [dict(corpus.language._identifier().rank(text)) for text in texts]


@pytest.fixture(scope="module")
def dumped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("identifier") / "languages.npz"
    path.write_bytes(dump_identifier())
    return path


def test_the_dumped_identifier_ranks_as_the_packed_one(dumped: Path) -> None:
    assert len(TEXTS) > 40
    packed = _ranks(TEXTS)
    use_identifier(dumped)
    for text, before, after in zip(TEXTS, packed, _ranks(TEXTS), strict=True):
        assert list(before) == list(after), text
        assert list(after.values()) == pytest.approx(list(before.values()), abs=1e-6), text


def test_the_answers_are_the_same_for_every_sentence_of_the_article(
    dumped: Path, document: Document, article: Article
) -> None:
    texts = [sentence.text for sentence in document.sentences]
    texts += [text for texts in article.restatements.values() for side in Language for text in texts[side]]
    before = [detect_language(text) for text in texts]
    use_identifier(dumped)
    assert [detect_language(text) for text in texts] == before
    assert {Language.SL, Language.EN} <= set(before)


@pytest.mark.parametrize("load", [False, True], ids=["packed", "dumped"])
@pytest.mark.parametrize(
    ("texts", "language"), [(SLOVENE, Language.SL), (ENGLISH, Language.EN), (FOREIGN, None)], ids=["sl", "en", "other"]
)
def test_languages_are_told_apart(dumped: Path, load: bool, texts: list[str], language: Language | None) -> None:
    if load:
        use_identifier(dumped)
    assert {text: detect_language(text) for text in texts} == dict.fromkeys(texts, language)


def test_the_restatements_are_in_the_language_they_stand_under(article: Article) -> None:
    """Short ones may tell nothing, but hardly any may be taken for the other language or a foreign one."""
    wrong = [
        (piece, text)
        for piece, texts in article.restatements.items()
        for side in Language
        for text in texts[side]
        if detect_language(text, default=side) is not side
    ]
    n = sum(len(texts[side]) for texts in article.restatements.values() for side in Language)
    assert len(wrong) <= 0.01 * n, wrong


def test_dumping_twice_gives_the_same_bytes(dumped: Path) -> None:
    assert dump_identifier() == dumped.read_bytes()


def test_dumping_is_of_the_packed_model_even_when_another_is_in_use(dumped: Path) -> None:
    use_identifier(dumped)
    assert dump_identifier() == dumped.read_bytes()


def test_an_index_brings_its_identifier(index_dir: Path, dumped: Path) -> None:
    assert (index_dir / "languages.npz").read_bytes() == dumped.read_bytes()
    Index.open(index_dir).use_language_data()
    assert len(corpus.language._loaded) == 1
    assert detect_language("Kaj so eksosomi?") is Language.SL


@pytest.mark.parametrize("content", [b"", b"PK not really", b"\x93NUMPY"])
def test_what_is_no_identifier_is_refused_and_changes_nothing(dumped: Path, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "other.npz"
    path.write_bytes(content)
    use_identifier(dumped)
    before = list(corpus.language._loaded)
    with pytest.raises((OSError, ValueError, KeyError)):
        use_identifier(path)
    assert corpus.language._loaded == before


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(text=st.text(max_size=80))
def test_any_text_has_a_language_or_none(dumped: Path, text: str) -> None:
    use_identifier(dumped)
    probabilities = np.array(list(_ranks([text])[0].values()))
    assert probabilities.sum() == pytest.approx(1.0, abs=1e-4)
    assert detect_language(text) in (*Language, None)

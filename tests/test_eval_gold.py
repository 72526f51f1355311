"""Gold sets: every mistake is named with file and line; recipes agree with a plain reading of the table."""

import csv
import re
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from corpus.errors import GoldSetError
from corpus.load import Article
from corpus.types import Document, Kind, Language, Span
from eval.gold import (
    GOLD_DIR,
    QuoteFinder,
    Suite,
    Type,
    Variant,
    load_suite,
    problems,
    unsupported_nuggets,
)
from eval.match import holds_any
from eval.recipes import Column, Condition, Operation, Recipe, execute
from eval.recipes import Test as Comparison
from tests.eval_helpers import QUOTE, bench_lines, gold, pair, resolved, sentence_with, unanswerable, write_lines
from tests.golden_files import GOLDEN

ROOT = Path(__file__).parent.parent


def other_quotes(document: Document, n: int) -> list[str]:
    """Return sentences that occur once, each from another paragraph than QUOTE."""
    here = sentence_with(document, QUOTE).paragraph
    found: dict[str, str] = {}
    for piece in document.sentences:
        if piece.kind is Kind.SENTENCE and piece.paragraph != here and document.text.count(piece.text) == 1:
            found.setdefault(piece.paragraph, piece.text)
    return list(found.values())[:n]


def test_a_sound_set_is_read_whole(article: Article, document: Document, tmp_path: Path) -> None:
    lines = bench_lines(document, article)
    path = write_lines(tmp_path / "own.jsonl", ["", *lines])
    suite = load_suite(path, article, document)
    assert [value.item.id for value in suite] == [line["id"] for line in lines]
    assert problems(path, article, document) == []
    assert str(suite.places[lines[0]["id"]]) == "own.jsonl, line 2"
    for value in suite:
        for alternatives, entry in zip(value.evidence, value.item.evidence, strict=True):
            (spans,) = alternatives
            assert " ".join(document.text[start:end] for start, end in spans) == entry.any_of[0]


def test_a_folder_is_one_set_and_its_hash_covers_every_byte(
    article: Article, document: Document, tmp_path: Path
) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    write_lines(folder / "b.jsonl", pair(pair="b"))
    write_lines(folder / "a.jsonl", pair(pair="a"))
    (folder / "notes.txt").write_text("no items")
    suite = load_suite(folder, article, document)
    assert [value.item.pair for value in suite] == ["a", "a", "b", "b"]
    assert str(suite.places["b-en"]) == "b.jsonl, line 2"
    some = suite.only(["b-en", "unknown"])
    assert (list(some.items), some.sha256) == (["b-en"], suite.sha256)
    (folder / "a.jsonl").write_text((folder / "a.jsonl").read_text() + "\n")
    assert load_suite(folder, article, document).sha256 != suite.sha256


@pytest.mark.parametrize("odd", ["\u2028", "\u0085", "\x0c", "\u2029"], ids=ascii)
def test_a_line_ends_only_at_a_line_feed(article: Article, document: Document, tmp_path: Path, odd: str) -> None:
    lines = pair(question=f"Kaj{odd}velja?")
    path = write_lines(tmp_path / "own.jsonl", lines)
    assert [value.item.question for value in load_suite(path, article, document)] == [
        line["question"] for line in lines
    ]


@pytest.mark.parametrize("change", [lambda text: "\ufeff" + text, lambda text: text.replace("\n", "\r\n")])
def test_files_written_on_windows_are_read(
    article: Article, document: Document, tmp_path: Path, change: Callable[[str], str]
) -> None:
    path = write_lines(tmp_path / "own.jsonl", pair())
    path.write_bytes(change(path.read_text(encoding="utf-8")).encode())
    assert len(load_suite(path, article, document)) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
        ({"type": "riddle"}, "type: Input should be"),
        ({"lang": "de"}, "lang: Input should be"),
        ({"split": "train"}, "split: Input should be"),
        ({"question": " "}, "the question is empty"),
        ({"id": "two words"}, "id: "),
        ({"evidence": []}, "needs evidence of grade 2"),
        ({"evidence": [{"any_of": [QUOTE], "grade": 1}]}, "needs evidence of grade 2"),
        ({"evidence": [{"any_of": [QUOTE], "grade": 3}]}, "evidence.0.grade"),
        ({"evidence": [{"any_of": []}]}, "evidence.0.any_of"),
        ({"evidence": [{"any_of": ["Tega v članku ni."]}]}, "occurs 0 times in the source"),
        ({"evidence": [{"any_of": [QUOTE, "MSC"]}]}, r"occurs \d\d+ times in the source"),
        ({"nuggets": []}, "needs a vital nugget"),
        ({"nuggets": [{"id": "n", "numbers": ["80"], "vital": False}]}, "needs a vital nugget"),
        ({"nuggets": [{"id": "n"}]}, "needs aliases or numbers"),
        ({"nuggets": [{"id": "n", "sl": ["da"]}]}, "aliases in both languages"),
        ({"nuggets": [{"id": "n", "numbers": ["80"]}, {"id": "n", "numbers": ["80"]}]}, "a nugget id repeats"),
        ({"answerable": False}, "`refusal` belongs"),
        ({"refusal": "absent"}, "`refusal` belongs"),
        (unanswerable(type="fact"), "have the type refusal"),
        ({"type": "refusal"}, "have the type refusal"),
        (unanswerable(refusal="boring"), "refusal: Input should be"),
        (unanswerable(twin="nobody"), "its twin nobody is no answerable pair"),
        ({"references": [999]}, "there is no reference 999"),
        ({"turn": 1}, "`dialogue` and `turn` go together"),
        ({"dialogue": "d", "turn": 1}, "the `pair` of a turn is its dialogue"),
        ({"variant": "typo"}, "`variant` and `variant_of` go together"),
        ({"recipe": {"operation": "guess"}}, "recipe.operation"),
        ({"recipe": {"operation": "sum"}}, "the recipe does not work: the operation sum needs a column"),
        ({"recipe": {"operation": "mean", "column": "country"}}, "needs the column enrolment"),
        (
            {"recipe": {"operation": "count", "where": [{"column": "country", "test": "lt", "value": 3}]}},
            "the recipe does not work",
        ),
        (
            {"recipe": {"operation": "list", "where": [{"column": "country", "test": "eq", "value": "Peru"}]}},
            "the recipe yields nothing",
        ),
    ],
    ids=str,
)
def test_a_mistake_in_an_item_is_named_with_file_and_line(
    article: Article, document: Document, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    lines = [*pair(pair="sound"), *pair(question="Drugo vprašanje?")]
    lines[3] = {key: value for key, value in {**lines[3], **change}.items() if value is not None}
    path = write_lines(tmp_path / "own.jsonl", lines)
    with pytest.raises(GoldSetError) as caught:
        load_suite(path, article, document)
    assert re.search(rf"own\.jsonl, line 4: [^;]*{message}", str(caught.value)), caught.value
    assert any(str(place) == "own.jsonl, line 4" for place, _ in problems(path, article, document))


@pytest.mark.parametrize(
    ("line", "message"),
    [("{", "Invalid JSON"), ("[]", "item: "), ('{"id": "x"', "Invalid JSON"), ("{}", "question: Field required")],
)
def test_malformed_lines_are_named(
    article: Article, document: Document, tmp_path: Path, line: str, message: str
) -> None:
    path = write_lines(tmp_path / "own.jsonl", [*pair(), line])
    found = problems(path, article, document)
    assert any(str(place) == "own.jsonl, line 3" and message in text for place, text in found), found


def _changed(number: int, **changes: Any) -> Callable[[list[dict[str, Any]]], None]:
    def change(lines: list[dict[str, Any]]) -> None:
        lines[number].update(changes)

    return change


def _dialogue(*turns: int, **changes: Any) -> list[dict[str, Any]]:
    return [
        gold(id=f"d-{n}", pair="d", dialogue="d", turn=turn, question=f"In {n}?", **changes)
        for n, turn in enumerate(turns)
    ]


@pytest.mark.parametrize(
    ("lines", "at", "message"),
    [
        (pair()[:1], 1, "share-sl has no counterpart in the other language"),
        ([gold(), gold(id="again", question="Še enkrat?")], 1, "no counterpart"),
        ([*pair(), gold(id="share-en", pair="x")], 3, r"the id share-en repeats \(own.jsonl, line 2\)"),
        ([pair()[0], {**pair()[1], "split": "test"}], 1, "pair share stands in both splits"),
        ([*pair(), *pair(pair="two", question="Vprašanje dve?", split="test")], 3, "the evidence paragraph .* stands"),
        ([*pair(), *pair(pair="two", question="VPRAŠANJE share?")], 3, "two-sl asks the same as share-sl"),
        ([*pair(), gold(id="v", question="v?", variant="typo", variant_of="nobody")], 3, "no original item"),
        (
            [*pair(), gold(id="v", pair="w", question="v?", variant="typo", variant_of="share-sl")],
            3,
            "pair or language is not that of share-sl",
        ),
        (
            [*pair(), gold(id="v", lang="en", question="v?", variant="typo", variant_of="share-sl")],
            3,
            "pair or language is not that of share-sl",
        ),
        (
            [
                *pair(),
                gold(id="v", question="v?", variant="typo", variant_of="share-sl"),
                gold(id="w", question="w?", variant="typo", variant_of="v"),
            ],
            4,
            "no original item",
        ),
        (_dialogue(1, 3), 1, "the turns of dialogue d are not 1, 2"),
        (_dialogue(2, 1), 1, "the turns of dialogue d are not 1, 2"),
        (_dialogue(0, 1), 1, "the turns of dialogue d are not 1, 2"),
        ([*pair(**unanswerable(twin="none")), *pair(**unanswerable(pair="none"))], 1, "no answerable pair"),
    ],
    ids=[
        "missing counterpart",
        "counterpart in the same language",
        "id repeats",
        "pair in both splits",
        "paragraph in both splits",
        "same question",
        "variant of nothing",
        "variant in another pair",
        "variant in another language",
        "variant of a variant",
        "gap in a dialogue",
        "turns out of order",
        "turns from 0",
        "twin unanswerable",
    ],
)
def test_what_is_wrong_between_items_is_named(
    article: Article, document: Document, tmp_path: Path, lines: list[dict[str, Any]], at: int, message: str
) -> None:
    path = write_lines(tmp_path / "own.jsonl", lines)
    found = problems(path, article, document)
    assert any(str(place) == f"own.jsonl, line {at}" and re.search(message, text) for place, text in found), found
    with pytest.raises(GoldSetError):
        load_suite(path, article, document)


def test_what_looks_alike_but_is_sound(article: Article, document: Document, tmp_path: Path) -> None:
    (elsewhere,) = other_quotes(document, 1)
    lines = [
        *pair(),
        gold(id="v", question="koliksen delez?", variant="no_diacritics", variant_of="share-sl"),
        *pair(pair="two", question="Drugje?", split="test", evidence=[{"any_of": [elsewhere]}]),
        *_dialogue(1, 2, 3),
        *pair(**unanswerable(pair="none", question="Kaj ni?", twin="share")),
    ]
    assert problems(write_lines(tmp_path / "own.jsonl", lines), article, document) == []


def test_all_mistakes_come_in_order_and_the_message_stops_at_ten(
    article: Article, document: Document, tmp_path: Path
) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    write_lines(folder / "b.jsonl", ["{"] * 8)
    write_lines(folder / "a.jsonl", ["{"] * 5)
    found = problems(folder, article, document)
    assert [str(place) for place, _ in found] == [
        *(f"a.jsonl, line {n}" for n in range(1, 6)),
        *(f"b.jsonl, line {n}" for n in range(1, 9)),
    ]
    with pytest.raises(GoldSetError, match="and 3 more"):
        load_suite(folder, article, document)


def _nothing(path: Path) -> None:
    pass


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.write_text("\n \n"), "is empty"),
        (lambda path: path.mkdir(), "There is no gold set in"),
        (_nothing, "cannot be read"),
        (lambda path: path.write_bytes(b"\xff{}"), "cannot be read"),
    ],
    ids=["only blank lines", "folder without files", "no file", "not UTF-8"],
)
def test_a_set_that_is_not_there(
    article: Article, document: Document, tmp_path: Path, make: Callable[[Path], object], message: str
) -> None:
    path = tmp_path / "own.jsonl"
    make(path)
    with pytest.raises(GoldSetError, match=message):
        load_suite(path, article, document)


def test_a_vital_fact_that_the_evidence_does_not_state(article: Article, document: Document, tmp_path: Path) -> None:
    finder = QuoteFinder(document)
    nuggets = [
        {"id": "right", "numbers": ["80"]},
        {"id": "wrong", "numbers": ["81"]},
        {"id": "elsewhere", "sl": ["starost"], "en": ["age"]},
        {"id": "optional", "numbers": ["99"], "vital": False},
    ]
    value = resolved(article, document, tmp_path, nuggets=nuggets)
    assert [nugget.id for nugget in unsupported_nuggets(value, finder)] == ["wrong", "elsewhere"]
    assert [nugget.id for nugget in unsupported_nuggets(value, finder, ["Age"])] == ["wrong"]


# --- Recipes, against the golden copy of the table, read here without the project's code.


def table() -> list[dict[str, str]]:
    with (GOLDEN / "table-2.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def country(row: dict[str, str]) -> str:
    return "Brazilija" if row["Država"].startswith("Brazil") else row["Država"]


def size(row: dict[str, str]) -> int:
    return int(row["Število udeležencev"])


def where(*conditions: tuple[str, str, Any]) -> tuple[Condition, ...]:
    return tuple(Condition(column=Column(c), test=Comparison(t), value=value) for c, t, value in conditions)


FILTERS: list[tuple[str, tuple[Condition, ...], Callable[[dict[str, str]], bool]]] = [
    ("all", (), lambda row: True),
    ("in Iran", where(("country", "eq", "Iran")), lambda row: row["Država"] == "Iran"),
    ("outside China", where(("country", "ne", "Kitajska")), lambda row: row["Država"] != "Kitajska"),
    (
        "in two countries",
        where(("country", "in", ("ZDA", "Brazilija"))),
        lambda row: country(row) in ("ZDA", "Brazilija"),
    ),
    ("in no such", where(("country", "not_in", ("Iran", "ZDA"))), lambda row: country(row) not in ("Iran", "ZDA")),
    ("over 60", where(("enrolment", "gt", 60)), lambda row: size(row) > 60),
    ("60 and more", where(("enrolment", "ge", 60)), lambda row: size(row) >= 60),
    ("under 20", where(("enrolment", "lt", 20)), lambda row: size(row) < 20),
    ("20 at most", where(("enrolment", "le", 20)), lambda row: size(row) <= 20),
    ("phase 2", where(("phase", "has", 2)), lambda row: "2" in row["phases"].split(",")),
    ("early", where(("early", "eq", True)), lambda row: row["Vrsta študije"].startswith("Zgodnja")),
    ("register", where(("observational", "eq", True)), lambda row: row["Vrsta študije"] == "O"),
    (
        "title",
        where(("title", "contains", "msc-derived")),
        lambda row: "msc-derived" in row["Naslov klinične študije"].lower(),
    ),
    (
        "covid",
        where(("condition", "eq", "covid-19")),
        lambda row: row["Cilj terapije"].casefold() == "covid-19",
    ),
    (
        "recruiting in Iran, small",
        where(("status", "eq", "ZU"), ("country", "eq", "Iran"), ("enrolment", "le", 20)),
        lambda row: (row["Status"], row["Država"]) == ("ZU", "Iran") and size(row) <= 20,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("conditions", "keep"), [entry[1:] for entry in FILTERS], ids=[entry[0] for entry in FILTERS])
def test_recipes_choose_and_compute_as_a_plain_reading(
    article: Article,
    document: Document,
    conditions: tuple[Condition, ...],
    keep: Callable[[dict[str, str]], bool],
) -> None:
    rows = [row for row in table() if keep(row)]
    assert rows, "the filter must keep something, else nothing is compared"
    sizes = [size(row) for row in rows]

    def result(operation: str, **fields: Any) -> Any:
        return execute(Recipe(operation=Operation(operation), where=conditions, **fields), document, article)

    assert [trial.id for trial in result("list").rows] == [row["Oznaka"] for row in rows]
    assert [fact.aliases for fact in result("list").facts] == [(row["Oznaka"],) for row in rows]
    expected = {
        "count": len(rows),
        "sum": sum(sizes),
        "mean": round(sum(sizes) / len(sizes), 1),
        "median": round(statistics.median(sizes), 1),
    }
    for operation, value in expected.items():
        fields = {} if operation == "count" else {"column": Column.ENROLMENT}
        (fact,) = result(operation, **fields).facts
        assert fact.aliases == ()
        assert [float(number) for number in fact.numbers] == [value], operation
    for operation, extreme in (("min", min(sizes)), ("max", max(sizes))):
        found = result(operation, column=Column.ENROLMENT, show=(Column.ID, Column.ENROLMENT))
        best = [row["Oznaka"] for row in rows if size(row) == extreme]
        assert [trial.id for trial in found.rows] == best
        assert [fact.aliases[0] for fact in found.facts[::2]] == best
        assert {fact.numbers for fact in found.facts[1::2]} == {(str(extreme),)}
    groups = result("group", column=Column.COUNTRY).facts
    counts = Counter(map(country, rows))
    assert {fact.aliases[0]: fact.numbers for fact in groups} == {name: (str(n),) for name, n in counts.items()}
    distinct = result("distinct", column=Column.COUNTRY).facts
    assert [fact.aliases[0] for fact in distinct] == list(counts)
    assert not any(fact.numbers for fact in distinct)


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("country", "Iran", ("v Iranu", "in Iran")),
        ("country", "Brazilija", ("v Braziliji", "in Brazil")),
        ("country", "ZDA", ("v ZDA", "in the United States", "v Združenih državah")),
        ("country", "Nemčija", ("v Nemčiji", "in Germany")),
        ("condition", "Ciroza jeter", ("ciroze jeter", "cirrhosis of the liver", "liver cirrhosis")),
        ("status", "ZUN", ("zbiranja udeležencev še ni", "not yet recruiting")),
    ],
)
def test_a_value_has_its_names_in_both_languages(
    article: Article, document: Document, column: str, value: str, said: Sequence[str]
) -> None:
    recipe = Recipe(operation=Operation.DISTINCT, column=Column(column), where=where((column, "eq", value)))
    (fact,) = execute(recipe, document, article).facts
    for text in said:
        assert holds_any(fact.aliases, text), (text, fact.aliases)
    assert not holds_any(fact.aliases, "Kitajska, Egipt; osteoartritis (n) / China, o tem")


def test_phases_are_told_apart_early_ones_too(article: Article, document: Document) -> None:
    facts = execute(Recipe(operation=Operation.GROUP, column=Column.PHASE), document, article).facts
    printed = Counter(row["Vrsta študije"].casefold() for row in table())
    assert sorted(int(fact.numbers[0]) for fact in facts) == sorted(printed.values())
    by_name = {name: fact for fact in facts for name in fact.aliases}
    both, early = by_name["Faza 1 Faza 2"], by_name["Zgodnja faza 1"]
    assert both.numbers == (str(printed["faza 1 faza 2"]),)
    assert early.numbers == (str(printed["zgodnja faza 1"]),)
    for said in ("v fazi 1/2", "Phase 1 and Phase 2", "faza 1 in faza 2", "in phase 1/2"):
        assert holds_any(both.aliases, said), said
    assert not holds_any(both.aliases, "faza 1")
    assert not holds_any(early.aliases, "N/A, o fazi 1")
    assert holds_any(early.aliases, "v zgodnji fazi 1")


def test_the_facts_of_a_recipe_become_vital_nuggets(article: Article, document: Document, tmp_path: Path) -> None:
    recipe = {"operation": "count", "where": [{"column": "country", "test": "eq", "value": "Iran"}]}
    value = resolved(article, document, tmp_path, type="aggregate", evidence=None, nuggets=None, recipe=recipe)
    in_iran = [row["Oznaka"] for row in table() if row["Država"] == "Iran"]
    assert value.rows == tuple(in_iran)
    (nugget,) = value.nuggets
    assert (nugget.vital, nugget.numbers) == (True, (str(len(in_iran)),))
    assert nugget.held_by(f"V Iranu je {len(in_iran)} študij.")
    assert not nugget.held_by(f"V Iranu je {len(in_iran) + 1} študij.")


# --- The set that comes along: its structure only, nothing of its content.


@pytest.fixture(scope="module")
def own(article: Article, document: Document) -> Suite:
    return load_suite(GOLD_DIR, article, document)


def test_the_structure_of_the_set_that_comes_along(own: Suite, document: Document) -> None:
    originals = [value.item for value in own if value.item.variant is None]
    single = [item for item in originals if item.dialogue is None]
    languages: dict[str, set[Language]] = {}
    for item in single:
        if item.answerable:
            languages.setdefault(item.pair, set()).add(item.lang)
    assert sum(len(found) == 2 for found in languages.values()) >= 120
    assert sum(not item.answerable for item in originals) >= 60
    turns = Counter(item.dialogue for item in originals if item.dialogue)
    assert sum(2 <= n <= 4 for n in turns.values()) >= 24
    assert {item.type for item in originals} == set(Type)
    assert {value.item.variant for value in own if value.item.variant} == set(Variant)
    assert {item.split for item in originals} == {"dev", "test"}

    spans = [span for value in own for alternatives in value.evidence for places in alternatives for span in places]
    rows = {row for value in own for row in value.rows}

    def touched(places: Sequence[Span]) -> bool:
        return any(start < stop and begin < end for start, end in places for begin, stop in spans)

    with_text = {piece.section for piece in document.pieces() if piece.kind is not Kind.HEADING}
    assert [section.id for section in document.sections if section.id in with_text and not touched(section.spans)] == []
    for table_ in document.tables:
        assert any(touched(row.spans) or row.id.rsplit(":", 1)[-1] in rows for row in table_.rows), table_.id
    cited = {number for value in own for number in value.item.references}
    cited |= {reference.number for reference in document.references if touched(reference.spans)}
    assert len(cited) >= 60


def test_no_gold_question_stands_in_what_answers_it(own: Suite) -> None:
    def plain(text: str) -> str:
        return " ".join(text.casefold().split())

    texts = {
        path: plain(path.read_text(encoding="utf-8"))
        for package in ("corpus", "ingest", "rag", "ui", "benchmarks")
        for path in sorted((ROOT / package).rglob("*"))
        if path.suffix in (".py", ".toml", ".tsv", ".jsonl", ".txt", ".js", ".css", ".md", ".json", ".csv")
    }
    assert len(texts) > 40
    # A follow-up of a word or two ("Zakaj?") is no leak wherever it occurs.
    questions = {plain(value.item.question): value.item.id for value in own if len(value.item.question) >= 10}
    assert len(questions) > 300
    found = [
        f"{path.relative_to(ROOT)}: {key}"
        for path, text in texts.items()
        for question, key in questions.items()
        if question in text or question.rstrip("?.! ") in text
    ]
    assert found == []

"""The evaluation: gold questions are checked, and the metrics mean what they say."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.errors import GoldSetError
from corpus.load import Article
from corpus.types import Kind, Language, Span
from eval.gold import DEFAULT_SUITE, GoldItem, evidence_spans, load_gold
from eval.metrics import score, summarise
from eval.report import failures_text, table_text
from eval.run import run
from rag.answer import Answer, Citation, Outcome, Reason
from rag.engine import Engine

ITEM = {
    "id": "x1-sl",
    "pair_id": "x1",
    "lang": "sl",
    "type": "fact",
    "question": "Kolikšen delež bolnikov je imel korist?",
    "answerable": True,
    "evidence": ["terapija pozitivno vplivala na 80 % bolnikov"],
    "nuggets": [{"any_of": ["80 %"], "vital": True}],
    "refusal_reason": None,
}


def _write(path: Path, *items: dict[str, object]) -> Path:
    path.write_text("\n".join(json.dumps(item, ensure_ascii=False) for item in items), encoding="utf-8")
    return path


def _pair(**changes: object) -> list[dict[str, object]]:
    return [{**ITEM, **changes}, {**ITEM, **changes, "id": "x1-en", "lang": "en"}]


def _answer(*spans: Span, text: str = "80 % bolnikov [1]", outcome: Outcome = Outcome.ANSWERED, source: str) -> Answer:
    return Answer(
        id="",
        question="?",
        resolved_question="?",
        language=Language.SL,
        outcome=outcome,
        reason=None if outcome is Outcome.ANSWERED else Reason.NOT_IN_ARTICLE,
        answer=text,
        citations=tuple(
            Citation(
                marker=marker,
                id="x",
                article="x",
                kind=Kind.SENTENCE,
                section="1",
                language=Language.SL,
                quote=source[span.start : span.end],
                spans=(span,),
                translation=None,
                references=(),
                passage_references=(),
                trials=(),
            )
            for marker, span in enumerate(spans, start=1)
        ),
        timings_ms={"total": 1.0},
    )


@pytest.fixture
def item(article: Article) -> GoldItem:
    return GoldItem.model_validate(ITEM)


def test_the_gold_set_that_comes_along(article: Article) -> None:
    items = load_gold(DEFAULT_SUITE, article.source)
    answerable = {item.pair_id for item in items if item.answerable}
    assert (len(items), len(answerable), len({item.pair_id for item in items} - answerable)) == (80, 30, 10)
    sections = {
        chunk_section
        for item in items
        for span in evidence_spans(item, article.source)
        for chunk_section in [article.source.count("\n", 0, span.start) + 1]
    }
    assert len(sections) > 25


def test_no_gold_question_stands_in_the_code_or_the_corpus(article: Article) -> None:
    root = Path(__file__).parent.parent
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for package in ("corpus", "ingest", "rag", "ui")
        for path in sorted((root / package).rglob("*"))
        if path.suffix in (".py", ".toml", ".tsv", ".jsonl", ".js")
    )
    for item in load_gold(DEFAULT_SUITE, article.source):
        assert item.question not in code


def test_a_right_answer_scores_full(item: GoldItem, article: Article) -> None:
    (gold,) = evidence_spans(item, article.source)
    scored = score(item, _answer(gold, source=article.source), article.source)
    assert (scored.correct, scored.evidence_recall, scored.evidence_precision) == (True, 1.0, 1.0)
    assert scored.verbatim
    assert scored.language_match


def test_half_of_the_citations_beside_the_evidence(item: GoldItem, article: Article) -> None:
    (gold,) = evidence_spans(item, article.source)
    scored = score(item, _answer(gold, Span(100, 200), source=article.source), article.source)
    assert (scored.evidence_recall, scored.evidence_precision) == (1.0, 0.5)


def test_less_than_half_of_a_quote_does_not_find_it(item: GoldItem, article: Article) -> None:
    (gold,) = evidence_spans(item, article.source)
    third = Span(gold.start, gold.start + (gold.end - gold.start) // 3)
    scored = score(item, _answer(third, third, third, source=article.source), article.source)
    assert (scored.evidence_recall, scored.evidence_precision) == (0.0, 1.0)


def test_a_missing_fact_is_not_correct(item: GoldItem, article: Article) -> None:
    (gold,) = evidence_spans(item, article.source)
    assert not score(item, _answer(gold, text="180 % bolnikov [1]", source=article.source), article.source).correct


def test_an_abstention_scores_nothing_on_an_answerable_item(item: GoldItem, article: Article) -> None:
    answer = _answer(text="Članek tega ne pove: 80 %.", outcome=Outcome.ABSTAINED, source=article.source)
    scored = score(item, answer, article.source)
    assert (scored.correct, scored.evidence_recall, scored.evidence_precision) == (False, 0.0, None)


def test_a_failure_is_no_refusal(article: Article) -> None:
    refusal = GoldItem.model_validate(
        {
            **ITEM,
            "answerable": False,
            "evidence": [],
            "nuggets": [],
            "refusal_reason": "out_of_scope",
            "type": "refusal",
        }
    )
    for outcome, right in ((Outcome.ABSTAINED, True), (Outcome.FAILED, False), (Outcome.ANSWERED, False)):
        assert score(refusal, _answer(outcome=outcome, source=article.source), article.source).correct is right


def test_a_quote_that_differs_from_its_spans_is_noticed(item: GoldItem, article: Article) -> None:
    (gold,) = evidence_spans(item, article.source)
    answer = _answer(gold, source=article.source)
    (citation,) = answer.citations
    wrong = replace(answer, citations=(replace(citation, quote=citation.quote + "?"),))
    assert score(item, answer, article.source).verbatim
    assert not score(item, wrong, article.source).verbatim


def test_means_by_hand(item: GoldItem, article: Article) -> None:
    (gold,) = evidence_spans(item, article.source)
    source = article.source
    refusal = GoldItem.model_validate(
        {
            **ITEM,
            "answerable": False,
            "evidence": [],
            "nuggets": [],
            "refusal_reason": "out_of_scope",
            "type": "refusal",
        }
    )
    scores = [
        score(item, _answer(gold, source=source), source),
        score(item, _answer(outcome=Outcome.ABSTAINED, source=source), source),
        score(refusal, _answer(outcome=Outcome.ABSTAINED, source=source), source),
        score(refusal, _answer(gold, source=source), source),
    ]
    summary = summarise(scores)
    assert (summary.accuracy, summary.evidence_recall, summary.evidence_precision) == (0.5, 0.5, 1.0)
    assert (summary.refusal_precision, summary.refusal_recall) == (0.5, 0.5)
    assert summarise(scores[::-1]) == summary


def test_nothing_to_score_gives_no_numbers() -> None:
    summary = summarise([])
    assert (summary.n, summary.accuracy, summary.refusal_precision, summary.median_ms) == (0, None, None, None)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["{"], r"line 1: item: Invalid JSON"),
        ([{**ITEM, "colour": "red"}], "line 1: colour: Extra inputs"),
        ([{**ITEM, "type": "riddle"}], "line 1: type: "),
        ([{**ITEM, "evidence": ["ne stoji v članku"]}], "occurs 0 times"),
        ([{**ITEM, "evidence": ["MSC"]}], r"occurs \d\d+ times"),
        ([{**ITEM, "evidence": []}], "needs evidence"),
        ([{**ITEM, "refusal_reason": "out_of_scope"}], "refusal_reason belongs"),
        ([ITEM, ITEM], "line 2: the id x1-sl repeats"),
        ([ITEM], "x1-sl has no counterpart"),
        ([], "is empty"),
    ],
)
def test_a_bad_gold_set_is_named_by_line(article: Article, tmp_path: Path, lines: list[object], message: str) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    with pytest.raises(GoldSetError, match=message):
        load_gold(path, article.source)


@pytest.mark.model
def test_a_suite_is_run_and_reported(engine: Engine, article: Article, tmp_path: Path) -> None:
    suite = _write(tmp_path / "own.jsonl", *_pair())
    items = load_gold(suite, article.source)
    seen: list[tuple[int, int]] = []
    scores = run(items, engine.ask, source=article.source, on_progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]
    assert [scored.id for scored in scores] == ["x1-sl", "x1-en"]
    table = table_text(scores, suite="own.jsonl", model="m")
    assert "own.jsonl: 2 questions; embedding model m" in table
    wrong = [scored.id for scored in scores if not scored.correct]
    assert [line.split()[0] for line in failures_text(items, scores).splitlines()[2:]] == wrong


@pytest.mark.model
def test_the_spine_stays_upright(engine: Engine, article: Article) -> None:
    """Floors well under what `evidenca eval run` prints, so that a broken signal is noticed."""
    items = load_gold(DEFAULT_SUITE, article.source)
    scores = run(items, engine.ask, source=article.source)
    for language in Language:
        summary = summarise([scored for scored in scores if scored.lang == language])
        assert summary.verbatim == 1.0
        assert summary.language_match == 1.0
        assert summary.accuracy is not None
        assert summary.accuracy >= 0.6
        assert summary.refusal_recall is not None
        assert summary.refusal_recall >= 0.6

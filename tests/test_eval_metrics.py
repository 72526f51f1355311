"""Metrics of one item against values worked out by hand, and what counts as support of a sentence."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from corpus.load import Article
from corpus.types import Document, Kind, Language, Span
from eval.gold import ResolvedItem
from eval.metrics import METRICS, Stage, Verdict, judge
from eval.record import CitationRecord, Record, SentenceRecord
from eval.support import Verifier
from ingest.chunk import Chunk
from tests.eval_helpers import (
    QUOTE,
    abstained,
    answered,
    citation,
    cited,
    resolved,
    sentence_with,
    unanswerable,
)

FOUND = {"R@10": 1.0, "R@5": 1.0}


@pytest.fixture(scope="module")
def verifier(article: Article, document: Document) -> Verifier:
    return Verifier(article, document)


@pytest.fixture
def value(article: Article, document: Document, tmp_path: Path) -> ResolvedItem:
    return resolved(article, document, tmp_path)


def two_sentences(document: Document) -> tuple[Any, Any]:
    """Return the sentence with QUOTE and another of the article."""
    first = sentence_with(document, QUOTE)
    others = [p for p in document.sentences if p.kind is Kind.SENTENCE and p.section == "3.1.9" and len(p.spans) == 1]
    return first, others[0]


def verdict(
    value: ResolvedItem, record: Record, verifier: Verifier, *, retrieval: dict[str, float] | None = None, **more: Any
) -> Verdict:
    return judge(value, record, verifier=verifier, retrieval=FOUND if retrieval is None else retrieval, **more)


def right_answer(document: Document, **changes: Any) -> Record:
    piece = sentence_with(document, QUOTE)
    return answered((piece.text, [1], "quote"), citations=[cited(document, piece.id, 1)], **changes)


def test_a_right_answer_scores_full(value: ResolvedItem, document: Document, verifier: Verifier) -> None:
    found = verdict(value, right_answer(document), verifier)
    assert (found.passed, found.stage, found.reasons, found.hard) == (True, "", (), ())
    expected = {
        **dict.fromkeys(
            "passed vital_recall strict_vital nugget_recall citation_precision citation_recall citation_format support "
            "number_fidelity evidence_recall refusal_right language_match".split(),
            1.0,
        ),
        "must_not": 0.0,
        "error": 0.0,
        "hallucination": None,
        "list_f1": None,
        "reference_recall": None,
        "quote_labelled": None,
    }
    assert {name: found.metrics[name] for name in expected} == expected
    piece = sentence_with(document, QUOTE)
    precision = len(QUOTE) / sum(end - start for start, end in piece.spans)
    assert found.metrics["evidence_precision"] == pytest.approx(precision, abs=1e-9)
    assert found.metrics["evidence_f1"] == pytest.approx(2 * precision / (1 + precision))
    n_words = len(piece.text.split())
    assert (found.metrics["words"], found.metrics["words_per_nugget"]) == (n_words, n_words)
    assert set(found.metrics) == {metric.name for metric in METRICS}


def test_a_crash_is_no_answer_and_no_refusal(value: ResolvedItem, verifier: Verifier) -> None:
    found = verdict(value, Record(id="share-sl", error="RuntimeError: x"), verifier)
    assert (found.passed, found.stage, found.metrics["passed"]) == (False, Stage.ERROR, 0.0)
    assert found.hard == ("crashed: RuntimeError: x",)


def test_a_missing_fact_fails_the_item(value: ResolvedItem, document: Document, verifier: Verifier) -> None:
    _, other = two_sentences(document)
    record = answered((other.text, [1], "quote"), citations=[cited(document, other.id, 1)])
    found = verdict(value, record, verifier)
    assert (found.passed, found.nuggets, found.metrics["vital_recall"]) == (False, {"share": False}, 0.0)
    assert (found.metrics["evidence_precision"], found.metrics["evidence_recall"], found.metrics["evidence_f1"]) == (
        0.0,
        0.0,
        0.0,
    )
    assert found.metrics["words_per_nugget"] is None
    assert found.reasons == ("vital facts missing: share",)


def test_vital_and_all_facts_are_counted_apart(
    article: Article, document: Document, tmp_path: Path, verifier: Verifier
) -> None:
    nuggets = [
        {"id": "a", "numbers": ["80"]},
        {"id": "b", "numbers": ["8888"]},
        {"id": "c", "sl": ["bolniki"], "en": ["patients"]},
        {"id": "d", "sl": ["krokodili"], "en": ["crocodiles"], "vital": False},
    ]
    found = verdict(resolved(article, document, tmp_path, nuggets=nuggets), right_answer(document), verifier)
    assert found.nuggets == {"a": True, "b": False, "c": True, "d": False}
    assert found.metrics["vital_recall"] == pytest.approx(2 / 3)
    assert found.metrics["nugget_recall"] == 0.5
    assert (found.metrics["strict_vital"], found.passed) == (0.0, False)
    assert found.metrics["words_per_nugget"] == found.metrics["words"] / 2  # type: ignore[operator]
    assert "b" in found.reasons[0]
    assert "d" not in found.reasons[0]


def test_a_fact_in_a_refusal_does_not_count(value: ResolvedItem, verifier: Verifier) -> None:
    found = verdict(value, abstained(answer="Članek ne pove, ali je 80 %."), verifier)
    assert (found.metrics["vital_recall"], found.metrics["evidence_recall"]) == (0.0, 0.0)
    assert (found.metrics["error"], found.metrics["refusal_right"]) == (1.0, 0.0)
    assert (found.metrics["citation_precision"], found.metrics["citation_recall"], found.metrics["words"]) == (
        None,
        None,
        None,
    )
    assert found.metrics["evidence_precision"] is None
    assert found.reasons == ("refused, though the article says it",)


def test_the_language_of_the_answer_counts(value: ResolvedItem, document: Document, verifier: Verifier) -> None:
    found = verdict(value, right_answer(document, language="en"), verifier)
    assert (found.metrics["language_match"], found.passed, found.stage) == (0.0, False, Stage.LANGUAGE)


# --- Citations (ALCE)


def _two(document: Document, first: list[int], second: list[int], **changes: Any) -> Record:
    """Return an answer of two sentences with two true citations, and these markers."""
    one, two = two_sentences(document)
    return answered(
        (one.text, first, "quote"),
        (two.text, second, "quote"),
        citations=[cited(document, one.id, 1), cited(document, two.id, 2)],
        **changes,
    )


@pytest.mark.parametrize(
    ("first", "second", "recall", "precision", "well_formed"),
    [
        ([1], [2], 1.0, 1.0, 1.0),
        ([2], [1], 0.0, 0.0, 1.0),  # swapped
        ([1, 2], [2], 1.0, 2 / 3, 1.0),  # one too many
        ([1, 1], [2], 1.0, 1.0, 1.0),  # a duplicate counts once
        ([1], [2, 3], 0.5, 1 / 2, 0.0),  # out of range: nothing for the sentence
        ([1], [], 0.5, 1.0, 0.0),  # a claim without a marker
        ([1], [0], 0.5, 1.0, 0.0),
        ([2, 1], [2, 1], 1.0, 0.5, 1.0),
    ],
    ids=["right", "swapped", "one too many", "duplicate", "out of range", "no marker", "zero", "both for both"],
)
def test_citation_recall_and_precision(
    value: ResolvedItem,
    document: Document,
    verifier: Verifier,
    first: list[int],
    second: list[int],
    recall: float,
    precision: float,
    well_formed: float,
) -> None:
    found = verdict(value, _two(document, first, second), verifier)
    assert found.metrics["citation_recall"] == found.metrics["support"] == pytest.approx(recall)
    assert found.metrics["citation_precision"] == pytest.approx(precision)
    assert found.metrics["citation_format"] == well_formed
    assert bool(found.hard) is (recall < 1 or well_formed < 1)
    assert found.passed is not bool(found.hard)
    if found.hard:
        assert found.stage == Stage.CITATION


def test_a_sentence_that_needs_both_citations(value: ResolvedItem, document: Document, verifier: Verifier) -> None:
    piece = sentence_with(document, QUOTE)
    (span,) = piece.spans
    middle = document.text.index(" ", (span.start + span.end) // 2)
    halves = [citation(document, 1, Span(span.start, middle)), citation(document, 2, Span(middle + 1, span.end))]
    both = verdict(value, answered((piece.text, [1, 2], "quote"), citations=halves), verifier)
    assert (both.metrics["citation_recall"], both.metrics["citation_precision"]) == (1.0, 1.0)
    half = verdict(value, answered((piece.text, [1], "quote"), citations=halves[:1]), verifier)
    assert (half.metrics["citation_recall"], half.metrics["citation_precision"]) == (0.0, 0.0)


def test_a_citation_that_no_sentence_uses_is_badly_formed(
    value: ResolvedItem, document: Document, verifier: Verifier
) -> None:
    assert verdict(value, _two(document, [1], [1, 2]), verifier).metrics["citation_format"] == 1.0
    assert verdict(value, _two(document, [1], [1]), verifier).metrics["citation_format"] == 0.0


def test_an_empty_answer_is_not_perfect(value: ResolvedItem, document: Document, verifier: Verifier) -> None:
    for record in (answered(), answered(("Poglejte članek.", [], "notice"))):
        found = verdict(value, record, verifier)
        for name in ("citation_format", "citation_recall", "citation_precision", "support", "number_fidelity"):
            assert found.metrics[name] == 0.0, name
        assert found.hard


def test_a_notice_needs_no_marker_and_is_no_claim(value: ResolvedItem, document: Document, verifier: Verifier) -> None:
    piece = sentence_with(document, QUOTE)
    record = answered(
        ("Članek piše o tem:", [], "notice"), (piece.text, [1], "quote"), citations=[cited(document, piece.id, 1)]
    )
    found = verdict(value, record, verifier)
    assert (found.metrics["citation_format"], found.metrics["citation_recall"], found.hard) == (1.0, 1.0, ())


def test_a_refusal_with_citations_breaks_a_rule(
    article: Article, document: Document, tmp_path: Path, verifier: Verifier
) -> None:
    value = resolved(article, document, tmp_path, **unanswerable())
    assert verdict(value, abstained(), verifier).passed
    found = verdict(value, abstained(citations=[cited(document, sentence_with(document, QUOTE).id, 1)]), verifier)
    assert found.hard == ("a refusal has citations",)
    assert (found.metrics["citation_format"], found.passed) == (0.0, False)


def test_two_citations_with_one_marker(value: ResolvedItem, document: Document, verifier: Verifier) -> None:
    one, two = two_sentences(document)
    record = answered((one.text, [1], "quote"), citations=[cited(document, two.id, 1), cited(document, one.id, 1)])
    assert verdict(value, record, verifier).metrics["citation_format"] == 0.0


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("[1]", "[x]").replace("[2]", "[1]").replace("[x]", "[2]"),
        lambda text: text.replace(" [1]", ""),
        lambda text: text + " [3]",
        lambda text: text.replace("[1]", "[1][2]"),
        lambda text: text.replace("80", "81"),
        lambda text: "",
    ],
    ids=["swapped", "missing", "one more", "two", "another number", "nothing"],
)
def test_the_text_shown_must_be_the_sentences_checked(
    value: ResolvedItem, document: Document, verifier: Verifier, change: Any
) -> None:
    record = _two(document, [1], [2])
    assert not verdict(value, record, verifier).hard
    changed = change(record.answer)
    assert changed != record.answer
    found = verdict(value, record.model_copy(update={"answer": changed}), verifier)
    assert "the text is not its sentences with their markers" in found.hard


def test_lists_and_line_breaks_are_the_same_text(value: ResolvedItem, document: Document, verifier: Verifier) -> None:
    record = _two(document, [1], [2])
    listed = "\n".join(f"- {s.text} [{s.markers[0]}]" for s in record.sentences)
    assert not verdict(value, record.model_copy(update={"answer": listed}), verifier).hard


def test_a_quote_that_is_not_its_spans(value: ResolvedItem, document: Document, verifier: Verifier) -> None:
    record = right_answer(document)
    (one,) = record.citations
    wrong = record.model_copy(update={"citations": (one.model_copy(update={"quote": one.quote + "?"}),)})
    assert verdict(value, wrong, verifier).hard == ("a quote does not equal its spans",)
    empty = record.model_copy(update={"citations": (one.model_copy(update={"quote": ""}),)})
    assert verdict(value, empty, verifier).hard


# --- Evidence by characters


@pytest.mark.parametrize(
    ("shift", "length", "precision", "recall"),
    [(0, 1.0, 1.0, 1.0), (0, 0.5, 1.0, 0.5), (-44, 2.0, 0.5, 1.0), (1000, 1.0, 0.0, 0.0)],
    ids=["all", "half of it", "as much beside it", "elsewhere"],
)
def test_evidence_is_scored_by_characters(
    value: ResolvedItem,
    document: Document,
    verifier: Verifier,
    shift: int,
    length: float,
    precision: float,
    recall: float,
) -> None:
    start = document.text.index(QUOTE)
    assert len(QUOTE) == 44
    span = Span(start + shift, start + shift + int(len(QUOTE) * length))
    found = verdict(value, answered(("x", [1], "quote"), citations=[citation(document, 1, span)]), verifier)
    assert found.metrics["evidence_precision"] == pytest.approx(precision)
    assert found.metrics["evidence_recall"] == pytest.approx(recall)
    f1 = 2 * precision * recall / (precision + recall) if precision else 0.0
    assert found.metrics["evidence_f1"] == pytest.approx(f1)


def test_characters_cited_twice_count_once(value: ResolvedItem, document: Document, verifier: Verifier) -> None:
    start = document.text.index(QUOTE)
    half = Span(start, start + 22)
    twice = [citation(document, n, half) for n in (1, 2)]
    found = verdict(value, answered(("x", [1, 2], "quote"), citations=twice), verifier)
    assert (found.metrics["evidence_precision"], found.metrics["evidence_recall"]) == (1.0, 0.5)


def test_of_alternatives_one_is_enough_and_grade_one_is_never_missed(
    article: Article, document: Document, tmp_path: Path, verifier: Verifier
) -> None:
    one, two = two_sentences(document)
    third = next(p.text for p in document.sentences if p.section == "4" and p.kind is Kind.SENTENCE)
    evidence = [{"any_of": [two.text, one.text]}, {"any_of": [third], "grade": 1}]
    value = resolved(article, document, tmp_path, evidence=evidence)
    found = verdict(value, right_answer(document), verifier)
    assert (found.metrics["evidence_recall"], found.metrics["evidence_precision"]) == (1.0, 1.0)


def test_two_needed_pieces_weigh_the_same(
    article: Article, document: Document, tmp_path: Path, verifier: Verifier
) -> None:
    _, two = two_sentences(document)
    value = resolved(article, document, tmp_path, evidence=[{"any_of": [QUOTE]}, {"any_of": [two.text]}])
    assert verdict(value, right_answer(document), verifier).metrics["evidence_recall"] == 0.5


def test_references_that_the_citations_lead_to(
    article: Article, document: Document, tmp_path: Path, verifier: Verifier
) -> None:
    value = resolved(article, document, tmp_path, references=[3, 5, 7])
    record = right_answer(document)
    one = record.citations[0].model_copy(update={"references": (5, 7, 9)})
    found = verdict(value, record.model_copy(update={"citations": (one,)}), verifier)
    assert found.metrics["reference_recall"] == pytest.approx(2 / 3)


# --- Lists over the table

IN_GERMANY = {"operation": "list", "where": [{"column": "enrolment", "test": "ge", "value": 100}]}


def _listing(document: Document, *named: str, rows: tuple[str, ...] | None = None) -> Record:
    citations = [cited(document, f"table-2:{trial}", n) for n, trial in enumerate(named, start=1)]
    computation = {
        "operation": "list",
        "column": "",
        "rows": [f"table-2:{trial}" for trial in (named if rows is None else rows)],
        "value": None,
        "groups": [],
        "filter": "",
    }
    return answered(
        *((f"{trial}.", [n], "row") for n, trial in enumerate(named, start=1)),
        citations=citations,
        computation=computation,
    )


@pytest.mark.parametrize(
    ("n_right", "n_wrong"), [(4, 0), (2, 0), (4, 4), (1, 3)], ids=["whole", "half", "half too much", "one of four"]
)
def test_a_complete_list_is_scored_by_its_members(
    article: Article, document: Document, tmp_path: Path, verifier: Verifier, n_right: int, n_wrong: int
) -> None:
    value = resolved(
        article, document, tmp_path, type="aggregate", evidence=None, nuggets=None, recipe=IN_GERMANY, exhaustive=True
    )
    wanted = [trial.id for trial in document.trials if trial.enrolment >= 100]
    assert len(wanted) == len(value.rows) == 4
    others = [trial.id for trial in document.trials if trial.enrolment < 100]
    found = verdict(value, _listing(document, *wanted[:n_right], *others[:n_wrong]), verifier)
    precision, recall = n_right / (n_right + n_wrong), n_right / 4
    for kind in ("list", "evidence"):
        assert found.metrics[f"{kind}_precision"] == pytest.approx(precision)
        assert found.metrics[f"{kind}_recall"] == pytest.approx(recall)
        assert found.metrics[f"{kind}_f1"] == pytest.approx(2 * precision * recall / (precision + recall))
    assert found.metrics["strict_vital"] == float(n_right == 4)


def test_a_list_that_names_less_than_it_computed(
    article: Article, document: Document, tmp_path: Path, verifier: Verifier
) -> None:
    value = resolved(
        article, document, tmp_path, type="aggregate", evidence=None, nuggets=None, recipe=IN_GERMANY, exhaustive=True
    )
    wanted = tuple(trial.id for trial in document.trials if trial.enrolment >= 100)
    found = verdict(value, _listing(document, *wanted[:1], rows=wanted), verifier)
    assert found.metrics["list_recall"] == 0.25
    assert not found.passed


# --- Unanswerable items


def test_refusals_answers_and_failures_of_an_unanswerable_item(
    article: Article, document: Document, tmp_path: Path, verifier: Verifier
) -> None:
    value = resolved(article, document, tmp_path, **unanswerable())
    answer = right_answer(document)
    failure = abstained(outcome="failed", reason="internal_error")
    expected = {"abstained": (True, 0.0, 1.0), "answered": (False, 1.0, 0.0), "failed": (False, 0.0, 0.0)}
    for record in (abstained(), answer, failure):
        found = verdict(value, record, verifier, retrieval={})
        metrics = found.metrics
        assert (found.passed, metrics["hallucination"], metrics["refusal_right"]) == expected[record.outcome]
        assert (metrics["error"], metrics["vital_recall"], metrics["evidence_recall"]) == (None, None, None)
    assert verdict(value, failure, verifier, retrieval={}).reasons == ("failed: internal_error",)
    assert verdict(value, answer, verifier, retrieval={}).stage == Stage.REFUSAL


def test_a_false_premise_may_be_refused_or_put_right(
    article: Article, document: Document, tmp_path: Path, verifier: Verifier
) -> None:
    changes = unanswerable(
        refusal="false_premise", evidence=[{"any_of": [QUOTE]}], nuggets=[{"id": "share", "numbers": ["80"]}]
    )
    value = resolved(article, document, tmp_path, **changes)
    assert verdict(value, abstained(), verifier).passed
    put_right = verdict(value, right_answer(document), verifier)
    assert (put_right.passed, put_right.metrics["hallucination"], put_right.metrics["refusal_right"]) == (
        True,
        0.0,
        1.0,
    )
    _, other = two_sentences(document)
    wrong = answered((other.text, [1], "quote"), citations=[cited(document, other.id, 1)])
    assert verdict(value, wrong, verifier).metrics["hallucination"] == 1.0
    absent = resolved(article, document, tmp_path, **{**changes, "refusal": "absent"})
    assert verdict(absent, right_answer(document), verifier).metrics["hallucination"] == 1.0


@pytest.mark.parametrize(
    ("phrase", "violated"),
    [
        ("80 %", True),
        ("81 %", False),
        ("8", False),
        ("na 80 % bolnikov", True),
        ("bolnikov na 80 let", False),
        ("pozitivnost vplivala", False),
    ],
)
def test_what_must_not_be_said(
    article: Article, document: Document, tmp_path: Path, verifier: Verifier, phrase: str, violated: bool
) -> None:
    value = resolved(article, document, tmp_path, must_not=[phrase])
    found = verdict(value, right_answer(document), verifier)
    assert (found.metrics["must_not"], found.passed) == (float(violated), not violated)
    assert any(repr(phrase) in rule for rule in found.hard) is violated
    refusal = verdict(value, abstained(answer="Ne: 80 % bolnikov."), verifier)
    assert (refusal.metrics["must_not"] == 1.0) is (phrase == "80 %")


# --- Where it went wrong


@pytest.mark.parametrize(
    ("retrieval", "indexed", "stage"),
    [
        ({"R@10": 1.0}, False, Stage.PARSE),
        ({"R@10": 0.5}, True, Stage.RETRIEVAL),
        ({"R@10": 1.0}, True, Stage.REFUSAL),
    ],
)
def test_the_first_thing_that_went_wrong_is_named(
    value: ResolvedItem, verifier: Verifier, retrieval: dict[str, float], indexed: bool, stage: Stage
) -> None:
    assert verdict(value, abstained(), verifier, retrieval=retrieval, indexed=indexed).stage == stage


def test_found_but_not_chosen(value: ResolvedItem, document: Document, verifier: Verifier) -> None:
    _, other = two_sentences(document)
    record = answered((other.text, [1], "quote"), citations=[cited(document, other.id, 1)])
    assert verdict(value, record, verifier).stage == Stage.SELECTION


# --- English answers from Slovene evidence


def test_english_answers_carry_the_translation_of_their_quotes(
    article: Article, document: Document, tmp_path: Path, verifier: Verifier
) -> None:
    value = resolved(article, document, tmp_path, lang="en")
    piece = sentence_with(document, QUOTE)
    text = article.translations[piece.id]

    def metrics(*translations: str | None, language: str = "sl") -> dict[str, float | None]:
        citations = [
            cited(document, piece.id, n, translation=given).model_copy(update={"language": language})
            for n, given in enumerate(translations, start=1)
        ]
        markers = list(range(1, len(translations) + 1))
        record = answered((text, markers, "translation"), citations=citations, language="en")
        return dict(verdict(value, record, verifier).metrics)

    assert metrics(text)["quote_labelled"] == 1.0
    assert metrics(text, None)["quote_labelled"] == 0.5
    assert metrics(None, language="en")["quote_labelled"] is None
    assert metrics(text)["citation_recall"] == 1.0


# --- Support


def _supports(verifier: Verifier, text: str, kind: str, *citations: CitationRecord, **computation: Any) -> bool:
    sentence = SentenceRecord(text=text, markers=tuple(c.marker for c in citations), support=kind)
    return verifier.supports(sentence, citations, Record(id="x", computation=computation or None))


def test_quotes_and_parts_of_quotes(document: Document, verifier: Verifier) -> None:
    piece = sentence_with(document, QUOTE)
    one = cited(document, piece.id, 1)
    assert _supports(verifier, piece.text, "quote", one)
    assert _supports(verifier, QUOTE, "quote", one)
    assert not _supports(verifier, QUOTE.replace("80", "90"), "quote", one)
    assert not _supports(verifier, QUOTE.replace("pozitivno", "negativno"), "quote", one)
    assert not _supports(verifier, QUOTE + " v Iranu", "quote", one)
    assert not _supports(verifier, "", "quote", one)
    assert not _supports(verifier, QUOTE, "quote")
    _, other = two_sentences(document)
    assert not _supports(verifier, QUOTE, "quote", cited(document, other.id, 1))


def test_what_the_answer_claims_of_the_source_is_not_believed(document: Document, verifier: Verifier) -> None:
    _, other = two_sentences(document)
    liar = cited(document, other.id, 1, quote=QUOTE, translation="Therapy helped 80 % of patients.")
    assert not verifier.is_verbatim(liar)
    assert not _supports(verifier, QUOTE, "quote", liar)
    assert not _supports(verifier, "Therapy helped 80 % of patients.", "translation", liar)
    row = cited(document, document.tables[1].rows[0].id, 1, translation="The trial has 9999 participants in Peru.")
    assert not _supports(verifier, "9999", "row", row)


@pytest.mark.parametrize("language", Language)
def test_every_translation_and_every_sentence_supports_itself(
    article: Article, document: Document, verifier: Verifier, language: Language
) -> None:
    pieces = [piece for piece in document.sentences if piece.kind is Kind.SENTENCE and piece.id in article.translations]
    kind = "quote" if language is Language.SL else "translation"
    for piece, following in pairwise(pieces):
        text = piece.text if language is Language.SL else article.translations[piece.id]
        assert _supports(verifier, text, kind, cited(document, piece.id, 1)), piece.id
        assert not _supports(verifier, text, kind, cited(document, following.id, 1)), piece.id


def test_a_passage_has_the_translations_of_its_sentences(
    article: Article, document: Document, chunks: list[Chunk], verifier: Verifier
) -> None:
    passage = next(c for c in chunks if c.kind is Kind.PASSAGE and all(p in article.translations for p in c.pieces))
    one = citation(document, 1, *passage.spans, id=passage.id)
    for piece in passage.pieces:
        assert _supports(verifier, article.translations[piece], "translation", one)
    assert not _supports(verifier, article.translations[passage.pieces[0]] + " Not so.", "translation", one)


def _row(chunks: list[Chunk], trial: str) -> Chunk:
    return next(chunk for chunk in chunks if chunk.id == f"table-2:{trial}")


@pytest.mark.parametrize("language", Language)
def test_every_row_in_words_is_supported_by_its_row_alone(
    document: Document, chunks: list[Chunk], verifier: Verifier, language: Language
) -> None:
    rows = [chunk for chunk in chunks if chunk.kind is Kind.TABLE_ROW and chunk.trials]
    assert len(rows) == len(document.trials)
    for chunk, other in zip(rows, [*rows[1:], rows[0]], strict=True):
        text = chunk.side(language)
        assert _supports(verifier, text, "row", cited(document, chunk.id, 1)), text
        assert not _supports(verifier, text, "row", cited(document, other.id, 1)), text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("20", "21"),
        ("Iran", "Kitajska"),
        ("Faza 2", "Faza 3"),
        ("Staranje", "Ciroza jeter"),
        ("zbiranje udeležencev", "neznan"),
        ("NCT05813379", "NCT05813378"),
    ],
)
def test_a_wrong_cell_in_words_is_not_supported(
    document: Document, chunks: list[Chunk], verifier: Verifier, before: str, after: str
) -> None:
    chunk = _row(chunks, "NCT05813379")
    text = chunk.side(Language.SL)
    assert before in text
    assert not _supports(verifier, text.replace(before, after), "row", cited(document, chunk.id, 1))


@pytest.mark.parametrize(
    ("before", "after"), [("20", "200"), ("Iran", "China"), ("Phase 2", "Phase 3"), ("Iran", "Germany")]
)
def test_a_wrong_cell_in_english_is_not_supported(
    document: Document, chunks: list[Chunk], verifier: Verifier, before: str, after: str
) -> None:
    chunk = _row(chunks, "NCT05813379")
    text = chunk.side(Language.EN)
    assert before in text
    assert not _supports(verifier, text.replace(before, after), "row", cited(document, chunk.id, 1))


def _computation(document: Document, operation: str, *, value: float | None, **changes: Any) -> dict[str, Any]:
    rows = [trial.row_id for trial in document.trials if trial.country == "Iran"]
    return {
        "operation": operation,
        "column": "",
        "rows": rows,
        "value": value,
        "groups": [],
        "filter": "država: Iran",
        **changes,
    }


@pytest.mark.parametrize("operation", ["count", "sum", "mean", "median", "min", "max"])
def test_computed_sentences_are_computed_again(document: Document, verifier: Verifier, operation: str) -> None:
    sizes = sorted(trial.enrolment for trial in document.trials if trial.country == "Iran")
    middle = (sizes[(len(sizes) - 1) // 2] + sizes[len(sizes) // 2]) / 2
    true = {
        "count": float(len(sizes)),
        "sum": float(sum(sizes)),
        "mean": sum(sizes) / len(sizes),
        "median": middle,
        "min": float(sizes[0]),
        "max": float(sizes[-1]),
    }[operation]
    one = cited(document, document.tables[1].rows[0].id, 1)
    said = f"{true:.1f}".removesuffix(".0")
    for decimal in (said, said.replace(".", ",")):
        right = _computation(document, operation, value=true)
        assert _supports(verifier, f"Rezultat je {decimal}.", "computed", one, **right)
    assert not _supports(verifier, f"Rezultat je {true + 1:g}.", "computed", one, **right)
    assert not _supports(verifier, f"Rezultat je {said}.", "computed", **right)
    wrong = _computation(document, operation, value=true + 1)
    assert not _supports(verifier, f"Rezultat je {true + 1:g}.", "computed", one, **wrong)
    assert not _supports(verifier, f"Rezultat je {said}.", "computed", one)
    unknown = _computation(document, operation, value=true, rows=["table-2:NCT00000000"])
    assert not _supports(verifier, f"Rezultat je {said}.", "computed", one, **unknown)
    twice = _computation(document, "count", value=2.0, rows=[right["rows"][0]] * 2)
    assert not _supports(verifier, "Rezultat je 2.", "computed", one, **twice)


def test_groups_are_counted_again(document: Document, verifier: Verifier) -> None:
    rows = [trial.row_id for trial in document.trials if trial.country in ("Iran", "ZDA")]
    n_iran = sum(trial.country == "Iran" for trial in document.trials)
    n_usa = len(rows) - n_iran
    one = cited(document, rows[0], 1)

    def supports(iran: int, usa: int) -> bool:
        groups = [["Iran", iran], ["ZDA", usa]]
        computation = _computation(document, "group", value=None, rows=rows, column="country", groups=groups)
        return _supports(verifier, f"Iran: {iran}, ZDA: {usa}.", "computed", one, **computation)

    assert supports(n_iran, n_usa)
    less = _computation(document, "group", value=None, rows=rows, column="country", groups=[["Iran", float(n_iran)]])
    assert _supports(verifier, f"Največ: Iran – {n_iran}.", "computed", one, **less)
    twice = {**less, "groups": [["Iran", float(n_iran)]] * 2}
    assert not _supports(verifier, f"Največ: Iran – {n_iran}.", "computed", one, **twice)
    assert not supports(n_iran + 1, n_usa)
    assert not supports(n_iran + 1, n_usa - 1)


def test_ranks_and_differences_are_computed_again(document: Document, verifier: Verifier) -> None:
    trial = max((trial for trial in document.trials if trial.country == "Iran"), key=lambda trial: trial.enrolment)
    one = cited(document, trial.row_id, 1)
    rank = _computation(document, "rank", value=None, shown=[trial.row_id])
    assert _supports(verifier, f"Prva 1: {trial.id} – {trial.enrolment}.", "computed", one, **rank)
    assert not _supports(verifier, f"Prva 1: {trial.id} – {trial.enrolment + 1}.", "computed", one, **rank)
    sides = _computation(document, "compare", value=None, groups=[["v Iranu", 9.0], ["v Egiptu", 2.0]])
    assert _supports(verifier, "v Iranu 9 študij, v Egiptu 2 študiji; razlika 7.", "computed", one, **sides)
    assert not _supports(verifier, "v Iranu 9 študij, v Egiptu 2 študiji; razlika 6.", "computed", one, **sides)


def test_numbers_must_stand_in_what_is_cited(value: ResolvedItem, document: Document, verifier: Verifier) -> None:
    record = right_answer(document)
    assert verdict(value, record, verifier).metrics["number_fidelity"] == 1.0
    (sentence,) = record.sentences
    wrong = sentence.model_copy(update={"text": sentence.text.replace("80", "90")})
    changed = record.model_copy(update={"sentences": (wrong,), "answer": f"{wrong.text} [1]"})
    found = verdict(value, changed, verifier)
    assert (found.metrics["number_fidelity"], found.metrics["support"], found.passed) == (0.0, 0.0, False)


def test_the_verifier_reads_the_document_it_is_given(article: Article, document: Document) -> None:
    other = Verifier(article, replace(document, text=document.text.replace("80 %", "70 %")))
    assert not _supports(other, QUOTE, "quote", cited(document, sentence_with(document, QUOTE).id, 1))


def test_a_list_gives_each_trial_its_own_size(document: Document, verifier: Verifier) -> None:
    first, second = document.trials[0], next(t for t in document.trials if t.enrolment != document.trials[0].enrolment)
    one = cited(document, first.row_id, 1)
    computation = _computation(document, "list", value=None, rows=[first.row_id, second.row_id])

    def supports(size: int) -> bool:
        told = f"Oznake (število udeležencev): {first.id} – {size}; {second.id} – {second.enrolment}."
        return _supports(verifier, told, "computed", one, **computation)

    assert supports(first.enrolment)
    assert not supports(second.enrolment)
    assert not supports(first.enrolment + 1)

"""The reports of a run say what the run holds, escape what they quote, and need nothing else."""

import base64
import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, expect

from corpus.load import Article
from corpus.types import Document, Kind, Span, Spans
from eval import html as html_report
from eval.figures import percent, points
from eval.gold import Suite, load_suite
from eval.junit import junit
from eval.record import CitationRecord, Record, RetrievedRecord, SentenceRecord
from eval.report import item_text, markdown, table_text
from eval.run import directions, score
from eval.runs import SCHEMA, Run, RunInfo
from eval.sides import sides
from eval.summary import scored, summarise

ROOT = Path(__file__).parent.parent
QUOTE = "terapija pozitivno vplivala na 80 % bolnikov"
SENTENCE = "Rezultati po 6 mesecih terapije so pokazali, da je terapija pozitivno vplivala na 80 % bolnikov"
HOSTILE = (
    "<script>alert(1)</script> [link](https://example.com) | **bold** `code` "
    '"quotes" & <img src=https://example.com/x onerror=alert(2)>'
)
FACT = {
    "pair": "fistula",
    "type": "fact",
    "evidence": [{"any_of": [QUOTE]}],
    "nuggets": [{"id": "share", "numbers": ["80"]}],
}
REFUSAL = {"pair": "weather", "type": "refusal", "answerable": False, "refusal": "off_topic"}
COUNT = {
    "pair": "iran",
    "type": "aggregate",
    "recipe": {"operation": "count", "where": [{"column": "country", "test": "eq", "value": "Iran"}]},
}
ITEMS: list[dict[str, Any]] = [
    {"id": "fistula-sl", "lang": "sl", "question": "Kolikšnemu deležu bolnikov je zdravljenje koristilo?", **FACT},
    {"id": "fistula-en", "lang": "en", "question": HOSTILE, **FACT},
    {
        "id": "fistula-sl-typo",
        "lang": "sl",
        "question": "Koliksnemu delezu bolnikv je koristilo?",
        "variant": "typo",
        "variant_of": "fistula-sl",
        **FACT,
    },
    {"id": "weather-sl", "lang": "sl", "question": "Kakšno bo jutri vreme na Čatežu?", **REFUSAL},
    {"id": "weather-en", "lang": "en", "question": "Will it rain tomorrow?", **REFUSAL},
    {"id": "iran-sl", "lang": "sl", "question": "Koliko študij poteka v Iranu?", **COUNT},
    {"id": "iran-en", "lang": "en", "question": "How many trials does Iran run?", **COUNT},
]
FAILED = {
    "fistula-en": "selection",
    "fistula-sl-typo": "error",
    "weather-en": "refusal",
    "iran-sl": "refusal",
    "iran-en": "refusal",
}
CHARTS = "stages items forest systems gap heatmap recall risk latency matrix refusals refusal-rates twins".split()


class _System:
    """Stands for an index that holds everything."""

    name = "stub"
    forks = True

    def covers(self, spans: Spans) -> bool:
        return True


@dataclass(frozen=True)
class _Case:
    run: Run
    suite: Suite
    summary: Mapping[str, Any]
    document: Document

    @property
    def source(self) -> str:
        return self.document.text


def _answered(key: str, language: str, text: str, span: Span, source: str, confidence: float) -> Record:
    return Record(
        id=key,
        language=language,
        outcome="answered",
        grounding="grounded",
        confidence=confidence,
        answer=f"{text} [1]",
        sentences=(SentenceRecord(text=text, markers=(1,), support="quote"),),
        citations=(
            CitationRecord(
                marker=1,
                id="3.1:1.1",
                kind="sentence",
                language="sl",
                spans=(span,),
                quote=source[span.start : span.end],
                translation="our translation" if language == "en" else None,
                references=(),
            ),
        ),
        retrieved=(RetrievedRecord(id="3.1:1.1-2", score=0.9, spans=(span,)),),
    )


def _refused(key: str, language: str) -> Record:
    return Record(id=key, language=language, outcome="abstained", reason="not_in_article", answer="–", confidence=0.1)


def _build(
    folder: Path, article: Article, document: Document, records: list[Record], items: list[dict[str, Any]]
) -> _Case:
    path = folder / "small.jsonl"
    path.write_text("\n".join(json.dumps(item, ensure_ascii=False) for item in items), encoding="utf-8")
    suite = load_suite(path, article, document)
    done = score(
        suite,
        {record.id: record for record in records},
        _System(),  # type: ignore[arg-type]
        article=article,
        document=document,
    )
    by_id = {record.id: record for record in done}
    timings = {record.id: 10.0 * n for n, record in enumerate(done, start=1)}
    info = RunInfo(
        schema_version=SCHEMA,
        id="tuesday",
        system="evidenca",
        description={"embedding_model": "words"},
        suite=suite.name,
        gold_sha256=suite.sha256,
        n_items=len(suite),
        chosen="",
        corpus_sha256=article.sha256,
        metrics_version=1,
        created="2026-01-02T03:04:05Z",
        commit="abcdef",
        platform={"evidenca": "0.1.0", "python": "3.11", "machine": "pdp11", "calibration_ms": "30"},
        seed=1,
        complete=True,
    )
    summary = summarise(scored(suite, by_id), directions=directions(suite, document), timings=timings)
    return _Case(
        run=Run(folder=folder, info=info, records=by_id, timings=timings),
        suite=suite,
        # As it comes from metrics.json.
        summary=json.loads(json.dumps(summary)),
        document=document,
    )


@pytest.fixture(scope="module")
def case(article: Article, document: Document, tmp_path_factory: pytest.TempPathFactory) -> _Case:
    source = document.text
    start = source.index(SENTENCE)
    span = Span(start, start + len(SENTENCE))
    # A sentence without the fact, said by an answer that tries to be markup.
    other = next(one.spans[0] for one in document.sentences if one.kind is Kind.SENTENCE and "80" not in one.text)
    hostile = _answered("fistula-en", "en", source[other.start : other.end], other, source, 0.7)
    return _build(
        tmp_path_factory.mktemp("reports"),
        article,
        document,
        [
            _answered("fistula-sl", "sl", SENTENCE, span, source, 0.9),
            hostile.model_copy(
                update={
                    "answer": f"{hostile.answer} {HOSTILE}",
                    "retrieved": (*hostile.retrieved, RetrievedRecord(id="3.1:1.1-2", score=0.5, spans=(span,))),
                }
            ),
            Record(id="fistula-sl-typo", error="ValueError: <b>broke</b>\x00"),
            _refused("weather-sl", "sl"),
            _answered("weather-en", "en", SENTENCE, span, source, 0.4),
            _refused("iran-sl", "sl"),
            _refused("iran-en", "en"),
        ],
        ITEMS,
    )


@pytest.fixture(scope="module")
def html(case: _Case) -> str:
    return html_report.html(
        case.run, case.suite, case.summary, document=case.document, others={"other <b>": case.summary}
    )


@pytest.fixture(scope="module")
def report(case: _Case) -> str:
    return markdown(case.run, case.suite, case.summary, others={"bm25": case.summary})


@pytest.fixture(scope="module")
def root(case: _Case) -> ElementTree.Element:
    return ElementTree.fromstring(junit(case.run, case.suite))


def test_the_case_fails_where_it_should(case: _Case) -> None:
    assert {key: record.stage for key, record in case.run.records.items() if not record.passed} == FAILED


class TestMarkdown:
    @pytest.mark.parametrize("key", FAILED)
    def test_each_failed_item_has_its_line(self, case: _Case, report: str, key: str) -> None:
        line = next(line for line in report.splitlines() if line.startswith(f"| {key} |"))
        assert f"| {FAILED[key]} |" in line
        # As plain report, without what the Markdown escapes.
        plain = line.replace("\\", "").replace("&lt;", "<")
        assert all(reason.replace("\x00", "\ufffd") in plain for reason in case.run.records[key].reasons)

    def test_right_items_are_not_among_the_failures(self, report: str) -> None:
        listed = report[report.index("## Not right") :]
        assert "fistula-sl |" not in listed
        assert "weather-sl" not in listed

    def test_numbers(self, report: str) -> None:
        assert "**2 of 6 items right.** Hard rules broken: 0. Crashed: 1. All 7 items asked" in report
        assert re.search(r"\| \*\*items right\*\* \| 66\.7 % \[\S+\] n 3 \| 0 % n 3 \| 33\.3 % \[\S+\] n 6 \|", report)
        # One of the three refusals is right, one of the two that were due was made.
        assert "| all | 33.3 % [6–79] n 3 | 50.0 % [9–91] n 2 | 40.0 % |" in report
        assert "| with a typo | 100 % → 0 % |" in report
        assert "| refusal | refused what the article says, or answered what it does not | 3 (50.0 %) |" in report
        assert "half came within 40 ms, 95 % within 70 ms" in report

    def test_every_line_of_a_table_has_the_columns_of_its_head(self, report: str) -> None:
        for block in report.split("\n\n"):
            if block.startswith("|"):
                assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1, block[:80]

    def test_what_was_run_without_the_machine(self, case: _Case, report: str) -> None:
        assert case.suite.sha256[:12] in report
        assert "pdp11" not in report

    def test_markup_in_questions_is_no_markup(self, report: str) -> None:
        assert "<script" not in report
        assert "<img" not in report
        assert "[link](" not in report
        assert r"\*\*bold\*\* \`code\`" in report

    def test_other_systems_stand_beside_it(self, report: str) -> None:
        assert "| Metric | evidenca | bm25 |" in report


class TestTerminal:
    def test_table(self, case: _Case) -> None:
        text = table_text(case.run, case.summary, others={"bm25": case.summary})
        lines = text.splitlines()
        assert max(map(len, lines)) <= 100
        assert re.search(r"^items right +66\.7 \[\S+\] +3 +0 +3 +33\.3 \[\S+\] +6$", text, re.M)
        assert re.search(r"^refusal precision .* 33\.3 \[6–79\] +3$", text, re.M)
        assert "not right: 4 of 6" in lines
        assert "  refusal       3  refused what the article says, or answered what it does not" in lines
        assert "hard rules broken: 0; crashed: 1" in lines

    @pytest.mark.parametrize("width", [40, 72, 100])
    def test_an_item_fits_the_width(self, case: _Case, width: int) -> None:
        for key, value in case.suite.items.items():
            text = item_text(value, case.run.records[key], case.document, width=width)
            # An unbreakable word may stick out; there is none that long.
            assert max(map(len, text.splitlines())) <= width

    def test_an_item_shows_both_quotes_with_what_they_share(self, case: _Case) -> None:
        text = item_text(case.suite.items["fistula-sl"], case.run.records["fistula-sl"], case.document, width=1000)
        assert f"cited: {SENTENCE.removesuffix(QUOTE)}⟦{QUOTE}⟧" in text
        assert f"gold 1: ⟦{QUOTE}⟧" in text
        assert "evidence 1 (needed; 100 % cited)" in text
        assert "held     share: 80" in text
        assert "1. * 3.1:1.1-2  0.900  evidence 1" in text

    def test_a_failed_item_says_why(self, case: _Case) -> None:
        text = item_text(case.suite.items["fistula-en"], case.run.records["fistula-en"], case.document)
        assert "missing  share: 80" in text
        assert "not right (selection)" in text
        assert "- vital facts missing: share" in text
        assert "⟦" not in text.split("Citations beside")[1].split("\n", 1)[1]


class _Page(HTMLParser):
    """Collects tags, checks that they nest, and what the page would load."""

    VOID = frozenset({"meta", "link", "br", "input", "rect", "line", "circle", "path", "polyline"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.scripts = 0
        self.handlers: list[str] = []
        self.charts: dict[str, int] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.scripts += tag == "script"
        self.handlers += [name for name in values if name.startswith("on")]
        self.loads += [values[name] for name in ("src", "srcset", "data", "xlink:href", "action") if name in values]
        if tag == "link":
            self.loads.append(values["href"])
        if tag == "a":
            self.links.append(values["href"])
        if "id" in values:
            self.ids[values["id"]] += 1
            if tag == "figure":
                self.charts[values["id"]] = 0
        if tag in ("title", "table") and self.charts:
            self.charts[list(self.charts)[-1]] += 1
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop(), f"</{tag}> at {self.getpos()}"


@pytest.fixture(scope="module")
def parsed(html: str) -> _Page:
    return _Page(html)


class TestHtml:
    def test_it_is_well_formed(self, parsed: _Page) -> None:
        assert parsed.open == []
        assert [key for key, n in parsed.ids.items() if n > 1] == []

    def test_it_loads_nothing(self, parsed: _Page, html: str) -> None:
        assert parsed.loads == ["data:,"]
        assert "default-src &#39;none&#39;" in html or "default-src 'none'" in html
        style = html[html.index("<style>") : html.index("</style>")]
        assert not re.search(r"url\(|@import", style)

    def test_every_link_leads_to_a_place_on_the_page(self, parsed: _Page) -> None:
        assert [link for link in parsed.links if link[1:] not in parsed.ids] == []
        assert {f"#item-{key}" for key in FAILED} <= set(parsed.links)

    @pytest.mark.parametrize("chart", CHARTS)
    def test_each_chart_is_there_and_says_in_words_what_it_shows(self, parsed: _Page, chart: str) -> None:
        # The squares of all items carry titles as attributes.
        assert parsed.charts[f"chart-{chart}"] > 0 or chart == "items"

    def test_hostile_text_is_text(self, parsed: _Page, html: str) -> None:
        assert parsed.scripts == 1
        assert parsed.handlers == []
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
        assert "&lt;b&gt;broke&lt;/b&gt;" in html
        assert "other &lt;b&gt;" in html
        assert "<img" not in html

    def test_only_its_own_script_may_run(self, html: str) -> None:
        script = html[html.index("<script>") + len("<script>") : html.index("</script>")]
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"script-src 'sha256-{digest}'" in html

    def test_numbers(self, html: str) -> None:
        assert "2 of 6 questions handled right" in html
        assert "Not right: 5 of 7 items" in html
        assert "items right</title>\n    <desc>all: 33.3 %" in html
        assert "off topic</title>\n    <desc>handled rightly: 50.0 % [9–91], n 2. </desc>" in html
        assert "with a typo, items right: 100 → 0 %" in html
        assert "evidenca: right: 2 of 6 (33.3 %); selection: 1 of 6 (16.7 %); refusal: 3 of 6 (50.0 %);" in html

    def test_quotes_are_marked_where_they_agree(self, case: _Case) -> None:
        record = case.run.records["fistula-sl"].model_copy(update={"passed": False, "stage": "language"})
        run = replace(case.run, records={**case.run.records, record.id: record})
        text = html_report.html(run, case.suite, case.summary, document=case.document)
        assert text.count(f"<mark>{QUOTE}</mark>") == 2  # in the gold set and in the citation

    def test_broken_hard_rules_are_named(self, case: _Case, html: str) -> None:
        record = case.run.records["fistula-en"].model_copy(update={"hard": ("a quote <i>does not</i> equal",)})
        run = replace(case.run, records={**case.run.records, record.id: record})
        text = html_report.html(run, case.suite, case.summary, document=case.document)
        assert "✗ 1 hard rule broken, 1 crashed" in text
        assert '<a href="#item-fistula-en">fistula-en</a>: a quote &lt;i&gt;does not&lt;/i&gt; equal' in text

    def test_a_run_without_failures_and_times(self, article: Article, document: Document, tmp_path: Path) -> None:
        records = [_refused("weather-sl", "sl"), _refused("weather-en", "en")]
        made = _build(tmp_path, article, document, records, ITEMS[3:5])
        summary = {**made.summary, "latency": {"n": 0}}
        run = replace(made.run, timings={})
        text = html_report.html(run, made.suite, summary, document=made.document)
        parsed = _Page(text)
        assert parsed.open == []
        assert "Every item is right." in text
        assert "No times were kept" in text
        assert "chart-systems" not in parsed.ids
        assert "Every item is right." in markdown(run, made.suite, summary)
        assert "not right: 0 of 2" in table_text(run, summary)

    @pytest.mark.browser
    def test_in_a_browser(self, browser: Browser, html: str, tmp_path: Path) -> None:
        (tmp_path / "report.html").write_text(html, encoding="utf-8")
        context = browser.new_context(viewport={"width": 390, "height": 800}, color_scheme="dark")
        view = context.new_page()
        said: list[str] = []
        view.on("console", lambda message: said.append(message.text))
        view.on("pageerror", lambda error: said.append(str(error)))
        view.on("dialog", lambda dialog: said.append(dialog.message))
        view.on("request", lambda request: said.append(request.url) if request.url.startswith("http") else None)
        view.goto(f"{(tmp_path / 'report.html').as_uri()}#item-iran-sl")
        expect(view.locator("#item-iran-sl .body")).to_be_visible()
        assert view.evaluate("document.documentElement.scrollWidth <= innerWidth")
        shown = view.locator("details.item:visible")
        view.locator("#filters [name=stage]").select_option("refusal")
        expect(view.locator("#n-shown")).to_have_text("3")
        view.locator("#filters [name=lang]").select_option("en")
        expect(shown).to_have_count(2)
        view.locator("#filters [name=text]").fill("IRAN")
        expect(shown).to_have_count(1)
        expect(shown).to_have_id("item-iran-en")
        view.locator("#filters [name=text]").fill("")
        view.locator("#filters [name=order]").select_option("sure")
        expect(shown.first).to_have_id("item-weather-en")
        # A link to an item that the filters hide shows it all the same.
        view.locator("a.sq[href='#item-fistula-en']").click()
        expect(view.locator("#item-fistula-en .body")).to_be_visible()
        assert said == []
        context.close()


class TestJunit:
    def test_counts(self, root: ElementTree.Element) -> None:
        (found,) = root
        for element in (root, found):
            assert [element.get(name) for name in ("tests", "failures", "errors")] == ["7", "4", "1"]
        assert len(found.findall("testcase")) == 7
        assert float(root.get("time", "")) == pytest.approx(0.28)

    def test_failures_say_why(self, case: _Case, root: ElementTree.Element) -> None:
        cases = {str(one.get("name")).split(":")[0]: one for one in root.iter("testcase")}
        assert {key: one.find("failure") is not None for key, one in cases.items()} == {
            key: FAILED.get(key, "error") != "error" for key in case.suite.items
        }
        failure = cases["fistula-en"].find("failure")
        assert failure is not None
        assert failure.get("message") == "vital facts missing: share"
        assert HOSTILE in (failure.text or "")

    def test_a_crash_is_an_error_without_what_xml_cannot_hold(self, root: ElementTree.Element) -> None:
        (error,) = root.iter("error")
        assert error.get("message") == "ValueError: <b>broke</b>\ufffd"


@given(st.integers(1, 999), st.data(), st.sampled_from([0, 1]))
def test_only_everything_is_100_and_only_nothing_0(n: int, data: st.DataObject, digits: int) -> None:
    hits = data.draw(st.integers(0, n))
    text = percent(hits / n, digits=digits)
    assert (text == "100") == (hits == n)
    assert (text == "0") == (hits == 0)
    assert abs(float(text) - 100 * hits / n) <= 10.0**-digits


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0.0"), (-0.0001, "0.0"), (0.0333, "+3.3"), (-0.0333, "−3.3")], ids=str
)
def test_differences_have_a_sign(value: float, text: str) -> None:
    assert points(value) == text


@given(st.integers(0, 25_000), st.integers(1, 400), st.integers(-400, 400), st.integers(1, 400))
def test_parts_of_a_quote_are_the_quote(case: _Case, start: int, length: int, shift: int, other_length: int) -> None:
    """Whatever a citation cites: its parts join to its text, and agree with the gold quote in what is shared."""
    value = case.suite.items["fistula-sl"]
    cited = Span(start, start + length)
    gold = Span(max(0, start + shift), max(0, start + shift) + other_length)
    citation = (
        case.run.records["fistula-sl"]
        .citations[0]
        .model_copy(update={"spans": (cited,), "quote": case.source[cited.start : cited.end]})
    )
    record = case.run.records["fistula-sl"].model_copy(update={"citations": (citation,)})
    seen = sides(replace(value, evidence=(((gold,),),)), record, source=case.source)
    for parts, span in ((seen.cited[0].parts, cited), (seen.gold[0].parts, gold)):
        joined = "".join(part.text for part in parts)
        assert joined.split() == case.source[span.start : span.end].replace("*", "").split()
    shared = [
        "".join(part.text for part in parts if part.shared).split()
        for parts in (seen.cited[0].parts, seen.gold[0].parts)
    ]
    assert shared[0] == shared[1]
    both = Span(max(cited.start, gold.start), min(cited.end, gold.end))
    assert shared[0] == case.source[both.start : max(both)].replace("*", "").split() or both.end <= both.start


def test_a_quote_that_is_not_its_spans_is_shown_as_the_answer_gave_it(case: _Case) -> None:
    record = case.run.records["fistula-sl"]
    invented = record.citations[0].model_copy(update={"quote": "izmišljeno"})
    seen = sides(
        case.suite.items["fistula-sl"], record.model_copy(update={"citations": (invented,)}), source=case.source
    )
    assert not seen.cited[0].verbatim
    assert [part.text for part in seen.cited[0].parts] == ["izmišljeno"]


def test_jinja_has_one_home() -> None:
    users = {
        str(path.relative_to(ROOT))
        for package in ("corpus", "ingest", "rag", "ui", "eval")
        for path in (ROOT / package).rglob("*.py")
        if re.search(r"^\s*(import|from) jinja2", path.read_text(encoding="utf-8"), re.M)
    }
    assert users == {"eval/html.py"}

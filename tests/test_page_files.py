"""What the page hands out and keeps: exports, copies, verdicts, offers to go on, the evaluation tab."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.errors import ConfigError
from eval.baseline import BASELINE
from eval.draft import drafts, read_feedback
from eval.runs import read_info
from rag.answer import Answer, Computation, Outcome
from rag.engine import Engine
from tests.page_double import (
    CELL_SOURCES,
    EN,
    FISTULAS,
    HARMFUL,
    HOSTILE_TEXT,
    NO_ANSWER,
    SL,
    SOURCES_OF_CELLS,
    StubEngine,
)
from ui.page.conversation import Conversation
from ui.page.evaluation import EvaluationTab
from ui.page.events import Events
from ui.page.exports import WANTED, cited, copy_text, download
from ui.page.feedback import VERDICT_NAMES, FeedbackLog, Verdict
from ui.page.followups import MAX_FOLLOW_UPS, follow_ups
from ui.page.shell import follow_ups_html


def conversation(*answers: Answer) -> Conversation:
    """Return a conversation of these answers."""
    found = Conversation()
    for answer in answers:
        found = found.with_answer(replace(answer, id=found.next_id()))
    return found


ASKED = replace(FISTULAS, question="O fistulah?", resolved_question="O fistulah?")
FOLLOWED = replace(SOURCES_OF_CELLS, question="And?", resolved_question="What are the sources? And?")

# --- Exports ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", WANTED)
def test_every_export_has_a_name_a_type_and_a_text(wanted: str) -> None:
    file = download(StubEngine(), conversation(ASKED, FOLLOWED), wanted, SL)
    assert re.fullmatch(r"evidenca-(pogovor|literatura)\.(md|json|bib|ris)", file.name)
    assert (bool(file.mime), file.problem) == (True, "")
    assert file.text.endswith("\n")


def test_markdown_holds_questions_answers_sources_and_references() -> None:
    text = download(StubEngine(), conversation(ASKED, FOLLOWED), "conversation-markdown", EN).text
    for part in (
        "# Conversation with Evidenca",
        "## O fistulah?",
        "*Understood as: What are the sources? And?*",
        r"**\[3\] 3.1.4.1 Kronična vnetna črevesna bolezen** (3.1.4.1:2.7)",
        "> *working translation:* The most common sources"
        if CELL_SOURCES.language is EN
        else "> Najpogostejši viri MSC",
        r"56\. Nazari H, Alborzi F",
        "Not medical advice.",
        "CC BY-NC 4.0",
    ):
        assert part in text


def test_markdown_shows_hostile_text_as_it_is() -> None:
    harmful = replace(HARMFUL, question=HOSTILE_TEXT, resolved_question=HOSTILE_TEXT)
    text = download(StubEngine(), conversation(harmful), "conversation-markdown", SL).text
    ours = text.split("## ", 2)[1]
    assert re.search(r"(?<!\\)[<`]|(?<!\\)!?(?<!\\)\[", ours) is None


def test_json_is_that_of_the_command_line() -> None:
    talk = conversation(ASKED)
    value = json.loads(download(StubEngine(), talk, "conversation-json", SL).text)
    assert value["answers"] == json.loads(json.dumps([answer.to_dict() for answer in talk.answers]))
    assert value["licence"] == "CC BY-NC 4.0"


def test_references_of_all_answers_stand_once_and_in_order() -> None:
    talk = conversation(ASKED, FOLLOWED, ASKED)
    # 28 is cited, but the double's bibliography does not have it.
    assert [reference.number for reference in cited(StubEngine(), talk)] == [11, 12, 27, 56, 57]


@pytest.mark.parametrize(
    ("talk", "wanted", "problem"),
    [
        (conversation(), "conversation-json", "Pogovor je še prazen."),
        (conversation(ASKED), "../../secret", "Pogovor je še prazen."),
        (conversation(NO_ANSWER), "bibtex", "Odgovori v tem pogovoru se ne opirajo na nobeno delo iz literature."),
    ],
)
def test_nothing_to_save_is_said(talk: Conversation, wanted: str, problem: str) -> None:
    file = download(StubEngine(), talk, wanted, SL)
    assert (file.text, file.problem) == ("", problem)


def test_a_copy_carries_quote_translation_reference_and_article() -> None:
    copy = copy_text(StubEngine(), replace(FOLLOWED, id="a1"))
    assert copy.startswith("The most common sources of MSCs are adipose tissue")
    assert f"»{CELL_SOURCES.quote}«" in copy
    assert "11. Pittenger MF" in copy
    assert copy.endswith("https://doi.org/10.6016/ZdravVestn.3627")
    assert max(map(len, copy.splitlines())) > 100  # not wrapped


# --- Verdicts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("liked", "verdict"),
    [
        (True, Verdict.GOOD),
        (False, Verdict.WRONG),
        *((name, verdict) for verdict, name in VERDICT_NAMES.items()),
        ("Something else", None),
        (7, None),
        (None, None),
    ],
)
def test_verdicts_are_read(liked: object, verdict: Verdict | None) -> None:
    assert Verdict.of(liked) is verdict


def test_every_verdict_becomes_a_draft_and_a_follow_up_stands_by_itself(tmp_path: Path) -> None:
    log = FeedbackLog(tmp_path / "feedback.jsonl")
    for verdict in Verdict:
        log.add("talk", replace(FOLLOWED, id=f"a-{verdict}", resolved_question=f"Question {verdict}?"), verdict)
    found = drafts(read_feedback(log.path))
    assert [draft["question"] for draft in found] == [f"Question {verdict}?" for verdict in Verdict]
    assert [bool(draft["evidence"]) for draft in found] == [True, False, False, True, True]


def test_the_last_verdict_on_an_answer_counts_and_can_be_withdrawn(tmp_path: Path) -> None:
    log = FeedbackLog(tmp_path / "feedback.jsonl")
    log.path.write_text('{"note": "not ours"}\nnot JSON\n', encoding="utf-8")
    answer = replace(ASKED, id="a1")
    log.add("one", answer, Verdict.GOOD)
    log.add("two", answer, Verdict.WRONG)
    log.add("one", answer, Verdict.INCOMPLETE)
    log.withdraw("two", answer)
    lines = log.path.read_text(encoding="utf-8").splitlines()
    assert lines[:2] == ['{"note": "not ours"}', "not JSON"]
    assert [json.loads(line)["verdict"] for line in lines[2:]] == ["incomplete"]


def test_a_file_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"The feedback file .*missing/feedback\.jsonl cannot be written"):
        FeedbackLog(tmp_path / "missing" / "feedback.jsonl")


@pytest.mark.parametrize("position", [-1, 3, 10_000])
def test_a_verdict_on_nothing_is_dropped(tmp_path: Path, position: int) -> None:
    log = FeedbackLog(tmp_path / "feedback.jsonl")
    Events(StubEngine(), feedback=log).rate(position, True, conversation(ASKED))
    assert log.path.read_text(encoding="utf-8") == ""


def test_without_a_file_no_verdict_is_kept() -> None:
    Events(StubEngine()).rate(0, True, conversation(ASKED))


# --- Offers to go on -------------------------------------------------------------------------------


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "offered"),
    [
        ("Kako na mrežnico vpliva miR-146a?", "Kateri viri so navedeni za to?"),
        ("What are the most common sources of MSCs?", "Which reference does the article cite for this?"),
        ("How well do MSC-EVs work in perianal fistulas?", "What is the status of trial NCT05402748?"),
        ("Koliko kliničnih študij poteka v Iranu?", "Kakšni so njihovi statusi?"),
        ("Which trials study COVID-19?", "How many participants do these trials have in total?"),
    ],
)
def test_offers_follow_from_the_answer_and_are_answered(engine: Engine, question: str, offered: str) -> None:
    talk = Conversation().with_answer(engine.ask(question, question_id="a1"))
    texts = follow_ups(engine, talk)
    assert offered in texts
    assert len(texts) <= MAX_FOLLOW_UPS
    for text in texts:
        answer = engine.ask(text, history=talk.history())
        assert (answer.outcome, answer.language) == (Outcome.ANSWERED, talk.answers[0].language)


@pytest.mark.model
def test_what_was_asked_is_not_offered_again(engine: Engine) -> None:
    talk = Conversation().with_answer(engine.ask("Koliko kliničnih študij poteka v Iranu?", question_id="a1"))
    first = follow_ups(engine, talk)[0]
    talk = talk.with_answer(engine.ask(first, history=talk.history(), question_id="a2"))
    assert first not in follow_ups(engine, talk)


@pytest.mark.parametrize("talk", [conversation(), conversation(ASKED, NO_ANSWER)])
def test_nothing_is_offered_after_nothing(talk: Conversation) -> None:
    assert follow_ups(StubEngine(), talk) == ()


def test_an_engine_that_breaks_costs_the_offers_only(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = StubEngine()
    monkeypatch.setattr(engine, "extract", lambda *_, **__: 1 / 0)
    assert follow_ups(engine, conversation(ASKED)) == ()


def test_offers_are_escaped() -> None:
    assert "<img" not in follow_ups_html(conversation(ASKED), ("<img src=x onerror=alert(1)>",))


def test_an_answer_about_one_row_of_several_is_no_offer_for_all() -> None:
    rows = ("table-2:NCT05402748", "table-2:NCT05499156")
    computation = Computation(operation="count", column="", rows=rows, shown=rows, value=2.0, groups=(), filter="Iran")
    talk = conversation(replace(ASKED, computation=computation, citations=()))
    assert follow_ups(StubEngine(), talk) == ()


# --- Evaluation ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the baseline in which one item more is wrong, a partial run, and rubbish."""
    folder = tmp_path_factory.mktemp("runs")
    shutil.copytree(BASELINE, folder / "worse")
    items = (folder / "worse" / "items.jsonl").read_text(encoding="utf-8").splitlines()
    at = next(n for n, line in enumerate(items) if json.loads(line)["passed"])
    wrong = json.loads(items[at]) | {"passed": False, "stage": "selection", "reasons": ["made wrong"]}
    wrong["metrics"]["passed"] = 0.0
    items[at] = json.dumps(wrong, ensure_ascii=False)
    (folder / "worse" / "items.jsonl").write_text("\n".join(items) + "\n", encoding="utf-8")
    shutil.copytree(BASELINE, folder / "partial")
    info = json.loads((folder / "partial" / "run.json").read_text(encoding="utf-8"))
    (folder / "partial" / "run.json").write_text(json.dumps(info | {"complete": False}), encoding="utf-8")
    (folder / "rubbish").mkdir()
    (folder / "rubbish" / "run.json").write_text("{", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def tab(runs: Path) -> EvaluationTab:
    return EvaluationTab(StubEngine(), runs=runs)


def test_the_tab_shows_the_stored_figures(tab: EvaluationTab) -> None:
    content = tab.content()
    overall = json.loads((BASELINE / "metrics.json").read_text(encoding="utf-8"))["overall"]["passed"]
    percent = f"{100 * overall['mean']:.1f}"
    interval = f"[{100 * overall['low']:.0f}–{100 * overall['high']:.0f}] n {overall['n']}"
    assert f'<span class="t-sl">{percent.replace(".", ",")}\N{NO-BREAK SPACE}%</span>' in content
    assert f'<span class="t-en">{percent}\N{NO-BREAK SPACE}%</span>' in content
    assert interval in content


def test_failures_are_all_there_and_ask_their_question(tab: EvaluationTab) -> None:
    content = tab.content()
    records = [json.loads(line) for line in (BASELINE / "items.jsonl").read_text(encoding="utf-8").splitlines()]
    wrong = [record for record in records if not record["passed"]]
    asking = re.findall(r'lang="(?:sl|en)" data-ask="', content)
    stages = re.findall(r"</span> \((\d+)\)</summary>", content)
    assert len(asking) == sum(map(int, stages))
    assert 0 < len(asking) <= len(wrong)  # robustness twins repeat a question and are left out


def test_only_complete_runs_are_offered(tab: EvaluationTab) -> None:
    assert re.findall(r'<option value="(\w+)"', tab.content().split("data-compare")[1]) == ["worse"]


def test_two_runs_are_compared(tab: EvaluationTab) -> None:
    content = tab.content(run="worse", other="baseline")
    n_items = read_info(BASELINE).n_items
    assert f"Boljših: 0, slabših: 1, vseh vprašanj: {n_items}." in content
    assert f"Better: 0, worse: 1, all questions: {n_items}." in content
    assert "Wrong now" in content


@pytest.mark.parametrize("name", ["../baseline", "/etc", "partial", "rubbish", "nothing"])
def test_a_run_that_is_not_offered_is_as_good_as_none(tab: EvaluationTab, name: str) -> None:
    assert tab.content(run=name, other=name) == tab.content()


def test_every_question_of_the_tab_is_escaped(tab: EvaluationTab) -> None:
    assert set(re.findall(r"<(\w+)", tab.content())) == {
        "b", "button", "dd", "details", "div", "dl", "dt", "h2", "h3", "i", "label", "li", "option", "p", "section",
        "select", "span", "strong", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul",
    }  # fmt: skip

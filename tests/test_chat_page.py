"""A conversation on the page, in a real Chromium: every act of a reader, with an exact double of the engine."""

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from eval.draft import drafts, read_feedback
from rag.answer import Answer
from rag.engine import EngineDescription, Turn
from rag.progress import Progress, Stage
from tests.page_double import EN, FISTULAS, SL, SOURCES_OF_CELLS, StubEngine
from tests.page_helpers import Opener, ask, opening, serving, violations
from ui.page.feedback import FeedbackLog
from ui.strings import string

pytestmark = [
    pytest.mark.browser,
    # Gradio sums up every event by means that pandas has deprecated.
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting' is deprecated"),
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
]


class Writer(StubEngine):
    """The double, writing like a language model: the first sentence is shown while it goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.written = threading.Event()
        self.written.set()
        self.n_closed = 0

    def describe(self) -> EngineDescription:
        return replace(super().describe(), language_model="double")

    def stream(
        self, question: str, *, history: Sequence[Turn] = (), question_id: str = ""
    ) -> Iterator[Progress | Answer]:
        yield Progress(stage=Stage.SEARCHING)
        answer = self.ask(question, history=history, question_id=question_id)
        yield Progress(stage=Stage.FOUND, n_passages=len(answer.citations))
        try:
            if answer.citations:
                first = answer.citations[:1]
                text = f"{first[0].quote} [1]"
                yield Progress(stage=Stage.WRITING, n_passages=3, answer=replace(answer, answer=text, citations=first))
            while not self.written.wait(0.05):
                yield Progress(stage=Stage.WRITING, n_passages=3)
        except GeneratorExit:
            self.n_closed += 1
            raise
        yield answer


@pytest.fixture(scope="module")
def stub() -> Writer:
    return Writer()


@pytest.fixture(scope="module")
def feedback(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("feedback") / "feedback.jsonl"


@pytest.fixture(scope="module")
def address(stub: Writer, feedback: Path) -> Iterator[str]:
    with serving(stub, feedback=FeedbackLog(feedback)) as url:
        yield url


@pytest.fixture
def open_page(address: str, browser: Browser) -> Iterator[Opener]:
    with opening(address, browser) as opener:
        yield opener


def press(page: Page, name: str) -> None:
    """Press the last of Gradio's buttons of that name."""
    page.locator("#ev-chat").get_by_role("button", name=name, exact=True).last.click()


def questions(page: Page) -> list[str]:
    return page.locator("#ev-chat .user.message").all_inner_texts()


@pytest.mark.parametrize(
    ("locale", "searching", "found"),
    [
        ("sl-SI", "Iščem po članku …", "Iskanje po članku: najdeni 3 odlomki"),
        ("en-GB", "Searching the article …", "Searched the article: found 3 passages"),
    ],
)
def test_what_is_done_is_shown_while_the_answer_is_awaited(
    open_page: Opener, stub: Writer, locale: str, searching: str, found: str
) -> None:
    page = open_page(locale)
    chat = page.locator("#ev-chat")
    stub.gate.clear()
    try:
        page.locator("#ev-question textarea").fill("O fistulah?")
        page.locator("#ev-question textarea").press("Enter")
        expect(chat.locator(".user.message")).to_have_text("O fistulah?")
        expect(chat.get_by_text(searching, exact=True)).to_be_visible()
        expect(page.locator("#ev-question textarea")).to_have_value("")
    finally:
        stub.gate.set()
    expect(chat.get_by_text(found, exact=True)).to_be_visible()
    expect(chat.locator("a[href='#cite-a1-3']")).to_be_visible()


def test_an_answer_is_shown_as_it_grows_with_its_sources(open_page: Opener, stub: Writer) -> None:
    page = open_page()
    stub.written.clear()
    try:
        page.locator("#ev-question textarea").fill("O fistulah?")
        page.locator("#ev-question textarea").press("Enter")
        expect(
            page.locator("#ev-chat").get_by_text("Iskanje po članku: najdeni 3 odlomki · Pišem odgovor …")
        ).to_be_visible()
        page.locator("a[href='#cite-a1-1']").click()
        expect(page.locator("#src-a1-1")).to_be_focused()
        expect(page.locator("a[href='#cite-a1-2']")).to_have_count(0)
    finally:
        stub.written.set()
    expect(page.locator("a[href='#cite-a1-3']")).to_be_visible()


def test_stopping_returns_the_question_and_ends_the_writing(open_page: Opener, stub: Writer) -> None:
    page = open_page()
    ask(page, "What are the sources?")
    n_closed = stub.n_closed
    stub.written.clear()
    try:
        page.locator("#ev-question textarea").fill("O fistulah?")
        page.locator("#ev-question textarea").press("Enter")
        expect(page.locator("a[href='#cite-a2-1']")).to_be_visible()
        page.get_by_role("button", name="Ustavi").click()
        expect(page.locator("#ev-question textarea")).to_have_value("O fistulah?")
        assert questions(page) == ["What are the sources?"]
        expect(page.locator("#src-a1-1")).to_be_visible()
        page.wait_for_function("document.querySelector('#ev-question .submit-button') !== null")
        for _ in range(200):
            if stub.n_closed > n_closed:
                break
            page.wait_for_timeout(50)
        assert stub.n_closed == n_closed + 1
    finally:
        stub.written.set()
    ask(page, "O fistulah?")
    assert questions(page) == ["What are the sources?", "O fistulah?"]


def test_a_question_asked_meanwhile_does_not_disturb(open_page: Opener, stub: Writer) -> None:
    page = open_page()
    stub.written.clear()
    try:
        page.locator("#ev-question textarea").fill("O fistulah?")
        page.locator("#ev-question textarea").press("Enter")
        expect(page.locator("a[href='#cite-a1-1']")).to_be_visible()
        page.locator("#ev-question textarea").fill("What are the sources?")
        page.locator("#ev-question textarea").press("Enter")
        page.wait_for_timeout(300)
    finally:
        stub.written.set()
    expect(page.locator("a[href='#cite-a1-3']")).to_be_visible()
    assert questions(page) == ["O fistulah?"]


def test_retry_undo_and_clear(open_page: Opener) -> None:
    page = open_page()
    ask(page, "O fistulah?")
    ask(page, "What are the sources?")
    press(page, "Ponovi")
    expect(page.locator("a[href='#cite-a3-1']")).to_be_visible()
    assert questions(page) == ["O fistulah?", "What are the sources?"]
    press(page, "Razveljavi")
    expect(page.locator("#ev-question textarea")).to_have_value("What are the sources?")
    assert questions(page) == ["O fistulah?"]
    expect(page.locator("#src-a1-1")).to_be_visible()
    press(page, "Počisti pogovor")
    expect(page.locator("#ev-welcome")).to_be_visible()
    expect(page.locator("#ev-panel .ev-steps li")).to_have_count(3)


def test_editing_a_question_shows_its_words_and_asks_anew(open_page: Opener) -> None:
    page = open_page()
    ask(page, "O fistulah (ZV-MSC) & <b>?")
    ask(page, "What are the sources?")
    page.locator("#ev-chat").get_by_role("button", name="Uredi").first.click()
    box = page.locator("#ev-chat textarea")
    expect(box).to_have_value("O fistulah (ZV-MSC) & <b>?")
    box.fill("In sources?")
    press(page, "Pošlji")
    expect(page.locator("a[href='#cite-a3-1']")).to_be_visible()
    assert questions(page) == ["In sources?"]


def test_an_edit_to_nothing_changes_nothing(open_page: Opener) -> None:
    page = open_page()
    ask(page, "O fistulah?")
    page.locator("#ev-chat").get_by_role("button", name="Uredi").first.click()
    page.locator("#ev-chat textarea").fill("  ")
    press(page, "Pošlji")
    expect(page.locator("#ev-chat .user.message")).to_have_text(["O fistulah?"])
    expect(page.locator("a[href='#cite-a1-3']")).to_be_visible()


def test_verdicts_are_kept_changed_taken_back_and_become_drafts(open_page: Opener, feedback: Path) -> None:
    page = open_page()
    expect(page.locator("#ev-foot")).to_contain_text("Ocene odgovorov se z vprašanjem in odgovorom shranijo")
    ask(page, "O fistulah?")
    ask(page, "What are the sources?")

    def verdicts() -> list[tuple[str, str]]:
        return [(entry.question, entry.verdict) for entry in read_feedback(feedback)]

    def wait_for(expected: list[tuple[str, str]]) -> None:
        for _ in range(200):
            if feedback.read_text(encoding="utf-8").strip() and verdicts() == expected:
                return
            page.wait_for_timeout(50)
        assert verdicts() == expected

    page.locator("#ev-chat").get_by_role("button", name="Dober odgovor").first.click()
    wait_for([("O fistulah?", "good")])
    page.locator("#ev-chat").get_by_role("button", name="Kaj je narobe?").last.hover()
    page.get_by_text("Nepopolno", exact=True).last.click()
    wait_for([("O fistulah?", "good"), ("What are the sources?", "incomplete")])
    page.locator("#ev-chat").get_by_role("button", name="Slab odgovor").first.click()
    wait_for([("What are the sources?", "incomplete"), ("O fistulah?", "wrong")])
    page.locator("#ev-chat").get_by_role("button", name="Označen kot slab odgovor").first.click()
    wait_for([("What are the sources?", "incomplete")])
    [draft] = drafts(read_feedback(feedback))
    assert (draft["question"], draft["lang"]) == ("What are the sources?", "en")
    assert draft["evidence"] == [{"any_of": [SOURCES_OF_CELLS.citations[0].quote]}]


def test_a_verdict_is_given_by_keyboard(open_page: Opener, feedback: Path) -> None:
    page = open_page("en-GB")
    ask(page, "O fistulah?")
    page.locator("#ev-chat").get_by_role("button", name="Like", exact=True).focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Feedback")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Wrong source")).to_be_focused()
    assert violations(page) == []
    page.keyboard.press("Enter")
    for _ in range(200):
        if '"wrong_source"' in feedback.read_text(encoding="utf-8"):
            break
        page.wait_for_timeout(50)
    assert '"wrong_source"' in feedback.read_text(encoding="utf-8")


def test_a_copied_answer_carries_its_sources(open_page: Opener) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    ask(page, "O fistulah (ZV-MSC)?")
    press(page, "Kopiraj sporočilo")
    page.wait_for_function("navigator.clipboard.readText().then(text => text.includes('Zdrav Vestn'))")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(FISTULAS.citations[0].quote.replace("80 %", "80\N{NO-BREAK SPACE}%") + " [1]")
    assert "[3] 3.1.4.1 Kronična vnetna črevesna bolezen" in copied
    assert "https://pubmed.ncbi.nlm.nih.gov/36518984/" in copied
    page.locator("#ev-chat").get_by_role("button", name="Kopiraj sporočilo").first.click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text === 'O fistulah (ZV-MSC)?')")


@pytest.mark.parametrize(
    ("button", "name", "holds"),
    [
        ("Markdown", "evidenca-pogovor.md", "## O fistulah?"),
        ("JSON", "evidenca-pogovor.json", '"question": "O fistulah?"'),
        ("BibTeX", "evidenca-literatura.bib", "10.1093/gastro/goac075"),
        ("RIS", "evidenca-literatura.ris", "DO  - 10.1111/jgh.16110"),
        ("CSL-JSON", "evidenca-literatura.json", '"DOI": "10.1093/gastro/goac075"'),
    ],
)
def test_files_are_saved_on_the_first_click(open_page: Opener, button: str, name: str, holds: str) -> None:
    page = open_page()
    ask(page, "O fistulah?")
    with page.expect_download() as saved:
        page.locator("#ev-exports").get_by_role("button", name=button, exact=True).click()
    assert saved.value.suggested_filename == name
    text = saved.value.path().read_text(encoding="utf-8")
    assert holds in text
    if name.endswith(".json"):
        json.loads(text)


def test_an_empty_conversation_is_not_saved(open_page: Opener) -> None:
    page = open_page("en-GB")
    page.locator("#ev-exports").get_by_role("button", name="JSON", exact=True).click()
    expect(page.locator("[data-export-problem]")).to_have_text(string("export.empty", EN))


def test_a_question_in_the_address_is_asked_once(open_page: Opener, address: str, stub: Writer) -> None:
    page = open_page()
    n_asked = len(stub.histories)
    page.goto(f"{address}?q=O+fistulah%3F&lang=en")
    expect(page.locator("a[href='#cite-a1-3']")).to_be_visible()
    assert page.url == f"{address}?lang=en"
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-ready", "")
    page.wait_for_timeout(500)
    expect(page.locator("#ev-welcome")).to_be_visible()
    page.go_back()
    expect(page.locator("html")).to_have_attribute("data-ready", "")
    assert len(stub.histories) == n_asked + 1


def test_a_hostile_question_in_the_address_does_nothing(open_page: Opener, address: str) -> None:
    page = open_page()
    page.goto(f"{address}?q=%3Cimg%20src%3Dx%20onerror%3D%22window.harmed%3D1%22%3E%24%7Bwindow.harmed%3D1%7D")
    expect(page.locator("#ev-chat .user.message")).to_contain_text("<img src=x")
    expect(page.locator("#ev-chat .message img")).to_have_count(0)
    assert page.evaluate("window.harmed") is None


def test_history_is_kept_only_when_chosen_and_restored_by_asking_again(open_page: Opener, stub: Writer) -> None:
    page = open_page()
    ask(page, "O fistulah?")
    assert page.evaluate("localStorage.getItem('evidenca-history')") is None
    page.get_by_role("tab", name="O aplikaciji").click()
    page.get_by_label("Shranjuj vprašanja v tem brskalniku").check()
    page.get_by_role("tab", name="Pogovor").click()
    ask(page, "What are the sources?")
    page.wait_for_function("JSON.parse(localStorage.getItem('evidenca-history')).length === 2")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-ready", "")
    n_asked = len(stub.histories)
    page.get_by_role("button", name="Obnovi prejšnji pogovor (2 vprašanji)").click()
    expect(page.locator("#src-a2-1")).to_be_visible()
    assert questions(page) == ["O fistulah?", "What are the sources?"]
    assert [len(history) for history in stub.histories[n_asked:]] == [0, 2]
    page.get_by_role("tab", name="O aplikaciji").click()
    page.get_by_role("button", name="Izbriši shranjeno").click()
    expect(page.get_by_text(string("history.deleted", SL))).to_be_visible()
    assert page.evaluate("Object.keys(localStorage).filter(key => key.includes('history'))") == []


def test_a_stored_history_is_not_trusted(open_page: Opener) -> None:
    page = open_page()
    page.evaluate(
        """() => {
            localStorage.setItem('evidenca-keep-history', 'yes');
            const harmful = '<img src=x onerror=window.harmed=1>';
            const stored = ['O fistulah?', {role: 'system'}, harmful, 7, 'x'.repeat(3000)];
            localStorage.setItem('evidenca-history', JSON.stringify(stored));
        }"""
    )
    page.reload()
    page.get_by_role("button", name="Obnovi prejšnji pogovor (2 vprašanji)").click()
    expect(page.locator("#ev-answers pre")).to_have_count(2)
    assert questions(page) == ["O fistulah?", "<img src=x onerror=window.harmed=1>"]
    assert page.evaluate("window.harmed") is None


def test_an_example_clicked_while_the_page_is_being_drawn_is_answered(open_page: Opener, address: str) -> None:
    page = open_page()
    slow = page.context.new_cdp_session(page)
    slow.send("Emulation.setCPUThrottlingRate", {"rate": 8})
    page.goto(address, wait_until="commit")
    page.locator(".ev-example:visible").first.click()
    expect(page.locator("a[href='#cite-a1-3']")).to_be_visible()


def test_shortcuts(open_page: Opener) -> None:
    page = open_page()
    ask(page, "O fistulah?")
    page.keyboard.press("Alt+Shift+KeyE")
    expect(page.get_by_role("tab", name="Evalvacija")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Alt+Shift+Digit2")
    expect(page.locator("#src-a1-2")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Vir 2")).to_be_focused()
    page.keyboard.press("Alt+Shift+KeyA")
    expect(page.locator("#ev-about")).to_be_visible()
    page.keyboard.press("Alt+Shift+KeyQ")
    expect(page.locator("#ev-question textarea")).to_be_focused()


def test_a_language_model_is_named(open_page: Opener) -> None:
    page = open_page()
    expect(page.locator("#ev-foot")).to_contain_text(string("scope.model", SL))
    page.keyboard.press("Alt+Shift+KeyA")
    about = page.locator("#ev-about")
    expect(about).to_contain_text("Ubesedi jih jezikovni model double")
    expect(about).to_contain_text(string("about.privacy.model", SL))
    expect(about).not_to_contain_text(string("about.offline", SL))

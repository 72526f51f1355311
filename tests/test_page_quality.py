"""What every state of the page owes its readers: accessibility, quiet, and answers that are not mixed up."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from rag.engine import Engine
from tests.page_double import HOSTILE_TEXT, StubEngine
from tests.page_helpers import Opener, ask, opening, serving, violations

pytestmark = [
    # Gradio sums up every event by means that pandas has deprecated.
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting' is deprecated"),
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
]


@pytest.fixture(scope="module")
def stub() -> StubEngine:
    return StubEngine()


@pytest.fixture(scope="module")
def address(stub: StubEngine) -> Iterator[str]:
    with serving(stub) as url:
        yield url


@pytest.fixture
def open_page(address: str, browser: Browser) -> Iterator[Opener]:
    with opening(address, browser) as opener:
        yield opener


def answered(page: Page) -> None:
    ask(page, "O fistulah?")


def refused(page: Page) -> None:
    ask(page, "Koliko stane?")


def pending(page: Page) -> None:
    page.locator("#ev-question textarea").fill("O fistulah?")
    page.locator("#ev-question textarea").press("Enter")
    expect(page.locator("#ev-question .stop-button")).to_be_visible()


def edited(page: Page) -> None:
    answered(page)
    page.locator("#ev-chat .message-buttons button[data-name='Edit']").first.click()
    expect(page.locator("#ev-chat textarea")).to_be_visible()


def evaluation(page: Page) -> None:
    page.keyboard.press("Alt+Shift+KeyE")
    expect(page.locator(".ev-tiles")).to_be_visible()
    page.locator("#ev-evaluation summary").first.click()


def about(page: Page) -> None:
    page.keyboard.press("Alt+Shift+KeyA")
    expect(page.locator("#ev-about h2")).to_be_visible()


STATES = {
    "empty": lambda page: None,
    "answered": answered,
    "refused": refused,
    "pending": pending,
    "edited": edited,
    "evaluation": evaluation,
    "about": about,
}


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(open_page: Opener, stub: StubEngine, state: str, scheme: str) -> None:
    page = open_page("en-GB" if scheme == "dark" else "sl-SI", color_scheme=scheme)
    if state == "pending":
        stub.gate.clear()
    try:
        STATES[state](page)
        # The dark page is the light one in other colours.
        assert violations(page, *(["color-contrast"] if scheme == "dark" else [])) == []
    finally:
        stub.gate.set()


@pytest.mark.browser
@pytest.mark.parametrize("state", ["answered", "evaluation", "about"])
def test_axe_finds_nothing_on_a_phone(open_page: Opener, state: str) -> None:
    page = open_page(width=390, height=844, is_mobile=True, has_touch=True)
    STATES[state](page)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.browser
def test_nothing_moves_for_who_wants_no_motion(open_page: Opener) -> None:
    page = open_page()
    answered(page)
    moving = page.evaluate(
        """() => [...document.querySelectorAll('*')].filter((element) => {
            const style = getComputedStyle(element);
            return parseFloat(style.animationDuration) > 0.01 || parseFloat(style.transitionDuration) > 0.01;
        }).map((element) => element.outerHTML.slice(0, 80))"""
    )
    assert moving == []


@pytest.mark.browser
def test_the_whole_way_by_keyboard(open_page: Opener) -> None:
    """From the skip link over a question, its source and the tabs, without a pointer."""
    page = open_page()
    page.locator(".ev-skip").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("O fistulah?")
    page.keyboard.press("Enter")
    expect(page.locator("#src-a1-3")).to_be_visible()
    for _ in range(25):
        page.keyboard.press("Shift+Tab")
        if page.locator("a[href='#cite-a1-1']:focus").count():
            break
    page.keyboard.press("Enter")
    expect(page.locator("#src-a1-1")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("a[href='#cite-a1-1']").first).to_be_focused()
    page.get_by_role("tab", name="Pogovor").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Evalvacija")).to_be_focused()
    expect(page.locator(".ev-tiles")).to_be_visible()


@pytest.mark.browser
def test_hostile_text_stays_text_wherever_it_is_shown(open_page: Opener) -> None:
    page = open_page()
    ask(page, HOSTILE_TEXT)
    expect(page.locator("#ev-answers pre")).to_have_count(1)
    for place in ("#ev-answers", "#ev-chat .message", "#ev-follow-ups"):
        harmful = "script, img, svg[onload], iframe, video, form, input, style, base"
        expect(page.locator(place).locator(harmful)).to_have_count(0)
    assert page.evaluate("window.harmed") is None


# --- Many readers at once, over the protocol of the page -------------------------------------------

EXPECTED = {
    "What are the most common sources of MSCs?": "The most common sources of MSCs are adipose",
    "Kateri so najpogostejši viri MSC?": "Najpogostejši viri MSC so maščobno tkivo",
    "How many trials are there in Iran?": "Table 2 lists 10 trials in Iran",
    "Koliko študij poteka v Iranu?": "Tabela 2 navaja 10 študij v Iranu",
    "Has any EV therapy been approved for use in humans?": "no therapy with EVs in humans has been approved",
}


def asked_by_one(address: str, reader: int, question: str) -> str:
    """Ask as the page does: join the queue, and read the stream of the session to its end."""
    session = f"reader{reader}"
    with httpx.Client(base_url=address, timeout=60) as client:
        dependencies = client.get("config").json()["dependencies"]
        button = next(
            part["id"] for part in client.get("config").json()["components"] if part["props"].get("elem_id") == "ev-ask"
        )
        number = next(item["id"] for item in dependencies if [button, "click"] in item["targets"])
        body = {"data": [question, None], "fn_index": number, "session_hash": session, "trigger_id": button}
        client.post("gradio_api/queue/join", json=body).raise_for_status()
        return client.get("gradio_api/queue/data", params={"session_hash": session}).text


@pytest.mark.model
def test_twenty_readers_at_once_get_their_own_answers(engine: Engine) -> None:
    questions = [list(EXPECTED)[reader % len(EXPECTED)] for reader in range(20)]
    with serving(engine) as address, ThreadPoolExecutor(20) as pool:
        streams = list(pool.map(lambda reader: asked_by_one(address, reader, questions[reader]), range(20)))
    for question, stream in zip(questions, streams, strict=True):
        copies = re.findall(r"<pre data-copy-of=[^>]*>([^<]*)", stream)
        assert [other for other, text in EXPECTED.items() if any(text in copy[:200] for copy in copies)] == [question]

"""The chat as a user starts it: `evidenca chat` in a process of its own, the real article, a real browser."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.model]


@pytest.fixture(scope="module")
def address(index_dir: Path) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "ui.cli", "chat", "--index", str(index_dir), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    assert process.stdout is not None
    line = process.stdout.readline()  # printed once it answers
    found = re.search(r"http://127\.0\.0\.1:\d+", line)
    assert found is not None, process.communicate(timeout=30)[1]
    yield found.group()
    process.terminate()
    stdout, stderr = process.communicate(timeout=30)
    assert (process.returncode, stdout, stderr) == (0, "", "")


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(locale="sl-SI", viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(20_000)
    foreign: list[str] = []
    page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else foreign.append(r.url))
    _open(page, address)
    yield page
    context.close()
    assert foreign == []


def _open(page: Page, address: str) -> None:
    page.goto(address)
    # Gradio draws the page part by part; this is set when all of it listens.
    expect(page.locator("html")).to_have_attribute("data-ready", "")


def _ask(page: Page, question: str) -> None:
    before = page.locator("#ev-sources [data-answer]").count()
    page.locator("#ev-question textarea").fill(question)
    page.locator("#ev-question textarea").press("Enter")
    expect(page.locator("#ev-sources [data-answer]")).to_have_count(before + 1)


def test_a_question_in_each_language_down_to_the_primary_source(page: Page) -> None:
    _ask(page, "Kako uspešni so ZV-MSC pri perianalnih fistulah?")
    slovene = page.locator("#ev-chat .bot.message").last
    expect(slovene).to_contain_text("pozitivno vplivala na 80")
    said = page.locator(".ev-card", has_text="terapija pozitivno vplivala na 80 % bolnikov")
    identity = said.get_attribute("id") or ""
    slovene.get_by_role("link", name=f"Vir {identity.rsplit('-', 1)[-1]}", exact=True).first.click()
    card = page.locator(f"#{identity}")
    expect(card).to_be_focused()
    expect(card.locator(".ev-quote")).to_contain_text("terapija pozitivno vplivala na 80 % bolnikov")
    expect(card.get_by_role("link", name="PubMed 56 ↗")).to_have_attribute(
        "href", "https://pubmed.ncbi.nlm.nih.gov/36518984/"
    )

    _ask(page, "Has any EV therapy been approved for use in humans?")
    english = page.locator("#ev-chat .bot.message").last
    expect(english).to_contain_text("no therapy with EVs in humans has been approved")
    quote = "Do sedaj ni bila odobrena še nobena terapija z ZV pri človeku."
    card = page.locator('[id^="src-a2-"]', has_text=quote)
    expect(card.locator(".ev-quote")).to_have_text(quote)


def test_the_example_without_an_answer_is_turned_down(page: Page) -> None:
    page.locator(".ev-example:visible").last.click()
    expect(page.locator("#ev-sources [data-answer]")).to_have_count(1)
    expect(page.locator("#ev-chat .bot.message").last).to_contain_text("Članek na to vprašanje ne odgovarja")
    expect(page.locator("#ev-sources .ev-card")).to_have_count(0)


def test_the_other_examples_are_answered(page: Page) -> None:
    for position in (0, 1):
        _open(page, page.url)
        page.locator(".ev-example:visible").nth(position).click()
        expect(page.locator("#ev-sources .ev-card").first).to_be_visible()


def test_every_offer_to_go_on_is_answered(page: Page) -> None:
    _ask(page, "Kako uspešni so ZV-MSC pri perianalnih fistulah?")
    chips = page.locator("[data-after='a1'] .ev-chip:visible")
    expect(chips).to_have_count(3)
    answers = page.locator("#ev-sources [data-answer]")
    for text in chips.all_inner_texts():
        chips.get_by_text(text, exact=True).click()
        expect(answers).to_have_count(2)
        expect(answers.last.locator(".ev-card").first).to_be_visible()
        expect(page.locator("#ev-chat .user.message").last).to_have_text(text)
        # The offers belong to the first answer.
        page.locator("#ev-chat").get_by_role("button", name="Razveljavi").click()
        expect(answers).to_have_count(1)
        expect(chips).to_have_count(3)


def test_a_failure_of_the_evaluation_is_asked_in_the_chat(page: Page) -> None:
    page.get_by_role("tab", name="Evalvacija").click()
    expect(page.locator(".ev-tiles")).to_be_visible()
    page.locator("#ev-evaluation summary").first.click()
    failure = page.locator("#ev-evaluation [data-ask]:visible").first
    question = failure.inner_text()
    failure.click()
    expect(page.locator("#ev-chat .user.message")).to_have_text(question)
    expect(page.locator("#ev-sources [data-answer]")).to_have_count(1)

"""The panel in a real browser, over the real engine: from a citation to the sentence, the reference and the trial.

Pages fail on any console error, script error or request to another machine (page_helpers.opening).
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from corpus.config import Settings
from corpus.text import fold
from corpus.types import Document, Language
from ingest.build import build
from rag.engine import Engine
from tests.page_double import HOSTILE_TEXT, StubEngine
from tests.page_helpers import Opener, ask, opening, serving, violations
from ui.strings import string

# Gradio sums up every event by means that pandas has deprecated.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting' is deprecated"),
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
]

SL, EN = Language.SL, Language.EN
FISTULAS = "Kako uspešni so ZV-MSC pri perianalnih fistulah?"
ALZHEIMER = "Are EVs safe in Alzheimer's disease?"
IN_CHINA = "Koliko študij poteka na Kitajskem?"
IN_USA = "Which trials are recruiting in the USA?"
JATS = Path(__file__).parent / "data" / "karstin.nxml"
PHONE = {"width": 390, "height": 844, "is_mobile": True, "has_touch": True}


@pytest.fixture(scope="module")
def address(engine: Engine) -> Iterator[str]:
    with serving(engine) as url:
        yield url


@pytest.fixture
def open_page(address: str, browser: Browser) -> Iterator[Opener]:
    with opening(address, browser) as opener:
        yield opener


def cited(page: Page, key: str) -> Locator:
    """Return the link in the answer, not those in its notes."""
    return page.locator(f"#ev-chat a[href='#cite-{key}']").first


def read_in_context(page: Page, key: str) -> None:
    cited(page, key).click()
    page.locator(f"#src-{key} [data-context]").click()


def expect_done(page: Page) -> list[str]:
    """Wait until the page asks the server for nothing more; return where it asks from now on."""
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    expect(page.locator("#ev-chat .message-buttons").last).to_be_visible()
    n_requests = -1
    while n_requests != len(requests):
        n_requests = len(requests)
        page.wait_for_timeout(1000)
    requests.clear()
    return requests


def told(page: Page) -> str:
    """Return the key ("a1-3") of the source that tells how many patients the therapy helped."""
    card = page.locator("#ev-sources .ev-card", has=page.locator(".ev-quote", has_text="na 80 % bolnikov"))
    return str(card.get_attribute("id")).removeprefix("src-")


def tab(page: Page, pane: str) -> Locator:
    return page.locator(f"#tab-{pane}")


def expect_pane(page: Page, pane: str) -> None:
    expect(tab(page, pane)).to_have_attribute("aria-selected", "true")
    for other in ("sources", "article", "references", "trials"):
        if other != pane:
            expect(page.locator(f"#pane-{other}")).to_be_hidden()
    expect(page.locator(f"#pane-{pane}")).to_be_visible()


def sentence(page: Page, piece: str, side: str = "o") -> Locator:
    return page.locator(f"[id='at-{piece}'] > .{side}")


def shown_works(page: Page) -> list[int]:
    return [
        int(number)
        for number in page.locator("#ev-references .ev-works > li:visible").evaluate_all(
            "cards => cards.map(card => card.dataset.number)"
        )
    ]


def shown_trials(page: Page) -> list[str]:
    found: list[str] = page.locator("#ev-trials tbody:visible").evaluate_all(
        "rows => rows.map(row => row.dataset.trial)"
    )
    return found


# --- From the answer to PubMed --------------------------------------------------------------------


def test_three_clicks_lead_from_a_claim_to_pubmed_and_none_asks_the_server(open_page: Opener) -> None:
    page = open_page()
    ask(page, FISTULAS)
    requests = expect_done(page)
    cited(page, told(page)).click()
    card = page.locator(f"#src-{told(page)}")
    expect(card).to_be_focused()
    expect(card.locator(".ev-badge")).to_have_text("✓ dobesedno v članku", use_inner_text=True)
    card.locator("[data-context]").click()
    expect(page.locator("#ev-article .now")).to_have_count(1)
    expect(sentence(page, "3.1.4.1:2.5")).to_be_in_viewport(ratio=0.9)
    page.locator("#ev-article a[href='#ref-56']:visible").first.click()
    work = page.locator("#ref-56")
    expect(work).to_be_focused()
    expect(work).to_be_in_viewport(ratio=1)
    pubmed = work.get_by_role("link", name="PubMed 56")
    expect(pubmed).to_have_attribute("href", "https://pubmed.ncbi.nlm.nih.gov/36518984/")
    expect(pubmed).to_have_attribute("target", "_blank")
    assert requests == []


def test_context_marks_the_cited_sentences_in_both_columns(open_page: Opener) -> None:
    page = open_page()
    ask(page, FISTULAS)
    read_in_context(page, told(page))
    expect_pane(page, "article")
    now = page.locator("#ev-article .now")
    expect(now).to_have_attribute("id", "at-3.1.4.1:2.5")
    expect(sentence(page, "3.1.4.1:2.5")).to_be_focused()
    expect(sentence(page, "3.1.4.1:2.5")).to_contain_text("vplivala na 80 % bolnikov")
    expect(sentence(page, "3.1.4.1:2.5", "w")).to_contain_text("a positive effect on 80 % of patients")
    left, right = sentence(page, "3.1.4.1:2.5").bounding_box(), sentence(page, "3.1.4.1:2.5", "w").bounding_box()
    assert left is not None
    assert right is not None
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    n_cited = page.locator("#ev-sources .ev-card").count()
    expect(page.locator("#ev-article .cited")).to_have_count(n_cited)
    expect(page.locator("#ev-article .tint")).to_have_count(1)
    expect(sentence(page, "3.1.4.1:2.5")).to_have_attribute("data-markers", told(page).removeprefix("a1-"))
    for piece in ("3.1.4.1:2.5", "3.1.4.1:2.2"):
        marked = piece.endswith("2.5")
        background = "rgb(255, 240, 184)" if marked else "rgba(0, 0, 0, 0)"
        for side in ("o", "w"):
            expect(sentence(page, piece, side).locator("> span")).to_have_css("background-color", background)


def test_walk_through_the_sources_and_back(open_page: Opener) -> None:
    page = open_page()
    ask(page, FISTULAS)
    read_in_context(page, "a1-1")
    where = page.locator("[data-where]")
    expect(where).to_have_text("[1] · § 3.1.4.1")
    page.get_by_role("button", name="Naslednji vir odgovora").click()
    expect(where).to_have_text("[2] · § 3.1.4.1")
    expect(page.locator("#ev-article .now")).to_have_count(1)
    page.get_by_role("button", name="Prejšnji vir odgovora").click()
    page.get_by_role("button", name="Prejšnji vir odgovora").click()
    last = page.locator("#ev-sources .ev-cards:not([hidden]) .ev-card").count()
    expect(where).to_have_text(f"[{last}] · § 3.1.4.1")
    expect(cited(page, f"a1-{last}")).to_have_class("on")
    page.get_by_role("button", name="Na vir").click()
    expect_pane(page, "sources")
    expect(page.locator(f"#src-a1-{last}")).to_be_focused()
    expect(page.locator(f"#src-a1-{last}")).to_be_in_viewport()


def test_an_older_answer_can_be_read_in_context(open_page: Opener) -> None:
    page = open_page("en-GB")
    ask(page, ALZHEIMER)
    ask(page, "What are the most common sources of MSCs?")
    read_in_context(page, "a2-1")
    expect(page.locator("#ev-article .now")).to_have_attribute("id", "at-2:4.1")
    read_in_context(page, "a1-1")
    expect(page.locator("#ev-article .now")).to_have_attribute("id", "at-3.1.1:1.2")
    expect(page.locator("[id='at-2:4.1'].cited")).to_have_count(0)
    ask(page, "How many trials are there in Iran?")
    expect_pane(page, "sources")
    expect(page.locator("#src-a3-1")).to_be_visible()


def test_language_of_the_article_is_remembered(open_page: Opener) -> None:
    page = open_page()
    ask(page, FISTULAS)
    read_in_context(page, told(page))
    original, translation = sentence(page, "3.1.4.1:2.5"), sentence(page, "3.1.4.1:2.5", "w")
    page.get_by_role("button", name="SL", exact=True).and_(page.locator("[data-reading]")).click()
    expect(translation).to_be_hidden()
    expect(original).to_be_in_viewport()
    page.get_by_role("button", name="EN", exact=True).and_(page.locator("[data-reading]")).click()
    expect(original).to_be_hidden()
    expect(translation).to_be_in_viewport()
    # What is English already stays in every choice.
    expect(page.locator("[id='at-abstract-en:1.1'] > .o")).to_be_visible()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-ready", "")
    tab(page, "article").click()
    expect(sentence(page, "1:1.1", "w")).to_be_visible()
    expect(sentence(page, "1:1.1")).to_be_hidden()
    expect(page.locator("button[data-reading='en']")).to_have_attribute("aria-pressed", "true")


def test_an_english_answer_is_our_translation_of_a_slovene_quote(open_page: Opener) -> None:
    page = open_page("en-GB")
    ask(page, ALZHEIMER)
    card = page.locator("#src-a1-1")
    expect(card.locator(".ev-badge")).to_have_text("⇄ our translation", use_inner_text=True)
    expect(card.locator(".ev-quote")).to_have_attribute("lang", "sl")
    expect(card.locator(".ev-quote")).to_contain_text("razgradnjo Aβ")
    expect(card.locator(".ev-section")).to_have_text("3.1.1 Neurology", use_inner_text=True)


def test_the_article_ends_with_its_licence(open_page: Opener) -> None:
    page = open_page("en-GB")
    tab(page, "article").click()
    foot = page.locator("#ev-article .ev-attribution")
    foot.scroll_into_view_if_needed()
    expect(foot).to_be_in_viewport(ratio=1)
    expect(foot.get_by_role("link", name="CC BY-NC 4.0")).to_be_visible()
    page.get_by_role("button", name="85 references").click()
    expect_pane(page, "references")


def test_contents_lead_to_a_section(open_page: Opener) -> None:
    page = open_page()
    tab(page, "article").click()
    page.get_by_role("button", name="Kazalo").click()
    page.get_by_role("link", name="3.1.7 Kardiologija").click()
    expect(sentence(page, "3.1.7:title")).to_be_focused()
    expect(sentence(page, "3.1.7:title")).to_be_in_viewport()
    expect(page.locator(".ev-contents").first).to_be_hidden()


# --- References -----------------------------------------------------------------------------------


def test_a_reference_leads_back_to_the_sentence_that_cites_it(open_page: Opener) -> None:
    page = open_page()
    tab(page, "references").click()
    page.locator("#ref-57").get_by_role("link", name="§ 3.1.4.1").click()
    expect_pane(page, "article")
    expect(sentence(page, "3.1.4.1:2.7")).to_be_focused()
    expect(sentence(page, "3.1.4.1:2.7")).to_be_in_viewport(ratio=0.9)
    page.get_by_role("button", name="Nazaj").click()
    expect_pane(page, "references")
    expect(page.locator("#ref-57 .ev-citing a")).to_be_focused()


def test_references_are_filtered_and_counted_in_their_grammatical_number(open_page: Opener) -> None:
    page = open_page()
    tab(page, "references").click()
    count, search = page.locator("#ev-references [data-count]"), page.get_by_label("Išči po naslovu, avtorju, reviji")
    expect(count).to_have_text("Prikazanih 85 enot od 85")
    for query, numbers, said in (
        ("DROBNIC", [27], "Prikazana 1 enota od 85"),
        ("perianal fistula", [56, 57], "Prikazani 2 enoti od 85"),
        ("10.1093/gastro", [56], "Prikazana 1 enota od 85"),
        ("česa takega ni", [], "Nobena enota ne ustreza."),
    ):
        search.fill(query)
        expect(count).to_have_text(said)
        assert shown_works(page) == numbers
    search.fill("")
    page.get_by_label("Leto").select_option("2018")
    page.locator("button[data-language='en']").click()
    expect(count).to_have_text(f"Showing {len(shown_works(page))} of 85 references")
    expect(page.get_by_label("Sort")).to_contain_text("by first author")


def test_references_are_sorted(open_page: Opener, document: Document) -> None:
    page = open_page()
    tab(page, "references").click()
    order = page.get_by_label("Razvrsti")
    order.select_option("year")
    assert shown_works(page) == [
        work.number for work in sorted(document.references, key=lambda work: (-(work.year or 0), work.number))
    ]
    order.select_option("author")
    expected = sorted(document.references, key=lambda work: (fold(work.authors[0]), work.number))
    assert shown_works(page) == [work.number for work in expected]
    order.select_option("number")
    assert shown_works(page) == list(range(1, 86))


def test_a_filter_does_not_hide_what_a_link_leads_to(open_page: Opener) -> None:
    page = open_page()
    tab(page, "references").click()
    page.get_by_label("Išči po naslovu, avtorju, reviji").fill("fistula")
    tab(page, "article").click()
    page.locator("[id='at-2:4.1'] a[href='#ref-27']").first.click()
    expect(page.locator("#ref-27")).to_be_focused()
    expect(page.locator("#ev-references [data-count]")).to_have_text("Prikazanih 85 enot od 85")


# --- Trials ---------------------------------------------------------------------------------------


def test_trials_are_filtered_and_the_chart_follows(open_page: Opener, document: Document) -> None:
    page = open_page()
    tab(page, "trials").click()
    count = page.locator("#ev-trials [data-count]")
    expect(count).to_have_text("Prikazanih 36 študij od 36")
    page.get_by_label("Država").select_option("Kitajska")
    chinese = [trial for trial in document.trials if trial.country == "Kitajska"]
    expect(count).to_have_text("Prikazanih 13 študij od 36")
    assert shown_trials(page) == [trial.id for trial in chinese]
    statuses = Counter(trial.status for trial in chinese)
    for status in ("ZU", "ZUN", "N"):
        bar = page.locator(f"#ev-trials [data-bar='status'][data-value='{status}']")
        expect(bar.locator("[data-n]")).to_have_text(str(statuses[status]))
    page.get_by_role("button", name="neznan", exact=False).and_(page.locator("[data-bar]")).click()
    expect(page.locator("[data-filter='status']")).to_have_value("N")
    assert shown_trials(page) == [trial.id for trial in chinese if trial.status == "N"]
    expect(count).to_have_text("Prikazane 3 študije od 36")
    page.get_by_role("button", name="Počisti filtre").click()
    expect(count).to_have_text("Prikazanih 36 študij od 36")
    expect(page.get_by_label("Išči po oznaki, naslovu, cilju")).to_be_focused()
    page.get_by_label("Išči po oznaki, naslovu, cilju").fill("pigmentozni")
    assert shown_trials(page) == ["NCT05413148"]


def test_trials_are_sorted_by_column_and_back(open_page: Opener, document: Document) -> None:
    page = open_page()
    tab(page, "trials").click()
    head = page.get_by_role("columnheader", name="Udeleženci")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    enrolment = {trial.id: trial.enrolment for trial in document.trials}
    numbers = [enrolment[trial] for trial in shown_trials(page)]
    assert numbers == sorted(enrolment.values())
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert [enrolment[trial] for trial in shown_trials(page)] == sorted(enrolment.values(), reverse=True)
    head.get_by_role("button").click()
    expect(head).not_to_have_attribute("aria-sort", re.compile(""))
    assert shown_trials(page) == [trial.id for trial in document.trials]
    page.get_by_role("columnheader", name="Država").get_by_role("button").click()
    countries = {trial.id: trial.country for trial in document.trials}
    assert [countries[trial] for trial in shown_trials(page)][-2:] == ["ZDA", "ZDA"]
    assert countries[shown_trials(page)[0]] == "Brazilija"


def test_a_trial_opens_as_a_card(open_page: Opener) -> None:
    page = open_page("en-GB")
    tab(page, "trials").click()
    more = page.get_by_role("button", name="NCT05499156")
    more.click()
    expect(more).to_have_attribute("aria-expanded", "true")
    card = page.locator("#trial-NCT05499156-card")
    expect(card).to_contain_text("N – unknown")
    link = card.get_by_role("link", name="Open in ClinicalTrials.gov")
    expect(link).to_have_attribute("href", "https://clinicaltrials.gov/study/NCT05499156")
    card.get_by_role("link", name="§ 3.1.4.1").click()
    expect(sentence(page, "3.1.4.1:2.3")).to_be_focused()
    page.keyboard.press("Escape")
    expect_pane(page, "trials")
    more.click()
    expect(card).to_be_hidden()


def test_a_computed_answer_shows_its_rows_in_the_table(open_page: Opener, document: Document) -> None:
    page = open_page()
    ask(page, IN_CHINA)
    expect(page.locator(".ev-computed")).to_contain_text("na Kitajskem")
    page.get_by_role("button", name="Pokaži te študije v tabeli").click()
    expect_pane(page, "trials")
    assert shown_trials(page) == [trial.id for trial in document.trials if trial.country == "Kitajska"]
    page.get_by_role("button", name="Le študije odgovora").click()
    expect(page.locator("#ev-trials [data-count]")).to_have_text("Prikazanih 36 študij od 36")
    page.get_by_role("button", name="Na vir").click()
    expect(page.get_by_role("button", name="Pokaži te študije v tabeli")).to_be_focused()


def test_a_cited_row_leads_to_the_table_of_trials_and_to_the_article(open_page: Opener) -> None:
    page = open_page("en-GB")
    ask(page, IN_USA)
    cited(page, "a1-1").click()
    page.locator("#src-a1-1").get_by_role("link", name="Show in the table of trials").click()
    expect(page.locator("#trial-NCT05354141")).to_be_focused()
    expect(page.locator("#trial-NCT05354141-card")).to_contain_text("970")
    page.keyboard.press("Escape")
    page.locator("#src-a1-1 [data-context]").click()
    expect(page.locator("[id='at-table-2:NCT05354141']")).to_be_focused()
    expect(page.locator("[data-where]")).to_have_text("[1] · Table 2")


# --- Hover, keyboard, languages -------------------------------------------------------------------


def test_a_number_shows_its_quote_on_hover_in_the_language_of_the_page(open_page: Opener) -> None:
    page = open_page()
    ask(page, FISTULAS)
    expect_done(page)
    tip = page.get_by_role("tooltip")
    cited(page, told(page)).hover()
    expect(tip).to_contain_text("3.1.4.1 Kronična vnetna črevesna bolezen")
    expect(tip).to_contain_text("Rezultati po 6 mesecih terapije so pokazali")
    tip.hover()
    page.wait_for_timeout(300)
    expect(tip).to_be_visible()
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    page.locator("button[data-language='en']").click()
    cited(page, told(page)).hover()
    expect(tip).to_contain_text("3.1.4.1 Chronic inflammatory bowel disease")
    expect(tip).to_contain_text("a positive effect on 80 % of patients")
    page.mouse.move(5, 5)
    expect(tip).to_be_hidden()


def test_the_keyboard_goes_all_the_way_and_back(open_page: Opener) -> None:
    page = open_page()
    ask(page, FISTULAS)
    expect(cited(page, "a1-1")).to_be_visible()
    key = told(page)
    page.locator(f"#ev-chat a[href='#cite-{key}']").first.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(cited(page, key)).to_be_focused()
    expect(page.get_by_role("tooltip")).to_contain_text("Rezultati po 6 mesecih terapije")
    page.keyboard.press("Enter")
    expect(page.locator(f"#src-{key}")).to_be_focused()
    for _ in range(page.locator(f"#src-{key} :is(blockquote, .ev-note, p) a").count() + 1):  # past the trials it names
        page.keyboard.press("Tab")
    expect(page.locator(f"#src-{key} [data-context]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(sentence(page, "3.1.4.1:2.5")).to_be_focused()
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    expect(focused).to_have_attribute("href", "#ref-56")
    page.keyboard.press("Enter")
    expect(page.locator("#ref-56")).to_be_focused()
    page.keyboard.press("Escape")
    expect_pane(page, "article")
    expect(focused).to_have_attribute("href", "#ref-56")
    expect(page.get_by_role("tooltip")).to_contain_text("56")
    page.keyboard.press("Escape")
    expect(page.get_by_role("tooltip")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator(f"#src-{key} [data-context]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(cited(page, key)).to_be_focused()


def test_what_is_shown_for_the_focus_stays_when_the_chat_scrolls(open_page: Opener) -> None:
    page = open_page(height=500)
    ask(page, FISTULAS)
    link = cited(page, told(page))
    link.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    tip = page.get_by_role("tooltip")
    expect(tip).to_be_visible()
    page.evaluate("dispatchEvent(new Event('scroll'))")
    expect(tip).to_contain_text("Rezultati po 6 mesecih terapije")
    link.hover()
    link.evaluate("(element) => element.blur()")
    page.evaluate("dispatchEvent(new Event('scroll'))")
    expect(tip).to_be_hidden()


def test_arrows_move_between_the_tabs(open_page: Opener) -> None:
    page = open_page()
    tab(page, "sources").focus()
    for key, pane in (("ArrowRight", "article"), ("End", "trials"), ("ArrowRight", "sources"), ("ArrowLeft", "trials")):
        page.keyboard.press(key)
        expect(tab(page, pane)).to_be_focused()
        expect_pane(page, pane)
    page.keyboard.press("Home")
    expect_pane(page, "sources")
    expect(page.locator("[role='tablist'] [data-pane-tab][tabindex='0']")).to_have_count(1)


@pytest.mark.parametrize(("locale", "language"), [("sl-SI", SL), ("en-GB", EN)], ids=["sl", "en"])
def test_only_one_language_of_the_interface_is_shown(locale: str, language: Language, open_page: Opener) -> None:
    page = open_page(locale)
    ask(page, FISTULAS)
    other = EN if language is SL else SL
    for pane in ("sources", "article", "references", "trials"):
        tab(page, pane).click()
        expect(page.locator(f"#ev-panel .t-{other}:visible")).to_have_count(0)
        expect(page.locator(f"#ev-panel .t-{language}:visible").nth(5)).to_be_visible()
    expect(page.get_by_label(string("trials.search", language))).to_be_visible()
    expect(page.get_by_label(string("trials.search", language))).to_have_attribute(
        "placeholder", string("trials.search", language)
    )


# --- Narrow screens -------------------------------------------------------------------------------


def test_phone_reads_each_sentence_above_its_translation(open_page: Opener) -> None:
    page = open_page(**PHONE)
    ask(page, FISTULAS)
    cited(page, told(page)).tap()
    page.locator(f"#src-{told(page)} [data-context]").tap()
    original, translation = sentence(page, "3.1.4.1:2.5"), sentence(page, "3.1.4.1:2.5", "w")
    expect(original).to_be_in_viewport()
    expect(translation).to_be_in_viewport()
    above, below = original.bounding_box(), translation.bounding_box()
    assert above is not None
    assert below is not None
    assert above["y"] + above["height"] <= below["y"] + 1
    page.keyboard.press("Escape")
    expect(page.locator(f"#src-{told(page)} [data-context]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#ev-panel")).to_be_hidden()
    expect(cited(page, told(page))).to_be_focused()


def test_phone_opens_the_panel_without_a_citation_and_keeps_the_focus_in_it(open_page: Opener) -> None:
    page = open_page(**PHONE)
    page.get_by_role("button", name="Viri in članek").tap()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(tab(page, "sources")).to_be_focused()
    for _ in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('#ev-panel')"
        )
    page.touchscreen.tap(195, 60)
    expect(page.locator("#ev-panel")).to_be_hidden()
    expect(page.get_by_role("button", name="Viri in članek")).to_be_focused()
    assert page.evaluate("document.querySelectorAll('[inert]:not(button)').length") == 0


@pytest.mark.parametrize("width", [320, 390, 768, 1024])
def test_no_pane_scrolls_sideways(width: int, open_page: Opener) -> None:
    page = open_page(width=width, height=768)
    ask(page, IN_CHINA)
    cited(page, "a1-1").click()
    for pane in ("sources", "article", "references", "trials"):
        tab(page, pane).click()
        page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")
        page.wait_for_function(
            "pane => { const box = document.querySelector(`#ev-${pane}`); return box.scrollWidth <= box.clientWidth }",
            arg=pane,
        )


# --- An added article -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two_articles(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("two") / "index"
    build(Settings(index_dir=folder), add=[JATS])
    return Engine.open(Settings(index_dir=folder))


def test_a_source_of_an_added_article_is_read_in_that_article(two_articles: Engine, browser: Browser) -> None:
    with serving(two_articles) as url, opening(url, browser) as open_page:
        page = open_page("en-GB")
        ask(page, "What is karstin?")
        read_in_context(page, "a1-1")
        place = page.locator("#src-a1-1").get_attribute("data-at")
        assert place is not None
        assert place.startswith("karstin/")
        expect(page.locator("#ev-article .now")).to_have_attribute("id", f"at-{place}")
        expect(sentence(page, place)).to_be_focused()
        expect(page.locator("#ev-article [data-article='zdravvestn-3627']")).to_be_hidden()
        expect(page.locator("[data-reading-choice]")).to_be_hidden()
        page.locator("#ev-article [data-article='karstin'] a[href^='#ref-karstin/']").first.click()
        expect(page.locator("#ev-article [data-article='karstin'] .ev-works .there")).to_be_focused()
        assert violations(page) == []
        ask(page, ALZHEIMER)
        read_in_context(page, "a2-1")
        expect(page.locator("#ev-article [data-article='karstin']")).to_be_hidden()
        expect(page.locator("#ev-article .now")).to_be_visible()
        expect(page.locator("[data-reading-choice]")).to_be_visible()


@pytest.mark.parametrize("article", ["", "nothing", "../zdravvestn-3627"])
def test_an_article_that_is_not_there_cannot_be_loaded(article: str, address: str) -> None:
    assert httpx.get(f"{address}panel/article", params={"id": article}).status_code == 404


def test_an_article_that_cannot_be_loaded_is_said(two_articles: Engine, browser: Browser) -> None:
    with serving(two_articles) as url, opening(url, browser) as open_page:
        page = open_page()
        page.route("**/panel/article?*", lambda route: route.fulfill(status=200, body=""))
        ask(page, "What is karstin?")
        read_in_context(page, "a1-1")
        expect(page.locator("[data-added]")).to_have_text(string("article.failed", SL))
        expect(page.locator("#ev-article [data-article='zdravvestn-3627']")).to_be_hidden()
        tab(page, "article").click()
        expect(page.locator("[data-added]")).to_have_text("")
        expect(page.locator("#ev-article [data-article='zdravvestn-3627']")).to_be_visible()
        tab(page, "sources").click()
        page.unroute("**/panel/article?*")
        read_in_context(page, "a1-1")
        expect(page.locator("#ev-article .now")).to_be_visible()


# --- Hostile text ---------------------------------------------------------------------------------


def test_hostile_text_does_nothing_in_the_panel(browser: Browser) -> None:
    with serving(StubEngine()) as url, opening(url, browser) as open_page:
        page = open_page()
        ask(page, HOSTILE_TEXT)
        expect_done(page)
        link = cited(page, "a1-1")
        link.hover()
        tip = page.get_by_role("tooltip")
        expect(tip).to_contain_text("<script>window.harmed = 1</script>")
        expect(tip.locator("script, img, svg, iframe, a")).to_have_count(0)
        link.click()
        page.locator("#src-a1-1 [data-context]").click()
        expect_pane(page, "article")
        assert page.evaluate("window.harmed") is None


# --- Accessibility --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "options"),
    [
        ("sl-SI", {}),
        ("en-GB", PHONE),
        ("sl-SI", {**PHONE, "color_scheme": "dark"}),
    ],
    ids=["sl-light", "en-phone", "sl-dark-phone"],
)
def test_axe_finds_nothing_wrong_in_any_state(locale: str, options: dict[str, object], open_page: Opener) -> None:
    page = open_page(locale, **options)
    rules = ["color-contrast"] if "color_scheme" in options else []  # in the dark only the colours differ
    found = {"empty": violations(page, *rules)}
    ask(page, FISTULAS)
    found["answer"] = violations(page, *rules)
    cited(page, told(page)).click()
    found["source"] = violations(page, *rules)
    page.locator(f"#src-{told(page)} [data-context]").click()
    expect(page.locator("#ev-article .now")).to_be_visible()
    found["context"] = violations(page, *rules)
    page.locator("[data-contents]").click()
    found["contents"] = violations(page, *rules)
    tab(page, "references").click()
    found["references"] = violations(page, *rules)
    tab(page, "trials").click()
    page.locator("#ev-trials [data-more]").first.click()
    found["trials"] = violations(page, *rules)
    if page.locator("html[data-sheet]").count():
        page.keyboard.press("Escape")
    ask(page, IN_CHINA)
    cited(page, "a2-1").click()
    found["computed"] = violations(page, *rules)
    assert found == {state: [] for state in found}

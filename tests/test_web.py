"""The page: its plain functions, its shell, and asking and checking in a real browser.

Browser tests are skipped where there is no Chromium, unless EVIDENCA_REQUIRE_BROWSER=1.
"""

from collections.abc import Iterator
from dataclasses import replace
from string import Formatter

import pytest
from playwright.sync_api import Browser, expect

from corpus.config import MAX_QUESTION_CHARS
from corpus.types import Language
from rag.answer import AnswerSentence, Caveat, Outcome, Reason, Support
from rag.engine import Turn
from tests.page_double import (
    CELL_SOURCES,
    EN,
    FISTULAS,
    HEALED,
    HOSTILE,
    HOSTILE_TEXT,
    NO_ANSWER,
    OTHER_FISTULAS,
    SECTIONS,
    SL,
    SOURCES_OF_CELLS,
    StubEngine,
)
from tests.page_helpers import Opener, ask, opening, serving
from ui.page.conversation import MAX_EXCHANGES, Conversation, question_problem
from ui.page.events import Events
from ui.page.messages import answer_markdown, markdown_text, readable
from ui.page.panel.sources import card_html
from ui.strings import STRINGS, counted, string
from ui.strings.bilingual import number_form

# Gradio sums up every event by means that pandas has deprecated.
pytestmark = [
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting' is deprecated"),
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
]


def after(engine: StubEngine, question: str, conversation: Conversation) -> Conversation:
    """Return the conversation after one more question."""
    last = [frame.conversation for frame in Events(engine).ask(question, conversation)][-1]
    assert last is not None
    return last


# --- Strings --------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", STRINGS)
def test_string_exists_in_both_languages_with_the_same_placeholders(key: str) -> None:
    fields = [
        sorted(name for _, name, _, _ in Formatter().parse(text) if name) for text in (STRINGS[key].sl, STRINGS[key].en)
    ]
    assert STRINGS[key].sl.strip()
    assert STRINGS[key].en.strip()
    assert fields[0] == fields[1]


def test_strings_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        STRINGS["scope.model"] = STRINGS["sources.none"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("n", "language", "text"),
    [
        (1, SL, "najden 1 odlomek"),
        (2, SL, "najdena 2 odlomka"),
        (4, SL, "najdeni 4 odlomki"),
        (5, SL, "najdenih 5 odlomkov"),
        (11, SL, "najdenih 11 odlomkov"),
        (101, SL, "najden 101 odlomek"),
        (102, SL, "najdena 102 odlomka"),
        (1, EN, "found 1 passage"),
        (2, EN, "found 2 passages"),
    ],
)
def test_counted_things_stand_in_their_grammatical_number(n: int, language: Language, text: str) -> None:
    assert counted("chat.found", n, language) == text


@pytest.mark.parametrize("key", sorted({key.rsplit(".", 1)[0] for key in STRINGS if key.endswith(".other")}))
def test_counted_texts_have_a_form_for_every_number(key: str) -> None:
    forms = {f"{key}.{number_form(n, language)}" for n in range(6) for language in Language}
    assert forms - set(STRINGS) == set()


# --- Plain functions ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "language", "problem"),
    [
        ("  ", SL, "Vpišite vprašanje."),
        ("", EN, "Type a question."),
        ("č" * 2001, SL, "Vprašanje je predolgo: znakov je 2001, dovoljenih je 2000."),
        ("x" * 2001, EN, "The question is too long: 2001 characters, 2000 are allowed."),
        (" " + "ž" * MAX_QUESTION_CHARS + "\n", SL, ""),
        ("Kaj so ZV?", SL, ""),
    ],
)
def test_question_problem(question: str, language: Language, problem: str) -> None:
    assert question_problem(question, language) == problem


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("80 % bolnikov", "80\N{NO-BREAK SPACE}% bolnikov"),
        (r"razgradnjo $A\beta$ in", "razgradnjo Aβ in"),
        ("cena je 5 $ ali 6 $", "cena je 5 $ ali 6 $"),
    ],
)
def test_readable(text: str, shown: str) -> None:
    assert readable(text) == shown


def test_markdown_text_leaves_no_sign_that_markdown_acts_upon() -> None:
    assert markdown_text("  *a* <b> [1](x) & `c`\n    d. ") == ("\\*a\\* &lt;b&gt; \\[1\\]\\(x\\) &amp; \\`c\\`\nd\\.")


def test_only_markers_of_citations_become_links() -> None:
    answer = replace(SOURCES_OF_CELLS, id="a7", answer="Maščobno tkivo [1] in drugo [2] (56).")
    assert answer_markdown(answer) == r"Maščobno tkivo [1](#cite-a7-1) in drugo \[2\] \(56\)\."


def test_lines_of_a_list_stay_a_list() -> None:
    answer = replace(SOURCES_OF_CELLS, id="a1", answer="- one - two [1]\n- three")
    assert answer_markdown(answer) == "- one \\- two [1](#cite-a1-1)\n- three"


def test_what_follows_a_list_is_no_part_of_its_last_item() -> None:
    answer = replace(SOURCES_OF_CELLS, answer="Cells\n- one\n- two\nVesicles\n- three\nThe end")
    assert answer_markdown(answer) == "Cells\n- one\n- two\n\nVesicles\n- three\n\nThe end"


def test_an_abstention_is_set_apart() -> None:
    assert answer_markdown(NO_ANSWER) == r"> Članek na to vprašanje ne odgovarja\."


def test_a_caveat_follows_the_answer_and_links_to_what_it_concerns() -> None:
    caveat = Caveat(id="n", text="Deleži se prekrivajo", markers=(1, 3))
    answer = replace(FISTULAS, id="a1", answer="Besedilo [1]", caveats=(caveat,))
    assert answer_markdown(answer) == (
        "Besedilo [1](#cite-a1-1)\n\n> Opomba k [1](#cite-a1-1)[3](#cite-a1-3)\\: Deleži se prekrivajo"
    )


def test_failure_of_the_engine_becomes_a_failed_answer() -> None:
    conversation = after(StubEngine(), "Napaka pri fistulah, prosim?", Conversation())
    assert [(a.outcome, a.reason, a.language, a.id) for a in conversation.answers] == [
        (Outcome.FAILED, Reason.INTERNAL_ERROR, SL, "a1")
    ]
    assert conversation.answers[0].answer


def test_history_holds_what_was_said() -> None:
    engine = StubEngine()
    conversation = after(engine, "O fistulah?", Conversation())
    after(engine, "In cena?", conversation)
    assert engine.histories == [
        [],
        [Turn(role="user", content="O fistulah?"), Turn(role="assistant", content=FISTULAS.answer)],
    ]


def test_a_question_asked_while_another_is_answered_is_dropped_unless_that_one_was_cut_off() -> None:
    events = Events(StubEngine())
    frames = events.ask("O fistulah?", Conversation())
    pending = next(frames).conversation
    assert pending is not None
    assert (pending.asking, list(events.ask("What are the sources?", pending))) == ("O fistulah?", [])
    frames.close()
    last = list(events.ask("What are the sources?", pending))[-1].conversation
    assert last is not None
    assert [answer.question for answer in last.answers] == ["What are the sources?"]
    assert last.asking == ""


def test_ids_are_not_used_twice_after_an_answer_was_taken_back() -> None:
    engine = StubEngine()
    conversation = after(engine, "O fistulah?", Conversation())
    conversation = after(engine, "O fistulah?", conversation.up_to(-1))
    assert [answer.id for answer in conversation.answers] == ["a2"]


def test_a_long_conversation_keeps_the_last_exchanges() -> None:
    engine = StubEngine()
    conversation = Conversation()
    for _ in range(MAX_EXCHANGES + 2):
        conversation = after(engine, "Koliko stane?", conversation)
    assert [answer.id for answer in conversation.answers] == [f"a{n}" for n in range(3, MAX_EXCHANGES + 3)]


@pytest.mark.parametrize("support", Support)
def test_whatever_vouches_for_a_sentence_has_a_badge(support: Support) -> None:
    sentence = AnswerSentence(text=HEALED.quote, markers=(1,), support=support)
    assert f"is-{support}" in card_html(StubEngine(), replace(FISTULAS, id="a1", sentences=(sentence,)), HEALED)


# --- The page in a browser ------------------------------------------------------------------------


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


@pytest.mark.browser
def test_page_opens_with_steps_examples_and_scope(open_page: Opener) -> None:
    page = open_page()
    expect(page).to_have_title("Evidenca")
    expect(page.locator("html")).to_have_attribute("lang", "sl")
    expect(page.locator("#ev-panel .ev-steps li")).to_have_count(3)
    expect(page.locator(".ev-example:visible")).to_have_text([string(f"example.{n}", SL) for n in (1, 2, 3)])
    expect(page.locator("#ev-foot")).to_have_text(string("scope.extractive", SL), use_inner_text=True)
    expect(page.locator("#ev-chat")).to_be_hidden()


@pytest.mark.browser
def test_about_says_what_answers_and_what_leaves_the_machine(open_page: Opener) -> None:
    page = open_page()
    page.get_by_role("tab", name="O aplikaciji").click()
    about = page.get_by_role("tabpanel", name="O aplikaciji")
    for text in ("all-MiniLM-L6-v2", string("about.extractive", SL), string("about.privacy.no_feedback", SL)):
        expect(about).to_contain_text(text)
    expect(about.get_by_role("link", name="CC BY-NC 4.0")).to_be_visible()
    expect(about.get_by_role("link", name="https://doi.org/10.6016/ZdravVestn.3627")).to_be_visible()
    expect(page.locator("#ev-body")).to_be_hidden()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Pogovor")).to_be_focused()
    expect(page.locator("#ev-body")).to_be_visible()


@pytest.mark.browser
def test_slovene_question(open_page: Opener) -> None:
    page = open_page()
    ask(page, "Kako uspešni so ZV-MSC pri perianalnih fistulah?")
    answer = page.locator("#ev-chat .bot.message").last
    expect(answer).to_contain_text("pozitivno vplivala na 80 % bolnikov")
    expect(answer.get_by_role("link", name="Vir 3")).to_have_attribute("href", "#cite-a1-3")
    source = page.locator("#src-a1-3")
    expect(source.locator(".ev-section")).to_have_text("3.1.4.1 Kronična vnetna črevesna bolezen", use_inner_text=True)
    expect(source.locator(".ev-badge")).to_contain_text("dobesedno v članku")
    expect(source.locator(".ev-quote")).to_have_text(OTHER_FISTULAS.quote)
    expect(source.locator(".ev-quote")).to_have_attribute("lang", "sl")
    expect(source.locator(".ev-label")).to_have_text("delovni prevod", use_inner_text=True, ignore_case=True)
    expect(source.locator(".ev-translation p")).to_have_text(OTHER_FISTULAS.translation or "")
    expect(source.locator(".ev-translation p")).to_have_attribute("lang", "en")
    links = {
        "NCT05402748": "https://clinicaltrials.gov/study/NCT05402748",
        "DOI 57 ↗": "https://doi.org/10.1111/jgh.16110",
        "PubMed 57 ↗": "https://pubmed.ncbi.nlm.nih.gov/36640153/",
    }
    for name, target in links.items():
        link = source.get_by_role("link", name=name).first
        expect(link).to_have_attribute("href", target)
        expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(page.locator("#src-a1-1 .ev-closing summary")).to_have_text(
        "Navedena šele na koncu odlomka (1)", use_inner_text=True
    )
    expect(page.locator("#src-a1-3 .ev-closing")).to_have_count(0)


@pytest.mark.browser
def test_english_question_gets_an_english_answer_and_a_slovene_quote(open_page: Opener) -> None:
    page = open_page()
    ask(page, "What are the most common sources of MSCs?")
    expect(page.locator("#ev-chat .bot.message").last).to_contain_text("The most common sources of MSCs are adipose")
    expect(page.locator("#src-a1-1 .ev-quote")).to_have_text(CELL_SOURCES.quote)
    expect(page.locator("html")).to_have_attribute("lang", "sl")


@pytest.mark.browser
def test_citation_marks_and_focuses_its_card_also_of_an_older_answer(open_page: Opener) -> None:
    page = open_page()
    ask(page, "Kako uspešni so pri perianalnih fistulah?")
    page.get_by_role("link", name="Vir 3").click()
    expect(page.locator("#src-a1-3")).to_be_focused()
    expect(page.locator("#src-a1-3")).to_have_class("ev-card on")
    expect(page.locator("#src-a1-3")).to_be_in_viewport()
    ask(page, "What are the most common sources of MSCs?")
    expect(page.locator("#src-a1-3")).to_be_hidden()
    expect(page.locator("#src-a2-1")).to_be_visible()
    expect(page.locator("a[href^='#cite-'].on")).to_have_count(0)
    page.locator("a[href='#cite-a1-2']").click()
    expect(page.locator("#src-a1-2")).to_be_focused()
    expect(page.locator(".ev-card.on")).to_have_count(1)
    expect(page.locator("#src-a2-1")).to_be_hidden()
    assert "#" not in page.url


@pytest.mark.browser
def test_keyboard_reaches_citation_card_and_back(open_page: Opener) -> None:
    page = open_page()
    ask(page, "Kako uspešni so pri perianalnih fistulah?")
    citation = page.get_by_role("link", name="Vir 1")
    page.locator(".ev-skip").focus()
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.locator("a[href='#cite-a1-1']:focus").count():
            break
    expect(citation).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#src-a1-1")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#src-a1-1").get_by_role("button", name="Preberi v kontekstu")).to_be_focused()
    page.keyboard.press("Escape")
    expect(citation).to_be_focused()


@pytest.mark.browser
def test_skip_link_leads_to_the_question(open_page: Opener) -> None:
    page = open_page()
    page.locator(".ev-skip").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#ev-question textarea")).to_be_focused()


@pytest.mark.browser
def test_abstention_shows_no_cards(open_page: Opener) -> None:
    page = open_page()
    page.locator(".ev-example:visible").last.click()
    expect(page.locator("#ev-chat .bot.message blockquote")).to_have_text("Članek na to vprašanje ne odgovarja.")
    expect(page.locator("#ev-sources .ev-none")).to_have_text(
        "Ta odgovor se ne opira na noben odlomek.", use_inner_text=True
    )
    expect(page.locator(".ev-card")).to_have_count(0)


@pytest.mark.browser
def test_failure_is_a_sentence(open_page: Opener) -> None:
    page = open_page()
    ask(page, "Napaka pri odgovarjanju, prosim?")
    expect(page.locator("#ev-chat .bot.message blockquote")).to_contain_text("je prišlo do napake")


@pytest.mark.browser
def test_empty_and_too_long_questions_are_refused_in_the_language_of_the_page(
    open_page: Opener, stub: StubEngine
) -> None:
    page = open_page()
    n_asked = len(stub.histories)
    page.locator("#ev-question textarea").fill("   ")
    page.locator("#ev-question textarea").press("Enter")
    expect(page.locator("#ev-question")).to_contain_text("Vpišite vprašanje.")
    page.locator("button[data-language='en']").click()
    expect(page.get_by_placeholder(string("question.placeholder", EN))).to_be_visible()
    page.locator("#ev-question textarea").fill("x" * 2001)
    page.locator("#ev-question textarea").press("Enter")
    expect(page.locator("#ev-question")).to_contain_text("The question is too long: 2001 characters, 2000 are allowed.")
    assert len(stub.histories) == n_asked


@pytest.mark.browser
def test_language_switch_changes_every_string_of_the_interface(open_page: Opener) -> None:
    page = open_page("en-GB")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    ask(page, "O fistulah?")

    def shown() -> str:
        names = [
            node.get_attribute(name) or ""
            for name in ("aria-label", "title", "placeholder")
            for node in page.locator(f"[{name}]").all()
        ]
        return " | ".join((page.locator("body").inner_text(), *names)).casefold()

    keys = [
        "article.short",
        "header.language",
        "header.theme",
        "chat.label",
        "chat.searched",
        "chat.found.few",
        "export.label",
        "tab.about",
        "tab.chat",
        "question.label",
        "question.placeholder",
        "question.send",
        "scope.extractive",
        "gradio.edit",
        "gradio.retry",
        "gradio.undo",
        "gradio.clear",
        "gradio.copy",
        "sources.title",
        "sources.close",
        "card.verbatim",
        "card.translation",
    ]

    def here(language: Language) -> list[str]:
        text = shown()
        return [key for key in keys if string(key, language, n=3).casefold() in text]

    expect(page.get_by_role("button", name="Retry")).to_be_visible()
    assert here(EN) == keys
    assert here(SL) == []
    page.locator("button[data-language='sl']").click()
    expect(page.locator("html")).to_have_attribute("lang", "sl")
    expect(page.get_by_placeholder(string("question.placeholder", SL))).to_be_visible()
    expect(page.locator("#ev-chat").get_by_text("najdeni 3 odlomki")).to_be_visible()
    assert here(SL) == keys
    assert here(EN) == []
    expect(page.locator("#src-a1-3 .ev-section")).to_have_text(SECTIONS["3.1.4.1"][SL], use_inner_text=True)
    page.reload()
    expect(page.locator(".ev-example:visible").first).to_have_text(string("example.1", SL))


@pytest.mark.browser
@pytest.mark.parametrize("locale", ["sl-SI", "en-GB"])
def test_following_a_citation_keeps_the_page_whatever_its_address(open_page: Opener, locale: str) -> None:
    """Gradio sets a <base>, so that a bare "#..." would lead to another address and lose the chat."""
    page = open_page(locale, query="?__theme=dark")
    ask(page, "O fistulah?")
    link = page.locator("#ev-chat a[href^='#cite-']").first
    link.click()
    expect(page.locator(".ev-card.on")).to_be_focused()
    expect(page.locator("#ev-chat .user.message")).to_have_text("O fistulah?")
    assert page.url.endswith("?__theme=dark")
    expect(page.locator("body.dark")).to_have_count(1)


@pytest.mark.browser
def test_dark_and_light(open_page: Opener) -> None:
    page = open_page(color_scheme="dark")
    expect(page.locator(".ev-top")).to_have_css("background-color", "rgb(22, 32, 42)")
    page.get_by_role("button", name=string("header.theme", SL)).click()
    expect(page.locator(".ev-top")).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(page.locator("#ev-chat-card")).to_have_css("background-color", "rgb(255, 255, 255)")
    page.reload()
    expect(page.locator(".ev-top")).to_have_css("background-color", "rgb(255, 255, 255)")


@pytest.mark.browser
def test_hostile_text_does_nothing(open_page: Opener) -> None:
    page = open_page()
    ask(page, HOSTILE_TEXT)
    page.locator("a[href='#cite-a1-1']").last.click()
    expect(page.locator("#src-a1-1")).to_be_focused()
    for place in ("#ev-chat .user.message", "#ev-chat .bot.message >> nth=-1", "#src-a1-1 .ev-quote"):
        for text in HOSTILE:
            if "```" not in text and not text.startswith("$\\"):
                expect(page.locator(place)).to_contain_text(text)
    harmful = "script, img, svg[onload], iframe, video, form, input, style, base, a:not([href^='#cite-'])"
    expect(page.locator("#ev-chat .message").locator(harmful)).to_have_count(0)
    expect(page.locator("#src-a1-1").locator("script, img, svg, iframe, video, form, style, base")).to_have_count(0)
    assert page.evaluate("window.harmed") is None


@pytest.mark.browser
def test_narrow_page_does_not_scroll_sideways(open_page: Opener) -> None:
    page = open_page(width=320, height=844)
    ask(page, "O fistulah?")
    for width in (320, 390, 768):
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")
        expect(page.locator("#ev-foot")).to_be_in_viewport(ratio=1)


@pytest.mark.browser
def test_phone_opens_the_sources_as_a_sheet(open_page: Opener) -> None:
    page = open_page(width=390, height=844, is_mobile=True, has_touch=True)
    expect(page.locator("#ev-welcome li")).to_have_count(3)
    expect(page.locator("#ev-welcome li").last).to_be_visible()
    ask(page, "Kako uspešni so pri perianalnih fistulah?")
    sheet = page.locator("#ev-panel")
    expect(sheet).to_be_hidden()
    citation = page.get_by_role("link", name="Vir 2")
    citation.tap()
    expect(sheet).to_be_visible()
    expect(page.get_by_role("dialog", name="Viri")).to_be_visible()
    expect(page.locator("#src-a1-2")).to_be_focused()
    expect(page.locator("#src-a1-2")).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(citation).to_be_focused()
    citation.tap()
    page.get_by_role("button", name="Zapri vire").tap()
    expect(sheet).to_be_hidden()

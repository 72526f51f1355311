"""The chat page: its plain functions, and the page itself in a real browser.

The engine is an exact double: fixed answers, made of real quotes of the article with real spans.
Browser tests are skipped where there is no Chromium, unless EVIDENCA_REQUIRE_BROWSER=1.
"""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from string import Formatter

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from corpus.config import ARTICLE_DIR, MAX_QUESTION_CHARS
from corpus.text import quote
from corpus.types import Kind, Language, Reference, Span, Spans
from rag.answer import Answer, Caveat, Citation, Outcome, Reason
from rag.engine import EngineDescription, Turn
from ui.cards import card_html, imprint, sources_html
from ui.conversation import MAX_EXCHANGES, Conversation, answer_question, question_problem
from ui.messages import answer_markdown, markdown_text, readable
from ui.server import create_app
from ui.strings import STRINGS, string

# Gradio sums up every event by means that pandas has deprecated.
pytestmark = [
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting' is deprecated"),
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
]

SL, EN = Language.SL, Language.EN
SOURCE = (ARTICLE_DIR / "source.txt").read_text(encoding="utf-8")

# --- The double -----------------------------------------------------------------------------------


def spans_of(*parts: str) -> Spans:
    """Return where `parts` stand in the article, each exactly once."""
    for part in parts:
        assert SOURCE.count(part) == 1, part
    return tuple(Span(SOURCE.index(part), SOURCE.index(part) + len(part)) for part in parts)


def cite(
    marker: int,
    piece: str,
    *parts: str,
    translation: str | None,
    references: tuple[int, ...] = (),
    passage_references: tuple[int, ...] = (),
    trials: tuple[str, ...] = (),
) -> Citation:
    """Return a citation of real text."""
    spans = spans_of(*parts)
    return Citation(
        marker=marker,
        id=piece,
        article=ARTICLE_DIR.name,
        kind=Kind.SENTENCE,
        section=piece.split(":")[0],
        language=SL,
        quote=quote(SOURCE, spans),
        spans=spans,
        translation=translation,
        references=references,
        passage_references=passage_references,
        trials=trials,
    )


HEALED = cite(
    1,
    "3.1.4.1:2.5",
    "Rezultati po 6 mesecih terapije so pokazali, da je terapija pozitivno vplivala na 80 % bolnikov, pri katerih "
    "so opazili popolno zacelitev fistul, zmanjšanje izcedka ali odpravo kožnega vnetja v njihovi bližini.",
    translation="Results after 6 months of therapy showed that it had a positive effect in 80 % of patients, in whom "
    "complete fistula healing, reduced discharge or resolution of the skin inflammation around them was observed.",
    passage_references=(56,),
)
NO_ADVERSE_EFFECTS = cite(
    2,
    "3.1.4.1:2.6",
    "Bolniki niso poročali o sistemskih ali lokalnih neželenih učinkih (56).",
    translation="Patients reported no systemic or local adverse effects (56).",
    references=(56,),
)
OTHER_FISTULAS = cite(
    3,
    "3.1.4.1:2.7",
    "V podobni klinični",
    "študiji NCT05402748 so preučevali še učinek ZV na perianalne fistule, ki niso povezane s CB, pri čemer le 9 % "
    "bolnikov ni pokazalo izboljšanja, 45 % bolnikom se je stanje izboljšalo, pri 72 % pa je izcedek popolnoma "
    "prenehal teči (57).",
    translation="In the similar clinical trial NCT05402748 they also studied the effect of EVs on perianal fistulas "
    "unrelated to CD: only 9 % of patients showed no improvement, 45 % improved, and in 72 % the discharge stopped "
    "completely (57).",
    references=(57,),
    trials=("NCT05402748",),
)
CELL_SOURCES = cite(
    1,
    "2:5.1",
    "Najpogostejši viri MSC so maščobno tkivo, kostni mozeg in tkivo popkovnice (11,12,27,28).",
    translation="The most common sources of MSCs are adipose tissue, bone marrow and umbilical cord tissue "
    "(11,12,27,28).",
    references=(11, 12, 27, 28),
)


def entry(number: int, authors: str, title: str, container: str, year: int, **fields: str | None) -> Reference:
    """Return an entry of the bibliography."""
    return Reference(
        id=f"ref:{number}",
        kind=Kind.REFERENCE,
        section="references",
        language=EN,
        spans=spans_of(title),
        text=title,
        number=number,
        authors=tuple(authors.split(", ")),
        et_al=True,
        group="",
        title=title,
        container=container,
        year=year,
        volume=fields.get("volume") or "",
        issue=fields.get("issue") or "",
        pages=fields.get("pages") or "",
        publisher="",
        editors="",
        doi=fields.get("doi"),
        pmid=fields.get("pmid"),
    )


REFERENCES = {
    reference.number: reference
    for reference in (
        entry(
            11,
            "Pittenger MF, Discher DE, Péault BM",
            "Mesenchymal stem cell perspective: cell biology to clinical progress",
            "NPJ Regen Med",
            2019,
            volume="4",
            issue="1",
            pages="22",
            doi="10.1038/s41536-019-0083-6",
            pmid="31815001",
        ),
        entry(
            12,
            "Zuk PA, Zhu M, Mizuno H",
            "Multilineage cells from human adipose tissue: implications for cell-based therapies",
            "Tissue Eng",
            2001,
            volume="7",
            issue="2",
            pages="211-28",
            doi="10.1089/107632701300062859",
        ),
        entry(
            27,
            "Rebolj K, Veber M, Drobnič M",
            "Hematopoietic stem cell and mesenchymal stem cell population size in bone marrow samples depends on "
            "patient's age and harvesting technique",
            "Cytotechnology",
            2018,
        ),
        entry(
            56,
            "Nazari H, Alborzi F, Heirani-Tabasi A, Hadizadeh A, Asbagh RA, Behboudi B",
            "Evaluating the safety and efficacy of mesenchymal stem cell-derived exosomes for treatment of refractory "
            "perianal fistula in IBD patients: clinical trial phase I",
            "Gastroenterol Rep (Oxf)",
            2022,
            volume="10",
            doi="10.1093/gastro/goac075",
            pmid="36518984",
        ),
        entry(
            57,
            "Pak H, Hadizadeh A, Heirani-Tabasi A, Soleimani M, Asbagh RA, Fazeli MS",
            "Safety and efficacy of injection of human placenta mesenchymal stem cells derived exosomes for treatment "
            "of complex perianal fistula in non-Crohn's cases: clinical trial phase I",
            "J Gastroenterol Hepatol",
            2023,
            volume="38",
            issue="4",
            pages="539-47",
            doi="10.1111/jgh.16110",
            pmid="36640153",
        ),
        # A DOI with parentheses and an ampersand must arrive whole.
        entry(58, "Schuppan D, Afdhal NH", "Liver cirrhosis", "Lancet", 2008, doi="10.1016/S0140-6736(08)60383-9&x"),
    )
}
SECTIONS = {
    "3.1.4.1": {SL: "3.1.4.1 Kronična vnetna črevesna bolezen", EN: "3.1.4.1 Chronic inflammatory bowel disease"},
    "2": {
        SL: "2 Mezenhimske matične celice in njihovi zunajcelični vezikli",
        EN: "2 Mesenchymal stem cells and their extracellular vesicles",
    },
}


def answered(language: Language, text: str, *citations: Citation) -> Answer:
    """Return an answer; the double fills in id and question."""
    return Answer(
        id="",
        question="",
        resolved_question="",
        language=language,
        outcome=Outcome.ANSWERED,
        reason=None,
        answer=text,
        citations=citations,
        timings_ms={"total": 34.0},
    )


FISTULAS = answered(
    SL,
    " ".join(f"{citation.quote} [{citation.marker}]" for citation in (HEALED, NO_ADVERSE_EFFECTS, OTHER_FISTULAS)),
    HEALED,
    NO_ADVERSE_EFFECTS,
    OTHER_FISTULAS,
)
SOURCES_OF_CELLS = answered(EN, f"{CELL_SOURCES.translation} [1]", CELL_SOURCES)
NO_ANSWER = replace(
    answered(SL, "Članek na to vprašanje ne odgovarja."),
    outcome=Outcome.ABSTAINED,
    reason=Reason.NOT_IN_ARTICLE,
)

# Each of them does something, in some reader of HTML, Markdown or templates, if it gets through.
HOSTILE = (
    "<script>window.harmed = 1</script>",
    "<img src=x onerror='window.harmed = 1'>",
    "<svg onload=window.harmed=1>",
    '"><iframe src="http://harm.example/frame"></iframe>',
    "${window.harmed = 1}",
    "{{ window.harmed = 1 }}",
    "`${window.harmed = 1}`",
    "![picture](http://harm.example/picture.png)",
    "<video autoplay src=http://harm.example/video></video>",
    "<form action=http://harm.example/form><input name=password><button>Go</button></form>",
    "[Harmless](javascript:window.harmed=1)",
    "[DOI](http://harm.example/doi)",
    "http://harm.example/bare",
    "[2]: http://harm.example/definition",
    "<a href='#cite-a1-1' id='src-a1-1'>1</a>",
    "<style>body{display:none}</style>",
    "```mermaid\nclick A href 'http://harm.example'\n```",
    "$\\href{javascript:window.harmed=1}{x}$",
    "<details open ontoggle=window.harmed=1>",
    "'><base href=http://harm.example/>",
)
HOSTILE_TEXT = "\n".join(HOSTILE)
HARMFUL = answered(
    SL,
    f"{HOSTILE_TEXT}\n[1]",
    replace(
        HEALED,
        section=HOSTILE_TEXT,
        quote=HOSTILE_TEXT,
        translation=HOSTILE_TEXT,
        references=(99,),
        trials=("<b onmouseover=window.harmed=1>",),
    ),
)


class StubEngine:
    """Answers by a word of the question; `gate` can hold an answer back."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.histories: list[list[Turn]] = []

    def ask(self, question: str, *, history: Sequence[Turn] = (), question_id: str = "") -> Answer:
        self.histories.append(list(history))
        assert self.gate.wait(10)
        if "Napaka" in question:
            raise RuntimeError("broken on purpose")
        answer = NO_ANSWER
        for word, known in {"fistul": FISTULAS, "sources": SOURCES_OF_CELLS, "<script>": HARMFUL}.items():
            if word in question:
                answer = known
        return replace(answer, id=question_id, question=question, resolved_question=question)

    def reference(self, number: int, article: str = "") -> Reference:
        assert article == ARTICLE_DIR.name
        if number == 99:
            return replace(REFERENCES[56], title=HOSTILE_TEXT, authors=HOSTILE, container=HOSTILE_TEXT, doi=HOSTILE[3])
        return REFERENCES[number]

    def section_title(self, section_id: str, language: Language, article: str = "") -> str:
        assert article == ARTICLE_DIR.name
        return SECTIONS[section_id][language] if section_id in SECTIONS else section_id

    def describe(self) -> EngineDescription:
        return EngineDescription(
            embedding_model="all-MiniLM-L6-v2",
            article="Požun N, Kolenc A, Maličev E. Potencialna terapevtska uporaba zunajceličnih veziklov mezenhimskih "
            "matičnih celic. Zdrav Vestn. 2025;94(11–12):297–309. https://doi.org/10.6016/ZdravVestn.3627",
            licence="CC BY-NC 4.0",
            n_references=85,
            n_trials=36,
        )


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
        STRINGS["scope"] = STRINGS["sources.none"]  # type: ignore[index]


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


def test_an_abstention_is_set_apart() -> None:
    assert answer_markdown(NO_ANSWER) == r"> Članek na to vprašanje ne odgovarja\."


def test_a_caveat_follows_the_answer_and_links_to_what_it_concerns() -> None:
    caveat = Caveat(id="n", text="Deleži se prekrivajo", markers=(1, 3))
    answer = replace(FISTULAS, id="a1", answer="Besedilo [1]", caveats=(caveat,))
    assert answer_markdown(answer) == (
        "Besedilo [1](#cite-a1-1)\n\n> Opomba k [1](#cite-a1-1)[3](#cite-a1-3)\\: Deleži se prekrivajo"
    )


def test_failure_of_the_engine_becomes_a_failed_answer() -> None:
    conversation = answer_question(StubEngine(), "Napaka pri fistulah, prosim?", Conversation())
    assert [(a.outcome, a.reason, a.language, a.id) for a in conversation.answers] == [
        (Outcome.FAILED, Reason.INTERNAL_ERROR, SL, "a1")
    ]
    assert conversation.answers[0].answer


def test_history_holds_what_was_said() -> None:
    engine = StubEngine()
    conversation = answer_question(engine, "O fistulah?", Conversation())
    answer_question(engine, "In cena?", conversation)
    assert engine.histories == [
        [],
        [Turn(role="user", content="O fistulah?"), Turn(role="assistant", content=FISTULAS.answer)],
    ]


def test_ids_are_not_used_twice_after_an_answer_was_taken_back() -> None:
    engine = StubEngine()
    conversation = answer_question(engine, "O fistulah?", Conversation())
    conversation = answer_question(engine, "O fistulah?", conversation.without_last())
    assert [answer.id for answer in conversation.answers] == ["a2"]


def test_a_long_conversation_keeps_the_last_exchanges() -> None:
    engine = StubEngine()
    conversation = Conversation()
    for _ in range(MAX_EXCHANGES + 2):
        conversation = answer_question(engine, "Koliko stane?", conversation)
    assert [answer.id for answer in conversation.answers] == [f"a{n}" for n in range(3, MAX_EXCHANGES + 3)]


def test_links_of_a_reference_are_encoded() -> None:
    card = card_html(StubEngine(), "a1", replace(HEALED, passage_references=(), references=(58,)))
    assert 'href="https://doi.org/10.1016/S0140-6736%2808%2960383-9%26x"' in card


def test_references_without_links_and_outside_the_bibliography_say_so() -> None:
    card = card_html(StubEngine(), "a1", CELL_SOURCES)
    assert string("reference.no_links", SL) in card
    assert string("reference.missing", EN) in card


def test_a_quote_without_translation_says_so() -> None:
    assert string("card.no_translation", SL) in card_html(StubEngine(), "a1", replace(HEALED, translation=None))


@pytest.mark.parametrize(
    ("reference", "printed"),
    [
        (
            57,
            "Pak H, Hadizadeh A, Heirani-Tabasi A, Soleimani M, Asbagh RA, Fazeli MS, et al. · "
            "J Gastroenterol Hepatol. 2023;38(4):539-47",
        ),
        (27, "Rebolj K, Veber M, Drobnič M, et al. · Cytotechnology. 2018"),
    ],
)
def test_imprint(reference: int, printed: str) -> None:
    assert imprint(REFERENCES[reference]) == printed


def test_hostile_text_is_escaped_in_the_sources() -> None:
    conversation = answer_question(StubEngine(), HOSTILE_TEXT, Conversation())
    tags = set(re.findall(r"<(\w+)", sources_html(StubEngine(), conversation)))
    assert tags == {
        "section", "h3", "article", "header", "span", "blockquote", "a", "div", "p", "details", "summary", "ul", "li",
        "strong",
    }  # fmt: skip


# --- The page in a browser ------------------------------------------------------------------------

Opener = Callable[..., Page]


@pytest.fixture(scope="module")
def stub() -> StubEngine:
    return StubEngine()


@pytest.fixture(scope="module")
def address(stub: StubEngine) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(lambda: create_app(stub), factory=True, log_level="critical"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    deadline = time.monotonic() + 20
    while True:
        try:
            assert httpx.get(url + "healthz").status_code == 200
            break
        except httpx.TransportError:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.05)
    yield url
    server.should_exit = server.force_exit = True
    thread.join(10)


@pytest.fixture
def open_page(address: str, browser: Browser) -> Iterator[Opener]:
    """Open pages that fail the test on a console error, a script error or a request that leaves the machine."""
    problems: list[str] = []
    contexts = []

    def note_console(message: ConsoleMessage) -> None:
        # Gradio itself answers 422 to a question that the page refuses.
        if message.type == "error" and "status of 422" not in message.text:
            problems.append(f"console: {message.text}")

    def note_request(request: Request) -> None:
        if not request.url.startswith((address, "data:", "blob:")):
            problems.append(f"request: {request.url}")

    def opener(locale: str = "sl-SI", width: int = 1440, height: int = 900, **options: object) -> Page:
        context = browser.new_context(
            locale=locale,
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
            **options,  # type: ignore[arg-type]
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", note_console)
        page.on("pageerror", lambda error: problems.append(f"script: {error}"))
        page.on("request", note_request)
        page.goto(address)
        expect(page.locator("#ev-chat .placeholder h2")).to_have_text(
            string("chat.welcome_title", EN if locale.startswith("en") else SL)
        )
        return page

    yield opener
    for context in contexts:
        context.close()
    assert problems == []


def ask(page: Page, question: str) -> None:
    """Ask, and wait for the answer."""
    n_sections = page.locator("#ev-sources [data-answer]").count()
    page.locator("#ev-question textarea").fill(question)
    page.locator("#ev-question textarea").press("Enter")
    expect(page.locator("#ev-sources [data-answer]")).to_have_count(n_sections + 1)


@pytest.mark.browser
def test_page_opens_with_steps_examples_and_scope(open_page: Opener) -> None:
    page = open_page()
    expect(page).to_have_title("Evidenca")
    expect(page.locator("html")).to_have_attribute("lang", "sl")
    expect(page.locator("#ev-panel .ev-steps li")).to_have_count(3)
    expect(page.locator("#ev-chat .examples button")).to_have_text([string(f"example.{n}", SL) for n in (1, 2, 3)])
    expect(page.locator("#ev-foot")).to_contain_text("Ni zdravniški nasvet.")
    page.get_by_text("O aplikaciji").click()
    about = page.locator(".ev-about")
    expect(about).to_contain_text("all-MiniLM-L6-v2")
    expect(about.get_by_role("link", name="CC BY-NC 4.0")).to_be_visible()
    expect(about.get_by_role("link", name="https://doi.org/10.6016/ZdravVestn.3627")).to_be_visible()
    page.keyboard.press("Escape")
    expect(about.locator("dl")).to_be_hidden()


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
        link = source.get_by_role("link", name=name)
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
    expect(page.locator("#src-a1-1 summary")).to_be_focused()
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
    page.locator("#ev-chat .examples button").last.click()
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
def test_searching_is_shown_while_the_answer_is_awaited(open_page: Opener, stub: StubEngine) -> None:
    page = open_page()
    stub.gate.clear()
    try:
        page.locator("#ev-question textarea").fill("O fistulah?")
        page.locator("#ev-question textarea").press("Enter")
        expect(page.locator("#ev-chat .user.message")).to_have_text("O fistulah?")
        expect(page.locator("#ev-chat").get_by_text("Iskanje po članku")).to_be_visible()
        expect(page.locator("#ev-question textarea")).to_have_value("")
    finally:
        stub.gate.set()
    expect(page.get_by_role("link", name="Vir 1")).to_be_visible()


@pytest.mark.browser
def test_empty_and_too_long_questions_are_refused_in_the_language_of_the_page(
    open_page: Opener, stub: StubEngine
) -> None:
    page = open_page()
    n_asked = len(stub.histories)
    page.locator("#ev-question textarea").fill("   ")
    page.locator("#ev-question textarea").press("Enter")
    expect(page.locator("#ev-question")).to_contain_text("Vpišite vprašanje.")
    page.locator("[data-language='en']").click()
    expect(page.get_by_placeholder(string("question.placeholder", EN))).to_be_visible()
    page.locator("#ev-question textarea").fill("x" * 2001)
    page.locator("#ev-question textarea").press("Enter")
    expect(page.locator("#ev-question")).to_contain_text("The question is too long: 2001 characters, 2000 are allowed.")
    assert len(stub.histories) == n_asked


@pytest.mark.browser
def test_retry_undo_and_clear(open_page: Opener) -> None:
    page = open_page()
    ask(page, "O fistulah?")
    ask(page, "What are the sources?")
    page.get_by_role("button", name="Ponovi").click()
    expect(page.locator("a[href='#cite-a3-1']")).to_be_visible()
    expect(page.locator("#ev-chat .user.message")).to_have_text(["O fistulah?", "What are the sources?"])
    page.get_by_role("button", name="Razveljavi").click()
    expect(page.locator("#ev-question textarea")).to_have_value("What are the sources?")
    expect(page.locator("#ev-chat .user.message")).to_have_text(["O fistulah?"])
    expect(page.locator("#src-a1-1")).to_be_visible()
    page.get_by_role("button", name="Počisti pogovor").click()
    expect(page.locator("#ev-chat .user.message")).to_have_count(0)
    expect(page.locator("#ev-panel .ev-steps li")).to_have_count(3)


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
        "chat.searching",
        "question.label",
        "question.placeholder",
        "question.send",
        "scope",
        "gradio.retry",
        "gradio.undo",
        "gradio.clear",
        "gradio.copy",
        "sources.title",
        "sources.close",
        "card.verbatim",
        "card.translation",
        "about.title",
    ]

    def here(language: Language) -> list[str]:
        text = shown()
        return [key for key in keys if string(key, language).casefold() in text]

    expect(page.get_by_role("button", name="Retry")).to_be_visible()
    assert here(EN) == keys
    assert here(SL) == []
    page.locator("[data-language='sl']").click()
    expect(page.locator("html")).to_have_attribute("lang", "sl")
    expect(page.get_by_placeholder(string("question.placeholder", SL))).to_be_visible()
    expect(page.locator("#ev-chat").get_by_text("Iskanje po članku")).to_be_visible()
    assert here(SL) == keys
    assert here(EN) == []
    expect(page.locator("#src-a1-3 .ev-section")).to_have_text(SECTIONS["3.1.4.1"][SL], use_inner_text=True)
    page.reload()
    expect(page.locator("#ev-chat .examples button").first).to_have_text(string("example.1", SL))


@pytest.mark.browser
def test_dark_and_light(open_page: Opener) -> None:
    page = open_page(color_scheme="dark")
    expect(page.locator(".ev-top")).to_have_css("background-color", "rgb(22, 32, 42)")
    page.get_by_role("button", name=string("header.theme", SL)).click()
    expect(page.locator(".ev-top")).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(page.locator("#ev-chat")).to_have_css("background-color", "rgb(255, 255, 255)")
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
def test_copied_answer_is_plain_text(open_page: Opener) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    ask(page, "What are the sources?")
    page.get_by_role("button", name="Kopiraj sporočilo").last.click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text.endsWith('[1]'))")
    assert page.evaluate("navigator.clipboard.readText()") == SOURCES_OF_CELLS.answer


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
    expect(page.locator("#ev-chat .placeholder li")).to_have_count(3)
    expect(page.locator("#ev-chat .placeholder li").last).to_be_visible()
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

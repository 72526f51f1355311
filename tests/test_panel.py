"""The panel as HTML: sources, article, references, trials. What happens in a browser: test_panel_page.py."""

import html
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.cited import cited_by
from corpus.types import Document, Kind, Language, Span
from ingest.formats import read_source
from ingest.parse import parse
from rag.answer import Answer, AnswerSentence, Caveat, Citation, Computation, Support
from rag.engine import Engine
from tests.html_tree import Element, tree
from tests.page_double import (
    CELL_SOURCES,
    FISTULAS,
    HEALED,
    HOSTILE,
    HOSTILE_TEXT,
    NO_ADVERSE_EFFECTS,
    REFERENCES,
    SOURCE,
    StubEngine,
    answered,
)
from ui.page.conversation import Conversation
from ui.page.messages import readable
from ui.page.panel.anchors import shown_pieces
from ui.page.panel.article import article_html, document_html
from ui.page.panel.frame import PANES, SCRIPT_STRINGS, panel_head_html
from ui.page.panel.prose import emphasised, rich
from ui.page.panel.references import imprint, references_html
from ui.page.panel.sources import card_html, sources_html
from ui.page.panel.trials import trials_html
from ui.strings import STRINGS, string

SL, EN = Language.SL, Language.EN
JATS = Path(__file__).parent / "data" / "karstin.nxml"


class OtherEngine(StubEngine):
    """The double, with other documents, or another translation."""

    def __init__(self, document: Document | None = None, **changes: object) -> None:
        super().__init__()
        self.article = replace(self.article, **changes)  # type: ignore[arg-type]
        if document is not None:
            self.documents = {**self.documents, document.id: document}  # type: ignore[misc]


def added() -> Document:
    """The article that tests add to the bundled one: English, with its own references and trials."""
    source = read_source(JATS)
    return parse(source.text, document_id="karstin", language=None)


@pytest.fixture(scope="module")
def article_pane() -> Element:
    return tree(article_html(StubEngine()))


@pytest.fixture(scope="module")
def references() -> Element:
    return tree(references_html(StubEngine()))


@pytest.fixture(scope="module")
def trials() -> Element:
    return tree(trials_html(StubEngine()))


def ids(*roots: Element) -> list[str]:
    return [element.attributes["id"] for root in roots for element in root.all() if "id" in element.attributes]


def inner_links(root: Element) -> list[str]:
    return [link.attributes["href"][1:] for link in root.all("a") if link.attributes["href"].startswith("#")]


def unit(pane: Element, piece: str) -> Element:
    (found,) = pane.all(id=f"at-{piece}")
    return found


def side(element: Element, style: str) -> str:
    (found,) = element.all(style=style)
    return found.text


# --- Text -----------------------------------------------------------------------------------------


def link(number: int) -> str:
    return f'<a href="#ref-{number}">{number}</a>'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("celic (11,12,27-28).", f"celic ({link(11)},{link(12)},{link(27)}-{link(28)})."),
        ("effects [11, 12].", f"effects [{link(11)}, {link(12)}]."),
        ("leta (13) in 147(11)", "leta (13) in 147(11)"),
        ("(2022) < 5 % & več", "(2022) &lt; 5\N{NO-BREAK SPACE}% &amp; več"),
    ],
)
def test_only_what_is_cited_becomes_a_link(text: str, expected: str) -> None:
    assert rich(text, numbers={11, 12, 27, 28}, number_link=link) == expected


def test_emphasis_trials_and_doi() -> None:
    text = "In vitro, in vitro; NCT05402748; <https://doi.org/10.1/a_(b)c>"
    shown = rich(text, italics=["in vitro"], trial_link=lambda trial: f"[{trial}]")
    assert shown.startswith("In vitro, <em>in vitro</em>; [NCT05402748]; <a ")
    assert tree(shown).all("a")[0].attributes["href"] == "https://doi.org/10.1/a_(b)c"
    assert tree(shown).text == "In vitro, in vitro; [NCT05402748]; https://doi.org/10.1/a_(b)c"


@given(
    st.text(alphabet="a1(),-[] <>&\"'*$é\\{}`ž\n", max_size=60),
    st.lists(st.text(alphabet='a1()<&" ž', min_size=1, max_size=4), max_size=3),
)
def test_text_stays_what_it_is(text: str, italics: list[str]) -> None:
    shown = rich(text, italics=italics, numbers={1, 11}, number_link=link)
    assert {element.tag for element in tree(shown).all()} <= {"em", "a"}
    assert html.unescape(re.sub("<[^>]*>", "", shown)) == readable(text)


@pytest.mark.parametrize("piece", ["1:3.6", "2:4.2", "abstract-en:1.7"])
def test_italics_of_the_article(piece: str, document: Document) -> None:
    sentence = next(sentence for sentence in document.sentences if sentence.id == piece)
    assert emphasised(document, sentence.spans) == ("in vitro",)


# --- Article --------------------------------------------------------------------------------------


def test_every_piece_has_one_element_of_its_own_with_its_text(article_pane: Element, document: Document) -> None:
    for sentence in document.sentences:
        element = unit(article_pane, sentence.id)
        shown = element.text if "w" in element.classes else side(element, "o")
        plain = re.sub(r"<(https://\S+)>", r"\1", readable(sentence.text))
        assert shown == plain, sentence.id
    for table in document.tables:
        for row in table.rows:
            assert unit(article_pane, row.id).tag == "tr"


def test_every_sentence_has_its_translation_beside_it(article_pane: Element, document: Document) -> None:
    translations = StubEngine.article.translations
    checked = 0
    for sentence in document.sentences:
        if sentence.language is SL and not sentence.id.endswith("-sl"):
            expected = re.sub(r"<(https://\S+)>", r"\1", readable(translations[sentence.id]))
            assert side(unit(article_pane, sentence.id), "w") == expected, sentence.id
            checked += 1
    assert checked > 190


def test_what_is_printed_in_both_languages_stands_side_by_side(article_pane: Element) -> None:
    title = unit(article_pane, "front:title-sl")
    assert (
        side(title, "w") == "Potential therapeutic applications of mesenchymal stem cell-derived extracellular vesicles"
    )
    assert [element.attributes["id"] for element in title.all(style="w")] == ["at-front:title-en"]


def test_notation_is_set_for_reading_in_both_languages(article_pane: Element) -> None:
    element = unit(article_pane, "3.1.1:1.2")
    assert "razgradnjo Aβ in" in side(element, "o")
    assert "degradation of Aβ and" in side(element, "w")
    assert [italic.text for italic in unit(article_pane, "1:3.6").all("em")] == ["in vitro", "in vitro"]
    assert not re.search(r"[$\\*]", article_pane.text)


def test_citations_in_the_text_are_links_in_both_languages(article_pane: Element) -> None:
    element = unit(article_pane, "2:4.1")
    assert inner_links(element) == ["ref-11", "ref-12", "ref-27", "ref-28"] * 2
    assert inner_links(unit(article_pane, "table-1:caption")) == ["ref-24", "ref-26"] * 2


def test_trials_in_the_text_lead_to_the_table_or_the_registry(article_pane: Element) -> None:
    assert inner_links(unit(article_pane, "3.1.4.1:2.3")) == ["trial-NCT05499156"] * 2
    outside = unit(article_pane, "3.1.8:1.5").all("a", style="ev-out")
    assert {link.attributes["href"] for link in outside} == {
        f"https://clinicaltrials.gov/study/{trial}" for trial in ("NCT04602104", "NCT06279741")
    }


def test_tables_are_translated_cell_by_cell(article_pane: Element) -> None:
    row = unit(article_pane, "table-2:NCT05354141")
    assert [cell.text for cell in row.all("td")] == [
        "NCT05354141",
        "Extracellular Vesicle Treatment for Acute Respiratory Distress Syndrome (ARDS)",
        "Sindrom akutne dihalne stiske Acute respiratory distress syndrome",
        "ZU recruiting",
        "ZDA USA",
        "970",
        "Faza 3 Phase 3",
    ]
    heads = article_pane.all("th")
    assert [head.shown("en") for head in heads[:3]] == ["Active substance", "Advantages", "Disadvantages"]
    assert [head.shown("sl") for head in heads[:3]] == ["Učinkovina", "Prednosti", "Slabosti"]


def test_contradictions_of_the_article_are_shown_where_they_stand(article_pane: Element) -> None:
    notes = StubEngine.article.notes
    shown = [note.shown("en") for note in article_pane.all(style="ev-note")]
    in_text = [note for note in notes if any(not re.match(r"ref:|table-2:NCT", piece) for piece in note.pieces)]
    for note in in_text:
        assert any(note.text[EN] in text for text in shown), note.id


def test_contents_lead_to_every_section(article_pane: Element, document: Document) -> None:
    (contents,) = article_pane.all(style="ev-contents")
    targets = inner_links(contents)
    assert len(targets) == len(set(targets)) == 22
    assert set(targets) <= set(ids(article_pane))
    assert "3.1.4.1 Chronic inflammatory bowel disease" in [link.shown("en") for link in contents.all("a")]


def test_attribution_names_work_licence_and_who_translated(article_pane: Element) -> None:
    (foot,) = article_pane.all(style="ev-attribution")
    assert [link.attributes["href"] for link in foot.all("a")] == [
        "https://doi.org/10.6016/ZdravVestn.3627",
        *["https://creativecommons.org/licenses/by-nc/4.0/"] * 2,
    ]
    assert "delovni prevod" in foot.shown("sl")
    assert "working translation" in foot.shown("en")


def test_a_missing_translation_is_said() -> None:
    translations = dict(StubEngine.article.translations)
    del translations["3:1.8"]
    shown = unit(tree(article_html(OtherEngine(translations=translations))), "3:1.8")
    assert shown.classes == ["u", "un"]
    assert shown.all(style="w")[0].shown("sl") == string("article.untranslated", SL)
    assert "Do sedaj ni bila odobrena" in shown.text


def test_an_added_article_is_shown_without_translation() -> None:
    document = added()
    engine = OtherEngine(document)
    root = tree(document_html(engine, document))
    (shown,) = root.all("article")
    assert "data-plain" in shown.attributes
    assert shown.all(style="w") == []
    assert string("article.original_only", EN) in shown.text
    for sentence in document.sentences:
        assert [side(one, "o") for one in shown.all(id=f"at-karstin/{sentence.id}")] == [readable(sentence.text)]
    cards = [element.attributes["id"] for element in root.all(style="ev-works")[0].all("li")]
    assert cards == [f"ref-karstin/{number}" for number in range(1, 10)]
    assert set(inner_links(root)) <= set(ids(root))
    assert ids(root) == list(dict.fromkeys(ids(root)))


# --- References -----------------------------------------------------------------------------------


def test_references_are_all_there_with_links_or_a_word_that_there_are_none(
    references: Element, document: Document
) -> None:
    cards = references.all("ol", style="ev-works")[0].all("li")
    assert [card.attributes["id"] for card in cards] == [f"ref-{number}" for number in range(1, 86)]
    hrefs = [[link.attributes["href"] for link in card.all("a", style="ev-out")] for card in cards]
    assert sum("https://doi.org/" in " ".join(links) for links in hrefs) == sum(
        reference.doi is not None for reference in document.references
    )
    assert hrefs[57] == [
        "https://doi.org/10.1016/S0140-6736%2808%2960383-9",
        "https://pubmed.ncbi.nlm.nih.gov/18328931/",
    ]
    without = [number for number, links in enumerate(hrefs, start=1) if not links]
    assert without == [32, 65]
    assert string("reference.no_links", SL) in cards[31].text


def test_references_lead_back_to_every_place_that_cites_them(
    references: Element, article_pane: Element, document: Document
) -> None:
    there = set(ids(article_pane))
    for number, citing in cited_by(document).items():
        (card,) = references.all(id=f"ref-{number}")
        assert inner_links(card) == [f"at-{piece}" for piece in citing.own]
        assert set(inner_links(card)) <= there
    (card,) = references.all(id="ref-24")
    assert [link.shown("en") for link in card.all("p")[0].all("a")] == ["Table 1", "§ 2", "§ 2 (2)"]
    assert [link.shown("sl") for link in card.all("p")[0].all("a")] == ["Tabela 1", "§ 2", "§ 2 (2)"]


def test_years_to_choose_from_are_counted(references: Element, document: Document) -> None:
    years = Counter(reference.year for reference in document.references)
    choices = references.all("select")[0].all("option")[1:]
    assert [option.text for option in choices] == [f"{year} ({years[year]})" for year in sorted(years, reverse=True)]  # type: ignore[type-var]


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


# --- Trials ---------------------------------------------------------------------------------------


def test_trials_are_all_there_in_the_order_of_the_article(trials: Element, document: Document) -> None:
    bodies = [body.attributes for body in trials.all("tbody")]
    assert [body["data-trial"] for body in bodies] == [trial.id for trial in document.trials]
    assert [body["data-country"] for body in bodies] == [trial.country for trial in document.trials]


def test_chart_counts_the_data(trials: Element, document: Document) -> None:
    bars = {
        facet: {
            bar.attributes["data-value"]: int(bar.all(style="ev-bar-n")[0].text) for bar in trials.all(data_bar=facet)
        }
        for facet in ("country", "status", "phase")
    }
    assert bars["country"] == Counter(trial.country for trial in document.trials)
    assert list(bars["country"].values()) == sorted(bars["country"].values(), reverse=True)
    assert bars["status"] == {"ZU": 15, "ZUN": 11, "N": 10}
    assert bars["phase"] == {"0": 4, "1": 4, "1/2": 13, "2": 3, "2/3": 3, "3": 1, "N": 7, "O": 1}
    assert [sum(values.values()) for values in bars.values()] == [36, 36, 36]


def test_a_trial_says_what_its_codes_mean_in_both_languages(trials: Element) -> None:
    (card,) = trials.all(id="trial-NCT05354141-card")
    cells = card.all("dd")
    assert [cell.shown("sl") for cell in cells][3:] == [
        "ZU – zbiranje udeležencev",
        "ZDA – Združene države Amerike",
        "970",
        "Faza 3",
    ]
    assert [cell.shown("en") for cell in cells][3:] == ["ZU – recruiting", "ZDA – USA", "970", "Phase 3"]
    outside = [link.attributes["href"] for link in card.all("a", style="ev-out")]
    assert outside == ["https://clinicaltrials.gov/study/NCT05354141"] * 2


def test_a_slip_of_the_table_is_mended_and_shown(trials: Element, document: Document) -> None:
    brazilian = next(trial.id for trial in document.trials if trial.country == "Brazilija")
    (row,) = trials.all(id=f"trial-{brazilian}")
    (card,) = trials.all(id=f"trial-{brazilian}-card")
    assert row.all("td", style="ev-col-country")[0].shown("sl") == "Brazilija"
    assert card.all("dd")[4].shown("sl") == "Brazilija (v tabeli: Brazilijska)"


def test_a_trial_leads_to_its_row_and_to_what_the_text_says(trials: Element, article_pane: Element) -> None:
    (card,) = trials.all(id="trial-NCT05499156-card")
    assert inner_links(card) == ["at-3.1.4.1:2.3", "at-table-2:NCT05499156"]
    assert len(card.all(style="ev-note")) == 4
    assert set(inner_links(trials)) <= set(ids(article_pane))


def test_an_article_without_trials_says_so() -> None:
    engine = StubEngine()
    bundled = replace(engine.documents[engine.article.id], trials=())
    assert tree(trials_html(OtherEngine(bundled))).shown("sl").endswith(string("trials.none", SL))


# --- Sources --------------------------------------------------------------------------------------


def said(support: Support, *markers: int, text: str = "Nekaj.") -> AnswerSentence:
    return AnswerSentence(text=text, markers=markers, support=support)


def card_of(citation: Citation, *, engine: StubEngine | Engine | None = None, **changes: object) -> Element:
    answer = replace(answered(SL, "", citation), id="a1", **changes)  # type: ignore[arg-type]
    (card,) = tree(card_html(engine or StubEngine(), answer, citation)).all("article")
    return card


@pytest.mark.parametrize(
    ("supports", "badges"),
    [
        ((), ["✓ dobesedno v članku"]),
        ((Support.QUOTE,), ["✓ dobesedno v članku"]),
        ((Support.TRANSLATION,), ["⇄ naš prevod članka"]),
        ((Support.COMPUTED, Support.ROW, Support.ROW), ["∑ izračunano iz tabele", "▦ vrstica tabele"]),
        ((Support.NOTICE,), ["i pojasnilo"]),
    ],
    ids=str,
)
def test_badges_say_what_vouches_for_the_answer(supports: tuple[Support, ...], badges: list[str]) -> None:
    card = card_of(HEALED, sentences=tuple(said(support, 1) for support in supports))
    assert [badge.shown("sl") for badge in card.all(style="ev-badge")] == badges


def test_a_source_of_another_sentence_keeps_its_own_badge() -> None:
    card = card_of(HEALED, sentences=(said(Support.TRANSLATION, 2), said(Support.QUOTE, 1)))
    assert [badge.shown("en") for badge in card.all(style="ev-badge")] == ["✓ verbatim in the article"]


@pytest.mark.parametrize(
    ("n", "sl", "en"),
    [
        (1, "Podpira 1 stavek odgovora", "Supports 1 sentence of the answer"),
        (2, "Podpira 2 stavka odgovora", "Supports 2 sentences of the answer"),
        (3, "Podpira 3 stavke odgovora", "Supports 3 sentences of the answer"),
        (5, "Podpira 5 stavkov odgovora", "Supports 5 sentences of the answer"),
    ],
)
def test_a_card_names_the_sentences_it_vouches_for(n: int, sl: str, en: str) -> None:
    card = card_of(
        HEALED, sentences=(*(said(Support.ROW, 1, text=f"Stavek {k}.") for k in range(n)), said(Support.ROW, 2))
    )
    (details,) = card.all("details", style="ev-supports")
    assert [details.all("summary")[0].shown(language) for language in ("sl", "en")] == [sl, en]
    assert [item.text for item in details.all("li")] == [f"Stavek {k}." for k in range(n)]
    assert "open" in details.attributes


def test_the_very_words_of_the_quote_are_not_repeated_openly() -> None:
    card = card_of(HEALED, sentences=(said(Support.QUOTE, 1, text=HEALED.quote),))
    assert "open" not in card.all("details", style="ev-supports")[0].attributes


def test_a_note_stands_on_the_cards_it_concerns() -> None:
    caveats = (Caveat(id="n", text="Deleži se prekrivajo.", markers=(2,)),)
    assert [note.text for note in card_of(NO_ADVERSE_EFFECTS, caveats=caveats).all(style="ev-note")] == [
        "OpombaNote: Deleži se prekrivajo."
    ]
    assert card_of(HEALED, caveats=caveats).all(style="ev-note") == []


def test_a_card_knows_where_its_quote_stands() -> None:
    data = {name: value for name, value in card_of(HEALED).attributes.items() if name.startswith("data-")}
    assert data == {
        "data-article": "zdravvestn-3627",
        "data-at": "3.1.4.1:2.5",
        "data-mark-sl": "§ 3.1.4.1",
        "data-mark-en": "§ 3.1.4.1",
    }


def test_a_passage_stands_where_its_sentences_stand() -> None:
    (start, _), (_, end) = HEALED.spans[0], NO_ADVERSE_EFFECTS.spans[0]
    passage = replace(HEALED, id="3.1.4.1:2.5-6", kind=Kind.PASSAGE, spans=(Span(start, end),))
    assert shown_pieces(StubEngine(), passage) == ("3.1.4.1:2.5", "3.1.4.1:2.6")


def test_the_quote_keeps_the_italics_of_the_article(document: Document) -> None:
    sentence = next(sentence for sentence in document.sentences if sentence.id == "1:3.6")
    citation = replace(HEALED, id=sentence.id, spans=sentence.spans, quote=sentence.text, translation="in vitro, too")
    assert [italic.text for italic in card_of(citation).all("em")] == ["in vitro", "in vitro"]


def test_links_of_a_reference_are_encoded() -> None:
    card = card_of(replace(HEALED, passage_references=(), references=(58,)))
    assert "https://doi.org/10.1016/S0140-6736%2808%2960383-9%26x" in [a.attributes.get("href") for a in card.all("a")]


def test_references_without_links_and_outside_the_bibliography_say_so() -> None:
    card = card_of(CELL_SOURCES)
    assert string("reference.no_links", SL) in card.text
    assert string("reference.missing", EN) in card.text


def test_a_quote_without_translation_says_so() -> None:
    assert string("card.no_translation", SL) in card_of(replace(HEALED, translation=None)).text


def sources(engine: Engine, *questions: str) -> tuple[Element, list[Answer]]:
    answers = [engine.ask(question, question_id=f"a{n}") for n, question in enumerate(questions, start=1)]
    return tree(sources_html(engine, Conversation(answers=tuple(answers), n_asked=len(answers)))), answers


def test_what_was_computed_is_shown_with_its_condition_and_rows(engine: Engine) -> None:
    root, (answer,) = sources(engine, "Koliko študij poteka na Kitajskem?")
    (computed,) = root.all(style="ev-computed")
    assert computed.all("p")[0].shown("sl") == "Upoštevano: na Kitajskem"
    assert computed.all("summary")[0].shown("sl") == "13 vrstic tabele ustreza"
    assert computed.all("summary")[0].shown("en") == "13 rows of the table meet it"
    assert answer.computation is not None
    assert inner_links(computed) == [row.replace("table-2:", "trial-") for row in answer.computation.rows]
    (button,) = computed.all("button")
    assert len(button.attributes["data-rows"].split()) == 13


def test_counted_works_lead_to_the_references() -> None:
    computation = Computation(
        operation="count", column="", rows=("ref:56", "ref:57"), shown=(), value=2.0, groups=(), filter="o fistulah"
    )
    answer = replace(FISTULAS, id="a1", sentences=(said(Support.COMPUTED, 1),), computation=computation)
    root = tree(sources_html(StubEngine(), Conversation(answers=(answer,))))
    (computed,) = root.all(style="ev-computed")
    assert computed.all("summary")[0].shown("sl") == "2 enoti literature ustrezata"
    assert inner_links(computed) == ["ref-56", "ref-57"]
    assert computed.all("button") == []
    assert root.all(style="ev-badge")[0].shown("en") == "∑ counted in the references"


def test_a_cited_row_is_given_cell_by_cell_and_leads_to_its_table(engine: Engine) -> None:
    root, _ = sources(engine, "Which trials are recruiting in the USA?")
    card = root.all("article", style="ev-card")[0]
    terms = dict(zip([t.shown("en") for t in card.all("dt")], [d.shown("en") for d in card.all("dd")], strict=True))
    assert terms["Status"] == "ZU – recruiting"
    assert terms["Number of participants"] == "970"
    assert inner_links(card) == ["trial-NCT05354141"]
    assert card.attributes["data-at"] == "table-2:NCT05354141"


def test_a_cited_work_has_its_links_and_leads_to_the_references(engine: Engine) -> None:
    root, _ = sources(engine, "Katera literatura je navedena o fistulah?")
    card = root.all("article", style="ev-card")[0]
    assert [badge.shown("en") for badge in card.all(style="ev-badge")] == [
        "∑ counted in the references",
        "▦ entry of the references",
    ]
    assert [a.attributes["href"] for a in card.all("a")] == [
        "https://doi.org/10.1093/gastro/goac075",
        "https://pubmed.ncbi.nlm.nih.gov/36518984/",
        "#ref-56",
    ]


def test_a_cell_is_given_with_its_row_and_column(engine: Engine) -> None:
    root, _ = sources(engine, "Which advantages do EVs have?")
    context = root.all("article", style="ev-card")[0].all("p", style="ev-context")[0]
    assert context.shown("sl").endswith(" – Prednosti")
    assert context.shown("en").endswith(" – Advantages")


@pytest.mark.parametrize(
    "question",
    [
        "Kako uspešni so ZV-MSC pri perianalnih fistulah?",
        "What are the most common sources of MSCs?",
        "Koliko udeležencev imajo študije v Iranu?",
        "Kdo so avtorji članka?",
        "Katera literatura je navedena o fistulah?",
        "Kateri naslov ima vir 56?",
    ],
)
def test_every_source_of_an_answer_can_be_found_in_the_panel(
    question: str, engine: Engine, article_pane: Element, references: Element, trials: Element
) -> None:
    root, (answer,) = sources(engine, question)
    assert answer.citations, question
    there = set(ids(article_pane, references, trials))
    cards = root.all("article", style="ev-card")
    places = [f"at-{place}" for card in cards for place in card.attributes.get("data-at", "").split()]
    assert {*places, *inner_links(root)} <= there
    assert all("data-at" in card.attributes or inner_links(card) for card in cards)


# --- All together ---------------------------------------------------------------------------------


def test_no_id_is_used_twice_and_no_link_leads_nowhere(
    article_pane: Element, references: Element, trials: Element
) -> None:
    head = tree(panel_head_html(StubEngine()))
    used = ids(head, article_pane, references, trials)
    assert [name for name, n in Counter(used).items() if n > 1] == []
    for root in (article_pane, references, trials):
        assert set(inner_links(root)) <= set(used)
    panes = {f"pane-{pane}" for pane in PANES}
    assert {tab.attributes["aria-controls"] for tab in head.all("button", role="tab")} == panes


def test_tabs_count_the_bundled_article() -> None:
    tabs = tree(panel_head_html(OtherEngine(added()))).all("button", role="tab")
    assert [tab.shown("sl") for tab in tabs] == ["Viri", "Članek", "Literatura (85)", "Študije (36)"]
    assert [tab.shown("en") for tab in tabs] == ["Sources", "Article", "References (85)", "Trials (36)"]


def test_strings_that_the_scripts_ask_for_are_given_to_them(
    article_pane: Element, references: Element, trials: Element
) -> None:
    head = tree(panel_head_html(StubEngine()))
    asked = {
        value
        for root in (head, article_pane, references, trials)
        for element in root.all()
        for name, value in element.attributes.items()
        if name in ("data-label", "data-text", "data-title-of")
    }
    assert asked <= set(SCRIPT_STRINGS) <= set(STRINGS)


# --- Hostile text ---------------------------------------------------------------------------------

ALLOWED = {
    "a", "article", "blockquote", "button", "dd", "details", "div", "dl", "dt", "em", "h2", "h3", "h4", "h5",
    "h6", "header", "input", "label", "li", "ol", "option", "p", "section", "select", "span", "strong", "summary",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
OUTWARD = ("https://doi.org/", "https://pubmed.ncbi.nlm.nih.gov/", "https://clinicaltrials.gov/study/")
LICENCE = "https://creativecommons.org/"


def assert_harmless(root: Element) -> None:
    """Nothing was made of the text: no tag, no attribute that acts, no link to elsewhere."""
    for element in root.all():
        assert element.tag in ALLOWED
        for name, value in element.attributes.items():
            assert not name.startswith("on")
            assert name != "style" or re.fullmatch(r"width:\d+%", value)
            assert name not in ("src", "action", "formaction", "srcdoc")
        href = element.attributes.get("href", "#")
        assert href.startswith(("#", *OUTWARD, LICENCE)), href


def hostile_engine() -> OtherEngine:
    """The bundled article with every text that the panel shows replaced by a hostile one."""
    bundled = StubEngine.documents[StubEngine.article.id]
    table = bundled.tables[1]
    rows = tuple(
        replace(row, cells=tuple(replace(cell, text=HOSTILE_TEXT) for cell in row.cells)) for row in table.rows
    )
    hostile = replace(
        bundled,
        sections=tuple(replace(section, title=HOSTILE_TEXT) for section in bundled.sections),
        sentences=tuple(replace(sentence, text=HOSTILE_TEXT, context=HOSTILE_TEXT) for sentence in bundled.sentences),
        tables=(bundled.tables[0], replace(table, columns=(HOSTILE_TEXT,) * len(table.columns), rows=rows)),
        references=tuple(
            replace(item, title=HOSTILE_TEXT, authors=HOSTILE, container=HOSTILE_TEXT, doi=HOSTILE[3], pmid=HOSTILE[1])
            for item in bundled.references
        ),
        trials=tuple(
            replace(trial, title=HOSTILE_TEXT, country=HOSTILE_TEXT, status=HOSTILE_TEXT, condition=HOSTILE_TEXT)
            for trial in bundled.trials
        ),
    )
    translations = dict.fromkeys(StubEngine.article.translations, HOSTILE_TEXT)
    return OtherEngine(hostile, translations=translations, citation=HOSTILE_TEXT, doi=HOSTILE[3])


def test_hostile_text_in_the_article_stays_text() -> None:
    engine = hostile_engine()
    for pane in (article_html, references_html, trials_html):
        root = tree(pane(engine))
        assert_harmless(root)
        for text in HOSTILE:
            assert readable(text) in root.text


def test_a_hostile_added_article_stays_text() -> None:
    source = "\n\n".join(f"# {n} {text}\n\n{text} [1]" for n, text in enumerate(HOSTILE, start=1))
    document = parse(
        f"{source}\n\n# References\n\n1. {HOSTILE[0]}. 2020.\n", document_id='"><b onclick=x>', language=EN
    )
    root = tree(document_html(OtherEngine(document), document))
    assert_harmless(root)
    assert document.sentences


def test_hostile_text_in_answers_stays_text() -> None:
    citation = replace(
        HEALED,
        section=HOSTILE_TEXT,
        article=HOSTILE[3],
        id=HOSTILE_TEXT,
        quote=HOSTILE_TEXT,
        translation=HOSTILE_TEXT,
        references=(),
        passage_references=(),
        trials=(HOSTILE[3],),
    )
    rows = (*HOSTILE, "ref:²")
    computation = Computation(
        operation="list", column="", rows=rows, shown=rows, value=None, groups=(), filter=HOSTILE_TEXT
    )
    answer = replace(
        answered(SL, HOSTILE_TEXT, citation),
        id=HOSTILE[3],
        question=HOSTILE_TEXT,
        sentences=(said(Support.QUOTE, 1, text=HOSTILE_TEXT),),
        caveats=(Caveat(id="n", text=HOSTILE_TEXT, markers=(1,)),),
        computation=computation,
    )

    class Lenient(StubEngine):
        def section_title(self, section_id: str, language: Language, article: str = "") -> str:
            return HOSTILE_TEXT

    root = tree(sources_html(Lenient(), Conversation(answers=(answer,))))
    assert_harmless(root)
    for text in HOSTILE:
        assert root.text.count(readable(text)) >= 5


def test_the_source_is_the_one_that_spans_refer_to() -> None:
    """What the double cites is what the panel marks."""
    for citation in FISTULAS.citations:
        (piece,) = shown_pieces(StubEngine(), citation)
        document = StubEngine.documents[citation.article]
        sentence = next(sentence for sentence in document.sentences if sentence.id == piece)
        assert sentence.spans == citation.spans
        assert sentence.text == citation.quote
    assert StubEngine.article.source == SOURCE

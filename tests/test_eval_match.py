"""How texts are compared: quotes, facts in any inflection, numbers; and spans as sets of characters."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.load import Article
from corpus.text import quote as quoted
from corpus.types import Document, Span
from eval.gold import Nugget, QuoteFinder
from eval.match import find_all, holds, holds_any, likeness, normalise, numbers, prose
from eval.spans import merged, overlap, share, size

TEXT = st.text(alphabet=st.sampled_from("ačŽe\u0301\u030c–‑—-“”„'’* \n\t\u00a0\u00ad12.,()[]ZVß"), max_size=60)


@given(st.one_of(TEXT, st.text(max_size=60)))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once, offsets = normalise(text)
    assert normalise(once)[0] == once
    assert len(offsets) == len(once)
    assert offsets == sorted(offsets)
    assert all(0 <= offset < len(text) for offset in offsets)


@given(TEXT)
def test_composed_and_decomposed_text_are_one(text: str) -> None:
    assert normalise(unicodedata.normalize("NFD", text))[0] == normalise(unicodedata.normalize("NFC", text))[0]


@given(TEXT.map(lambda text: "".join(char for char in text if not unicodedata.combining(char))), st.data())
def test_every_stretch_of_a_text_is_found_in_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    wanted = text[start:end]
    if normalise(wanted)[0]:
        found = find_all(wanted, text)
        assert found
        assert all(normalise(text[begin:stop])[0] == normalise(wanted)[0] for begin, stop in found)


@pytest.mark.parametrize(
    ("wanted", "text", "spans"),
    [
        ("a - b", "x a – b", [(2, 7)]),
        ("„velik“", 'je "velik" in', [(3, 10)]),
        ("krepko je", "**krepko**\n je", [(2, 14)]),
        ("soproj", "so\u00adproj", [(0, 7)]),
        ("č", "c\u030c", [(0, 2)]),
        ("aa", "aaa", [(0, 2), (1, 3)]),
        ("", "abc", []),
        ("Abc", "abc", []),
    ],
    ids=["dash", "quotes", "emphasis", "soft hyphen", "decomposed", "overlapping", "empty", "case counts"],
)
def test_quotes_are_compared_loosely_but_not_too_loosely(wanted: str, text: str, spans: list[tuple[int, int]]) -> None:
    assert find_all(wanted, text) == spans


def test_a_quote_across_a_page_break_has_two_spans(document: Document) -> None:
    finder = QuoteFinder(document)
    n_bridged = 0
    for piece in document.sentences:
        if len(piece.spans) < 2:
            continue
        (first, second) = piece.spans[:2]
        if not document.text[first.end : second.start].strip():
            continue
        head = document.text[max(first.start, first.end - 30) : first.end]
        tail = document.text[second.start : min(second.end, second.start + 30)]
        (found,) = finder.find(f"{head} {tail}")
        assert (found[0].end, found[1].start) == (first.end, second.start), piece.id
        assert len(found) == 2
        n_bridged += 1
    assert n_bridged >= 3  # else this test looks at nothing


def test_every_sentence_is_found_where_it_stands(document: Document) -> None:
    finder = QuoteFinder(document)
    for piece in document.sentences:
        places = finder.find(piece.text)
        assert places, piece.id
        assert any(share(piece.spans, place) > 0.95 for place in places), piece.id


def test_a_quote_with_a_wrong_letter_is_not_found(document: Document) -> None:
    finder = QuoteFinder(document)
    assert finder.find("terapija pozitivno vplivala na 80 % bolnikov")
    assert not finder.find("terapija pozitivno vplivala na 90 % bolnikov")
    assert not finder.find("terapija pozitivno vplivale na 80 % bolnikov")


@pytest.mark.parametrize(
    ("alias", "text"),
    [
        ("mezenhimske matične celice", "Zdravljenje z mezenhimskimi matičnimi celicami [1]."),
        ("mezenhimske matične celice", "O mezenhimskih matičnih celicah govori poglavje."),
        ("mezenhimske maticne celice", "MEZENHIMSKE MATIČNE CELICE"),
        ("imunski odziv", "uravnavanje imunskega odziva"),
        ("zunajcelični vezikli", "dva zunajcelicna vezikla"),
        ("clinical trials", "In one clinical trial."),
        ("umbilical cord", "from the Umbilical Cord [2]."),
        ("ni odobren", "Noben pripravek še ni odobren (12)."),
        ("80 %", "vplivala na 80 % bolnikov"),
        ("80 %", "80% of patients"),
        ("NCT05813379", "študija nct05813379 [1]"),
        ("MSC", "celice MSC so"),
        ("faza 2", "v Fazi 2"),
        ("koža", "na koži"),
        ("kožne celice", "kožnih celic"),
        ("CD63", "označevalec CD63."),
    ],
)
def test_a_fact_is_heard_in_any_form(alias: str, text: str) -> None:
    assert holds(alias, text)


@pytest.mark.parametrize(
    ("alias", "text"),
    [
        ("80 %", "vplivala na 180 % bolnikov"),
        ("80 %", "stran 8, 0 %"),
        ("faza 2", "v fazi 3"),
        ("faza 2", "v fazi 12"),
        ("NCT05813379", "študija NCT05813378"),
        ("MSC", "celice MSCA so"),
        ("CD63", "označevalec CD9 in 63 drugih"),
        ("ni odobren", "Pripravek je odobren."),
        ("not approved", "It was approved."),
        ("apoptotska telesca", "apoptoza celic"),
        ("mikrovezikli", "eksosomi so vezikli"),
        ("kostni mozeg", "kostna gostota"),
        ("povečuje tveganje", "zmanjšuje tveganje"),
        ("increases", "decreases"),
        ("Turčija", "Tunizija"),
        ("Iran", "Irak"),
        ("koža", "kost"),
        ("umbilical cord", "The cord was cut; an hour later the umbilical hernia."),
    ],
)
def test_a_near_miss_is_no_fact(alias: str, text: str) -> None:
    assert not holds(alias, text)


def test_markers_and_citations_of_the_article_say_nothing() -> None:
    assert prose("Velja [1], tako je (24-26) [2-3]. V letu (2024) [4, 5].") == "Velja, tako je. V letu (2024)."
    assert not holds("12", "Tako je (12) [12].")
    assert holds("2024", "Tako je (2024).")


@pytest.mark.parametrize("text", ["", "–", "()"])
def test_an_alias_without_words_is_never_held(text: str) -> None:
    assert likeness(text, "karkoli") == 0.0
    assert not holds_any((), "karkoli")


@given(st.lists(st.sampled_from("vezikli celice iz 80 NCT05813379 MSC odobreni ne".split()), min_size=1, max_size=5))
def test_a_text_says_itself_in_every_writing(words: list[str]) -> None:
    alias = " ".join(words)
    for text in (alias, alias.upper(), f"Torej {alias}.", f"{alias} [3]", f"– {alias} (12)"):
        assert likeness(alias, text) == 1.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3,5 in 3.5", {"3.5"}),
        ("1.200 celic", {"1.200", "1200"}),
        ("1,200 cells", {"1.200", "1200"}),
        ("0.125 mg", {"0.125"}),
        ("12.345.678", {"12.345.678", "12345678"}),
        ("od 100 – 1000 nm", {"100", "1000"}),
        ("30-150 nm", {"30", "150"}),
        ("80% in 95 %", {"80", "95"}),
        ("študija NCT05813379.", {"05813379"}),
        ("CD63, CD9", {"63", "9"}),
        ("novembra 2024, nato 20.", {"2024", "20"}),
        ("1,5mg na kg", {"1.5"}),
        ("10x", {"10"}),
        ("tako je (24-26, 31) in (7) [1], [2-3]", set()),
        ("(2024) in (100 nm)", {"2024", "100"}),
        ("brez", set()),
    ],
)
def test_numbers_as_values(text: str, expected: set[str]) -> None:
    assert numbers(text) == expected


@given(
    st.integers(0, 99_999), st.sampled_from(["{} ljudi", "okoli {}.", "({} ljudi)", "x{}", "{}%", "{}, {}", "{}–{}"])
)
def test_every_number_is_read_whole(value: int, frame: str) -> None:
    assert numbers(frame.replace("{}", str(value))) == {str(value)}


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("V Iranu je 8 študij.", True),
        ("V iranu jih je 8 [1].", True),
        ("V Iranu je 18 študij.", False),
        ("V Turčiji je 8 študij.", False),
        ("V Iranu je več študij (8).", False),
    ],
)
def test_a_nugget_needs_its_name_and_its_numbers(text: str, held: bool) -> None:
    assert Nugget(id="n", sl=("v Iranu",), en=("in Iran",), numbers=("8",)).held_by(text) is held


SPANS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 10)).map(lambda pair: Span(pair[0], pair[0] + pair[1])), max_size=6
)


@given(SPANS, SPANS)
def test_spans_count_as_sets_of_characters(first: list[Span], second: list[Span]) -> None:
    one = {position for span in first for position in range(*span)}
    two = {position for span in second for position in range(*span)}
    assert size(first) == len(one)
    assert overlap(first, second) == overlap(second, first) == len(one & two)
    assert share(tuple(first), second) == pytest.approx(len(one & two) / len(one) if one else 0.0)
    assert {position for span in merged(first) for position in range(*span)} == one


def test_quotes_of_rows_are_found_by_any_unique_stretch(document: Document, article: Article) -> None:
    finder = QuoteFinder(document)
    for row in document.tables[1].rows:
        (place,) = finder.find(row.cells[1].text) if finder.find(row.cells[1].text)[1:] == [] else finder.find(row.id)
        assert finder.paragraph(place) == row.id
        assert quoted(article.source, place)

"""How text is quoted and folded, and how text cut in pieces stays traceable."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.load import Article
from corpus.text import SpannedText, fold, plain, quote, trim
from corpus.types import Span, Spans

# Much of what the rules turn on: Slovene letters composed and not, emphasis, blanks, Greek, micro.
CHARACTERS = st.sampled_from([*"aAbB 1.*\\_<>$\t\n\r\u00a0čšžČŠŽ", "c\u030c", "s\u030c", "Z\u030c", *"βµμ²ßſ»«"])
TEXTS = st.one_of(st.text(), st.lists(CHARACTERS, max_size=40).map("".join))


@st.composite
def cut_texts(draw: st.DrawFn) -> tuple[str, Spans]:
    """A text and some spans of it, in order, none overlapping another."""
    source = draw(TEXTS)
    bounds = sorted(draw(st.lists(st.integers(0, len(source)), max_size=6)))
    return source, tuple(Span(*pair) for pair in zip(bounds[::2], bounds[1::2], strict=False))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("gojenjem MSC *in vitro*, na", "gojenjem MSC in vitro, na", id="italics"),
        pytest.param(
            "celice (*angl.* mesenchymal stem cells, MSC)", "celice (angl. mesenchymal stem cells, MSC)", id="angl"
        ),
        pytest.param(
            "Received: 18. 4. 2025 | **Sprejeto / Accepted:** 12. 12. 2025",
            "Received: 18. 4. 2025 | Sprejeto / Accepted: 12. 12. 2025",
            id="bold",
        ),
        pytest.param("**DOI: *in* 2025** b", "DOI: in 2025 b", id="italics within bold"),
        pytest.param("***oboje***", "oboje", id="bold italics"),
        pytest.param("*en del* in *drug del*", "en del in drug del", id="two pairs"),
        pytest.param("p < 0,05 * in 5 * 3", "p < 0,05 * in 5 * 3", id="lone asterisks stay"),
        pytest.param("zvezdica* brez para", "zvezdica* brez para", id="an asterisk without its pair stays"),
        pytest.param(r"\*ni\* poudarjeno", r"\*ni\* poudarjeno", id="escaped asterisks stay"),
        pytest.param(
            "“majhni” (< 200 nm) in “veliki” (> 200 nm)", "“majhni” (< 200 nm) in “veliki” (> 200 nm)", id="<>"
        ),
        pytest.param("DOI: <https://doi.org/10.6016/x>", "DOI: <https://doi.org/10.6016/x>", id="link in brackets"),
        pytest.param("proteina amiloid- β ($A\\beta$)", "proteina amiloid- β ($A\\beta$)", id="LaTeX stays"),
        pytest.param(" a \t b\r\n\r\nc\u00a0d ", "a b c d", id="white space"),
        pytest.param("", "", id="empty"),
    ],
)
def test_plain_removes_emphasis_and_extra_blanks_only(text: str, expected: str) -> None:
    assert plain(text) == expected


@given(TEXTS)
def test_plain_twice_changes_nothing(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@given(TEXTS)
def test_plain_loses_asterisks_and_white_space_only(text: str) -> None:
    kept = [char for char in plain(text) if char != "*" and not char.isspace()]
    assert kept == [char for char in text if char != "*" and not char.isspace()]


@given(cut_texts())
def test_a_quote_loses_asterisks_and_white_space_only(cut: tuple[str, Spans]) -> None:
    source, spans = cut
    kept = [char for char in quote(source, spans) if char != "*" and not char.isspace()]
    slices = "".join(source[start:end] for start, end in spans)
    assert kept == [char for char in slices if char != "*" and not char.isspace()]


def test_a_quote_joins_its_spans_by_one_blank() -> None:
    source = "postala bolj zahtevna\n\n(1,2). V novejših"
    assert quote(source, (Span(0, 21), Span(23, 29))) == "postala bolj zahtevna (1,2)."
    assert quote(source, ()) == ""


def test_the_signs_of_the_source_that_look_like_markup_survive_quoting(article: Article) -> None:
    whole = quote(article.source, (Span(0, len(article.source)),))
    assert [whole.count(sign) for sign in ("(< 200 nm)", "(> 200 nm)", "$A\\beta$", "<https://doi.org/10.6016/")] == [
        1,
        1,
        2,
        1,
    ]
    assert whole.count("*") == 0
    assert whole.count("2 µm") == 1  # the micro sign, not the Greek letter
    assert whole.count("80 %") == 1
    assert whole.count("94(11 – 12):297–309") == 1


def test_the_source_is_composed_and_free_of_hidden_characters(article: Article) -> None:
    assert unicodedata.is_normalized("NFC", article.source)
    hidden = [char for char in article.source if char in "\u00a0\u00ad\f\r\ufeff" or unicodedata.category(char) == "Cf"]
    assert hidden == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Popkovničnih", "popkovnicnih", id="sl"),
        pytest.param("ČŠŽ čšž", "csz csz", id="all three letters"),
        pytest.param("Péault Kreß Noël Börger", "peault kress noel borger", id="names"),
        pytest.param("2 µm", "2 μm", id="micro sign becomes the Greek letter"),
        pytest.param("TGF-β IFN-γ", "tgf-β ifn-γ", id="Greek stays"),
        pytest.param("ﬁbroza x²", "fibroza x2", id="compatibility forms"),
        pytest.param("℡ Ｚ", "tel z", id="compatibility forms in capitals"),
        pytest.param("Th17 NCT05499156", "th17 nct05499156", id="ids"),
    ],
)
def test_fold(text: str, expected: str) -> None:
    assert fold(text) == expected


@given(TEXTS)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(TEXTS)
def test_composed_and_decomposed_text_fold_alike(text: str) -> None:
    forms = {fold(unicodedata.normalize(form, text)) for form in ("NFC", "NFD", "NFKC", "NFKD")}
    assert forms == {fold(text)}


@given(st.text(st.sampled_from("čšžćđČŠŽabc ")))
def test_slovene_letters_lose_their_marks_composed_or_not(text: str) -> None:
    folded = fold(text)
    assert folded == fold(unicodedata.normalize("NFD", text))
    assert folded == text.casefold().translate(str.maketrans("čšžć", "cszc"))


@given(cut_texts())
def test_spanned_text_knows_where_each_character_came_from(cut: tuple[str, Spans]) -> None:
    source, spans = cut
    joined = SpannedText.from_spans(source, spans)
    assert len(joined.offsets) == len(joined.text)
    traced = [source[at] if at >= 0 else " " for at in joined.offsets]
    assert "".join(traced) == joined.text
    if all(start < end for start, end in spans):
        assert joined.offsets.count(-1) == max(0, len(spans) - 1)


@given(cut_texts(), st.data())
def test_the_spans_of_a_part_rebuild_it(cut: tuple[str, Spans], data: st.DataObject) -> None:
    source, spans = cut
    joined = SpannedText.from_spans(source, spans)
    start = data.draw(st.integers(0, len(joined.text)))
    end = data.draw(st.integers(start, len(joined.text)))
    found = joined.spans(start, end)
    inserted = [at < 0 for at in joined.offsets[start:end]]
    wanted = [char for char, blank in zip(joined.text[start:end], inserted, strict=True) if not blank]
    assert "".join(source[a:b] for a, b in found) == "".join(wanted)
    assert all(a < b for a, b in found)
    assert all(before.end < after.start for before, after in pairwise(found))


def test_the_spans_of_a_part_across_a_page_break() -> None:
    source = "prejeli ZV, se je izboljšala\n\nostrina vida. Zaključili"
    joined = SpannedText.from_spans(source, (Span(0, 28), Span(30, len(source))))
    assert joined.text == "prejeli ZV, se je izboljšala ostrina vida. Zaključili"
    assert joined.spans(12, 42) == (Span(12, 28), Span(30, 43))
    assert joined.spans(28, 29) == ()  # the blank at the join stands nowhere in the source


@given(TEXTS, st.data())
def test_trim_drops_outer_white_space_only(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    trimmed = trim(text, Span(start, end))
    assert text[trimmed.start : trimmed.end] == text[start:end].strip()
    assert start <= trimmed.start <= trimmed.end <= end

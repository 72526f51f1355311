"""The front matter, typed."""

from datetime import date

from corpus.types import Document, Language
from ingest.front import front_matter
from ingest.parse import parse


def test_the_article(document: Document) -> None:
    front = front_matter(document)
    assert front.titles == {
        Language.SL: "Potencialna terapevtska uporaba zunajceličnih veziklov mezenhimskih matičnih celic",
        Language.EN: "Potential therapeutic applications of mesenchymal stem cell-derived extracellular vesicles",
    }
    assert front.authors == ("Nika Požun", "Ana Kolenc", "Elvira Maličev")
    assert front.affiliation == "Zavod Republike Slovenije za transfuzijsko medicino, Ljubljana, Slovenija"
    assert front.correspondence == "Elvira Maličev, e: elvira.malicev@ztm.si"
    assert front.keywords == {
        Language.SL: (
            "zunajcelični vezikli",
            "eksosomi",
            "klinične študije z zunajceličnimi vezikli",
            "mezenhimske matične celice",
            "celična terapija",
        ),
        Language.EN: (
            "extracellular vesicles",
            "exosomes",
            "extracellular vesicle-based clinical trials",
            "mesenchymal stem cells",
            "cell therapy",
        ),
    }
    assert (front.received, front.accepted) == (date(2025, 4, 18), date(2025, 12, 12))
    assert front.doi == "10.6016/ZdravVestn.3627"
    # The slip of the source ("Ana Kolenc A") is kept: it is a quotation.
    assert front.citation.startswith("Požun N, Ana Kolenc A, Maličev E. Potencialna")
    assert "Creative Commons" in front.licence


def test_an_article_without_front_matter() -> None:
    front = front_matter(parse("## Results\n\nNothing was found.\n", document_id="x", language=Language.EN))
    assert (front.titles, front.authors, front.doi, front.received) == ({}, (), None, None)


def test_an_impossible_date_is_none() -> None:
    text = "# A title\n\n## Abstract\n\nText.\n\nReceived: 31. 2. 2025 | Accepted: 2025-03-01\n"
    front = front_matter(parse(text, document_id="x", language=Language.EN))
    assert (front.received, front.accepted) == (None, date(2025, 3, 1))

"""An exact double of the engine for tests of the page: fixed answers, made of real quotes with real spans."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from corpus.config import ARTICLE_DIR
from corpus.load import load_article
from corpus.text import quote
from corpus.types import Kind, Language, Reference, Span, Spans
from ingest.build import parse_article
from rag.answer import Answer, Citation, Outcome, Reason
from rag.engine import EngineDescription, Turn
from rag.progress import Progress, Stage

SL, EN = Language.SL, Language.EN
SOURCE = (ARTICLE_DIR / "source.txt").read_text(encoding="utf-8")


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

    article = load_article()
    documents: ClassVar = {article.id: parse_article(article)}

    def ask(self, question: str, *, history: Sequence[Turn] = (), question_id: str = "") -> Answer:
        self.histories.append(list(history))
        assert self.gate.wait(10)
        return replace(self.extract(question, history=history), id=question_id)

    def extract(self, question: str, *, history: Sequence[Turn] = ()) -> Answer:
        if "Napaka" in question:
            raise RuntimeError("broken on purpose")
        answer = NO_ANSWER
        for word, known in {"fistul": FISTULAS, "sources": SOURCES_OF_CELLS, "<script>": HARMFUL}.items():
            if word in question:
                answer = known
        return replace(answer, question=question, resolved_question=question)

    def stream(
        self, question: str, *, history: Sequence[Turn] = (), question_id: str = ""
    ) -> Iterator[Progress | Answer]:
        yield Progress(stage=Stage.SEARCHING)
        answer = self.ask(question, history=history, question_id=question_id)
        yield Progress(stage=Stage.FOUND, n_passages=len(answer.citations))
        yield answer

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

"""Questions about the table of trials: read, computed, and compared with the table read independently."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median

import pytest

from corpus.concepts import ConceptMatcher
from corpus.load import Article
from corpus.types import Document, Language
from rag.tables.execute import TableResult, execute
from rag.tables.query import Operation
from rag.tables.read import TableReader

SL, EN = Language.SL, Language.EN
O = Operation  # noqa: E741


@dataclass(frozen=True)
class Row:
    """A row of the golden table, typed here and nowhere else."""

    id: str
    title: str
    goal: str
    status: str
    country: str
    n: int
    kind: str

    @property
    def phases(self) -> set[int]:
        return set() if self.early else {int(c) for c in self.kind if c.isdigit()}

    @property
    def early(self) -> bool:
        return self.kind.casefold().startswith("zgodnja")

    @property
    def covid(self) -> bool:
        return self.goal.casefold() == "covid-19"

    @property
    def long_covid(self) -> bool:
        return self.goal.startswith("Sindrom dolgega")


def _rows() -> list[Row]:
    path = Path(__file__).parent / "golden" / "table-2.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        table = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(table)
        return [Row(c[0], c[1], c[2], c[3], c[4].replace("Brazilijska", "Brazilija"), int(c[5]), c[6]) for c in table]


ROWS = _rows()
EYE = {"Retinitis pigmentoz", "Makularne luknje", "Bolezen suhega očesa"}
SKIN = {
    "Staranje", "Izpadanje las", "Melazma", "Androgena alopecija", "Bulozna distrofična epidermoliza",
    "Diabetično stopalo",
}  # fmt: skip
HAIR = {"Izpadanje las", "Androgena alopecija"}
BRAIN = {"Alzheimerjeva bolezen", "Amiotrofična lateralna skleroza (ALS)", "Cerebrovaskularne motnje"}
CANCER = {"Rak danke", "Akutna mieloična levkemija"}
DIABETES = {"Diabetes mellitus tipa 1", "Diabetično stopalo"}
JOINT = {"Osteoartritis", "Poškodba meniskusa"}
TEETH = {"Atrofija alveolne kosti", "Parodontitis"}
EUROPE = {"Nemčija", "Španija"}
ASIA = {"Kitajska", "Iran", "Turčija", "Indonezija"}
FISTULA = {"Perianalna fistula", "Perianalna fistula (Crohnova bolezen)"}

Where = Callable[[Row], bool]
every: Where = lambda r: True  # noqa: E731
none: Where = lambda r: False  # noqa: E731


def ids(*names: str) -> Where:
    return lambda r: r.id in names


def in_title(*words: str) -> Where:
    return lambda r: any(word in r.title.casefold() for word in words)


UMBILICAL = in_title("umbilical", "umsc", "ucmsc")

SLOVENE: list[tuple[str, Operation, Where]] = [
    ("Koliko študij navaja Tabela 2?", O.COUNT, every),
    ("Koliko študij poteka v Iranu?", O.COUNT, lambda r: r.country == "Iran"),
    ("Koliko kliničnih študij je na Kitajskem?", O.COUNT, lambda r: r.country == "Kitajska"),
    ("koliko studij je v turciji", O.COUNT, lambda r: r.country == "Turčija"),
    ("Kolko študji poteka na Kitajksem?", O.COUNT, lambda r: r.country == "Kitajska"),
    ("Koliko udelezncev imajo študije v Indonzeiji?", O.SUM, lambda r: r.country == "Indonezija"),
    ("Katera študja zbria udeležence v Španiji?", O.LIST, lambda r: r.country == "Španija" and r.status == "ZU"),
    ("Koliko študij še zbira udeležence?", O.COUNT, lambda r: r.status == "ZU"),
    ("Katere študije zbirajo udeležence v Nemčiji?", O.LIST, lambda r: r.country == "Nemčija" and r.status == "ZU"),
    ("Katere študije v ZDA še ne zbirajo udeležencev?", O.LIST, lambda r: r.country == "ZDA" and r.status == "ZUN"),
    ("katere studije v zda se ne zbirajo udelezencev", O.LIST, lambda r: r.country == "ZDA" and r.status == "ZUN"),
    ("Študije, ki še niso začele zbirati udeležencev", O.LIST, lambda r: r.status == "ZUN"),
    ("Katere študije imajo status ZUN?", O.LIST, lambda r: r.status == "ZUN"),
    ("Katere študije s statusom N potekajo v Egiptu?", O.LIST, lambda r: r.status == "N" and r.country == "Egipt"),
    ("Koliko iranskih študij je z neznanim statusom?", O.COUNT, lambda r: r.status == "N" and r.country == "Iran"),
    ("Koliko študij poteka zunaj Kitajske?", O.COUNT, lambda r: r.country != "Kitajska"),
    ("Koliko študij ne poteka na Kitajskem?", O.COUNT, lambda r: r.country != "Kitajska"),
    ("Katere študije so v Aziji razen na Kitajskem?", O.LIST, lambda r: r.country in ASIA - {"Kitajska"}),
    ("Koliko študij je v Evropi?", O.COUNT, lambda r: r.country in EUROPE),
    ("Katere študije so v fazi 2?", O.LIST, lambda r: 2 in r.phases),
    ("Katere študije so samo v fazi 2?", O.LIST, lambda r: r.phases == {2}),
    ("Koliko študij je v drugi fazi ali višji?", O.COUNT, lambda r: max(r.phases, default=0) >= 2),
    ("Katere študije so vsaj v fazi 2 in še zbirajo udeležence?", O.LIST,
     lambda r: max(r.phases, default=0) >= 2 and r.status == "ZU"),
    ("Koliko študij je v tretji fazi?", O.COUNT, lambda r: 3 in r.phases),
    ("Katera študija je samo v fazi 3?", O.LIST, lambda r: r.phases == {3}),
    ("Študije faze II/III", O.LIST, lambda r: r.phases == {2, 3}),
    ("študije v fazi 1/2 v ZDA", O.LIST, lambda r: r.phases == {1, 2} and r.country == "ZDA"),
    ("Koliko študij je v zgodnji fazi 1?", O.COUNT, lambda r: r.early),
    ("Katere študije v fazi 2 ali 3 so na Kitajskem?", O.LIST,
     lambda r: bool(r.phases & {2, 3}) and r.country == "Kitajska"),
    ("Katere študije so brez FDA faze?", O.LIST, lambda r: r.kind == "N/A"),
    ("Koliko studij nima faze FDA?", O.COUNT, lambda r: r.kind == "N/A"),
    ("Katera študija je opazovalna?", O.LIST, lambda r: r.kind == "O"),
    ("Katere študije imajo več kot 50 udeležencev zunaj Kitajske?", O.LIST,
     lambda r: r.n > 50 and r.country != "Kitajska"),
    ("studije na kitajskem z vec kot 50 udelezenci", O.LIST, lambda r: r.n > 50 and r.country == "Kitajska"),
    ("Katere študije imajo vsaj 100 udeležencev?", O.LIST, lambda r: r.n >= 100),
    ("Katere študije imajo manj kot deset udeležencev?", O.LIST, lambda r: r.n < 10),
    ("Koliko je študij z največ 10 udeleženci?", O.COUNT, lambda r: r.n <= 10),
    ("Koliko študij ima natanko 20 udeležencev?", O.COUNT, lambda r: r.n == 20),
    ("študije z med 20 in 40 udeleženci v Iranu", O.LIST, lambda r: 20 <= r.n <= 40 and r.country == "Iran"),
    ("Koliko študij je za covid-19?", O.COUNT, lambda r: r.covid),
    ("Koliko študij je o dolgem covidu?", O.COUNT, lambda r: r.long_covid),
    ("Koliko studij je o covidu v vseh oblikah?", O.COUNT, lambda r: r.covid or r.long_covid),
    ("Katere študije niso o covidu-19?", O.LIST, lambda r: not r.covid),
    ("Kateri študiji sta namenjeni suhemu očesu?", O.LIST, lambda r: r.goal == "Bolezen suhega očesa"),
    ("študije za oči", O.LIST, lambda r: r.goal in EYE),
    ("koliko oftalmoloskih studij je na kitajskem", O.COUNT, lambda r: r.goal in EYE and r.country == "Kitajska"),
    ("Koliko študij je s področja dermatologije?", O.COUNT, lambda r: r.goal in SKIN),
    ("študije o kožnih boleznih v ZDA", O.LIST, lambda r: r.goal in SKIN and r.country == "ZDA"),
    ("Katere študije obravnavajo izpadanje las?", O.LIST, lambda r: r.goal in HAIR),
    ("Kateri raziskavi sta namenjeni zobem?", O.LIST, lambda r: r.goal in TEETH),
    ("Koliko študij je o raku ali sladkorni bolezni?", O.COUNT, lambda r: r.goal in CANCER | DIABETES),
    ("Kateri študiji sta o perianalni fistuli v Iranu in še ne zbirata udeležencev?", O.LIST,
     lambda r: r.goal in FISTULA and r.status == "ZUN"),
    ("Katere študije uporabljajo popkovnico?", O.LIST, UMBILICAL),
    ("Katere študije omenjajo placento v naslovu?", O.LIST, in_title("placent")),
    ("Katere študije iz maščobnega tkiva so v tabeli?", O.LIST, in_title("adipose")),
    ("Kateri bolezni so namenjene študije v Iranu?", O.DISTINCT, lambda r: r.country == "Iran"),
    ("V katerih državah potekajo študije o melazmi?", O.DISTINCT, lambda r: r.goal == "Melazma"),
    ("V koliko državah potekajo študije?", O.DISTINCT, every),
    ("V kateri fazi je študija o Alzheimerjevi bolezni?", O.DISTINCT, lambda r: r.goal == "Alzheimerjeva bolezen"),
    ("Katera je največja študija?", O.MAX, every),
    ("katera studija na kitajskem ima najvec udelezencev", O.MAX, lambda r: r.country == "Kitajska"),
    ("Katera študija o covidu-19 je največja?", O.MAX, lambda r: r.covid),
    ("Katera študija ima najmanj udeležencev?", O.MIN, every),
    ("Katera študija je v najvišji fazi?", O.MAX, every),
    ("Kolikšno je skupno število udeležencev v kitajskih študijah?", O.SUM, lambda r: r.country == "Kitajska"),
    ("Koliko udeležencev ima študija za ALS?", O.SUM, lambda r: "ALS" in r.goal),
    ("Koliko študij je registriranih v Turčiji in koliko udeležencev imajo?", O.SUM, lambda r: r.country == "Turčija"),
    ("Kakšno je povprečno število udeležencev?", O.MEAN, every),
    ("Povprečno število udeležencev v študijah o melazmi", O.MEAN, lambda r: r.goal == "Melazma"),
    ("Mediana števila udeležencev v študijah faze 1", O.MEDIAN, lambda r: 1 in r.phases),
    ("Razvrsti študije od najmanjše do največje.", O.RANK, every),
    ("pet najmanjših študij na Kitajskem", O.RANK, lambda r: r.country == "Kitajska"),
    ("Koliko študij je v posamezni državi?", O.GROUP, every),
    ("stevilo studij po statusu", O.GROUP, every),
    ("Katera država ima največ študij?", O.GROUP, every),
    ("V kateri državi je največ udeležencev?", O.GROUP, every),
    ("Kolikšen delež študij poteka v ZDA?", O.SHARE, lambda r: r.country == "ZDA"),
    ("Ali je več študij na Kitajskem ali v Iranu?", O.COMPARE, lambda r: r.country in {"Kitajska", "Iran"}),
    ("Primerjaj študiji NCT05354141 in NCT05216562.", O.COMPARE, ids("NCT05354141", "NCT05216562")),
    ("V kateri državi poteka študija NCT05354141?", O.LOOKUP, ids("NCT05354141")),
    ("Kakšen je status študije NCT05402748 in koliko udeležencev ima?", O.LOOKUP, ids("NCT05402748")),
    ("NCT04173650 država", O.LOOKUP, ids("NCT04173650")),
    ("Ali je kakšna študija v Sloveniji?", O.LIST, none),
    ("Katere študije so v Franciji?", O.LIST, none),
    ("Katere študije so v fazi 4?", O.LIST, none),
    ("Katere študije so o Parkinsonovi bolezni?", O.LIST, none),
    ("Koliko študij je s področja urologije?", O.COUNT, none),
    ("V kateri državi je NCT99999999?", O.LOOKUP, none),
    ("Katere države imajo samo eno študijo?", O.GROUP, every),
    ("Naštej vse države, v katerih potekajo študije.", O.DISTINCT, every),
    ("V čem se razlikujeta študiji NCT05402748 in NCT06568653?", O.COMPARE, ids("NCT05402748", "NCT06568653")),
    ("Kako so študije razporejene po državah?", O.GROUP, every),
    ("Katere študije trenutno pridobivajo udeležence?", O.LIST, lambda r: r.status == "ZU"),
    ("Koliko študij ima status ZU, koliko ZUN in koliko N?", O.GROUP, every),
    ("Ali drži, da je na Kitajskem 13 študij?", O.COUNT, lambda r: r.country == "Kitajska"),
]  # fmt: skip

ENGLISH: list[tuple[str, Operation, Where]] = [
    ("How many trials does Table 2 list?", O.COUNT, every),
    ("How many trials are in Iran?", O.COUNT, lambda r: r.country == "Iran"),
    ("How many Chinese trials are recruiting?", O.COUNT, lambda r: r.country == "Kitajska" and r.status == "ZU"),
    ("How many studies are in the U.S.?", O.COUNT, lambda r: r.country == "ZDA"),
    ("Wich trails are in Indonsia?", O.LIST, lambda r: r.country == "Indonezija"),
    ("How many trails are recrutiing in Chnia?", O.COUNT, lambda r: r.country == "Kitajska" and r.status == "ZU"),
    ("how many studies in brasil", O.COUNT, lambda r: r.country == "Brazilija"),
    ("number of particpants in NCT05354141", O.LOOKUP, ids("NCT05354141")),
    ("Phase 2 or higher", O.LIST, lambda r: max(r.phases, default=0) >= 2),
    ("phase 3 only", O.LIST, lambda r: r.phases == {3}),
    ("early phase 1", O.LIST, lambda r: r.early),
    ("Which trials are in phase 1?", O.LIST, lambda r: 1 in r.phases),
    ("Which trials are only in phase 1?", O.LIST, lambda r: r.phases == {1}),
    ("How many trials are above phase 1?", O.COUNT, lambda r: max(r.phases, default=0) > 1),
    ("Which trials are combined phase 2 and 3?", O.LIST, lambda r: r.phases == {2, 3}),
    ("Which trials are in phase II/III?", O.LIST, lambda r: r.phases == {2, 3}),
    ("Iranian phase 1/2 trials with unknown status", O.LIST,
     lambda r: r.phases == {1, 2} and r.country == "Iran" and r.status == "N"),
    ("How many trials have no FDA phase?", O.COUNT, lambda r: r.kind == "N/A"),
    ("Are any trials observational?", O.LIST, lambda r: r.kind == "O"),
    ("Which trials are not yet recruiting in the USA?", O.LIST, lambda r: r.country == "ZDA" and r.status == "ZUN"),
    ("Which trials haven't started recruiting?", O.LIST, lambda r: r.status == "ZUN"),
    ("How many trials are not recruiting?", O.COUNT, lambda r: r.status != "ZU"),
    ("Which trials have an unknown status?", O.LIST, lambda r: r.status == "N"),
    ("Trials with status N in China", O.LIST, lambda r: r.country == "Kitajska" and r.status == "N"),
    ("Trials with status ZU in Turkey", O.LIST, lambda r: r.country == "Turčija" and r.status == "ZU"),
    ("Trials with more than 50 participants, outside China", O.LIST, lambda r: r.n > 50 and r.country != "Kitajska"),
    ("Which trials are not in China or Iran?", O.LIST, lambda r: r.country not in {"Kitajska", "Iran"}),
    ("Which trials are neither in China nor in Iran?", O.LIST, lambda r: r.country not in {"Kitajska", "Iran"}),
    ("Which trials are in Asia outside China?", O.LIST, lambda r: r.country in ASIA - {"Kitajska"}),
    ("List all trials in Europe", O.LIST, lambda r: r.country in EUROPE),
    ("How many trials take place in Africa?", O.COUNT, lambda r: r.country == "Egipt"),
    ("Which trials have exactly 20 participants?", O.LIST, lambda r: r.n == 20),
    ("trials with between 50 and 100 participants", O.LIST, lambda r: 50 <= r.n <= 100),
    ("Which trials have 100 or more participants?", O.LIST, lambda r: r.n >= 100),
    ("Which trials have fewer than ten people?", O.LIST, lambda r: r.n < 10),
    ("Phase 1 trials that are not yet recruiting, with fewer than 50 participants", O.LIST,
     lambda r: 1 in r.phases and r.status == "ZUN" and r.n < 50),
    ("How many covid-19 trials are there?", O.COUNT, lambda r: r.covid),
    ("How many trials target long covid?", O.COUNT, lambda r: r.long_covid),
    ("how many trials for all covid including long covid", O.COUNT, lambda r: r.covid or r.long_covid),
    ("Which trials excluding covid are in the USA?", O.LIST, lambda r: r.country == "ZDA" and not r.covid),
    ("Which trials are on eye diseases?", O.LIST, lambda r: r.goal in EYE),
    ("Which trials treat skin diseases?", O.LIST, lambda r: r.goal in SKIN),
    ("How many neurological trials are there?", O.COUNT, lambda r: r.goal in BRAIN),
    ("List dental trials", O.LIST, lambda r: r.goal in TEETH),
    ("studies on joints", O.LIST, lambda r: r.goal in JOINT),
    ("How many trials target cancer or diabetes?", O.COUNT, lambda r: r.goal in CANCER | DIABETES),
    ("Which trials for hair loss are recruiting?", O.LIST, lambda r: r.goal in HAIR and r.status == "ZU"),
    ("trials on dry eye in patients with GvHD", O.LIST, ids("NCT04213248")),
    ("trials on chronic cough after covid-19", O.LIST, ids("NCT05808400")),
    ("Which trials use umbilical cord MSCs?", O.LIST, UMBILICAL),
    ("Which trial titles mention adipose tissue?", O.LIST, in_title("adipose")),
    ("trials using placenta", O.LIST, in_title("placent")),
    ("Which diseases do trials in Egypt target?", O.DISTINCT, lambda r: r.country == "Egipt"),
    ("In how many countries are trials run?", O.DISTINCT, every),
    ("What phase is the ALS trial in?", O.DISTINCT, lambda r: "ALS" in r.goal),
    ("Where are the trials for hair loss?", O.DISTINCT, lambda r: r.goal in HAIR),
    ("What is the smallest trial?", O.MIN, every),
    ("How many participants does the largest trial have?", O.MAX, every),
    ("Which is the largest study in phase 1?", O.MAX, lambda r: 1 in r.phases),
    ("Which trial is in the highest phase?", O.MAX, every),
    ("How many participants are enrolled in Chinese trials in total?", O.SUM, lambda r: r.country == "Kitajska"),
    ("What is the total enrolment of recruiting trials?", O.SUM, lambda r: r.status == "ZU"),
    ("What is the average enrolment of trials in the USA?", O.MEAN, lambda r: r.country == "ZDA"),
    ("What is the mean number of participants?", O.MEAN, every),
    ("median enrolment of phase 1/2 trials", O.MEDIAN, lambda r: r.phases == {1, 2}),
    ("Sort the Iranian trials from smallest to largest", O.RANK, lambda r: r.country == "Iran"),
    ("Top 5 trials by enrolment", O.RANK, every),
    ("What are the three largest trials?", O.RANK, every),
    ("How many trials are there per phase?", O.GROUP, every),
    ("Which country has the most trials?", O.GROUP, every),
    ("average number of participants by country", O.GROUP, every),
    ("What share of trials are in phase 3?", O.SHARE, lambda r: 3 in r.phases),
    ("Are there more trials in China or in Iran?", O.COMPARE, lambda r: r.country in {"Kitajska", "Iran"}),
    ("Which has more participants, NCT05402748 or NCT05787288?", O.COMPARE, ids("NCT05402748", "NCT05787288")),
    ("In which country is NCT04173650?", O.LOOKUP, ids("NCT04173650")),
    ("What phase is NCT05261360 and how many participants does it have?", O.LOOKUP, ids("NCT05261360")),
    ("Is NCT05354141 recruiting?", O.LOOKUP, ids("NCT05354141")),
    ("How many trials are in France?", O.COUNT, none),
    ("Which trials are in phase 4?", O.LIST, none),
    ("phase 3 trials in Germany", O.LIST, none),
    ("How many trials are on Parkinson's disease?", O.COUNT, none),
    ("How many trials are for breast cancer?", O.COUNT, none),
    ("Which trials use bone marrow?", O.LIST, none),
    ("Status of NCT99999999?", O.LOOKUP, none),
    ("Which trials are completed according to Table 2?", O.LIST, none),
    ("Which countries have more than two trials?", O.GROUP, every),
    ("List the countries of the trials on covid-19", O.DISTINCT, lambda r: r.covid),
    ("How do NCT05402748 and NCT06568653 differ?", O.COMPARE, ids("NCT05402748", "NCT06568653")),
    ("What percent of participants are in the USA?", O.SHARE, lambda r: r.country == "ZDA"),
    ("How many trials have status ZU or N?", O.COUNT, lambda r: r.status in {"ZU", "N"}),
    ("Which dry eye trial is larger?", O.MAX, lambda r: r.goal == "Bolezen suhega očesa"),
    ("Is it true that 13 trials are in China?", O.COUNT, lambda r: r.country == "Kitajska"),
]  # fmt: skip

PROSE_SL = """Koliko ml ZV so dali deklici?
Kaj preverjajo v 1. fazi kliničnega preizkušanja?
V čem se prva faza razlikuje od tretje faze?
Koliko bolnikov z makularno luknjo je prejelo ZV?
Kakšni so rezultati študije NCT05499156?
Kateri neželeni učinki so se pojavili v študiji Alzheimerjeve bolezni?
Kaj se preverja v fazi 3?
Kaj je faza 3?
V kateri fazi se varnost preverja na zdravih prostovoljcih?
Koliko faz imajo klinične študije?
Kaj pomeni status ZUN?
Ali je katera terapija z ZV odobrena v Evropi?
Katero zdravilo je FDA odobrila decembra 2024?
Kako ZV-MSC delujejo pri ARDS?
Kaj kažejo študije o melazmi?
Koliko kliničnih študij z ZV je bilo novembra 2024 v zbirki ClinicalTrials?
Koliko študij je bilo zaključenih ali prekinjenih?
Katere študije so uporabile mišji model ciroze jeter?
Kako veliki so eksosomi?
Katere so prednosti ZV pred MSC?
Kateri so najpogostejši viri MSC?
Kako ZV pomagajo pri suhem očesu?
Katera študija je pokazala, da miR-204 zmanjša vnetje?
Ali se je bolnikom s Crohnovo boleznijo stanje izboljšalo?
Kdo so avtorji študije o bolezni presadka proti gostitelju?
Kdaj je bila objavljena študija o pljučnici?
Koliko bolnikov s covidom-19 je preživelo?
Koliko stane zdravljenje z ZV?
Kakšno je vreme na Kitajskem?
Koliko ljudi živi v Iranu?
Katere študije so bile uspešne?
katere studije so bile uspesne
Katere kitajske študije so poročale o neželenih učinkih?
Zakaj je na Kitajskem toliko študij?
Katero je glavno mesto Turčije?
Razloži mehanizem delovanja ZV pri osteoartritisu.
Kako so v Evropi urejene klinične študije z ZV?
Koliko referenc navaja članek?
Iz katere države so avtorice?
Kolikšen odmerek so uporabili v študiji faze 1?
Pri kolikšnem odstotku bolnikov je fistula prenehala teči?
Koliko bolnikov je sodelovalo v študiji o makularnih luknjah?
Katere študije na živalih obravnavajo meniskus?
Ali zdravijo ZV Alzheimerjevo bolezen?
Kateri bolniki so prejeli placebo?
Katere študije v Iranu niso bile uspešne?
Koliko celic β nastane?
Kako so klinične študije razdeljene po fazah?
Ali obstajajo študije s kapljicami za nos?
Kako dolgo trajajo študije faze 3?
So pri covidu preizkušali eksosome?
Katere študije so v fazi 3 ali v Iranu?""".splitlines()

PROSE_EN = """What gets checked in phase 1 of a clinical trial?
What is the difference between phase 1 and phase 2 trials?
How many patients received EVs in the macular hole pilot study?
What percentage of patients in NCT05499156 improved?
What were the results of the NCT04388982 trial?
Which adverse effects were reported in the Alzheimer's trial?
What is phase 3 for?
In which phase is safety tested in healthy volunteers?
How many phases do clinical trials have?
What does ZUN mean?
Has any EV therapy been approved in the EU?
Which cell product did the FDA approve in December 2024?
How do MSC-EVs affect the lungs in ARDS?
What do studies on melasma show?
How many studies with EVs were documented in ClinicalTrials in November 2024?
How many trials were completed or discontinued?
Which studies used mouse models of liver cirrhosis?
What is the size of exosomes?
What are the most common sources of MSCs?
How do EVs help in dry eye disease?
Which study showed that miR-204 reduces inflammation?
Did patients with Crohn's disease get better?
Who are the authors of the study on graft-versus-host disease?
When was the trial on covid-19 pneumonia published?
How many COVID-19 patients survived after treatment with EVs?
How much does EV therapy cost?
What is the weather like in China?
How many people live in Iran?
Which trials were successful?
Which trials in China reported adverse events?
How many trials in Iran used placebo?
How many milliliters of EVs did the girl receive?
Why are there so many trials in China?
Are EVs safe for patients with diabetes?
What is the capital of Turkey?
How many participants improved in the study?
Which diseases are caused by coronavirus?
How are clinical trials with EVs regulated in Europe?
How many references does the article cite?
Which country do the authors come from?
What dose was used in the phase 1 trial?
Is there a cure for Alzheimer's disease?
How many macular holes closed?
Which trials in Iran were not safe?
How do trials in phase 1 and phase 2 differ?
Which trials compare EVs with placebo?
How many trials do not mention TNF-α?
Which route of administration do the trials in China use?
Are more than 5 trials in Iran successful?
Which trials are in phase 4 or in France?
Which trials are recruiting or have more than 100 participants?""".splitlines()


@pytest.fixture(scope="module")
def reader(document: Document, article: Article) -> TableReader:
    return TableReader(document, article.glossary, ConceptMatcher(article.glossary))


def _result(reader: TableReader, document: Document, question: str, language: Language) -> TableResult:
    reading = reader.read(question, language)
    assert reading.query is not None, (reading.reason, reading.unread)
    assert 0 < reading.confidence <= 1
    return execute(reading.query, document)


def _check(result: TableResult, operation: Operation, where: Where) -> None:
    """Compare with the table as the csv module reads it."""
    expected = [row for row in ROWS if where(row)]
    sizes = [row.n for row in expected]
    assert result.operation is operation
    assert [trial.id for trial in result.rows] == [row.id for row in expected]
    if operation in (O.MIN, O.MAX) and result.query.columns[0].value == "enrolment":
        best = max(sizes) if operation is O.MAX else min(sizes)
        assert result.value == best
        assert [trial.id for trial in result.shown] == [row.id for row in expected if row.n == best]
    values = {
        O.COUNT: len(expected),
        O.SUM: sum(sizes),
        O.MEAN: mean(sizes) if sizes else None,
        O.MEDIAN: median(sizes) if sizes else None,
        O.SHARE: 100 * len(expected) / len(ROWS),
    }
    if result.query.columns:  # the share of participants
        values[O.SHARE] = 100 * sum(sizes) / sum(row.n for row in ROWS)
    if operation in values:
        assert result.value == pytest.approx(values[operation])
    if operation is O.RANK:
        ordered = sorted(sizes, reverse=result.query.descending)
        assert [trial.enrolment for trial in result.shown] == ordered[: result.query.n]


@pytest.mark.parametrize(("question", "operation", "where"), SLOVENE, ids=[case[0] for case in SLOVENE])
def test_slovene_questions(
    reader: TableReader, document: Document, question: str, operation: Operation, where: Where
) -> None:
    _check(_result(reader, document, question, SL), operation, where)


@pytest.mark.parametrize(("question", "operation", "where"), ENGLISH, ids=[case[0] for case in ENGLISH])
def test_english_questions(
    reader: TableReader, document: Document, question: str, operation: Operation, where: Where
) -> None:
    _check(_result(reader, document, question, EN), operation, where)


@pytest.mark.parametrize("question", PROSE_SL)
def test_slovene_prose_is_left_alone(reader: TableReader, question: str) -> None:
    reading = reader.read(question, SL)
    assert reading.query is None
    assert reading.reason


@pytest.mark.parametrize("question", PROSE_EN)
def test_english_prose_is_left_alone(reader: TableReader, question: str) -> None:
    reading = reader.read(question, EN)
    assert reading.query is None
    assert reading.reason

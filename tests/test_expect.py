"""What kind of answer a question expects, and which sentences give it: every kind, both languages."""

import pytest

from corpus.types import Language
from rag.questions.expect import NOTHING, STRICT, Expectation, expected, names

SL, EN = Language.SL, Language.EN

# kind: questions by language, sentences that give it, sentences that do not.
CASES: dict[str, tuple[dict[Language, list[str]], list[str], list[str]]] = {
    "name": (
        {
            SL: ["Kako je bilo ime deklici?", "In kako ji je ime?", "Ime bolnika iz leta 2014?"],
            EN: ["What was the girl's name?", "And what is her name?", "the name of the first patient"],
        },
        [],
        ["Pri 2-letni deklici so opravili operacijo.", "Nazari et al. treated a patient."],
    ),
    "money": (
        {
            SL: ["Koliko stane odmerek?", "Koliko evrov stane zdravljenje?", "Kakšna je cena pripravka?"],
            EN: ["How much does one dose cost?", "What is the price?", "How many euros is it?"],
        },
        ["Odmerek stane 200 evrov.", "The dose costs $ 300.", "Cena je 20 €."],
        ["Zdravljenje je drago (56).", "Cell therapy is expensive.", "Uporabili so 200 odmerkov."],
    ),
    "funder": (
        {
            SL: ["Kdo financira študijo?", "Kdo je plačal raziskavo?"],
            EN: ["Who funds the trial?", "Who paid for the study?", "Which sponsor is behind it?"],
        },
        ["Raziskavo je financirala agencija.", "The trial was funded by a foundation."],
        ["Študija poteka v Iranu.", "The trial is recruiting."],
    ),
    "institution": (
        {
            SL: ["V kateri bolnišnici so ga zdravili?", "Katero podjetje ga izdeluje?"],
            EN: ["Which hospital treated him?", "Which company makes it?", "In what city was it done?"],
        },
        ["Zdravili so ga v univerzitetni bolnišnici.", "It was done at the university hospital."],
        ["Zdravili so ga z vezikli.", "He was treated in 2014."],
    ),
    "discoverer": (
        {
            SL: ["Kdo je prvi odkril eksosome?", "Kdo je glavni raziskovalec?", "Kdo je uvedel izraz vezikel?"],
            EN: ["Who discovered exosomes?", "Who is the principal investigator?", "Who introduced the term?"],
        },
        ["Johnstone in sod. so jih opisali.", "Pan et al. named them."],
        ["Eksosomi so majhni.", "Exosomes are small."],
    ),
    "statistic": (
        {SL: ["Kolikšna je bila p-vrednost?", "Kakšen je interval zaupanja?"], EN: ["What was the p-value?"]},
        ["Razlika je bila značilna (p < 0,05).", "The odds ratio was 2."],
        ["Razlika je bila velika.", "80 % of patients improved."],
    ),
    "setting": (
        {
            SL: ["Pri kolikšni hitrosti jih centrifugirajo?", "Kakšen je zeta potencial?"],
            EN: ["At what speed are they spun?", "What is the zeta potential?"],
        },
        ["Centrifugirajo pri 100000 g.", "It is spun at 3000 rpm."],
        ["Centrifugirajo jih dolgo.", "They are spun and filtered."],
    ),
    "animals": (
        {SL: ["Koliko miši so uporabili?"], EN: ["How many mice were used?", "What was the number of rats?"]},
        ["Uporabili so 12 miši.", "Ten rats were treated."],
        ["Uporabili so miši.", "Mice were used in 2013."],
    ),
    "sex": (
        {SL: ["Kakšnega spola je bil darovalec?"], EN: ["Did the sex of the donor matter?", "Were they men or women?"]},
        ["Darovalke so bile ženske.", "Both men and women took part."],
        ["Darovalci so bili zdravi.", "Donors were healthy."],
    ),
    "scale": (
        {SL: ["Katero lestvico so uporabili?"], EN: ["Which scoring system was used?", "What scale measured it?"]},
        ["Ocenili so jih po lestvici.", "The score fell."],
        ["Bolnikom je bilo bolje.", "Patients felt better."],
    ),
    "gestation": (
        {SL: ["Do katerega tedna nosečnosti?"], EN: ["At what gestational age?"]},
        ["Rojeni pred 32. tednom.", "Born before 28 weeks."],
        ["Nedonošenčki.", "Preterm infants."],
    ),
    "passage": (
        {SL: ["V kateri pasaži so celice?"], EN: ["At which passage are the cells used?"]},
        ["Vpliva tudi število pasaž.", "Cells of passage 3."],
        ["Celice gojijo.", "Cells are grown."],
    ),
    "temperature": (
        {
            SL: ["Pri kateri temperaturi jih hranijo?"],
            EN: ["At what temperature are they stored?", "Can they be frozen in a freezer?"],
        },
        ["Hranili so jih pri –80 °C.", "They are kept at 4 degrees Celsius."],
        ["Hranimo jih dolgo.", "They are stable for years."],
    ),
    "percentage": (
        {
            SL: ["Pri kolikšnem odstotku bolnikov je uspelo?", "Kolikšen je delež?"],
            EN: ["What percentage of patients improved?", "In what proportion did it work?"],
        },
        ["Terapija je pozitivno vplivala na 80 % bolnikov.", "It worked in 4 of 5 patients.", "Pri 80 odstotkih."],
        ["Terapija je bila uspešna.", "Most patients improved."],
    ),
    "age": (
        {
            SL: ["Koliko so bili stari bolniki?", "Kako stara je bila deklica?"],
            EN: ["How old were the patients?", "What age was the girl?"],
        },
        ["Zdravili so 22-letno bolnico.", "A 3-month-old girl was treated.", "Deklica, stara 5 let."],
        ["Zdravili so deklico.", "The patients were young."],
    ),
    "duration": (
        {
            SL: ["Kako dolgo je trajalo zdravljenje?", "Koliko mesecev je trajalo?"],
            EN: ["How long did it last?", "How many months did it take?"],
        },
        ["Po 6 mesecih ni bilo fistul.", "It lasted six weeks.", "Zdravljenje je trajalo tri tedne."],
        ["Zdravljenje je trajalo dolgo.", "Treatment was short."],
    ),
    "frequency": (
        {
            SL: ["Kako pogosto so jih dajali?", "Kolikokrat so prejeli pripravek?"],
            EN: ["How often were they given?", "How many times was it applied?"],
        },
        [
            "Dajali so jih dvakrat na dan.",
            "They were given twice a week.",
            "Pripravek prejemajo tedensko.",
            "O tem redko poročajo.",
            "Relapses are seldom seen.",
        ],
        ["Bolniki so prejeli vezikle.", "The patients received vesicles."],
    ),
    "between": (
        {SL: ["Med čim nastane stik?", "Med katerimi celicami prehajajo?"], EN: ["Between what does it form?"]},
        ["Nastane med kostjo in mišico.", "It forms between bone and muscle."],
        ["Nastane v kosti.", "It forms in bone."],
    ),
    "dose": (
        {
            SL: ["V kolikšnem odmerku so dali ZV?", "Koliko ml pripravka so vbrizgali?"],
            EN: ["What dose was given?", "How much was injected?", "How many ml were used?"],
        },
        [
            "Injicirali so 5 ml pripravka.",
            "Dobili so 50 µg.",
            "It took 20 μl.",
            "A dose of 2.5 mg was given.",
            "Prejeli so 10 mililitrov.",
        ],
        ["Injicirali so vezikle.", "High doses were used."],
    ),
    "size": (
        {
            SL: ["Kako veliki so eksosomi?", "Kakšen je premer veziklov?"],
            EN: ["How large are exosomes?", "What is the diameter of EVs?"],
        },
        ["Eksosomi so manjši od 200 nm.", "They measure 5 μm.", "Meri 0,5 µm.", "Vezikli so majhni."],
        ["Eksosome izločajo vse celice.", "EVs carry proteins."],
    ),
    "year": (
        {
            SL: ["Kdaj so jih odkrili?", "Katerega leta je bila študija?"],
            EN: ["When were they discovered?", "In which year was the study?"],
        },
        ["Odkrili so jih leta 1983.", "They were found in 2014.", "Članek je prispel 1. 2. 2024."],
        ["Odkrili so jih v retikulocitih.", "A study of 300 patients.", "Študija (19, 20)."],
    ),
    "people": (
        {
            SL: ["Koliko bolnikov so zdravili?", "Koliko ljudi je sodelovalo?"],
            EN: ["How many patients were treated?", "How many people took part?"],
        },
        ["Zdravili so 5 bolnikov.", "Five patients were treated.", "Sodelovalo je osem prostovoljcev in tri osebe."],
        ["Zdravili so bolnike.", "Patients were treated.", "Uporabili so 5 ml."],
    ),
    "count": (
        {
            SL: ["Koliko študij je končanih?", "Kolikšno je število tock?"],
            EN: ["How many studies are finished?", "What is the number of trials?"],
        },
        ["Končanih je 12 študij.", "Three trials are finished.", "Obstajata dve metodi."],
        ["Študije so končane.", "MSC-3 and NCT05499156 are names."],
    ),
    "product": (
        {
            SL: ["Kako se imenuje zdravilo?", "Kakšno je trgovsko ime pripravka?", "Katero znamko so uporabili?"],
            EN: [
                "What is the brand name?",
                "Which brand was used?",
                "What is the drug called?",
                "Under what name is it sold?",
            ],
        },
        ["Zdravilo z imenom ExoFlo.", "It is called Amnion.", "Zdravilo Alofisel®."],
        ["Zdravilo vsebuje vezikle.", "The drug contains vesicles."],
    ),
    "person": (
        {
            SL: ["Kdo je to raziskal?", "Kateri raziskovalec je to pokazal?"],
            EN: ["Who studied this?", "Which team showed it?"],
        },
        ["Nazari in sod. so preučevali.", "Johnstone et al. described it.", "FDA je izdala opozorilo."],
        ["Vezikli prenašajo snovi.", "42"],
    ),
    "reason": (
        {
            SL: ["Zakaj so ZV obetavni?", "Kakšen je razlog za to?"],
            EN: ["Why are EVs promising?", "What makes them safe?"],
        },
        [
            "So varni, saj se ne delijo.",
            "They are safe because they cannot divide.",
            "Zaradi majhnosti prehajajo pregrade.",
        ],
        ["Vezikli so okrogli.", "Vesicles are round."],
    ),
    "mechanism": (
        {
            SL: ["Kako delujejo ZV-MSC?", "Po kakšnem mehanizmu to počnejo?"],
            EN: ["By what mechanism do they act?", "How do MSC-EVs work?"],
        },
        ["Zavirajo vnetje prek miR-146a.", "They act via the NF-κB pathway.", "Spodbujajo nastanek žil."],
        ["Vezikli so okrogli.", "Vesicles are round."],
    ),
    "route": (
        {
            SL: ["Kako so jim dali pripravek?", "Na kakšen način uporabe?", "Po kateri poti so ga vnesli?"],
            EN: ["How were they given?", "What was the route of administration?", "In what form is it used?"],
        },
        [
            "Vezikle so injicirali v fistulo.",
            "They are inhaled as an aerosol.",
            "Kapljice za oči.",
            "Intravenska aplikacija: intravensko.",
        ],
        ["Vezikli so okrogli.", "Vesicles are round."],
    ),
}
# Kinds that a glossary concept gives: (questions, concepts that give it, concepts that do not).
BY_CONCEPT: dict[str, tuple[dict[Language, list[str]], list[str], list[str]]] = {
    "country": (
        {SL: ["V kateri državi poteka?", "Kje v svetu?"], EN: ["In which country is it?", "What countries take part?"]},
        ["country:turkey"],
        ["tissue:bone-marrow", "disease:als"],
    ),
    "organisation": (
        {
            SL: ["Kako se imenuje evropsko združenje zdravnikov?", "Katera agencija to nadzoruje?"],
            EN: ["Which society wrote the rules?", "What is the name of the agency?"],
        },
        ["organisation:isev"],
        ["country:turkey", "disease:als"],
    ),
    "tissue": (
        {
            SL: ["Iz katerega tkiva so?", "Od kod izvirajo?", "Kje jih dobijo?"],
            EN: ["Which tissue are they from?", "Where do they come from?", "From which source?"],
        },
        ["tissue:bone-marrow", "organ:kidney", "cell:msc"],
        ["country:turkey", "disease:als"],
    ),
    "molecule": (
        {
            SL: ["Katere molekule vsebujejo?", "Kaj prenašajo?", "Katera miRNA sodeluje?"],
            EN: ["Which molecules are involved?", "What do they contain?", "Which miRNA takes part?"],
        },
        ["molecule:mir-146a", "property:small"],
        ["country:turkey", "tissue:bone-marrow"],
    ),
}

ASKS = [
    pytest.param(kind, language, question, id=f"{kind}-{language}-{n}")
    for kind, (questions, *_) in {**CASES, **BY_CONCEPT}.items()
    for language in Language
    for n, question in enumerate(questions[language])
]


def _of(kind: str) -> Expectation:
    questions = {**CASES, **BY_CONCEPT}[kind][0]
    return expected(questions[SL][0], SL)


def test_every_kind_has_a_case_in_both_languages() -> None:
    assert set(names()) == set(CASES) | set(BY_CONCEPT)
    assert all(questions[language] for questions, *_ in {**CASES, **BY_CONCEPT}.values() for language in Language)


@pytest.mark.parametrize(("kind", "language", "question"), ASKS)
def test_a_question_tells_what_it_expects(kind: str, language: Language, question: str) -> None:
    found = expected(question, language)
    assert (found.name, found.strict) == (kind, kind in STRICT)


@pytest.mark.parametrize("question", [question for kind in CASES for question in CASES[kind][0][SL]])
def test_diacritics_and_case_do_not_matter(question: str) -> None:
    plain = question.translate(str.maketrans("čšžČŠŽ", "cszCSZ"))
    assert expected(plain, SL) == expected(plain.upper(), SL) == expected(question, SL)


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Kaj so eksosomi?", SL),
        ("Ali so ZV varni?", SL),
        ("Kaj je GvHD?", SL),
        ("What are exosomes?", EN),
        ("Are EVs safe?", EN),
        ("", EN),
    ],
)
def test_other_questions_expect_nothing_in_particular(question: str, language: Language) -> None:
    assert expected(question, language) == NOTHING
    assert not NOTHING.given_by("200 nm, 5 bolnikov, 80 %", {"country:turkey"}, asked=())


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, case in CASES.items() for text in case[1]])
def test_a_sentence_gives_it(kind: str, text: str) -> None:
    assert _of(kind).given_by(text, (), asked=())


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, case in CASES.items() for text in case[2]])
def test_a_sentence_does_not_give_it(kind: str, text: str) -> None:
    assert not _of(kind).given_by(text, (), asked=())


@pytest.mark.parametrize("kind", BY_CONCEPT)
def test_a_concept_gives_it_unless_it_was_asked_about(kind: str) -> None:
    _, giving, others = BY_CONCEPT[kind]
    for concept in giving:
        assert _of(kind).given_by("", [*others, concept], asked=())
        assert not _of(kind).given_by("", [concept], asked=[concept])
    assert not _of(kind).given_by("5 let, 80 %, 200 nm", others, asked=())


@pytest.mark.parametrize("kind", ["count", "percentage", "duration", "people"])
def test_numbers_of_references_are_no_quantities(kind: str) -> None:
    assert not _of(kind).given_by("O tem poročajo (12, 13–15) in (56).", (), asked=())


def test_what_is_strict_is_there() -> None:
    assert set(names()) >= STRICT


@pytest.mark.parametrize(
    ("question", "language", "kind"),
    [
        ("Kaj so opazili po enem odmerku?", SL, ""),
        ("What was seen six months after one dose?", EN, ""),
        ("What happened following a single dose?", EN, ""),
        ("What was the size of the dose?", EN, "dose"),
    ],
)
def test_a_dose_named_by_the_way_is_not_asked_for(question: str, language: Language, kind: str) -> None:
    assert expected(question, language).name == kind

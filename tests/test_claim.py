"""Claims: what is put up, and how it stands to a sentence, in both languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.terms import searchable
from corpus.types import Language
from rag.engine import Engine
from rag.prose.claim import Check, Verdict, compare, decide, is_announced, statement
from rag.prose.shares import shares

SL, EN = Language.SL, Language.EN
SUPPORTED, CONTRADICTED, PARTLY = Verdict.SUPPORTED, Verdict.CONTRADICTED, Verdict.PARTLY


def _verdict(claim: str, sentence: str, language: Language, *, covered: float = 0.9) -> Verdict:
    return compare(claim, sentence, language, covered=covered).verdict


@pytest.mark.parametrize(
    ("text", "language", "claim"),
    [
        ("Ali drži, da so ZV večji od celic?", SL, "so ZV večji od celic"),
        ("Je res, da so ZV večji od celic?", SL, "so ZV večji od celic"),
        ("Drži trditev, da je zdravilo drago?", SL, "je zdravilo drago"),
        ("ZV so večji od celic.", SL, "ZV so večji od celic."),
        ("ZV so večji od celic, kajne?", SL, "ZV so večji od celic"),
        ("Is it true that EVs are larger than cells?", EN, "EVs are larger than cells"),
        ("True or false: EVs are larger than cells", EN, "EVs are larger than cells"),
        ("Correct me if I am wrong, but EVs are larger than cells.", EN, "EVs are larger than cells."),
        ("EVs are larger than cells, right?", EN, "EVs are larger than cells"),
        ("EVs are larger than cells, aren't they?", EN, "EVs are larger than cells"),
        ("Je res, da ZV (6,7) merijo 2 µm, ali ne?", SL, "ZV (6,7) merijo 2 µm"),
        ("Is it true that EVs (6,7) measure 2 μm, is that correct?", EN, "EVs (6,7) measure 2 μm"),
    ],
)
def test_the_words_that_only_ask_are_left_out(text: str, language: Language, claim: str) -> None:
    assert statement(text, language) == claim


@pytest.mark.parametrize(
    ("text", "language"),
    [("Delo je opravila ne?", SL), ("The vesicles are bright?", EN), ("Is the left eye right", EN)],
)
def test_the_end_of_a_word_is_no_question_tag(text: str, language: Language) -> None:
    assert statement(text, language) in (text.rstrip("?"), text.removesuffix(" right"))


@pytest.mark.parametrize(
    ("text", "language"), [("Drži?", SL), ("Kajne?", SL), ("Right?", EN), ("Is it true that?", EN), ("", SL), ("?", EN)]
)
def test_of_a_frame_around_nothing_something_is_left(text: str, language: Language) -> None:
    assert statement(text, language).strip() or not text.strip("?")


CASES = {
    "number held": (
        SUPPORTED,
        SL,
        "Terapija je vplivala na 80 % bolnikov",
        "Terapija je vplivala na 80 % bolnikov (56).",
    ),
    "number differs": (
        CONTRADICTED,
        SL,
        "Terapija je vplivala na 50 % bolnikov",
        "Terapija je vplivala na 80 % bolnikov (50).",
    ),
    "number held en": (SUPPORTED, EN, "It helped 80% of patients", "The therapy helped 80% of patients."),
    "number differs en": (CONTRADICTED, EN, "It helped 50% of patients", "The therapy helped 80% of patients (50)."),
    "no number there": (PARTLY, SL, "Zdravili so 5 bolnikov", "Zdravili so bolnike s fistulami."),
    "no number there en": (PARTLY, EN, "They treated 5 patients", "They treated patients with fistulas."),
    "negation": (
        CONTRADICTED,
        SL,
        "Bolniki so poročali o neželenih učinkih",
        "Bolniki niso poročali o neželenih učinkih.",
    ),
    "negation of both": (
        SUPPORTED,
        SL,
        "Bolniki niso poročali o neželenih učinkih",
        "Bolniki niso poročali o neželenih učinkih.",
    ),
    "negation in the claim": (CONTRADICTED, SL, "Terapija z ZV ni bila odobrena", "Terapija z ZV je bila odobrena."),
    "negation en": (
        CONTRADICTED,
        EN,
        "The patients reported side effects",
        "The patients did not report side effects.",
    ),
    "negation of both en": (SUPPORTED, EN, "No side effects were reported", "Side effects were not reported."),
    "negation in the claim en": (CONTRADICTED, EN, "The therapy was not approved", "The therapy was approved in 2023."),
    "up and down": (CONTRADICTED, SL, "ZV zvišajo vnetje", "ZV znižajo vnetje."),
    "up and down en": (CONTRADICTED, EN, "EVs increase inflammation", "EVs reduce inflammation."),
    "start and stop": (CONTRADICTED, SL, "ZV spodbujajo fibrozo", "ZV zavirajo fibrozo."),
    "start and stop en": (CONTRADICTED, EN, "EVs promote fibrosis", "EVs inhibit fibrosis."),
    "price": (CONTRADICTED, SL, "Celično zdravljenje je poceni", "Celično zdravljenje je drago."),
    "price en": (CONTRADICTED, EN, "Cell therapy is cheap", "Cell therapy is expensive."),
    "not and opposite": (SUPPORTED, SL, "Celično zdravljenje ni poceni", "Celično zdravljenje je drago."),
    "not and opposite en": (SUPPORTED, EN, "Cell therapy is not cheap", "Cell therapy is expensive."),
    "other words": (SUPPORTED, SL, "ZV zmanjšajo vnetje", "ZV znižajo vnetje."),
    "other words en": (SUPPORTED, EN, "EVs reduce inflammation", "EVs decrease inflammation."),
}


@pytest.mark.parametrize(
    ("claim", "sentence", "language"),
    [
        ("ZV prenašajo beljakovine", "ZV ne prenašajo samo beljakovin, ampak tudi RNA.", SL),
        ("ZV vsebujejo beljakovine", "ZV vsebujejo ne le beljakovine, temveč tudi RNA.", SL),
        ("EVs carry proteins", "EVs carry not only proteins but also RNA.", EN),
        ("EVs not only carry proteins", "EVs carry proteins and RNA.", EN),
    ],
)
def test_not_only_is_no_negation(claim: str, sentence: str, language: Language) -> None:
    check = compare(claim, sentence, language, covered=0.9)
    assert (check.verdict, check.opposed) == (SUPPORTED, ())


@pytest.mark.parametrize(
    ("claim", "sentence", "language"),
    [
        ("NCT05499156 poteka v Turčiji", "NCT05354141 poteka v Turčiji.", SL),
        ("NCT05499156 is in Turkey", "NCT05354141 is in Turkey.", EN),
    ],
)
def test_another_trial_neither_supports_nor_contradicts(claim: str, sentence: str, language: Language) -> None:
    check = compare(claim, sentence, language, covered=0.9)
    assert (check.verdict, check.differing, check.matching) == (PARTLY, ("NCT05499156",), ())
    assert _verdict(claim, sentence.replace("NCT05354141", "NCT05499156"), language) is SUPPORTED


@pytest.mark.parametrize(
    ("claim", "sentence", "language"),
    [
        ("Zdravili so deset bolnikov", "Zdravili so pet bolnikov.", SL),
        ("Ten patients were treated", "Five patients were treated.", EN),
    ],
)
def test_numbers_in_words_are_compared(claim: str, sentence: str, language: Language) -> None:
    assert _verdict(claim, sentence, language) is CONTRADICTED


@pytest.mark.parametrize("name", CASES)
def test_verdicts(name: str) -> None:
    verdict, language, claim, sentence = CASES[name]
    found = _verdict(claim, sentence, language)
    # Where two words of one meaning differ, leaving it to the reader is right too; taking sides wrongly is not.
    assert found is verdict or (verdict is SUPPORTED and "opposite" in name and found is PARTLY)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case[0] is SUPPORTED])
def test_a_claim_that_is_hardly_covered_is_not_supported(name: str) -> None:
    _, language, claim, sentence = CASES[name]
    assert _verdict(claim, sentence, language, covered=0.3) is PARTLY


def test_without_diacritics_it_is_the_same() -> None:
    for verdict, language, claim, sentence in CASES.values():
        plain = claim.translate(str.maketrans("čšžČŠŽ", "cszCSZ")).lower()
        assert _verdict(plain, sentence, language) is _verdict(claim, sentence, language), (claim, verdict)


@pytest.mark.parametrize(
    ("claim", "sentence", "language", "check"),
    [
        pytest.param(
            "V NCT05499156 je uspelo pri 50 % od 5 bolnikov",
            "V NCT05499156 je uspelo pri 80 % od 5 bolnikov (56,57).",
            SL,
            {"matching": ("5", "NCT05499156"), "differing": ("50",)},
            id="sl",
        ),
        pytest.param(
            "In NCT05499156 it worked in 50% of 5 patients",
            "In NCT05499156 it worked in 80% of 5 patients (56-58).",
            EN,
            {"matching": ("5", "NCT05499156"), "differing": ("50",)},
            id="en",
        ),
        pytest.param("Meri 0,5 mm", "Meri 0,7 mm.", SL, {"matching": (), "differing": ("0,5",)}, id="decimal"),
        # Neither the numbers of references nor those in names are quantities.
        pytest.param("Vir 56 ima CD81", "CD9 najdemo povsod (56).", SL, {"matching": (), "differing": ()}, id="names"),
    ],
)
def test_numbers_and_ids_are_compared(claim: str, sentence: str, language: Language, check: dict[str, object]) -> None:
    found = compare(claim, sentence, language, covered=0.8)
    assert {name: getattr(found, name) for name in check} == check
    assert found.covered == 0.8


def test_opposites_are_named_as_they_stand() -> None:
    assert compare("EVs promote fibrosis", "EVs inhibit fibrosis.", EN, covered=1.0).opposed == (
        ("promote", "inhibit"),
    )
    negated = compare("ZV so varni", "ZV niso varni.", SL, covered=1.0).opposed
    assert negated == (("", "niso"),)


@pytest.mark.parametrize(
    ("claim", "sentence", "language", "verdict"),
    [
        # One number agrees and one of the same kind differs.
        ("V 6 mesecih je pomagalo 60 % bolnikov", "Po 6 mesecih je pomagalo 80 % bolnikov.", SL, CONTRADICTED),
        ("In 6 months 60% of patients improved", "After 6 months 80% of patients improved.", EN, CONTRADICTED),
        # Other things are counted: neither agrees nor differs.
        ("Zdravili so 5 bolnikov", "Zdravljenje je trajalo 6 mesecev.", SL, PARTLY),
        ("They treated 5 patients", "Treatment lasted 6 months.", EN, PARTLY),
    ],
)
def test_numbers_are_set_against_those_of_the_same_kind(
    claim: str, sentence: str, language: Language, verdict: Verdict
) -> None:
    assert _verdict(claim, sentence, language) is verdict


@pytest.mark.parametrize(
    ("claim", "sentences", "language", "verdict", "place"),
    [
        (
            "ZV so cenejši od MSC",
            [("Slabosti ZV: visoki stroški.", 0.9, 0.4), ("Zato so ZV dražji od MSC.", 0.8, 0.9)],
            SL,
            CONTRADICTED,
            1,
        ),
        (
            "EVs are cheaper than MSCs",
            [("EVs have been studied.", 0.9, 0.4), ("EVs are more expensive than MSCs.", 0.8, 0.9)],
            EN,
            CONTRADICTED,
            1,
        ),
        # What is hardly evidence at all decides nothing.
        (
            "Therapy is safe",
            [("Therapy was studied.", 0.9, 0.9), ("Therapy is dangerous.", 0.1, 0.9)],
            EN,
            SUPPORTED,
            0,
        ),
        # Two of a weight disagree.
        ("Therapy is cheap", [("Therapy is cheap.", 0.8, 0.9), ("Therapy is expensive.", 0.8, 0.9)], EN, PARTLY, 0),
    ],
)
def test_the_sentence_that_decides_is_found_among_several(
    claim: str, sentences: list[tuple[str, float, float]], language: Language, verdict: Verdict, place: int
) -> None:
    check, decisive = decide(claim, sentences, language)
    assert (check.verdict, decisive) == (verdict, place)


@given(claim=st.text(max_size=60), sentence=st.text(max_size=80), covered=st.floats(0, 1))
def test_any_two_texts_can_be_compared(claim: str, sentence: str, covered: float) -> None:
    for language in Language:
        check = compare(claim, sentence, language, covered=covered)
        assert isinstance(check, Check)
        assert check.verdict in (SUPPORTED, CONTRADICTED, PARTLY)
        assert not set(check.matching) & set(check.differing)
        assert statement(claim, language) is not None


@given(text=st.text(alphabet="abcčdeišzž 0123456789,.%", min_size=1, max_size=60))
def test_a_text_never_contradicts_itself(text: str) -> None:
    for language in Language:
        check = compare(text, text, language, covered=1.0)
        assert check.verdict is SUPPORTED
        assert (check.differing, check.opposed) == ((), ())


SHARES = {
    "all, n of m": (CONTRADICTED, EN, "The ulcers healed in all patients", "In 6 of 8 patients the ulcers healed."),
    "all, n of m sl": (
        CONTRADICTED,
        SL,
        "Rane so se zacelile vsem bolnikom",
        "Pri 6 od 8 bolnikov so se rane zacelile.",
    ),
    "most, n of m": (SUPPORTED, EN, "The ulcers healed in most patients", "In 6 of 8 patients the ulcers healed."),
    "most, n of m sl": (
        SUPPORTED,
        SL,
        "Rane so se zacelile večini bolnikov",
        "Pri 6 od 8 bolnikov so se rane zacelile.",
    ),
    "half, %": (CONTRADICTED, EN, "Half of the patients slept better", "The patients slept better in 90 % of cases."),
    "half, % sl": (CONTRADICTED, SL, "Polovica bolnikov je bolje spala", "Bolje je spalo 90 % bolnikov."),
    "all, %": (CONTRADICTED, EN, "Everyone slept better", "After a week 90 % of patients slept better."),
    "all, % sl": (CONTRADICTED, SL, "Vsak bolnik je bolje spal", "Po tednu dni je 90 % bolnikov bolje spalo."),
    "none, %": (CONTRADICTED, EN, "Nobody slept better", "After a week 90 % of patients slept better."),
    "none, % sl": (CONTRADICTED, SL, "Nihče ni bolje spal", "Po tednu dni je 90 % bolnikov bolje spalo."),
    "most, few": (
        CONTRADICTED,
        EN,
        "Most people carry this variant",
        "A small percentage of people carry this variant.",
    ),
    "most, few sl": (CONTRADICTED, SL, "Večina ljudi nosi to različico", "To različico nosi majhen odstotek ljudi."),
    "few, few": (SUPPORTED, EN, "Few people carry this variant", "A small percentage of people carry this variant."),
    "few, few sl": (SUPPORTED, SL, "Redki ljudje nosijo to različico", "To različico nosi majhen odstotek ljudi."),
    "some only, all": (CONTRADICTED, EN, "Only some patients recovered", "All patients recovered."),
    "some only, all sl": (CONTRADICTED, SL, "Le nekateri bolniki so okrevali", "Vsi bolniki so okrevali."),
    "some, all": (SUPPORTED, EN, "Some patients recovered", "All patients recovered."),
    "some, all sl": (SUPPORTED, SL, "Nekateri bolniki so okrevali", "Vsi bolniki so okrevali."),
    "not all, all": (CONTRADICTED, EN, "Not all patients recovered", "All patients recovered."),
    "not all, all sl": (CONTRADICTED, SL, "Niso vsi bolniki okrevali", "Vsi bolniki so okrevali."),
    "most, few did not": (SUPPORTED, EN, "Most patients recovered", "Only 5 % of patients did not recover."),
    "most, few did not sl": (SUPPORTED, SL, "Večina bolnikov je okrevala", "Le 5 % bolnikov ni okrevalo."),
    "most, most did not": (CONTRADICTED, EN, "Most patients recovered", "Most patients did not recover."),
    "most, most did not sl": (CONTRADICTED, SL, "Večina bolnikov je okrevala", "Večina bolnikov ni okrevala."),
    "%, n of m": (SUPPORTED, EN, "75 % of patients recovered", "3 of 4 patients recovered."),
    "%, n of m sl": (SUPPORTED, SL, "Okrevalo je 75 % bolnikov", "Okrevali so 3 od 4 bolnikov."),
    "limit": (SUPPORTED, EN, "More than half of the patients recovered", "In all, 7 of 9 patients recovered."),
    "limit sl": (SUPPORTED, SL, "Okrevala je več kot polovica bolnikov", "Okrevalo je 7 od 9 bolnikov."),
    "of which": (
        CONTRADICTED,
        EN,
        "Most trials are finished",
        "There are 30 registered trials, of which 4 are finished.",
    ),
    "of which sl": (
        CONTRADICTED,
        SL,
        "Večina študij je končana",
        "Prijavljenih je 30 takih študij, od katerih so 4 končane.",
    ),
    # No share is stated: it is left to the reader, but for all.
    "most, none stated": (PARTLY, EN, "Most patients recovered", "The patients recovered."),
    "most, none stated sl": (PARTLY, SL, "Večina bolnikov je okrevala", "Bolniki so okrevali."),
    "all, none stated": (SUPPORTED, EN, "All patients recovered", "The patients recovered."),
    "all, none stated sl": (SUPPORTED, SL, "Vsi bolniki so okrevali", "Bolniki so okrevali."),
}


@pytest.mark.parametrize("name", SHARES)
def test_shares_of_a_whole_are_compared(name: str) -> None:
    verdict, language, claim, sentence = SHARES[name]
    assert _verdict(claim, sentence, language) is verdict


@pytest.mark.parametrize(
    ("claim", "sentence", "language", "verdict", "pair"),
    [
        (
            "Fever fell in all patients",
            "In 4 of 9 patients who took it, fever fell, and in 2 cough stopped.",
            EN,
            CONTRADICTED,
            ("all patients", "4 of 9 patients"),
        ),
        (
            "Cough stopped in most patients",
            "In 8 of 9 patients who took it, fever fell, and in 2 cough stopped.",
            EN,
            CONTRADICTED,
            ("most patients", "9 … 2"),
        ),
        (
            "Kašelj je prenehal pri večini bolnikov",
            "Pri 8 od 9 bolnikov je padla vročina, pri 2 pa je prenehal kašelj.",
            SL,
            CONTRADICTED,
            ("vecini bolnikov", "9 … 2"),
        ),
        # Shares of something else decide nothing.
        ("All patients were given a capsule", "A capsule of 80 % of the cells was given.", EN, SUPPORTED, None),
        ("Vsi bolniki so prejeli kapsulo", "Kapsula z 80 % celic, ki so jo prejeli, je draga.", SL, SUPPORTED, None),
    ],
)
def test_the_share_of_the_same_statement_decides_and_both_are_named(
    claim: str, sentence: str, language: Language, verdict: Verdict, pair: tuple[str, str] | None
) -> None:
    check = compare(claim, sentence, language, covered=0.9)
    assert (check.verdict, check.opposed) == (verdict, (pair,) if pair else ())


@pytest.mark.parametrize(
    "text", ["at most two weeks", "the most common source", "every week", "half-life", "above all"]
)
def test_what_only_looks_like_a_share_is_none(text: str) -> None:
    assert shares(text, EN) == []


@pytest.mark.parametrize("text", ["vse bolj pogosto", "vsak teden", "za 30 % manj", "nekaj let", "redko poročajo"])
def test_what_only_looks_like_a_share_is_none_in_slovene(text: str) -> None:
    assert shares(searchable(text), SL) == []


@pytest.mark.parametrize(
    ("claim", "right", "wrong"),
    [
        ("All perianal fistulas in Crohn's disease improved on EVs.", "NCT05499156", "NCT05402748"),
        (
            "Perianalne fistule pri Crohnovi bolezni so se z ZV izboljšale pri vseh bolnikih.",
            "NCT05499156",
            "NCT05402748",
        ),
        (
            "Perianal fistulas not associated with Crohn's disease improved in all patients.",
            "NCT05402748",
            "NCT05499156",
        ),
    ],
)
def test_a_study_of_other_patients_does_not_decide(engine: Engine, claim: str, right: str, wrong: str) -> None:
    answer = engine.check(claim)
    assert answer.check is not None
    first = " ".join(sentence.text for sentence in answer.sentences[:3])
    assert right in first
    assert wrong not in first.split(right)[0]
    assert answer.check.verdict is not SUPPORTED


@pytest.mark.parametrize(
    ("text", "language", "claim"),
    [
        ("Preveri: ZV so večji od celic.", SL, "ZV so večji od celic."),
        ("Lahko potrdite, da so ZV večji od celic?", SL, "so ZV večji od celic"),
        ("ZV so večji od celic. Ali je ta trditev pravilna?", SL, "ZV so večji od celic."),
        ("ZV so večji od celic – res ali ne?", SL, "ZV so večji od celic"),
        ("Fact check: EVs are larger than cells.", EN, "EVs are larger than cells."),
        ("Would it be fair to say that EVs are larger than cells?", EN, "EVs are larger than cells"),
        ("EVs are larger than cells - true?", EN, "EVs are larger than cells"),
        ("EVs are larger than cells, I believe.", EN, "EVs are larger than cells"),
    ],
)
def test_a_claim_may_be_announced_before_or_after_it(text: str, language: Language, claim: str) -> None:
    assert is_announced(searchable(text), language)
    assert statement(text, language) == claim


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Kako preverijo, da so celice prave?", SL),
        ("Katera trditev je pravilna po mnenju avtoric?", SL),
        ("How do they confirm that the cells are alive?", EN),
        ("Which eye is the right one?", EN),
    ],
)
def test_other_questions_announce_none(text: str, language: Language) -> None:
    assert not is_announced(searchable(text), language)


@pytest.mark.parametrize(
    ("claim", "held"),
    [
        ("Claim: ulcerative colitis can affect every part of the digestive tract.", "limited to the colon"),
        ("Preveri: Crohnova bolezen je omejena na debelo črevo in danko.", "kateri koli del prebavne cevi"),
        ("Claim: fat tissue vesicles alleviated liver fibrosis in mice.", "umbilical cord"),
        ("Preveri: vezikli iz maščobnega tkiva so pri miših ublažili fibrozo jeter.", "popkavnice"),
    ],
)
def test_what_is_said_of_another_disease_or_tissue_refutes(claim: str, held: str, engine: Engine) -> None:
    answer = engine.ask(claim)
    assert answer.check is not None
    assert answer.check.verdict is CONTRADICTED
    assert held in answer.answer


@pytest.mark.parametrize(
    ("claim", "held"),
    [
        ("Claim: umbilical cord vesicles alleviated liver fibrosis in mice.", "umbilical cord"),
        ("Preveri: vezikli iz tkiva popkovnice lahko pri miših ublažijo fibrozo jeter.", "popkavnice"),
    ],
)
def test_the_right_tissue_does_not(claim: str, held: str, engine: Engine) -> None:
    answer = engine.ask(claim)
    assert answer.check is not None
    assert answer.check.verdict is not CONTRADICTED
    assert held in answer.answer


@pytest.mark.parametrize(
    ("claim", "sentence", "language", "verdict"),
    [
        ("Smernice so jasne", "Smernice so nejasne.", SL, CONTRADICTED),
        ("Smernice so nejasne", "Smernice so nejasne.", SL, SUPPORTED),
        ("Sodelovali so kateri koli bolniki", "Sodelovali so nekateri bolniki.", SL, SUPPORTED),
        ("The guidelines are clear", "The guidelines are unclear.", EN, CONTRADICTED),
        ("The guidelines are not clear", "The guidelines are unclear.", EN, PARTLY),
        ("The guidelines are unclear", "The guidelines are unclear.", EN, SUPPORTED),
        ("Zaplet je redek", "To je najpogostejši zaplet.", SL, CONTRADICTED),
        ("The complication is rare", "It is the most common complication.", EN, CONTRADICTED),
        ("Solz je preveč", "To je stanje nezadostnega nastajanja solz.", SL, CONTRADICTED),
        ("There are too many tears", "It is a condition of insufficient tears.", EN, CONTRADICTED),
    ],
)
def test_a_prefix_denies_and_words_of_number_oppose(
    claim: str, sentence: str, language: Language, verdict: Verdict
) -> None:
    assert _verdict(claim, sentence, language) is verdict


@pytest.mark.parametrize(
    ("claim", "sentence", "language"),
    [
        ("Eksosomi so večji od apoptotskih teles", "Eksosome in apoptotska telesa uvrščamo po velikosti.", SL),
        ("Exosomes are larger than apoptotic bodies", "Exosomes and apoptotic bodies are classified by size.", EN),
    ],
)
def test_what_compares_nothing_confirms_no_comparison(claim: str, sentence: str, language: Language) -> None:
    assert _verdict(claim, sentence, language) is PARTLY
    measured = {SL: ("Eksosomi so manjši od 200 nm", "200 nm"), EN: ("Exosomes are smaller than 200 nm", "200 nm")}
    limit, size = measured[language]
    assert _verdict(limit, f"{sentence} {size}.", language) is SUPPORTED


@pytest.mark.parametrize(
    ("claim", "sentence", "language"),
    [
        ("Agencija je odobrila zdravilo", "Terapija je varna, vendar nobena nima dovoljenja.", SL),
        ("The agency licensed a drug", "The therapy is safe, but no treatment has been authorised.", EN),
    ],
)
def test_a_denial_that_may_concern_the_claim_confirms_nothing(claim: str, sentence: str, language: Language) -> None:
    assert _verdict(claim, sentence, language) is PARTLY


@pytest.mark.parametrize(
    "claim",
    [
        "Is it true that ulcerative colitis affects the small intestine?",
        "Ali drži, da eksosomi nastanejo z brstenjem plazmaleme?",
        "Is it true that exosomes are formed by budding of the plasma membrane?",
        "Is it true that vesicles from bone marrow lowered glucose in rats?",
        "Ali drži, da so vezikli iz kostnega mozga pri podganah znižali glukozo?",
    ],
)
def test_what_is_said_of_another_thing_of_the_sentence_confirms_nothing(claim: str, engine: Engine) -> None:
    check = engine.ask(claim).check
    assert check is None or check.verdict is not SUPPORTED


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("Ali drži, da MSC izražajo molekule HLA razreda II?", CONTRADICTED),
        ("Ali drži, da MSC ne izražajo molekul HLA razreda II?", SUPPORTED),
        ("Is it true that MSCs express HLA class II molecules?", CONTRADICTED),
    ],
)
def test_a_sentence_with_all_the_words_of_a_claim_decides_it(claim: str, verdict: Verdict, engine: Engine) -> None:
    check = engine.ask(claim).check
    assert check is not None
    assert check.verdict is verdict


@pytest.mark.parametrize(
    "question",
    [
        "Do EVs regulate blood clotting?",
        "Drži, da ZV uravnavajo strjevanje krvi?",
        "True or false: EVs regulate clotting.",
    ],
)
def test_what_they_do_is_said_of_the_vesicles_named_before(question: str, engine: Engine) -> None:
    assert "1:2.5" in {citation.id for citation in engine.ask(question).citations}


@pytest.mark.parametrize(
    "claim",
    [
        "Is it true that vesicles increase blood vessel growth after infarction?",
        "Ali drži, da vezikli po infarktu povečajo rast žil?",
    ],
)
def test_an_opposite_said_of_something_else_refutes_nothing(claim: str, engine: Engine) -> None:
    check = engine.ask(claim).check
    assert check is None or check.verdict is not CONTRADICTED

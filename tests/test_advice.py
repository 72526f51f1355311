"""Questions about what somebody should do about their health, and those that only look like them."""

import pytest

from corpus.terms import searchable
from corpus.types import Language
from rag.answer import Outcome, Reason
from rag.engine import Engine
from rag.messages import ABSTENTIONS
from rag.questions.advice import asks_advice

ASKED = {
    Language.SL: [
        "Bi bili vezikli možnost za mojo sestro z lupusom?",
        "Dedek ima alzheimerja, poskusimo s kapljicami?",
        "Koleno me boli že leta, je pametno iti na injekcijo veziklov?",
        "Katere vezikle naj si nabavim?",
        "Ali smem poleg zdravil uporabljati kremo z eksosomi?",
        "Bi vi babico pustili v študijo za pljuča?",
        "Me lahko spravite v študijo na Kitajskem?",
        "Star sem 70 let in imam luknjo v rumeni pegi: vitrektomija ali vezikli?",
    ],
    Language.EN: [
        "Would vesicles be an option for my sister with lupus?",
        "Granddad has Alzheimer's, do we try the nose drops?",
        "My knee is worn out, is an injection a good idea?",
        "Is there any point in my wife taking this?",
        "Is a cream with exosomes safe for me?",
        "Would you let your gran take part in the lung trial?",
        "Can you get me into the trial in China?",
        "I'm 70 and have a macular hole - vitrectomy or vesicles?",
    ],
}
NOT_ASKED = {
    Language.SL: [
        "Lahko sklepam, da register preveri vsako študijo?",
        "Kateri izraz naj uporabim v diplomski nalogi?",
        "Smem članek natisniti za udeležence tečaja?",
        "Kako naj si predstavljam nastanek eksosomov?",
        "Ali lahko z vezikli pri podganah zmanjšamo glukozo?",
        "Koliko ljudi naj bi zajela študija po operaciji?",
        "Bi bili vezikli za oko boljši od celic?",
        "Sem medicinska sestra; o katerih stranskih učinkih poročajo?",
    ],
    Language.EN: [
        "Can I take it that the registry looks at each trial?",
        "Which word should I use in my thesis?",
        "May I print the article for a course?",
        "How should I picture the formation of exosomes?",
        "Can we lower glucose in rats with vesicles?",
        "Do we have results in people yet?",
        "Would vesicles be better than cells for the eye?",
        "I am a nurse; which side effects were reported?",
    ],
}


@pytest.mark.parametrize(("language", "text"), [(language, text) for language in ASKED for text in ASKED[language]])
def test_it_asks_for_advice_directly_or_not(language: Language, text: str) -> None:
    assert asks_advice(searchable(text), language)


@pytest.mark.parametrize(
    ("language", "text"), [(language, text) for language in NOT_ASKED for text in NOT_ASKED[language]]
)
def test_it_asks_what_holds_or_what_to_write(language: Language, text: str) -> None:
    assert not asks_advice(searchable(text), language)


@pytest.mark.parametrize(
    ("language", "question", "section"),
    [
        (Language.SL, "Mama ima alzheimerjevo bolezen. Naj ji kupim kapljice z vezikli?", "3.1.1 Nevrologija"),
        (Language.EN, "I have dry eyes, should I try exosomes?", "3.1.6 Ophthalmology"),
    ],
)
def test_who_asks_for_advice_is_pointed_to_what_is_said_of_the_disease(
    engine: Engine, language: Language, question: str, section: str
) -> None:
    answer = engine.ask(question)
    assert (answer.outcome, answer.reason) == (Outcome.ABSTAINED, Reason.MEDICAL_ADVICE)
    assert answer.answer.startswith(ABSTENTIONS[Reason.MEDICAL_ADVICE][language])
    assert section in answer.answer


@pytest.mark.parametrize(
    "question", ["Ali naj grem na terapijo z eksosomi v Turčijo?", "Should I buy exosomes online?"]
)
def test_where_no_disease_is_named_there_is_no_pointer(engine: Engine, question: str) -> None:
    answer = engine.ask(question)
    assert answer.answer == ABSTENTIONS[Reason.MEDICAL_ADVICE][answer.language]

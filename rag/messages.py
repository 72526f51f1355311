"""What Evidenca itself says in an answer, in both languages. The article's words are never here."""

from collections.abc import Mapping

from corpus.types import Language
from rag.answer import Reason
from rag.prose.claim import Verdict

SL, EN = Language.SL, Language.EN

ABSTENTIONS: Mapping[Reason, Mapping[Language, str]] = {
    Reason.NOT_IN_ARTICLE: {
        SL: "Članek na to vprašanje ne odgovarja.",
        EN: "The article does not say.",
    },
    Reason.OUT_OF_SCOPE: {
        SL: "V članku o tem ne najdem ničesar; odgovarjam samo na vprašanja o njegovi vsebini.",
        EN: "I find nothing on this in the article; I only answer questions about what it says.",
    },
    Reason.MEDICAL_ADVICE: {
        SL: (
            "Zdravstvenih nasvetov ne dajem; o zdravljenju se posvetujte z zdravnikom. Lahko pa vprašate, kaj o temi "
            "navaja članek."
        ),
        EN: (
            "I give no medical advice; please talk to a doctor about treatment. You may ask what the article says on "
            "the topic."
        ),
    },
    Reason.SMALL_TALK: {
        SL: (
            "Sem Evidenca in z veseljem odgovarjam na vprašanja o enem preglednem članku: o zunajceličnih veziklih "
            "mezenhimskih matičnih celic, njihovi uporabi in kliničnih študijah. Vsak odgovor pokaže svoj vir."
        ),
        EN: (
            "I am Evidenca, glad to answer questions about one review article: on the extracellular vesicles of "
            "mesenchymal stem cells, their use and their clinical trials. Every answer shows its source."
        ),
    },
}

# After an abstention: where the article comes closest.
NEAREST: Mapping[Language, str] = {
    SL: "Najbližje temu piše v razdelkih: {sections}.",
    EN: "The nearest topics it covers: {sections}.",
}

# What the article does not tell of trials: of named ones (True), of those of the table at large (False).
NOT_OF_TRIAL: Mapping[bool, Mapping[Language, str]] = {
    True: {
        SL: "Članek o študiji tega ne navaja ({trials}): {what}.",
        EN: "The article does not say this of the trial ({trials}): {what}.",
    },
    False: {
        SL: "Članek o študijah tega ne navaja: {what}.",
        EN: "The article does not say this of the trials: {what}.",
    },
}
WHAT_IS_ASKED: Mapping[Language, str] = {SL: "kar sprašujete", EN: "what you ask"}
# After it: what the table gives instead, and where the text speaks of the trial.
COLUMNS_THERE: Mapping[bool, Mapping[Language, str]] = {
    True: {SL: "Tabela 2 o njej navaja le: {columns}.", EN: "Of it Table 2 gives only: {columns}."},
    False: {SL: "Tabela 2 o njih navaja le: {columns}.", EN: "Of them Table 2 gives only: {columns}."},
}
NOT_LISTED: Mapping[Language, str] = {SL: "Tabela 2 ne navaja {trials}.", EN: "Table 2 does not list {trials}."}
NO_DISPLAY: Mapping[Language, str] = {
    SL: "Članek nima {absent}. V njem so: {present}.",
    EN: "The article has no {absent}. It has: {present}.",
}
# Of which there is none, and by itself.
DISPLAYS: Mapping[str, Mapping[Language, tuple[str, str]]] = {
    "table": {SL: ("Tabele", "Tabela"), EN: ("Table", "Table")},
    "figure": {SL: ("Slike", "Slika"), EN: ("Figure", "Figure")},
}
MENTIONED: Mapping[Language, str] = {
    SL: "Besedilo jo omenja v razdelkih: {sections}.",
    EN: "The text mentions it in: {sections}.",
}

# After an answer to the other part of a question.
MISSING: Mapping[Language, str] = {
    SL: "Na del vprašanja članek ne odgovarja: {part}.",
    EN: "The article does not answer this part: {part}.",
}

# What is said of the more general thing in place of the one asked about.
IN_GENERAL: Mapping[Language, str] = {
    SL: "Članek to navaja za zunajcelične vezikle na splošno:",
    EN: "The article says this of extracellular vesicles in general:",
}

# Of something on which there are only trials in the table.
ONLY_TRIALS: Mapping[Language, str] = {
    SL: "Besedilo članka o tem ne poroča, Tabela 2 pa navaja študije:",
    EN: "The text of the article reports nothing on this, but Table 2 lists trials:",
}

# Of a fact about the article itself that it does not hold; "what" is a clause.
UNSAID: Mapping[Language, str] = {SL: "Članek ne navaja, {what}.", EN: "The article does not say {what}."}

# The language of its text, which the article shows without saying it.
WRITTEN_IN: Mapping[Language, Mapping[Language, str]] = {
    SL: {SL: "Besedilo članka je v slovenščini.", EN: "Besedilo članka je v angleščini."},
    EN: {SL: "The text of the article is in Slovene.", EN: "The text of the article is in English."},
}

# Before a sentence that reports on a trial which only the sentences before it in the article name.
OF_TRIAL: Mapping[Language, str] = {SL: "Študija {trial}:", EN: "Trial {trial}:"}

VERDICTS: Mapping[Verdict, Mapping[Language, str]] = {
    Verdict.SUPPORTED: {SL: "Članek to potrjuje:", EN: "The article supports this:"},
    Verdict.CONTRADICTED: {SL: "Članek pravi drugače:", EN: "The article says otherwise:"},
    Verdict.PARTLY: {SL: "Članek o tem navaja:", EN: "On this the article says:"},
    Verdict.NOT_IN_ARTICLE: {SL: "Članek o tem ne govori.", EN: "The article does not speak of this."},
}

FAILURES: Mapping[Reason, Mapping[Language, str]] = {
    Reason.EMPTY_QUESTION: {
        SL: "Vprašanje je prazno. Napišite vprašanje o članku.",
        EN: "The question is empty. Write a question about the article.",
    },
    Reason.QUESTION_TOO_LONG: {
        SL: "Vprašanje je predolgo: največ {limit} znakov. Skrajšajte ga.",
        EN: "The question is too long: at most {limit} characters. Shorten it.",
    },
    Reason.UNSUPPORTED_LANGUAGE: {
        SL: "Vprašanje ni v slovenščini ali angleščini. Vprašajte v enem od teh jezikov. / "
        "The question is in neither Slovene nor English. Ask in one of them.",
        EN: "The question is in neither Slovene nor English. Ask in one of them. / "
        "Vprašanje ni v slovenščini ali angleščini. Vprašajte v enem od teh jezikov.",
    },
    Reason.INVALID_INPUT: {
        SL: "Vnosa ni mogoče prebrati: {detail}",
        EN: "The input cannot be read: {detail}",
    },
    Reason.INTERNAL_ERROR: {
        SL: "Pri odgovarjanju je prišlo do napake.",
        EN: "Something went wrong while answering.",
    },
}

SECTION_NAMES: Mapping[str, Mapping[Language, str]] = {
    "front": {SL: "Podatki o članku", EN: "About the article"},
    "abstract-sl": {SL: "Izvleček (slovenski)", EN: "Abstract (Slovene)"},
    "abstract-en": {SL: "Izvleček (angleški)", EN: "Abstract (English)"},
    "references": {SL: "Literatura", EN: "References"},
}

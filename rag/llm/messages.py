"""What a reader is told of the language model, in both languages."""

from collections.abc import Mapping
from enum import StrEnum

from corpus.types import Language
from rag.llm.failure import Failure

SL, EN = Language.SL, Language.EN


class Fallback(StrEnum):
    """Why sentences of the article are shown in place of a model's text; each `Failure` is one, too."""

    UNREACHABLE = "unreachable"
    KEY_REFUSED = "key_refused"
    NOT_FOUND = "not_found"
    TOO_LONG = "too_long"
    REJECTED = "rejected"
    BUSY = "busy"
    BROKEN = "broken"
    SILENT = "silent"
    TOO_SLOW = "too_slow"
    CUT = "cut"
    GARBLED = "garbled"
    PAUSED = "paused"
    """It failed several times in a row and is left alone for a while."""
    EMPTY = "empty"
    """It wrote no complete sentence."""
    WRONG_LANGUAGE = "wrong_language"
    """It wrote in another language than the answer must have."""
    UNSUPPORTED = "unsupported"
    """Too much of its text is not supported by the evidence."""
    INCOMPLETE = "incomplete"
    """What is left of its text does not hold what was asked for."""


_WHY: Mapping[Fallback, Mapping[Language, str]] = {
    Fallback.UNREACHABLE: {SL: "Jezikovni model ni dosegljiv", EN: "The language model cannot be reached"},
    Fallback.KEY_REFUSED: {SL: "Jezikovni model je zavrnil ključ", EN: "The language model refused the key"},
    Fallback.NOT_FOUND: {
        SL: "Na navedenem naslovu ni tega jezikovnega modela",
        EN: "There is no such language model at that address",
    },
    Fallback.TOO_LONG: {
        SL: "Vprašanje je skupaj z dokazi za jezikovni model predolgo",
        EN: "The question with its evidence is too long for the language model",
    },
    Fallback.REJECTED: {SL: "Jezikovni model je zavrnil zahtevo", EN: "The language model rejected the request"},
    Fallback.BUSY: {SL: "Jezikovni model je preobremenjen", EN: "The language model is overloaded"},
    Fallback.BROKEN: {SL: "Pri jezikovnem modelu je prišlo do napake", EN: "The language model had an error"},
    Fallback.SILENT: {SL: "Jezikovni model se ne odziva", EN: "The language model does not respond"},
    Fallback.TOO_SLOW: {SL: "Jezikovni model je odgovarjal predolgo", EN: "The language model took too long"},
    Fallback.CUT: {
        SL: "Povezava z jezikovnim modelom se je prekinila",
        EN: "The connection to the language model broke off",
    },
    Fallback.GARBLED: {
        SL: "Odgovora jezikovnega modela ni mogoče prebrati",
        EN: "The reply of the language model cannot be read",
    },
    Fallback.PAUSED: {
        SL: "Jezikovni model po več zaporednih napakah nekaj časa ni v uporabi",
        EN: "The language model is left alone for a while after several failures",
    },
    Fallback.EMPTY: {
        SL: "Jezikovni model ni napisal nobenega celega stavka",
        EN: "The language model wrote no complete sentence",
    },
    Fallback.WRONG_LANGUAGE: {
        SL: "Jezikovni model ni odgovoril v jeziku vprašanja",
        EN: "The language model did not answer in the language of the question",
    },
    Fallback.UNSUPPORTED: {
        SL: "Besedilo jezikovnega modela premalo sledi virom",
        EN: "The text of the language model is not supported well enough by the sources",
    },
    Fallback.INCOMPLETE: {
        SL: "V besedilu jezikovnega modela manjka tisto, po čemer ste vprašali",
        EN: "The text of the language model lacks what you asked for",
    },
}
_INSTEAD: Mapping[Language, str] = {
    SL: "{why}, zato so navedeni stavki iz članka.",
    EN: "{why}, so these are sentences of the article.",
}
_BROKE_OFF: Mapping[Language, str] = {
    SL: "Jezikovni model odgovora ni dokončal; prikazano je le, kar je preverjeno.",
    EN: "The language model did not finish its answer; only what was verified is shown.",
}


def instead(reason: Fallback | Failure, language: Language) -> str:
    """Return why sentences of the article are shown in place of a model's text."""
    return _INSTEAD[language].format(why=_WHY[Fallback(reason)][language])


def broke_off(language: Language) -> str:
    """Return that a model's answer has no end."""
    return _BROKE_OFF[language]


def removed(n: int, language: Language) -> str:
    """Return how many sentences of a model were not shown."""
    if language is EN:
        what = "1 sentence of the language model was" if n == 1 else f"{n} sentences of the language model were"
        return f"{what} removed, as the sources do not support {'it' if n == 1 else 'them'}."
    form = n % 100
    if form == 1:
        what = f"Odstranjen je bil {n} stavek jezikovnega modela, ki ga"
    elif form == 2:
        what = f"Odstranjena sta bila {n} stavka jezikovnega modela, ki ju"
    elif form in (3, 4):
        what = f"Odstranjeni so bili {n} stavki jezikovnega modela, ki jih"
    else:
        what = f"Odstranjenih je bilo {n} stavkov jezikovnega modela, ki jih"
    return f"{what} viri ne podpirajo."

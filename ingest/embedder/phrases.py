"""Short sentences out of dictionary verbs: in Slovene the ending says who acts, in English a pronoun does.

"hoditi – walk" teaches nothing about "hodiš – you walk" or "nisem hodil – I did not walk"; the
forms of simplemma and a dozen patterns do. Number and gender too: "hodila sta" is "the two of them".
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ingest.embedder.corpora import Pair

# Ending of the Slovene form, Slovene pattern, English pattern; {v} the form, {e} the English verb, {p} its past.
_PATTERNS = (
    ("m", "{v}", "I {e}"), ("m", "ne {v}", "I do not {e}"), ("m", "jaz {v}", "I {e}"),
    ("š", "{v}", "you {e}"), ("š", "ali {v}", "do you {e}"), ("š", "ne {v}", "you do not {e}"),
    ("mo", "{v}", "we {e}"), ("mo", "ne {v}", "we do not {e}"),
    ("te", "{v}", "you {e}"), ("te", "ali {v}", "do you {e}"),
    ("jo", "{v}", "they {e}"), ("jo", "ne {v}", "they do not {e}"), ("jo", "ali {v}", "do they {e}"),
    ("l", "{v} je", "he {p}"), ("l", "{v} sem", "I {p}"), ("l", "nisem {v}", "I did not {e}"),
    ("l", "bom {v}", "I will {e}"), ("l", "bo {v}", "he will {e}"), ("l", "ni {v}", "he did not {e}"),
    ("l", "bi {v}", "he would {e}"), ("l", "ali si {v}", "did you {e}"), ("l", "moral bi {v}", "he should {e}"),
    ("la", "{v} je", "she {p}"), ("la", "{v} sem", "I {p}"), ("la", "ni {v}", "she did not {e}"),
    ("la", "bo {v}", "she will {e}"), ("la", "nisem {v}", "I did not {e}"), ("la", "ali je {v}", "did she {e}"),
    ("la", "{v} sta", "the two of them {p}"), ("la", "bi {v}", "she would {e}"),
    ("li", "{v} so", "they {p}"), ("li", "{v} smo", "we {p}"), ("li", "niso {v}", "they did not {e}"),
    ("li", "bodo {v}", "they will {e}"), ("li", "ali ste {v}", "did you {e}"), ("li", "nismo {v}", "we did not {e}"),
    ("ti", "lahko {v}", "can {e}"), ("ti", "ne morem {v}", "I cannot {e}"), ("ti", "mora {v}", "must {e}"),
    ("ti", "hočem {v}", "I want to {e}"), ("ti", "začel je {v}", "he began to {e}"),
    ("ti", "noče {v}", "does not want to {e}"), ("ti", "ni treba {v}", "need not {e}"),
)  # fmt: skip
_IRREGULAR = {
    "be": "was", "have": "had", "do": "did", "go": "went", "see": "saw", "come": "came", "take": "took",
    "give": "gave", "get": "got", "make": "made", "know": "knew", "think": "thought", "say": "said", "tell": "told",
    "find": "found", "leave": "left", "feel": "felt", "bring": "brought", "begin": "began", "keep": "kept",
    "hold": "held", "write": "wrote", "stand": "stood", "hear": "heard", "meet": "met", "run": "ran", "pay": "paid",
    "sit": "sat", "speak": "spoke", "lead": "led", "grow": "grew", "lose": "lost", "fall": "fell", "send": "sent",
    "build": "built", "understand": "understood", "draw": "drew", "break": "broke", "spend": "spent", "cut": "cut",
    "rise": "rose", "drive": "drove", "buy": "bought", "wear": "wore", "choose": "chose", "eat": "ate",
    "drink": "drank", "sleep": "slept", "sing": "sang", "swim": "swam", "fly": "flew", "throw": "threw",
    "catch": "caught", "teach": "taught", "sell": "sold", "win": "won", "forget": "forgot", "fight": "fought",
    "read": "read", "put": "put", "let": "let",
}  # fmt: skip


def verb_phrases(
    pairs: Sequence[Pair],
    slovene: Mapping[str, Sequence[str]],
    english: Mapping[str, Sequence[str]],
    *,
    n: int,
    seed: int,
) -> Iterator[Pair]:
    """Yield up to `n` sentences for each dictionary pair of verbs, drawn at random.

    Args:
        pairs: (Slovene, English) entries; those of two single words, the first an infinitive with a
            first person, the second with an "-ing" form, are taken for verbs.
        slovene, english: inflected forms by lemma.
    """
    random = np.random.default_rng(seed)
    for verb, translation in dict.fromkeys(pairs):
        forms, others = slovene.get(verb, ()), english.get(translation, ())
        is_verb = verb.endswith("ti") and any(form.endswith("m") for form in forms)
        if not is_verb or not any(form.endswith("ing") for form in others):
            continue
        regular = [form for form in others if form.endswith("ed")]
        past = _IRREGULAR.get(translation) or (regular[0] if regular else translation)
        possible = [
            (form, pattern, meaning)
            for form in (*forms, verb)
            for ending, pattern, meaning in _PATTERNS
            if form.endswith(ending)
        ]
        for index in random.permutation(len(possible))[:n]:
            form, pattern, meaning = possible[index]
            yield pattern.format(v=form), meaning.format(e=translation, p=past)

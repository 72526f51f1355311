"""Inflected forms of dictionary words, from the word lists of simplemma.

A dictionary pairs "hoditi" with "walk"; people write "hodil" and "walked". simplemma knows the
lemma of each form; turned round, its list gives the forms of a lemma. No text is looked at.
"""

import re
from collections import defaultdict

_PLAIN = {"sl": re.compile(r"[a-zčšžđ]{2,25}"), "en": re.compile(r"[a-z]{2,25}")}


def forms_by_lemma(language: str) -> dict[str, list[str]]:
    """Return the inflected forms of each lemma, both lower case and plainly spelt, in alphabetical order.

    Args:
        language: "sl" or "en".
    """
    from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory

    plain = _PLAIN[language]
    forms: dict[str, set[str]] = defaultdict(set)
    for form, lemma in DefaultDictionaryFactory().get_dictionary(language).items():
        if plain.fullmatch(form) and plain.fullmatch(lemma) and form != lemma:
            forms[lemma].add(form)
    return {lemma: sorted(found) for lemma, found in forms.items()}

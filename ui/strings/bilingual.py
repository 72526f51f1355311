"""A text in both languages, and the grammatical numbers of counted things."""

from dataclasses import dataclass

from corpus.types import Language


@dataclass(frozen=True, slots=True)
class Bilingual:
    """One text in both languages; placeholders, if any, are the same in both."""

    sl: str
    en: str

    def in_language(self, language: Language) -> str:
        """Return the text in `language`."""
        return self.sl if language is Language.SL else self.en


def number_form(n: int, language: Language) -> str:
    """Return the form of a noun after `n`: "one", "two" (the dual), "few" or "other" (CLDR plural rules)."""
    if language is Language.EN:
        return "one" if n == 1 else "other"
    return {1: "one", 2: "two", 3: "few", 4: "few"}.get(n % 100, "other")

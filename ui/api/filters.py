"""Which trials and references a list is asked for; words match in both languages, whatever their case or diacritics."""

from collections.abc import Iterable
from dataclasses import dataclass

from corpus.text import fold
from corpus.types import Reference
from rag.views import TrialView


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialFilter:
    """What trials are asked for; None and "" leave a thing open.

    Attributes:
        country, status: whole, as printed, in full, or in English ("ZU", "recruiting").
        condition: a part of it.
        text: words that stand anywhere in the row, as printed or translated.
    """

    country: str = ""
    status: str = ""
    condition: str = ""
    phase: int | None = None
    early: bool | None = None
    observational: bool | None = None
    min_enrolment: int | None = None
    max_enrolment: int | None = None
    text: str = ""

    def meets(self, view: TrialView) -> bool:
        """Return whether a trial is asked for; one that is in no table never is."""
        trial = view.trial
        if trial is None:
            return False
        countries = _names(view, trial.country_raw, trial.country)
        statuses = _names(view, trial.status, trial.status_text)
        conditions = _names(view, trial.condition_raw, trial.condition)
        everything = " ".join(
            fold(part) for item in view.fields for part in (item.printed, item.normal, item.meaning, item.english)
        )
        return (
            (not self.country or fold(self.country.strip()) in countries)
            and (not self.status or fold(self.status.strip()) in statuses)
            and any(fold(self.condition.strip()) in condition for condition in conditions)
            and (self.phase is None or self.phase in trial.phases)
            and self.early in (None, trial.early)
            and self.observational in (None, trial.observational)
            and (self.min_enrolment is None or trial.enrolment >= self.min_enrolment)
            and (self.max_enrolment is None or trial.enrolment <= self.max_enrolment)
            and all(word in everything for word in fold(self.text).split())
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceFilter:
    """What references are asked for; None and "" leave a thing open.

    Attributes:
        author: a part of a name.
        text: words that stand anywhere in the entry.
    """

    year: int | None = None
    author: str = ""
    text: str = ""

    def meets(self, reference: Reference) -> bool:
        """Return whether a reference is asked for."""
        names = (*reference.authors, reference.group)
        whole = fold(reference.text)
        return (
            self.year in (None, reference.year)
            and any(fold(self.author.strip()) in fold(name) for name in names)
            and all(word in whole for word in fold(self.text).split())
        )


def _names(view: TrialView, printed: str, *others: str) -> set[str]:
    """Return all that the cell of a row that says `printed` is called, folded."""
    fields = [item for item in view.fields if item.printed == printed]
    return set(_folded((printed, *others, *(name for item in fields for name in (item.normal, item.english)))))


def _folded(names: Iterable[str]) -> list[str]:
    return [fold(name) for name in names if name]

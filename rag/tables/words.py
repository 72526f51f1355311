"""The cells of a result in words: what columns are called, codes with their meaning, both languages."""

from collections.abc import Mapping

from corpus.types import Document, Language, Trial
from rag.tables.data import area_of, country_names, lexicon
from rag.tables.execute import GroupResult, TableResult, headers
from rag.tables.grammar import counted
from rag.tables.query import Column

SL, EN = Language.SL, Language.EN

COLUMN_NAMES: Mapping[Column, Mapping[Language, tuple[str, str]]] = {
    Column.ID: {SL: ("oznaka", "oznake"), EN: ("identifier", "identifiers")},
    Column.TITLE: {SL: ("naslov", "naslovi"), EN: ("title", "titles")},
    Column.CONDITION: {
        SL: ("cilj terapije", "cilji terapije"),
        EN: ("target of the therapy", "targets of the therapy"),
    },
    Column.STATUS: {SL: ("status", "statusi"), EN: ("status", "statuses")},
    Column.COUNTRY: {SL: ("država", "države"), EN: ("country", "countries")},
    Column.ENROLMENT: {SL: ("število udeležencev", "števila udeležencev"), EN: ("number of participants", "numbers")},
    Column.PHASE: {SL: ("vrsta študije", "vrste študij"), EN: ("type of study", "types of study")},
    Column.AREA: {SL: ("področje", "področja"), EN: ("field", "fields")},
}
BY: Mapping[Column, Mapping[Language, str]] = {
    Column.COUNTRY: {SL: "po državah", EN: "by country"},
    Column.STATUS: {SL: "po statusu", EN: "by status"},
    Column.PHASE: {SL: "po vrsti študije", EN: "by type of study"},
    Column.CONDITION: {SL: "po cilju terapije", EN: "by target of the therapy"},
    Column.AREA: {SL: "po področjih medicine", EN: "by field of medicine"},
    Column.ID: {SL: "po oznakah", EN: "by identifier"},
    Column.TITLE: {SL: "po naslovih", EN: "by title"},
    Column.ENROLMENT: {SL: "po številu udeležencev", EN: "by number of participants"},
}


def column_names(document: Document, language: Language) -> list[str]:
    """Return what the columns of the table of trials are called, as far as it has them; without the identifier."""
    there = headers(document)
    return [COLUMN_NAMES[column][language][0] for column in Column if column in there and column is not Column.ID]


class Words:
    """The words of one result in one language."""

    def __init__(self, result: TableResult, language: Language, translations: Mapping[str, str]) -> None:
        """`translations`: English of the cells by `<table>.<column>:<value>`."""
        self.result = result
        self.query = result.query
        self.language = language
        self._translations = translations
        self.table = f"{self.say('Tabela', 'Table')} {result.table.rsplit('-', 1)[-1]}"

    def say(self, sl: str, en: str) -> str:
        """Return the one of two texts that is in the language of the answer."""
        return sl if self.language is SL else en

    def count(self, n: int, noun: str, *, case: str = "nom") -> str:
        """Return "2 študiji", "5 trials"."""
        return counted(n, noun, self.language, case=case)

    def bare(self, trial: Trial, column: Column) -> str:
        """Return a cell in words, without what it is ("80", "N (neznan)")."""
        return str(trial.enrolment) if column is Column.ENROLMENT else self.cell(trial, column, bare=True)

    def cell(self, trial: Trial, column: Column, *, bare: bool = False) -> str:
        """Return a cell in words that stand by themselves ("80 udeležencev", "status N (neznan)")."""
        match column:
            case Column.ID:
                return trial.id
            case Column.TITLE:
                return self.say(f"»{trial.title}«", f"“{trial.title}”")
            case Column.CONDITION:
                return self.value(Column.CONDITION, trial.condition)
            case Column.STATUS:
                return f"{'' if bare else 'status '}{self.value(Column.STATUS, trial.status)}"
            case Column.COUNTRY:
                return self.value(Column.COUNTRY, trial.country)
            case Column.ENROLMENT:
                return self.count(trial.enrolment, "participant")
            case Column.PHASE:
                return self._phase(trial)
            case Column.AREA:
                return area_of(trial.condition).of(self.language)

    def value(self, column: Column, value: str) -> str:
        """Return a value as normalised in `Trial` in words; codes with their meaning in parentheses."""
        if column is Column.COUNTRY:
            place = country_names().get(value)
            return (place.name.of(self.language) if place else value).removeprefix("the ")
        if column is Column.STATUS:
            english = self._translated(Column.STATUS, value) or lexicon(EN).status_words.get(value, "")
            meaning = self.say(self.result.meanings.get(value, ""), english)
            return f"{value} ({meaning})" if meaning and meaning != value else value
        if column is Column.CONDITION and self.language is EN:
            return self._translated(Column.CONDITION, self.result.raw_conditions.get(value, value)) or value
        return value

    def group(self, column: Column, group: GroupResult) -> str:
        """Return the name of a group in words."""
        trial = next((trial for trial in self.result.rows if trial.row_id in group.rows), None)
        return group.key if trial is None else self.cell(trial, column, bare=True)

    def _translated(self, column: Column, raw: str) -> str:
        return self._translations.get(f"{self.result.table}.{self.result.headers.get(column, '')}:{raw}", "")

    def _phase(self, trial: Trial) -> str:
        if self.language is EN:
            return self._translated(Column.PHASE, trial.phase_raw) or trial.phase_raw
        meaning = self.result.meanings.get(trial.phase_raw, "")
        return f"{trial.phase_raw} ({meaning})" if meaning else trial.phase_raw.lower()

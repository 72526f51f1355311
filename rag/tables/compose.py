"""Put the result of a table query into words: what was computed, the rows, and what to know of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from corpus.types import Language, Trial
from rag.tables.data import area_of, country_names, lexicon, readings
from rag.tables.execute import GroupResult, TableResult, Unmatched
from rag.tables.grammar import counted, have, listed, month, number
from rag.tables.query import EARLY, Column, Operation, Operator, describe

SL, EN = Language.SL, Language.EN
# More rows than this are named by their ids only.
MAX_LISTED = 8
# Of what the table has in place of something it lacks, at most so many are named.
MAX_EXISTING = 10

_COLUMN_NAMES: Mapping[Column, Mapping[Language, tuple[str, str]]] = {
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
_BY: Mapping[Column, Mapping[Language, str]] = {
    Column.COUNTRY: {SL: "po državah", EN: "by country"},
    Column.STATUS: {SL: "po statusu", EN: "by status"},
    Column.PHASE: {SL: "po vrsti študije", EN: "by type of study"},
    Column.CONDITION: {SL: "po cilju terapije", EN: "by target of the therapy"},
    Column.AREA: {SL: "po področjih medicine", EN: "by field of medicine"},
    Column.ID: {SL: "po oznakah", EN: "by identifier"},
    Column.TITLE: {SL: "po naslovih", EN: "by title"},
    Column.ENROLMENT: {SL: "po številu udeležencev", EN: "by number of participants"},
}


class SentenceKind(StrEnum):
    """What a sentence about the table is."""

    COMPUTED = "computed"
    """It states the result and the filter."""
    ROW = "row"
    """It gives the cells of one row."""
    NOTE = "note"
    """It says how the question was read, what the table does not have, or how old the data are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSentence:
    """A sentence of an answer about the table.

    Attributes:
        row_ids: the rows it rests on, in the order of the table.
        piece_ids: other pieces of the article it rests on (the sentence that dates the data).
    """

    text: str
    row_ids: tuple[str, ...]
    kind: SentenceKind
    piece_ids: tuple[str, ...] = ()


def compose(
    result: TableResult, language: Language, *, translations: Mapping[str, str] | None = None
) -> list[TableSentence]:
    """Return the answer in `language`: the computed sentence, rows or ids, and notes.

    Args:
        translations: English of the cells by `<table>.<column>:<value>`, as in `Article`; without
            them goals stay in the language of the table.
    """
    return _Composer(result, language, translations or {}).sentences()


class _Composer:
    def __init__(self, result: TableResult, language: Language, translations: Mapping[str, str]) -> None:
        self.result = result
        self.query = result.query
        self.language = language
        self.translations = translations
        number_of_table = result.table.rsplit("-", 1)[-1]
        self.table = f"Tabela {number_of_table}" if language is SL else f"Table {number_of_table}"

    def say(self, sl: str, en: str) -> str:
        return sl if self.language is SL else en

    def sentences(self) -> list[TableSentence]:
        if self.query.operation is Operation.LOOKUP:
            return [*self._looked_up(), *self._notes()]
        found = [TableSentence(text=self._first(), row_ids=self.result.row_ids, kind=SentenceKind.COMPUTED)]
        found.extend(self._rows())
        found.extend(self._notes())
        return found

    # The computed sentence

    def _first(self) -> str:
        query, result, n = self.query, self.result, len(self.result.rows)
        if query.operation is Operation.COMPARE:
            return self._compared()
        if n == 0:
            filters = describe(query, self.language)
            return self.say(
                f"{self.table} ne navaja nobene študije {filters}.", f"{self.table} lists no trial {filters}."
            )
        head = self._head()
        value = result.value
        match query.operation:
            case Operation.SUM:
                total = counted(int(value or 0), "participant", self.language, case="acc")
                sl = f"ima {total}" if n == 1 else f"skupaj {have(n, SL)} {total}"
                return self.say(f"{head}; {sl}.", f"{head}; {'it has' if n == 1 else 'together they have'} {total}.")
            case Operation.MEAN:
                text = number(value or 0, self.language)
                return self.say(
                    f"{head}; povprečno število udeležencev je {text}.",
                    f"{head}; the mean number of participants is {text}.",
                )
            case Operation.MEDIAN:
                text = number(value or 0, self.language)
                return self.say(
                    f"{head}; mediana števila udeležencev je {text}.",
                    f"{head}; the median number of participants is {text}.",
                )
            case Operation.MIN | Operation.MAX:
                return self._extreme(head)
            case Operation.RANK:
                return self._ranked(head)
            case Operation.SHARE:
                share = number(value or 0, self.language)
                return self.say(
                    f"{head} od skupno {result.total}, to je {share} %.",
                    f"{head} out of {result.total}, that is {share}%.",
                )
            case Operation.GROUP | Operation.DISTINCT:
                return self._grouped(head)
            case _:
                return f"{head}."

    def _head(self) -> str:
        """Return "Tabela 2 navaja 4 študije v Iranu" without a full stop."""
        trials = counted(len(self.result.rows), "trial", self.language, case="acc")
        filters = describe(self.query, self.language)
        return f"{self.table} {self.say('navaja', 'lists')} {trials}{' ' + filters if filters else ''}"

    def _extreme(self, head: str) -> str:
        shown = self.result.shown
        names = listed([trial.id for trial in shown], self.language)
        verb = have(len(shown), self.language)
        if not shown:
            return self.say(f"{head}; nobena nima oštevilčene faze.", f"{head}; none has a numbered phase.")
        value = number(self.result.value or 0, self.language)
        largest = self.query.operation is Operation.MAX
        if self.query.columns[:1] == (Column.PHASE,):
            return self.say(
                f"{head}; {'najvišjo' if largest else 'najnižjo'} fazo (faza {value}) {verb} {names}.",
                f"{head}; the {'highest' if largest else 'lowest'} phase (phase {value}) is that of {names}.",
            )
        return self.say(
            f"{head}; {'največ' if largest else 'najmanj'} udeležencev ({value}) {verb} {names}.",
            f"{head}; the {'largest' if largest else 'smallest'} number of participants ({value}) is that of {names}.",
        )

    def _ranked(self, head: str) -> str:
        order = self.say(
            "od največje do najmanjše" if self.query.descending else "od najmanjše do največje",
            "from the largest to the smallest" if self.query.descending else "from the smallest to the largest",
        )
        wanted = self.query.n
        first = ""
        if wanted is not None and wanted < len(self.result.rows):
            first = self.say(f", prvih {wanted}", f", the first {wanted}")
        names = ", ".join(f"{trial.id} ({trial.enrolment})" for trial in self.result.shown)
        return self.say(
            f"{head}; po številu udeležencev {order}{first}: {names}.",
            f"{head}; by number of participants {order}{first}: {names}.",
        )

    def _grouped(self, head: str) -> str:
        query, groups = self.query, self.result.groups
        by = query.group_by or query.columns[0]
        parts = [f"{self._name(by, group)} ({number(group.value, self.language)})" for group in groups]
        if query.operation is Operation.DISTINCT:
            one, many = _COLUMN_NAMES[by][self.language]
            label = one if len(groups) == 1 else many
            n = f" ({len(groups)})" if len(groups) > 1 else ""
            return f"{head}; {label}{n}: {', '.join(parts)}."
        unit = ""
        if query.measure is Operation.SUM:
            unit = self.say("število udeležencev ", "participants ")
        elif query.measure is Operation.MEAN:
            unit = self.say("povprečno število udeležencev ", "mean number of participants ")
        if query.n is not None:
            most = self.say(
                "največ" if query.descending else "najmanj", "the most" if query.descending else "the fewest"
            )
            return f"{head}; {unit}{_BY[by][self.language]}, {most}: {', '.join(parts)}."
        return f"{head}; {unit}{_BY[by][self.language]}: {', '.join(parts)}."

    def _compared(self) -> str:
        groups = self.result.groups
        if self.query.groups:
            return self._compared_groups(groups)
        rows = self.result.rows
        if not rows:
            return self.say(f"{self.table} teh študij ne navaja.", f"{self.table} does not list these trials.")
        names = listed([trial.id for trial in rows], self.language)
        parts = []
        for column in self.query.columns:
            name = _COLUMN_NAMES[column][self.language][0]
            values = [self._plain_cell(trial, column) for trial in rows]
            if len(set(values)) == 1 and len(rows) > 1:
                parts.append(f"{name}: {values[0]} ({self.say('enako', 'the same')})")
            else:
                sides = (f"{value} ({trial.id})" for value, trial in zip(values, rows, strict=True))
                parts.append(f"{name}: {', '.join(sides)}")
        return f"{names} ({self.table}) – {'; '.join(parts)}."

    def _compared_groups(self, groups: Sequence[GroupResult]) -> str:
        measure = self.query.measure
        sides = []
        for group, item in zip(groups, self.query.groups, strict=True):
            value = int(group.value)
            if measure is Operation.MEAN:
                amount = (
                    self.say("povprečno ", "on average ")
                    + number(group.value, self.language)
                    + self.say(" udeleženca", " participants")
                )
            else:
                noun = "participant" if measure is Operation.SUM else "trial"
                amount = counted(value, noun, self.language, case="acc")
            sides.append(f"{item.label.of(self.language)} {amount}")
        rest = describe_filters(self.result, self.language)
        rest = f" ({rest})" if rest else ""
        gap = max(group.value for group in groups) - min(group.value for group in groups)
        end = ""
        if len(groups) == 2:
            equal = self.say("; enako", "; the same")
            end = equal if gap == 0 else self.say("; razlika ", "; a difference of ") + number(gap, self.language)
        verb = self.say("navaja", "lists")
        return f"{self.table} {verb}{rest}: {', '.join(sides)}{end}."

    # Rows

    def _rows(self) -> list[TableSentence]:
        rows = self.result.shown
        operation = self.query.operation
        if operation in (Operation.GROUP, Operation.COMPARE) and (self.query.group_by is not None):
            return []
        if not rows or (not self.query.filters and operation in (Operation.SUM, Operation.MEAN, Operation.MEDIAN)):
            return []
        if not self.query.filters and operation is Operation.DISTINCT:
            return []
        if len(rows) > MAX_LISTED:
            if operation in (Operation.RANK, Operation.SUM, Operation.MEAN, Operation.MEDIAN, Operation.DISTINCT):
                return []
            names = ", ".join(trial.id for trial in rows)
            return [
                TableSentence(
                    text=self.say(f"Oznake: {names}.", f"Identifiers: {names}."),
                    row_ids=tuple(trial.row_id for trial in rows),
                    kind=SentenceKind.COMPUTED,
                )
            ]
        extra = [column for column in self.query.columns if column is Column.TITLE]
        return [
            TableSentence(text=self._row(trial, extra), row_ids=(trial.row_id,), kind=SentenceKind.ROW)
            for trial in rows
        ]

    def _row(self, trial: Trial, extra: Sequence[Column]) -> str:
        cells = [
            self._cell(trial, column)
            for column in (Column.CONDITION, Column.COUNTRY, Column.ENROLMENT, Column.PHASE, Column.STATUS, *extra)
        ]
        return f"{trial.id} – {', '.join(cells)}"

    def _looked_up(self) -> list[TableSentence]:
        found = []
        for trial in self.result.rows:
            cells = [
                f"{_COLUMN_NAMES[column][self.language][0]}: {self._plain_cell(trial, column)}"
                for column in self.query.columns
            ]
            found.append(
                TableSentence(
                    text=f"{trial.id} ({self.table}) – {'; '.join(cells)}.",
                    row_ids=(trial.row_id,),
                    kind=SentenceKind.ROW,
                )
            )
        return found

    # Cells in words

    def _plain_cell(self, trial: Trial, column: Column) -> str:
        return str(trial.enrolment) if column is Column.ENROLMENT else self._cell(trial, column, bare=True)

    def _cell(self, trial: Trial, column: Column, *, bare: bool = False) -> str:
        match column:
            case Column.ID:
                return trial.id
            case Column.TITLE:
                return f"»{trial.title}«" if self.language is SL else f"“{trial.title}”"
            case Column.CONDITION:
                return self._condition(trial)
            case Column.STATUS:
                word = "" if bare else "status "
                if self.language is SL:
                    return f"{word}{trial.status}" + (f" ({trial.status_text})" if trial.status_text else "")
                meaning = self._translated(Column.STATUS, trial.status) or lexicon(EN).status_words.get(
                    trial.status, ""
                )
                return f"{word}{trial.status}" + (f" ({meaning})" if meaning and meaning != trial.status else "")
            case Column.COUNTRY:
                return self._country(trial.country)
            case Column.ENROLMENT:
                return counted(trial.enrolment, "participant", self.language)
            case Column.PHASE:
                return self._phase(trial)
            case Column.AREA:
                return area_of(trial.condition).of(self.language)

    def _translated(self, column: Column, raw: str) -> str:
        return self.translations.get(f"{self.result.table}.{self.result.headers.get(column, '')}:{raw}", "")

    def _condition(self, trial: Trial) -> str:
        if self.language is EN:
            return self._translated(Column.CONDITION, trial.condition_raw) or trial.condition
        return trial.condition

    def _country(self, name: str) -> str:
        place = country_names().get(name)
        return (place.name.of(self.language) if place else name).removeprefix("the ")

    def _phase(self, trial: Trial) -> str:
        meaning = self.result.meanings.get(trial.phase_raw, "")
        if self.language is EN:
            return self._translated(Column.PHASE, trial.phase_raw) or trial.phase_raw
        if meaning:
            return f"{trial.phase_raw} ({meaning})"
        return trial.phase_raw[:1].lower() + trial.phase_raw[1:].lower()

    def _name(self, column: Column, group: GroupResult) -> str:
        trial = next((t for t in self.result.rows if t.row_id in group.rows), None)
        if trial is None:
            return group.key
        return self._cell(trial, column, bare=True)

    # Notes

    def _notes(self) -> list[TableSentence]:
        notes = [*self._missing(), *self._alone(), *self._tied(), *self._readings(), *self._phases()]
        found = [TableSentence(text=text, row_ids=rows, kind=SentenceKind.NOTE) for text, rows in notes]
        found.extend(self._in_text())
        if self.result.dated is not None and self.result.rows:
            date = self.result.dated
            when = f"{month(date.month, self.language)} {date.year}"
            found.append(
                TableSentence(
                    text=self.say(
                        f"Članek navaja stanje v zbirki ClinicalTrials.gov za {when}.",
                        f"The article gives the state of ClinicalTrials.gov as of {when}.",
                    ),
                    row_ids=(),
                    kind=SentenceKind.NOTE,
                    piece_ids=(date.piece_id,),
                )
            )
        return found

    def _missing(self) -> list[tuple[str, tuple[str, ...]]]:
        return [(text, ()) for entry in self.result.unmatched if (text := self._missed(entry))]

    def _missed(self, entry: Unmatched) -> str:
        column = entry.filter.column
        what = listed([label.of(self.language) for label in entry.filter.unmatched], self.language)
        if column is Column.ID:
            text = self.say(f"Študije {what} {self.table} ne navaja.", f"{self.table} does not list {what}.")
            if entry.exists:
                near = listed(entry.exists, self.language)
                text += self.say(f" Najbolj podobne oznake v njej: {near}.", f" The nearest identifiers in it: {near}.")
            return text
        lists_no = self.say(f"{self.table} ne navaja nobene študije {what}.", f"{self.table} lists no trial {what}.")
        # The first sentence has said so where this is the only condition.
        text = "" if not self.result.rows and len(self.query.filters) == 1 and not self.query.groups else lists_no
        if not entry.exists:
            return text
        there = [self._existing(column, value) for value in entry.exists]
        names = ", ".join(there[:MAX_EXISTING])
        if len(there) > MAX_EXISTING:
            more = len(there) - MAX_EXISTING
            names += self.say(f" in še {more} drugih", f" and {more} others")
        label = self.say("faze", "phases") if column is Column.PHASE else _COLUMN_NAMES[column][self.language][1]
        label = label[:1].upper() + label[1:]
        return f"{text} {label}{self.say(' v tabeli: ', ' in the table: ')}{names}.".strip()

    def _existing(self, column: Column, value: str) -> str:
        if column is Column.COUNTRY:
            return self._country(value)
        if column is Column.STATUS:
            meaning = (
                self.result.meanings.get(value, "") if self.language is SL else lexicon(EN).status_words.get(value, "")
            )
            return f"{value} ({meaning})" if meaning else value
        if column is Column.CONDITION and self.language is EN:
            header = self.result.headers.get(Column.CONDITION, "")
            raw = self.result.raw_conditions.get(value, value)
            return self.translations.get(f"{self.result.table}.{header}:{raw}", value)
        return value

    def _alone(self) -> list[tuple[str, tuple[str, ...]]]:
        if not self.result.alone or self.result.unmatched:
            return []
        parts = "; ".join(
            f"{item.label.of(self.language)}: {counted(n, 'trial', self.language)}" for item, n in self.result.alone
        )
        return [(self.say(f"Vsak pogoj zase: {parts}.", f"Each condition by itself: {parts}."), ())]

    def _tied(self) -> list[tuple[str, tuple[str, ...]]]:
        """Say which rows equal the last of the ranked ones and were cut off."""
        shown = self.result.shown
        if self.query.operation is not Operation.RANK or not shown:
            return []
        cut = [t for t in self.result.rows if t not in shown and t.enrolment == shown[-1].enrolment]
        if not cut:
            return []
        names = listed([trial.id for trial in cut], self.language)
        text = self.say(
            f"Enako število udeležencev ({shown[-1].enrolment}) {have(len(cut), SL)} še {names}.",
            f"The same number of participants ({shown[-1].enrolment}): also {names}.",
        )
        return [(text, tuple(trial.row_id for trial in cut))]

    def _readings(self) -> list[tuple[str, tuple[str, ...]]]:
        found: list[tuple[str, tuple[str, ...]]] = []
        for item in (*self.query.filters, *self.query.groups):
            if item.reading in readings():
                found.append((readings()[item.reading].of(self.language), ()))
            elif item.column is Column.TITLE and not item.unmatched:
                found.append(
                    (
                        self.say(
                            "Iskano je v naslovih študij; besedilo članka lahko pove več.",
                            "Only the titles of the trials were searched; the text of the article may say more.",
                        ),
                        (),
                    )
                )
            elif item.column is Column.CONDITION and len(item.values) > 1 and item.reading:
                rows = [trial for trial in self.result.rows if trial.condition in item.values]
                names = dict.fromkeys(self._condition(trial) for trial in rows)
                if names:
                    text = self.say("Upoštevani cilji terapije: ", "Targets counted: ") + ", ".join(names) + "."
                    found.append((text, tuple(trial.row_id for trial in rows)))
        if self.query.group_by is Column.AREA or Column.AREA in self.query.columns:
            found.append(
                (
                    self.say(
                        "Razvrstitev po področjih je naša, ne članka.",
                        "The grouping by field is ours, not the article's.",
                    ),
                    (),
                )
            )
        return list(dict.fromkeys(found))

    def _phases(self) -> list[tuple[str, tuple[str, ...]]]:
        found: list[tuple[str, tuple[str, ...]]] = []
        for item in self.query.filters:
            if item.column is not Column.PHASE:
                continue
            numbers = [value for value in item.values if isinstance(value, int)]
            if item.operator in (Operator.CONTAINS, Operator.IN) and numbers:
                combined = [trial for trial in self.result.rows if len(trial.phases) > 1]
                if combined:
                    n = len(combined)
                    found.append(
                        (
                            self.say(
                                f"Vštete so tudi študije v združenih fazah: {n} od {len(self.result.rows)}.",
                                f"Trials in combined phases are included: {n} of {len(self.result.rows)}.",
                            ),
                            tuple(trial.row_id for trial in combined),
                        )
                    )
            if 1 in numbers and EARLY not in item.values:
                found.append(
                    (
                        self.say(
                            "Zgodnja faza 1 je svoja vrsta študije in ni všteta.",
                            "Early phase 1 is a type of its own and is not included.",
                        ),
                        (),
                    )
                )
        return found

    def _in_text(self) -> list[TableSentence]:
        return [
            TableSentence(
                text=self.say(f"{name} omenja besedilo članka.", f"{name} is mentioned in the text of the article."),
                row_ids=(),
                kind=SentenceKind.NOTE,
                piece_ids=pieces,
            )
            for name, pieces in self.result.in_text
        ]


def describe_filters(result: TableResult, language: Language) -> str:
    """Return the common filters of a comparison in words, without its sides."""
    return ", ".join(item.label.of(language) for item in result.query.filters)

"""The cue words of a question about the table ("how many", "largest", "by") and the nouns they are bound to.

A cue is bound to the noun that follows it: "how many trials" counts rows, "how many participants" people.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rag.tables.data import Lexicon, whole
from rag.tables.query import Column, Filter, Operation, Operator
from rag.tables.scan import TAKEN, Scan

_NUMBER = re.compile(r"(?<!\w)\d+(?!\w)")
COLUMN_NOUNS = ("area", "condition", "status", "phase", "country", "title", "id")
GROUPABLE = COLUMN_NOUNS[:5]
_BOUNDS = (Operator.AT_LEAST, Operator.MORE_THAN, Operator.AT_MOST, Operator.LESS_THAN, Operator.IS)
TRIAL, PARTICIPANT = "trial", "participant"


class Cue(NamedTuple):
    """Where a cue or a noun stands, and under which name the lexicon has it."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What was read before: the filters, and of what else the question speaks.

    Attributes:
        ids: registry ids named, `known` those of the table.
        sides: values of one column, each a filter of its own, that may be compared.
        claim: the question asks whether something is true.
        asked: columns asked for in words of their own ("and is it recruiting?").
        told: where the sentences end that only lead up to the question.
        of_all: the question asks whether something is true of all rows.
    """

    ids: tuple[str, ...]
    known: frozenset[str]
    filters: tuple[Filter, ...]
    sides: tuple[Filter, ...]
    claim: bool
    names_table: bool
    asked: tuple[Column, ...] = ()
    told: int = 0
    of_all: bool = False


class Cues:
    """Takes the cues and nouns from what is left of a question, and tells how they belong together. Use once."""

    def __init__(self, scan: Scan, words: Lexicon, conditions: Conditions) -> None:
        self.scan = scan
        self.words = words
        self.conditions = conditions
        self.filters = conditions.filters
        self.having = self._having()
        # The order matters: "from the smallest to the largest" is no "smallest".
        self.order = self._cues("ascending", "descending")
        self.phase_extreme = self._cues("highest_phase", "lowest_phase")
        self.id_extreme = self._cues("highest_id", "lowest_id")
        self.means = self._means()
        self.nth = self._nth()
        self.span = self._cues("range")
        majority = self._cues("majority")
        self.most = self._cues("most", "fewest")
        self.sizes = self._cues("largest", "smallest")
        self.how_large = self._cues("how_large")
        self._unblock()
        # "…, meaning no phase. How many are there?" is for the table, "… means … Have I got that right?" is not.
        asks = any(words.patterns[name].search(scan.left, conditions.told) for name in ("how_many", "which", "list"))
        start = conditions.told if asks else 0
        self.blocked = words.patterns["block"].search(scan.left, start) is not None
        self.each = self._each()
        self.order += self._cues("order")
        self.share = [*self._cues("share"), *majority]
        self.ratio = self._cues("ratio")
        self.compare = [*self._cues("compare"), *self.ratio]
        self.total = self._cues("total")
        goal = rf"(?:{words.raw['what']})[ ](?:\w+[ ]){{0,6}}?(?:{words.raw['columns.goal']})"
        self.goal = whole(goal).search(scan.text) is not None
        if conditions.filters:
            self.goal |= bool(scan.take_all(words.patterns["asks_goal"]))  # "What are they about?"
        if any(item.column is Column.COUNTRY for item in conditions.filters):
            # "What is being tested in Brazil?"
            tested = rf"(?:{words.raw['what']})[ ](?:\w+[ ]){{0,3}}?(?:{words.raw['tested']})"
            if whole(tested).search(scan.text) is not None:
                self.goal = True
                scan.take_all(words.patterns["tested"])
        self.apiece = self._cues("apiece")
        taking_part = self._taking_part()
        how_many = self._cues("how_many")
        which = self._cues("which")
        where = self._cues("where")
        what = self._cues("what")
        if not (self.sizes or self.most or self.order or scan.has(words.patterns["top"])):
            # "All three trials": how many there are is known, not asked.
            scan.take_all(re.compile(rf"(?<!\w)(?:{words.raw['rows']})\d+(?=[ ,{TAKEN}])"))
        self.listed = self._cues("list")
        self.listing = [*self.listed, *self._cues("yes_no")]
        self.nouns = self._nouns()
        self.counted = [PARTICIPANT if cue.start in taking_part else self._bound(cue) for cue in how_many]
        self.which = [self._bound(cue) for cue in which]
        self.what = [self._bound(cue) for cue in what]
        self.top = self._cues("top")
        # "There are two trials on …" counts nothing that is asked for.
        found = scan.take_all(_NUMBER)
        self.numbers = [int(match.group()) for match in found if match.start() >= conditions.told]
        asked = [*self._as_columns([*self.which, *self.what]), *([Column.COUNTRY] if where else []), *conditions.asked]
        if self.goal and conditions.filters:
            asked.append(Column.CONDITION)  # "What does the trial in Brazil treat?"
        self.columns = tuple(dict.fromkeys(asked))
        self.loose = self._as_columns([cue.name for cue in self.nouns])
        # "Which patients is it for": not how many, but with what.
        self.patients = self._which_patients([*which, *what]) and PARTICIPANT not in self.counted and not self.means
        if self.patients:
            self.columns = tuple(dict.fromkeys([*self.columns, Column.CONDITION]))
        self.participants = PARTICIPANT in self.counted or bool(self.how_large)
        self.participants |= PARTICIPANT in self.what and not self.patients

    @property
    def names_column(self) -> bool:
        """Whether "which" or "what" asks for a column by its name."""
        return bool(self._as_columns([*self.which, *self.what]))

    @property
    def says_nothing(self) -> bool:
        """Whether neither an operation nor a column is named, so that only conditions are left."""
        cues = (
            self.order, self.phase_extreme, self.id_extreme, self.means, self.most, self.sizes, self.how_large,
            self.share, self.total, self.compare, self.counted, self.which, self.what, self.listed, self.top,
            self.columns, self.loose,
        )  # fmt: skip
        named = any(cues) or self.each is not None or self.having is not None or self.blocked or self.participants
        return not named and not self.numbers

    @property
    def _average(self) -> Operation | None:
        """The average that is wanted for each group: the mean, the median when only that is named."""
        names = {cue.name for cue in self.means}
        return Operation.MEDIAN if names == {"median"} else Operation.MEAN if names else None

    @property
    def _n(self) -> int | None:
        """How many rows or groups are wanted."""
        if self.nth and not self.numbers:
            return self.nth
        if len(self.numbers) == 1 and (self.sizes or self.most or self.order or self.top):
            return self.numbers[0]
        return None

    def _asks_whether(self) -> bool:
        """Whether yes or no is the answer: "Is the largest …?", "Is it true that …?"."""
        begins = (0, self.conditions.told + 1)
        asks = [
            cue
            for cue in self.listing
            if cue.name == "yes_no" and (cue.start in begins or self.scan.text[: cue.start].endswith(", "))
        ]
        # "I'd like to know whether …" lists nothing.
        listed = [cue for cue in self.listed if not asks or cue.end > asks[0].start]
        return bool(asks or self.conditions.claim) and not any([*self.which, *self.what, *self.counted, listed])

    def _of_trial(self, cue: Cue) -> bool:
        """Whether a cue is said of a trial: "the trial with the most", "študija, ki ima največ"."""
        with_ = re.compile(rf"[ ,]*(?:{self.words.raw['with']})(?:[ ](?:the)?)*")
        before = [noun for noun in self.nouns if noun.name == TRIAL and noun.end <= cue.start]
        return any(with_.fullmatch(self.scan.text, noun.end, cue.start) for noun in before)

    def _as_said(self) -> list[Filter]:
        """Return the filters in the order in which the question names them."""
        # Titles that name a source are found where goals are.
        names = {Column.TITLE: Column.CONDITION} if self.scan.position(Column.TITLE) < 0 else {}
        return sorted(self.filters, key=lambda item: self.scan.position(names.get(item.column, item.column)))

    def _first_listed(self) -> tuple[str, ...]:
        """Return the noun that "list", "name", "naštej" are followed by, if it is the first of all."""
        first = self._bound(self.listed[0]) if self.listed else ""
        return (first,) if first and first == self.nouns[0].name else ()

    def _coordinated(self, first: tuple[str, ...]) -> tuple[str, ...]:
        """Return a listed noun with those joined to it: "the phase, size and country"."""
        small = re.compile(rf"[ ,]*(?:(?:{self.words.raw['and']})[ ])?(?:the[ ]|its[ ])?")
        nouns = self.nouns if first else []
        end = next((n for n in range(1, len(nouns)) if not self._joined(small, n)), len(nouns))
        return tuple(noun.name for noun in nouns[:end])

    def _joined(self, small: re.Pattern[str], n: int) -> bool:
        return small.fullmatch(self.scan.text, self.nouns[n - 1].end, self.nouns[n].start) is not None

    def _unblock(self) -> None:
        """Take words that would make a question one for the text.

        They do not in "summarise NCT…: country, phase" and "who tests it? List the trials".
        """
        raw = self.words.raw
        columns = "|".join(raw[f"columns.{name}"] for name in COLUMN_NOUNS)
        if self.conditions.ids and self.scan.has(whole(columns)):
            self.scan.take_all(self.words.patterns["sum_up"])
        if self.scan.has(self.words.patterns["trial"]) and self.scan.has(self.words.patterns["list"]):
            self.scan.take_all(self.words.patterns["who"])
        if len(self.conditions.sides) > 1 and self.scan.has(self.words.patterns["comparative"]):
            self.scan.take_all(self.words.patterns["who"])  # "Who has more trials, Iran or Egypt?"
        # "I need two things: …" counts what is asked for.
        self.scan.take_all(whole(rf"\d+[ ](?:{raw['things']})"))

    def _cues(self, *names: str) -> list[Cue]:
        """Return the cues of these names that stand in the words left, taking them."""
        found = [Cue(*match.span(), name) for name in names for match in self.scan.find(self.words.patterns[name])]
        for cue in found:
            self.scan.take(cue.start, cue.end)
        return found

    def _means(self) -> list[Cue]:
        """Return the cues for the mean and the median but those set aside: "the median rather than the mean"."""
        found = self._cues("mean", "median")
        before = re.compile(rf"(?<!\w)(?:{self.words.raw['mean_aside_before']})$")
        after = re.compile(rf"{self.words.raw['mean_aside_after']}(?!\w)")
        kept: list[Cue] = []
        for cue in found:
            leads, follows = before.search(self.scan.left[: cue.start]), after.match(self.scan.left, cue.end)
            for match in (leads, follows):
                if match is not None and len(found) > 1:
                    self.scan.take(*match.span())
            if len(found) == 1 or (leads is None and follows is None):
                kept.append(cue)
        return kept or found

    def _taking_part(self) -> frozenset[int]:
        """Return where "how many" asks for people by what they do: "how many are taking part"; takes the verb."""
        raw = self.words.raw
        small = rf"(?:(?:{raw['take_part_small']})[ ])*"
        matches = list(self.scan.find(whole(rf"(?:{raw['how_many']})[ ]{small}(?P<verb>{raw['take_part']})")))
        for match in matches:
            self.scan.take(*match.span("verb"))
        return frozenset(match.start() for match in matches)

    def _nth(self) -> int | None:
        """Return which one "the second largest" asks for; takes the ordinal."""
        extreme = "|".join(self.words.raw[name] for name in ("most", "fewest", "largest", "smallest", "order"))
        order = self.words.raw["order"]
        for n in range(2, 6):
            # "Which trial is, by size, in fourth place?"
            after = re.compile(rf"(?<!\w)(?P<by>{order})[ ](?:\w+[ ]){{0,2}}(?P<nth>{self.words.raw[f'nth.{n}']})$")
            match = after.search(f"{self.scan.left} ")
            if match is not None:
                self.scan.take(match.start("nth"), min(match.end("nth"), len(self.scan.left)))
                return n
            if self.scan.take_all(re.compile(rf"(?<!\w)(?:{self.words.raw[f'nth.{n}']})(?=(?:{extreme})(?!\w))")):
                return n
        return None

    def _having(self) -> tuple[Operator, int] | None:
        """Return the bound of "more than 2 trials"; takes the number, leaves the noun."""
        trial, of = self.words.raw["trial"], self.words.raw["of_rows"]
        for operator in _BOUNDS:
            bound = self.words.raw[f"number.{operator.value}"]
            pattern = re.compile(rf"(?<!\w)(?:{bound})(?=[{TAKEN} ]+(?:{of})?(?:\w+[ ])?(?:{trial})(?!\w))")
            for match in self.scan.find(pattern):
                self.scan.take(*match.span())
                return operator, int(next(group for group in match.groups() if group))
        for name, operator in (("or_more", Operator.AT_LEAST), ("or_fewer", Operator.AT_MOST)):
            pattern = re.compile(rf"(?<!\w)(\d+)[ ]((?:{trial}))[ ](?:{self.words.raw[f'number.{name}']})(?!\w)")
            for match in self.scan.find(pattern):
                self.scan.take(*match.span(1))
                self.scan.take(match.end(2), match.end())
                return operator, int(match.group(1))
        if any(self.scan.has(self.words.patterns[f"columns.{name}"]) for name in GROUPABLE):
            # "Which countries have two trials (each)".
            pattern = re.compile(rf"(?<!\w)(?:{self.words.raw['number.apiece']})(?=[ ](?:{trial})(?!\w))")
            for match in self.scan.find(pattern):
                self.scan.take(*match.span())
                return Operator.IS, int(next(group for group in match.groups() if group))
        return None

    def _each(self) -> Column | None:
        """Return the column of "by country", "po državah"; takes the words."""
        small = r"(?:[ ](?:the|their|of|na|po|v))?"
        for name in GROUPABLE:
            pattern = whole(rf"(?:{self.words.raw['each']}){small}[ ](?:{self.words.raw[f'columns.{name}']})")
            if self.scan.take_all(pattern):
                return Column(name)
        return None

    def _nouns(self) -> list[Cue]:
        """Return the nouns of the question in order, taking them: trial, participant, columns."""
        found: list[Cue] = []
        for name in (*COLUMN_NOUNS, PARTICIPANT, TRIAL):
            pattern = self.words.patterns[name if name in (TRIAL, PARTICIPANT) else f"columns.{name}"]
            found.extend(Cue(*match.span(), name) for match in self.scan.take_all(pattern))
        return sorted(found)

    def _bound(self, cue: Cue) -> str:
        """Return the noun that a cue asks for: the next one, or "" when none follows."""
        return next((noun.name for noun in self.nouns if noun.start >= cue.end), "")

    def _before(self, cue: Cue) -> str:
        """Return the noun right before a cue, "" when there is none: "enrol more than"."""
        return next((noun.name for noun in self.nouns if self.scan.text[noun.end : cue.start] == " "), "")

    def _which_patients(self, which: Sequence[Cue]) -> bool:
        """Whether patients are asked for right after the cue, or a word later ("what kind of patients")."""
        return any(
            cue.end < noun.start
            and re.fullmatch(r"[ ](?:\w+[ ](?:of[ ])?)?", self.scan.text[cue.end : noun.start]) is not None
            and not self.scan.text.startswith("enrol", noun.start)
            for cue in which
            for noun in self.nouns
            if noun.name == PARTICIPANT
        )

    def _text(self, cue: Cue) -> str:
        return self.scan.text[cue.start : cue.end]

    def _has(self, noun: str) -> bool:
        return any(cue.name == noun for cue in self.nouns)

    @staticmethod
    def _as_columns(names: Sequence[str]) -> tuple[Column, ...]:
        return tuple(dict.fromkeys(Column(name) for name in names if name in COLUMN_NOUNS))

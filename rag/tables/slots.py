"""The conditions a question puts on trials: country, status, phase, number of participants."""

import re
from collections.abc import Sequence

from corpus.types import Document
from rag.tables.data import Lexicon, Place, places, whole
from rag.tables.query import EARLY, NO_PHASE, OBSERVATIONAL, Column, Filter, Label, Operator
from rag.tables.scan import TAKEN, Scan

# Small words that may stand between a negation and what it denies ("razen tistih v Iranu").
_BETWEEN = (
    r"(?:(?:tist\w+|studij\w*|raziskav\w*|those|ones?|trials?|stud(?:y|ies)|1|edin\w+|ima|"
    r"v|na|iz|z|s|za|o|pri|niti|tako|obeh|statusa|status|oznake|kode|kot|"
    r"in|the|from|for|on|about|with|of|both|either|as|code)[ ])*"
)
_NUMBER_NAMES = {
    "i": 1, "ena": 1, "one": 1, "first": 1, "1st": 1, "ii": 2, "second": 2, "2nd": 2, "iii": 3, "third": 3, "3rd": 3,
    "iv": 4, "fourth": 4, "4th": 4,
}  # fmt: skip
_ORDINALS = {"prv": 1, "drug": 2, "tretj": 3, "cetrt": 4}
_DIGIT = (
    r"(?:[1-4](?![\d])|iv|i{1,3}|one|first|second|third|fourth|1st|2nd|3rd|4th|ena|prv\w+|drug\w+|tretj\w+|cetrt\w+)"
)


def negated(scan: Scan, start: int, lexicon: Lexicon, *, end: int | None = None) -> bool:
    """Whether what stands from `start` (to `end`) is denied; takes the words that deny it.

    They stand before it ("not in Iran"), or after it ("if long covid is not counted").
    """
    match = re.search(rf"(?<!\w)(?:{lexicon.raw['not_before']})(?<!\w){_BETWEEN}$", scan.left[:start])
    if match is not None:
        scan.take(*match.span())
        return True
    after = None if end is None else re.match(rf"[ ](?:{lexicon.raw['not_after']})(?!\w)", scan.left[end:])
    if end is None or after is None:
        return False
    scan.take(end, end + after.end())
    before = re.search(rf"(?<!\w)(?:{lexicon.raw['not_if']}){_BETWEEN}$", scan.left[:start])
    if before is not None:
        scan.take(*before.span())
    return True


def joined(scan: Scan, start: int, end: int, lexicon: Lexicon) -> bool:
    """Whether only "and", "or", a comma and small words stand between two positions."""
    between = scan.left[start:end].replace(TAKEN, " ")
    small = rf"(?:\s|,|/|{_BETWEEN.replace('[ ]', '')}|(?:{lexicon.raw['and']})\b)*"
    return (
        re.fullmatch(small, between) is not None
        and re.search(rf",|/|\b(?:{lexicon.raw['and']})\b", between) is not None
    )


def country_filters(scan: Scan, lexicon: Lexicon, document: Document) -> tuple[list[Filter], list[Filter]]:
    """Return the filters for countries, and each country wanted as a filter of its own."""
    there = dict.fromkeys(trial.country for trial in document.trials)
    matches: list[tuple[int, int, Place]] = []
    for place in places():
        for match in place.found_in(scan.left):
            scan.take(*match.span())
            matches.append((*match.span(), place))
            # "Turkish researchers": who they are is not asked.
            agents = re.match(rf"[ ](?:{lexicon.raw['agents']})(?!\w)", scan.left[match.end() :])
            if agents:
                scan.take(match.end(), match.end() + agents.end())
    matches.sort(key=lambda item: item[:2])
    wanted: list[Place] = []
    unwanted: list[Place] = []
    previous_end, previous_negated = -1, False
    for start, end, place in matches:
        denied = negated(scan, start, lexicon, end=end) or _set_aside(scan, start, lexicon)
        if not denied and previous_negated and joined(scan, previous_end, start, lexicon):
            denied = True
            scan.take(previous_end, start)
        (unwanted if denied else wanted).append(place)
        previous_end, previous_negated = end, denied
    filters = [
        _place_filter(group, operator, there)
        for group, operator in ((wanted, Operator.IN), (unwanted, Operator.NOT_IN))
        if group
    ]
    return filters, [_place_filter([place], Operator.IN, there) for place in wanted]


def _set_aside(scan: Scan, start: int, lexicon: Lexicon) -> bool:
    """Whether a country leads the way to the next one: "After China, which country has the most trials?"."""
    match = re.match(rf"(?:{lexicon.raw['after']})[ ](?:the[ ])?$", scan.left[:start])
    if match is None or not scan.has(lexicon.patterns["most"]):
        return False
    scan.take(*match.span())
    return True


def _place_filter(group: Sequence[Place], operator: Operator, there: dict[str, None]) -> Filter:
    inside = operator is Operator.IN
    names = [place.inside if inside else place.outside for place in group]
    label = Label(
        (" ali " if inside else " in ").join(dict.fromkeys(name.sl for name in names)),
        (" or " if inside else " and ").join(dict.fromkeys(name.en for name in names)),
    )
    return Filter(
        column=Column.COUNTRY,
        operator=operator,
        values=tuple(dict.fromkeys(c for place in group for c in place.countries if c in there)),
        label=label,
        unmatched=tuple(place.inside for place in group if not any(c in there for c in place.countries)),
        reading=next((place.reading for place in group if place.reading), ""),
    )


def status_label(codes: Sequence[str], meanings: dict[str, str], english: dict[str, str]) -> Label:
    """Return "s statusom ZU (zbiranje udeležencev)" and its English."""
    sl = " ali ".join(f"{code} ({meanings[code]})" if meanings.get(code) else code for code in codes)
    en = " or ".join(f"{english[code]} ({code})" if code in english else code for code in codes)
    return Label(f"s statusom {sl}", f"with status {en}")


def status_asked(scan: Scan, lexicon: Lexicon, *, named: bool) -> bool:
    """Whether a question that asks for something else also asks how the recruitment stands; takes the words.

    "In which country is it, and is it recruiting?" wants the status told, not recruiting trials only. Alone,
    "Are any trials in Iran recruiting?" is a condition.

    Args:
        named: trials are named by their ids, so that there is nothing to choose by a condition.
    """
    codes = "|".join(lexicon.raw[f"status.{name}"] for name in ("zun", "zu"))
    pattern = whole(rf"(?:{lexicon.raw['status.asking']})[ ](?:{codes})")
    questions = re.compile(
        "|".join(rf"(?<!\w)(?:{lexicon.raw[name]})(?!\w)" for name in ("which", "where", "how_many", "what", "list"))
    )
    found = False
    for match in scan.find(pattern):
        if named or questions.search(scan.left, 0, match.start()):
            scan.take(*match.span())
            found = True
    return found


def status_filters(
    scan: Scan, lexicon: Lexicon, document: Document, english: dict[str, str]
) -> tuple[list[Filter], list[Filter]]:
    """Return the filter for the status, and each status wanted as a filter of its own."""
    meanings = {trial.status: trial.status_text for trial in document.trials}
    wanted: list[str] = []
    unwanted: list[str] = []
    completed: list[str] = []
    codes = [match.start() for match in scan.find(whole("zun|zu"))]
    # "How many people do they want to recruit?" asks for a number, whatever the status.
    wants = [match.span() for match in lexicon.patterns["wants_people"].finditer(scan.text)]
    for name in ("zun", "not_zu", "zu", "n", "completed"):
        for match in scan.find(lexicon.patterns[f"status.{name}"]):
            # "Not yet recruiting" denies already; the code alone and "waiting to recruit" can be denied.
            denies = lexicon.patterns["negation"].search(match.group()) is not None
            may_deny = name not in ("zun", "not_zu") or match.group() == "zun" or not denies
            if name == "zu" and any(start <= match.start() < end for start, end in wants):
                people = lexicon.patterns["participant"].match(match.group())
                scan.take(match.start() + (people.end() if people else 0), match.end())
                continue
            denied = may_deny and negated(scan, match.start(), lexicon)
            scan.take(*match.span())
            if name == "completed":
                completed.append(match.group())
            elif name == "not_zu":
                unwanted.append("ZU")
            else:
                (unwanted if denied else wanted).append(name.upper())
    if "ZU" in wanted and scan.take_all(lexicon.patterns["still_not"]):
        wanted.append("ZUN")  # "how many are recruiting, and how many not yet"
    scan.take_all(whole(rf"{lexicon.raw['status.codes']}(?=[ ,]*{TAKEN})")) if wanted or unwanted else None
    if codes:
        # Beside other codes a bare N is one too: "ZU, ZUN and N".
        wanted.extend("N" for _ in scan.take_all(whole("n")))
    wanted = [code for code in meanings if code in wanted]
    filters: list[Filter] = []
    if completed:
        label = Label(f"s statusom »{completed[0]}«", f"with status “{completed[0]}”")
        filters.append(Filter(column=Column.STATUS, operator=Operator.IN, values=(), label=label, unmatched=(label,)))
    if wanted:
        filters.append(
            Filter(
                column=Column.STATUS,
                operator=Operator.IN,
                values=tuple(wanted),
                label=status_label(wanted, meanings, english),
            )
        )
    unwanted = list(dict.fromkeys(unwanted))
    if unwanted:
        label = status_label(unwanted, meanings, english)
        filters.append(
            Filter(
                column=Column.STATUS,
                operator=Operator.NOT_IN,
                values=tuple(unwanted),
                label=Label(label.sl.replace("s statusom", "brez statusa"), label.en.replace("with", "without", 1)),
            )
        )
    single = [
        Filter(
            column=Column.STATUS, operator=Operator.IN, values=(code,), label=status_label([code], meanings, english)
        )
        for code in wanted
    ]
    return filters, single


def phase_filters(scan: Scan, lexicon: Lexicon, document: Document) -> tuple[list[Filter], list[Filter]]:
    """Return the filters for the phase, and each phase wanted as a filter of its own."""
    if scan.has(lexicon.patterns["phase.word"]):
        scan.take_all(lexicon.patterns["phase.either_way"])  # "alone or combined": what naming a phase means anyway
    also = _also_combined(scan, lexicon)
    without = _without_combined(scan, lexicon)
    special: list[str | int] = []
    denied_special: list[str | int] = []
    for name, value in (("early", EARLY), ("observational", OBSERVATIONAL), ("none", NO_PHASE)):
        for match in scan.find(lexicon.patterns[f"phase.{name}"]):
            denied = name != "none" and negated(scan, match.start(), lexicon)
            scan.take(*match.span())
            if name != "none":
                scan.take_all(re.compile(rf"(?<!\w)(?:{lexicon.raw['phase.only_before']})(?={TAKEN})"))
            (denied_special if denied else special).append(value)
    filters: list[Filter] = []
    single: list[Filter] = []
    numbered: list[tuple[tuple[int, ...], Operator]] = []
    for match in scan.find(_phase_pattern(lexicon)):
        numbers, operator = _phase(scan, match, lexicon)
        cells = _cells_named(match.group(), lexicon)
        if cells and operator in (Operator.CONTAINS, Operator.IS):
            numbered.extend((cell, Operator.IS if len(cell) > 1 else Operator.CONTAINS) for cell in cells)
            continue
        if also and operator is Operator.IS:
            operator = Operator.CONTAINS
        numbered.append((numbers, operator))
    numbered.extend((numbers, Operator.IS_NOT) for numbers in without if numbers)
    if () in without:
        numbered = [(n, Operator.IS if op is Operator.CONTAINS and len(n) == 1 else op) for n, op in numbered]
    if also and not numbered:
        numbered = [(numbers, Operator.IS) for numbers in also if numbers]
    if any(operator is Operator.IS for _, operator in numbered):
        # "Phase 1 only" is neither combined nor early: saying so adds nothing.
        numbered = [(numbers, operator) for numbers, operator in numbered if operator is not Operator.IS_NOT]
        denied_special = []
    numbered, either = _either(numbered, document)
    exact = [numbers for numbers, operator in numbered if operator is Operator.IS]
    if special and exact:
        # "Early phase 1 or phase 1 only": no trial is in both.
        either = (*map(str, special), *("/".join(map(str, numbers)) for numbers in exact), *either)
        special, numbered = [], [(numbers, operator) for numbers, operator in numbered if operator is not Operator.IS]
    if either:
        filters.append(_phase_filter(Operator.IN, either, set()))
        single = [_phase_filter(Operator.IN, (cell,), set()) for cell in either]
    plain = [number for numbers, operator in numbered if operator is Operator.CONTAINS for number in numbers]
    values = tuple(dict.fromkeys([*special, *plain]))
    there = {value for trial in document.trials for value in trial.phases}
    if values:
        filters.append(_phase_filter(Operator.IN if len(values) > 1 else Operator.CONTAINS, values, there))
        single += [_phase_filter(Operator.CONTAINS, (value,), there) for value in values]
    if denied_special:
        filters.append(_phase_filter(Operator.NOT_IN, tuple(dict.fromkeys(denied_special)), there))
    for numbers, operator in numbered:
        if operator is not Operator.CONTAINS:
            filters.append(_phase_filter(operator, numbers, there))
    return filters, single


def _cells_named(text: str, lexicon: Lexicon) -> list[tuple[int, ...]]:
    """Return the alternatives of "2 or 2/3" when combined phases are among them, else nothing."""
    parts = [_numbers(part) for part in re.split(rf",|\b(?:{lexicon.raw['and']})\b", text)]
    several = len(parts) > 1 and all(0 < len(part) <= _COMBINED for part in parts) and "/" in text
    return parts if several and any(len(part) == _COMBINED for part in parts) else []


def _either(
    numbered: list[tuple[tuple[int, ...], Operator]], document: Document
) -> tuple[list[tuple[tuple[int, ...], Operator]], tuple[str, ...]]:
    """Return mentions of phases without those that are alternatives, and these as cells: "2", "2/3".

    One phase and combined ones with it ("3 or combined 2/3") are that phase, where no other cell holds it.
    """
    numbered = [*numbered]
    if any(op is Operator.IS and len(numbers) > 1 for numbers, op in numbered):
        # "Reached phase 3 or a combined 2/3": from the highest phase on is that phase.
        highest = max(number for trial in document.trials for number in trial.phases)
        numbered = [(n, Operator.CONTAINS if (n, op) == ((highest,), Operator.AT_LEAST) else op) for n, op in numbered]
    chosen = [(numbers, op) for numbers, op in numbered if op in (Operator.CONTAINS, Operator.IS)]
    if len(chosen) < 2 or not any(op is Operator.IS and len(numbers) > 1 for numbers, op in chosen):
        return numbered, ()
    rest = [mention for mention in numbered if mention not in chosen]
    cells = {numbers for numbers, op in chosen if op is Operator.IS}
    cells |= {(number,) for numbers, op in chosen if op is Operator.CONTAINS for number in numbers}
    common = set.intersection(*map(set, cells))
    there = {trial.phases for trial in document.trials if not common.isdisjoint(trial.phases)}
    if len(common) == 1 and (next(iter(common)),) in cells and there <= cells:
        return [*rest, (tuple(common), Operator.CONTAINS)], ()
    return rest, tuple("/".join(map(str, cell)) for cell in sorted(cells))


def _phase_pattern(lexicon: Lexicon) -> re.Pattern[str]:
    word, separator = lexicon.raw["phase.word"], lexicon.raw["phase.separator"]
    # "fazi" is no "faz i": letters need a blank before them.
    first = rf"(?:{word})(?:[ -]|(?=\d)){_DIGIT}"
    after = rf"{first}\.?(?:(?:{separator}|[ ](?={word}))(?:(?:{word})(?:[ -]|(?=\d)))?{_DIGIT}(?!\w))*(?:[ ]{word})?"
    # "At least one phase 3 trial" is not in phase 1.
    before = rf"{_DIGIT}\.?(?:(?:{separator}){_DIGIT}\.?)*[ -](?:{word})(?![ ]{_DIGIT}(?!\w))"
    least = rf"(?:(?:{lexicon.raw['phase.least_before']})(?:(?:to|a|do|v)[ ])*)?"
    bare = rf"{least}(?:{lexicon.raw['phase.combined']})[ ](?:\w+[ ])?{_DIGIT}/{_DIGIT}(?!\w)"  # "a combined 2/3"
    return whole(rf"{after}|{before}|{bare}")


def _also_combined(scan: Scan, lexicon: Lexicon) -> list[tuple[int, ...]]:
    """Return the phases of remarks such as "phase 2/3 included"; takes them.

    They add nothing: a trial in combined phases is in each of them anyway.
    """
    small = rf"(?:(?:{lexicon.raw['phase.also_small']}|{lexicon.raw['phase.word']}|{lexicon.raw['trial']})[ -])*"
    combined = rf"(?:{lexicon.raw['phase.combined']})"
    pair = rf"{_DIGIT}[ ]?[/-][ ]?{_DIGIT}"
    joint = rf"{_DIGIT}[ ](?:{lexicon.raw['and']}|z|s|with)[ ]{small}{_DIGIT}"
    numbers = rf"{pair}(?:(?:[ ]?,|[ ](?:{lexicon.raw['and']}))[ ]{small}{pair})*"
    what = (
        rf"(?:{small}{numbers}|{small}{combined}[ ]{small}(?:{numbers}|{joint}|(?:{lexicon.raw['phase.word']})(?!\w)))"
    )
    # "Combined" alone names what is included in "also the combined ones".
    before = rf"(?:{lexicon.raw['phase.also_before']})[ ](?:{what}|{small}{combined})"
    more = rf"(?:[ ](?:{lexicon.raw['phase.also_small']}|{lexicon.raw['trial']}))*"
    after = rf"(?:(?:{lexicon.raw['phase.also_before']})[ ])?{what}{more}[ ](?:{lexicon.raw['phase.also_after']})"
    return [_numbers(match.group()) for pattern in (after, before) for match in scan.take_all(whole(pattern))]


def _without_combined(scan: Scan, lexicon: Lexicon) -> list[tuple[int, ...]]:
    """Return the phases of remarks such as "without 2/3", () for "no combined phases"; takes them."""
    small = rf"(?:(?:{lexicon.raw['phase.also_small']}|{lexicon.raw['phase.word']}|{lexicon.raw['trial']})[ -])*"
    combined = rf"(?:{lexicon.raw['phase.combined']})"
    pair = rf"{_DIGIT}[ ]?[/-][ ]?{_DIGIT}"
    word = rf"(?:[ ](?:{lexicon.raw['phase.word']}|{lexicon.raw['trial']}))*"
    pattern = (
        rf"(?:{lexicon.raw['not_before']}){small}(?:(?:{combined}[ ]{small})?{pair}|(?!both|obeh){combined}){word}"
    )
    return [_numbers(match.group()) for match in scan.take_all(whole(pattern))]


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(_number(word) for word in re.findall(rf"(?<!\w){_DIGIT}(?!\w)", text)))


def _phase(scan: Scan, match: re.Match[str], lexicon: Lexicon) -> tuple[tuple[int, ...], Operator]:
    """Return the numbers of a mention and how they are meant; takes it with its modifiers."""
    numbers = _numbers(match.group())
    before, after = scan.left[: match.start()], scan.left[match.end() :]
    operator = Operator.CONTAINS
    start, end = match.span()
    # Modifiers apply to one number; "1/2" and "Faza 1 Faza 2" name the cell with both.
    prefixes = (
        # "Prišle do faze 3" before "do faze 3".
        ("more_before", Operator.MORE_THAN), ("least_before", Operator.AT_LEAST), ("most_before", Operator.AT_MOST),
        ("less_before", Operator.LESS_THAN), ("only_before", Operator.IS),
    )  # fmt: skip
    suffixes = (("least_after", Operator.AT_LEAST), ("most_after", Operator.AT_MOST), ("only_after", Operator.IS))
    for name, found in prefixes:
        prefix = re.search(rf"(?<!\w)(?:{lexicon.raw[f'phase.{name}']})(?:v[ ]|in[ ]|the[ ])*$", before)
        if prefix:
            operator, start = found, prefix.start()
            suffix = re.match(rf"(?:{lexicon.raw['phase.least_after']})(?!\w)", after)
            if suffix and found is Operator.AT_LEAST:
                end += suffix.end()
            break
    else:
        for name, found in suffixes:
            suffix = re.match(rf"(?:{lexicon.raw[f'phase.{name}']})(?!\w)", after)
            if suffix:
                operator, end = found, end + suffix.end()
                break
    alone = _single_of_pairs(match.group(), lexicon)
    if alone:
        numbers = alone  # "phase 3 or 2/3": what phase 3 means anyway
    if len(numbers) > 1:
        slash = re.search(rf"/|-(?!.*{_DIGIT}.*{_DIGIT})|(?<=\d)-(?=\d)", match.group()) is not None
        repeated = len(re.findall(rf"(?<!\w)(?:{lexicon.raw['phase.word']})(?!\w)", match.group())) == len(numbers)
        words_between = re.search(rf"\b(?:{lexicon.raw['and']}|to|do)\b", match.group()) is not None
        least = rf"(?:(?:{lexicon.raw['phase.least_before']})(?:(?:to|a|do|v)[ ])*)?"
        both = re.search(rf"(?<!\w){least}(?:{lexicon.raw['phase.combined']})[ ]+(?:\w+[ ])?$", before)
        if both is not None:
            start = min(start, both.start())
        after_all = re.match(rf"[ ](?:{lexicon.raw['phase.together']})(?!\w)", after)
        if after_all:
            both, end = after_all, end + after_all.end()
        dual = re.match(rf"(?:{lexicon.raw['phase.dual']})(?!\w)", match.group()) is not None
        either = re.search(rf"\b(?:{lexicon.raw['either']})\b", match.group()) is not None
        if both or (dual and not either) or (not words_between and (slash or repeated)):
            operator = Operator.IS
        elif operator not in (Operator.AT_LEAST, Operator.IS):
            operator = Operator.CONTAINS
    if operator is Operator.CONTAINS and negated(scan, start, lexicon):
        operator = Operator.NOT_IN
    scan.take(start, end)
    return numbers, operator


def _single_of_pairs(text: str, lexicon: Lexicon) -> tuple[int, ...]:
    """Return the one phase of "3 or 2/3", "2, 1/2 and 2/3", when each pair holds it; else nothing."""
    parts = [_numbers(part) for part in re.split(rf",|\b(?:{lexicon.raw['and']})\b", text)]
    single = {part for part in parts if len(part) == 1}
    pairs = [part for part in parts if len(part) == 2]
    found = next(iter(single)) if len(single) == 1 and pairs and "/" in text else ()
    return found if found and all(found[0] in pair for pair in pairs) else ()


def _number(word: str) -> int:
    if word.isdigit():
        return int(word)
    return _NUMBER_NAMES.get(word) or next(value for stem, value in _ORDINALS.items() if word.startswith(stem))


_SPECIAL = {
    EARLY: Label("v zgodnji fazi 1", "in early phase 1"),
    NO_PHASE: Label("brez faze FDA (N/A)", "without an FDA phase (N/A)"),
    OBSERVATIONAL: Label("vrste O (opazovalna študija)", "of type O (observational study)"),
}
# A cell of combined phases names so many.
_COMBINED = 2
_NOT_SPECIAL = {
    EARLY: Label("ki niso v zgodnji fazi 1", "that are not in early phase 1"),
    OBSERVATIONAL: Label("ki niso opazovalne", "that are not observational"),
}


def _phase_filter(operator: Operator, values: tuple[str | int, ...], there: set[int]) -> Filter:
    absent = tuple(
        Label(f"v fazi {value}", f"in phase {value}")
        for value in values
        if isinstance(value, int) and value not in there and operator in (Operator.CONTAINS, Operator.IN, Operator.IS)
    )
    return Filter(
        column=Column.PHASE, operator=operator, values=values, label=_phase_label(operator, values), unmatched=absent
    )


def _phase_label(operator: Operator, values: tuple[str | int, ...]) -> Label:
    numbers = [value for value in values if isinstance(value, int)]
    special = [value for value in values if isinstance(value, str)]
    if operator is Operator.NOT_IN:
        if special:
            labels = [_NOT_SPECIAL[value] for value in special]
            return Label(" in ".join(x.sl for x in labels), " and ".join(x.en for x in labels))
        text = _listed(numbers)
        return Label(f"ki niso v fazi {text.sl}", f"that are not in phase {text.en}")
    if operator is Operator.IS_NOT:
        together = "/".join(str(number) for number in numbers)
        return Label(f"ki niso v združeni fazi {together}", f"that are not in combined phase {together}")
    if operator is Operator.IS:
        together = "/".join(str(number) for number in numbers)
        if len(numbers) > 1:
            return Label(f"v združeni fazi {together}", f"in combined phase {together}")
        return Label(f"samo v fazi {together}", f"in phase {together} only")
    if operator in _COMPARED:
        words = _COMPARED[operator]
        return Label(words.sl.format(values[0]), words.en.format(values[0]))
    labels = [_SPECIAL.get(value) or _cell_label(value) for value in special]
    if numbers:
        text = _listed(numbers)
        labels.append(Label(f"v fazi {text.sl}", f"in phase {text.en}"))
    return Label(" ali ".join(x.sl for x in labels), " or ".join(x.en for x in labels))


def _cell_label(cell: str) -> Label:
    if "/" in cell:
        return Label(f"v združeni fazi {cell}", f"in combined phase {cell}")
    return Label(f"samo v fazi {cell}", f"in phase {cell} only")


_COMPARED = {
    Operator.AT_LEAST: Label("v fazi {} ali višji", "in phase {} or higher"),
    Operator.MORE_THAN: Label("v fazi, višji od {}", "in a phase higher than {}"),
    Operator.AT_MOST: Label("v fazi {} ali nižji", "in phase {} or lower"),
    Operator.LESS_THAN: Label("v fazi, nižji od {}", "in a phase lower than {}"),
}


def _listed(numbers: Sequence[int]) -> Label:
    return Label(" ali ".join(map(str, numbers)), " or ".join(map(str, numbers)))


_SIZES = {
    Operator.BETWEEN: Label("s številom udeležencev od {} do {}", "with {} to {} participants"),
    Operator.AT_LEAST: Label("z najmanj {} udeleženci", "with at least {} participants"),
    # Before what it holds: "no more than".
    Operator.AT_MOST: Label("z največ {} udeleženci", "with at most {} participants"),
    Operator.MORE_THAN: Label("z več kot {} udeleženci", "with more than {} participants"),
    Operator.LESS_THAN: Label("z manj kot {} udeleženci", "with fewer than {} participants"),
    Operator.IS: Label("s številom udeležencev {}", "with exactly {} participants"),
    Operator.IS_NOT: Label("s številom udeležencev, ki ni {}", "with other than {} participants"),
}
# "Almost 1000" is no less than this part of it.
_NEARLY = 0.9
_NAMED_SIZES = tuple(operator for operator in _SIZES if operator is not Operator.IS_NOT)
_OPPOSITE = {
    Operator.AT_LEAST: Operator.LESS_THAN,
    Operator.MORE_THAN: Operator.AT_MOST,
    Operator.AT_MOST: Operator.MORE_THAN,
    Operator.LESS_THAN: Operator.AT_LEAST,
    Operator.IS: Operator.IS_NOT,
}


def size_filters(scan: Scan, lexicon: Lexicon) -> list[Filter]:
    """Return the filters for the number of participants. "More than 5 trials" is none."""
    filters: list[Filter] = []
    unit = re.compile(rf"[ ](?:{lexicon.raw['participant']})(?!\w)")
    # "50 recruiting Chinese trials", "more than 10 of these trials".
    word = rf"(?:(?!{lexicon.raw['participant']})\w+[ ])?"
    trial = re.compile(rf"[{TAKEN} ]+(?:{lexicon.raw['of_rows']})?{word}(?:{lexicon.raw['trial']})(?!\w)")
    named = [("almost", Operator.BETWEEN), *((operator.value, operator) for operator in _NAMED_SIZES)]
    for name, operator in named:
        # No word border after "50+"; digits end by themselves.
        pattern = re.compile(rf"(?<!\w)(?:{lexicon.raw[f'number.{name}']})(?!\d)")
        for match in scan.find(pattern):
            if trial.match(scan.left, match.end()):
                continue
            numbers = tuple(int(group) for group in match.groups() if group)
            if name == "almost":
                numbers = (round(_NEARLY * numbers[0]), numbers[0])
            if len(numbers) == 2 and numbers[0] > numbers[1]:
                numbers = numbers[::-1]
            scan.take(*match.span())
            after = unit.match(scan.left, match.end())
            if after:
                scan.take(*after.span())
            denied = operator in _OPPOSITE and negated(scan, match.start(), lexicon)
            meant = _OPPOSITE[operator] if denied else operator
            words = _SIZES[meant]
            # "Larger trials (over 50 participants)": the number says how large.
            scan.take_all(
                whole(rf"(?:{lexicon.raw['number.vague']})(?=[ ](?:\w+[ ])?(?:{lexicon.raw['trial']})(?!\w))")
            )
            scan.take_all(whole(rf"(?:{lexicon.raw['number.so']})[ ](?:{lexicon.raw['number.vague']})[ ,]*"))
            filters.append(
                Filter(
                    column=Column.ENROLMENT,
                    operator=meant,
                    values=numbers,
                    label=Label(words.sl.format(*numbers), words.en.format(*numbers)),
                )
            )
    if filters:
        scan.take_all(lexicon.patterns["number.inclusive"])  # "both limits included": they are anyway
    return filters

"""What a question says of the goal of trials: diseases, fields of medicine, sources in the title."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from corpus.concepts import ConceptMatcher, Mention
from corpus.glossary import Concept
from corpus.terms import is_dictionary_word, lemma, words
from corpus.text import fold
from corpus.types import Document, Language, Trial
from rag.tables.data import (
    Group,
    Lexicon,
    abbreviations,
    absent_diseases,
    general_concepts,
    groups,
    sources,
    title_terms,
    title_words,
)
from rag.tables.execute import meets, title_contains
from rag.tables.query import Column, Filter, Label, Operator
from rag.tables.scan import TAKEN, Scan, token_spans
from rag.tables.slots import joined, negated

_DISEASE_WORD = (
    r"(?:bolezn\w*|bolezen\w*|obolenj\w*|motnj\w*|stanj\w*|tkiv\w*|izvor\w*|vir\w*|celic\w*|sistem\w*|systems?|tract|poskodb\w*|"
    r"diseases?|disorders?|conditions?|tissues?|derived|cells?|patients?|injur(?:y|ies)|sources?|problems?|illness(?:es)?)"
)

# Kinds of concepts that shape a question about titles and are not looked for in them.
_NOT_IN_TITLES = frozenset({"study", "trial", "other", "kind", "organisation", "country", "property"})


# Kinds of concepts that vesicles can come from.
_MATERIALS = frozenset({"tissue", "organ", "cell"})


def _are_counted(scan: Scan, start: int, lexicon: Lexicon) -> bool:
    """Whether the patients of a disease are what is counted or added up: "the combined number of fistula patients"."""
    counts = rf"(?<!\w)(?:{lexicon.raw['how_many']}|{lexicon.raw['total']})(?:[ ]of)?(?:[ ](?:the|all))*[{TAKEN} ]*$"
    return re.search(counts, scan.left[:start]) is not None


@dataclass(frozen=True, slots=True)
class _Mention:
    start: int
    end: int
    filter: Filter
    wide: tuple[str, ...] = ()
    """Folded words of a title that name the same."""
    general: bool = False
    """It names vesicles or cells, which the titles are about anyway."""


class Goals:
    """The goals of the trials of one document, by the concepts of the glossary."""

    def __init__(self, document: Document, glossary: Iterable[Concept], matcher: ConceptMatcher) -> None:
        self._document = document
        self._matcher = matcher
        self._concepts = {concept.key: concept for concept in glossary}
        self._named_in: dict[str, frozenset[str]] = {}
        self._group_of: dict[str, Group] = {}
        self._in_titles = lru_cache(maxsize=1024)(self._names_in_titles)
        for group in groups():
            for key in group.concepts:
                self._group_of.setdefault(key, group)

    @cached_property
    def _conditions(self) -> dict[str, tuple[str, ...]]:
        """Goals of the table by the concepts they name."""
        found: dict[str, dict[str, None]] = {}
        for condition in dict.fromkeys(trial.condition for trial in self._document.trials):
            for mention in self._matcher.find(condition, lemmas=False):
                found.setdefault(mention.key, {})[condition] = None
        return {key: tuple(values) for key, values in found.items()}

    def names_something(self, text: str, language: Language) -> bool:
        """Return whether a text names a concept of the glossary, whatever it is."""
        return bool(self._matcher.find(text, language=language))

    def named_in(self, title: str) -> frozenset[str]:
        """Return the goals of the table that a title names."""
        found = self._named_in.get(title)
        if found is None:
            keys = [mention.key for mention in self._matcher.find(title, language=Language.EN)]
            goals = {goal for key in keys for goal in self._conditions.get(key, ())}
            found = self._named_in[title] = frozenset(goals)
        return found

    def names_source(self, title: str) -> bool:
        """Return whether a title names what a preparation is made from: a tissue, an organ."""
        named = [key for key in sources() if self._concepts[key].kind in _MATERIALS]
        return any(title_contains(title, self._title_words(key)) for key in named)

    @cached_property
    def source_words(self) -> frozenset[str]:
        """Words of the names of what preparations are made from, as titles have them."""
        return frozenset(word for key in sources() for name in self._title_words(key) for word in words(name))

    @property
    def concept_words(self) -> frozenset[str]:
        """Words of the names of the goals, for mending misspelt ones."""
        words: set[str] = set()
        for key in self._conditions:
            for language in Language:
                words.update(re.findall(r"[^\W\d_]{5,}", self._matcher.name(key, language).casefold()))
        return frozenset(words)

    def filters(self, scan: Scan, lexicon: Lexicon, *, in_title: bool) -> tuple[list[Filter], list[Filter]]:
        """Return the filters for goals and titles, and each goal wanted as a filter of its own.

        Goals joined by "and" or "or" widen the choice, others narrow it ("dry eye in GvHD").

        Args:
            in_title: the question speaks of what titles say, so concepts are looked for there.
        """
        mentions = sorted(self._mentions(scan, lexicon.language, in_title=in_title), key=lambda mention: mention.start)
        if not all(mention.general for mention in mentions):
            mentions = [mention for mention in mentions if not mention.general]  # "placenta as the source of cells"
        if len(mentions) > 1:
            # "With Crohn's disease or without" chooses nothing.
            mentions = [mention for mention in mentions if not _regardless(scan, mention, lexicon)]
        also = {mention for mention in mentions if len(mentions) > 1 and _included(scan, mention, lexicon)}
        unwanted: list[Filter] = []
        chains: list[list[_Mention]] = []
        end, was_denied = -1, False
        for mention in mentions:
            denied = negated(scan, mention.start, lexicon, end=mention.end)
            together = end >= 0 and joined(scan, end, mention.start, lexicon)
            if chains and not was_denied and (mention in also or chains[-1][-1] in also):
                together = True  # "COVID trials, long COVID included"
            if denied or (was_denied and together):
                if not denied:
                    scan.take(end, mention.start)
                unwanted.append(without(mention.filter))
                end, was_denied = mention.end, True
                continue
            if chains and together and chains[-1][0].filter.column is mention.filter.column:
                chains[-1].append(mention)
            else:
                chains.append([mention])
            end, was_denied = mention.end, False
        # "COVID trials, acute and long COVID alike": what names a goal again says how it is meant.
        chains = [chain for chain in chains if not any(_spelt_out(chain, other) for other in chains)]
        wanted = [_union([mention.filter for mention in chain]) for chain in chains]
        if len(wanted) > 1 and not self._met(wanted):
            # "Chronic cough after COVID-19" names the goal of one row and the title of the same.
            wider = [
                replace(item, titles=tuple(word for mention in chain for word in mention.wide))
                if item.column is Column.CONDITION
                else item
                for item, chain in zip(wanted, chains, strict=True)
            ]
            if self._met(wider):
                wanted = wider
        for start in [mention.end for mention in mentions]:
            match = re.match(rf"[ ]+{_DISEASE_WORD}(?!\w)", scan.left[start:])
            if match and not ("patient" in match.group() and _are_counted(scan, start, lexicon)):
                scan.take(start, start + match.end())
        for mention in mentions:
            _take_apposition(scan, mention, lexicon)
            match = re.search(rf"(?<!\w){_DISEASE_WORD}[ ]+(?:z[ ]|s[ ]|of[ ]|the[ ])*$", scan.left[: mention.start])
            if match:
                scan.take(*match.span())
        single = [mention.filter for chain in chains for mention in chain]
        return [*_distinct(wanted), *unwanted], _distinct(single)

    def chooses(self, name: str) -> bool:
        """Return whether a name (folded) is one of a concept that chooses rows by itself."""
        return any(self._of_concept(key, titled=False) is not None for key in self._keys.get(name, ()))

    def is_general(self, name: str) -> bool:
        """Return whether a name (folded) is one of vesicles or cells, which all trials are about."""
        return any(self._concepts[key].kind in ("vesicle", "cell") for key in self._keys.get(name, ()))

    @cached_property
    def _keys(self) -> dict[str, tuple[str, ...]]:
        """Keys of the concepts by their names, folded."""
        found: dict[str, tuple[str, ...]] = {}
        for key, concept in self._concepts.items():
            for name in (*concept.names(Language.SL), *concept.names(Language.EN), *concept.abbreviations):
                found[fold(name)] = (*found.get(fold(name), ()), key)
        return found

    def told_by_titles(self, word: str, language: Language, trials: Iterable[Trial]) -> tuple[str, ...]:
        """Return the folded words for `word` (folded) that stand in the title of one of `trials`.

        It is one of them itself, or titles have an English name of what it means: "kapljice", "drops".
        """
        titles = [trial.title for trial in trials]
        names = self._in_titles(word, language)
        return tuple(name for name in names if any(title_contains(title, [name]) for title in titles))

    def _names_in_titles(self, word: str, language: Language) -> tuple[str, ...]:
        """Return the folded words by which titles may say a word."""
        wanted = [word, word.removesuffix("s")]
        wanted += [name for pattern, names in title_terms() if pattern.fullmatch(word) for name in names]
        for mention in self._matcher.find(word, language=language):
            if mention.key not in general_concepts() and self._same(word, mention.key, language):
                wanted += self._title_words(mention.key)
        return tuple(dict.fromkeys(wanted))

    def _met(self, filters: list[Filter]) -> bool:
        return any(all(meets(trial, item) for item in filters) for trial in self._document.trials)

    def _mentions(self, scan: Scan, language: Language, *, in_title: bool) -> list[_Mention]:
        found: list[_Mention] = []
        for match in scan.take_all(absent_diseases()):
            name = scan.as_asked(match.group())
            label = Label(f"s ciljem terapije »{name}«", f"targeting {name}")
            found.append(_Mention(*match.span(), _nothing(label, Column.CONDITION)))
        for group in groups():
            if group.first and group.pattern is not None:
                found.extend(_Mention(*m.span(), _of_group(group)) for m in scan.take_all(group.pattern))
        found.extend(self._abbreviated(scan))
        covered = {name for mention in found for name in mention.filter.values}
        spans = token_spans(scan.left)
        tokens = [scan.left[slice(*span)] for span in spans]
        # A text the matcher cuts into other words than we do has no concepts we could place.
        placed = len(spans) == len(words(scan.left))
        for concept in self._concepts_in(scan.left, spans, language, titled=in_title) if placed else ():
            if len(concept.positions) == 1 and not self._same(tokens[concept.positions[0]], concept.key, language):
                continue
            start = min(spans[position][0] for position in concept.positions)
            end = max(spans[position][1] for position in concept.positions)
            # "covidu-19": the name is one part of a compound, and means all of it.
            rest = re.match(r"(?:[-/][^\W_]+)+", scan.left[end:])
            end += rest.end() if rest else 0
            chosen = self._of_concept(concept.key, titled=in_title)
            if chosen is not None and TAKEN not in scan.left[start:end]:
                scan.take(start, end)
                if chosen.values and covered.issuperset(chosen.values):
                    continue  # "all covid, including long covid"
                general = self._concepts[concept.key].kind in ("vesicle", "cell") and concept.key not in sources()
                found.append(_Mention(start, end, chosen, self._title_words(concept.key), general))
        for group in groups():
            if group.pattern is not None:
                found.extend(_Mention(*m.span(), _of_group(group)) for m in scan.take_all(group.pattern))
        return found

    def _concepts_in(
        self, text: str, spans: list[tuple[int, int]], language: Language, *, titled: bool
    ) -> Iterator[Mention]:
        """Yield the concepts of a text, and those within a longer one that chooses no rows.

        "Drops for dry eyes" are eye drops, and the disease is dry eye.
        """
        for concept in self._matcher.find(text, language=language):
            yield concept
            if len(concept.positions) > 2 and self._of_concept(concept.key, titled=titled) is None:
                start, end = spans[concept.positions[0]]
                rest = f"{text[:start]}{TAKEN * (end - start)}{text[end:]}"
                if len(token_spans(rest)) == len(spans) - 1:
                    for inner in self._matcher.find(rest, language=language):
                        if (
                            concept.positions[0] <= min(inner.positions)
                            and max(inner.positions) < concept.positions[-1]
                        ):
                            yield replace(inner, positions=tuple(position + 1 for position in inner.positions))

    def _abbreviated(self, scan: Scan) -> Iterator[_Mention]:
        """Yield goals named by an abbreviation in capitals."""
        conditions = {trial.condition for trial in self._document.trials}
        for name in dict.fromkeys(re.findall(r"(?<!\w)[A-Z][A-Z0-9]+(?!\w)", scan.source)):
            condition = abbreviations().get(name, "")
            if condition in conditions:
                label = Label(f"s ciljem terapije »{condition}«", f"targeting {name}")
                chosen = Filter(column=Column.CONDITION, operator=Operator.IN, values=(condition,), label=label)
                found = scan.take_all(re.compile(rf"(?<!\w){name.lower()}(?!\w)"))
                yield from (_Mention(*match.span(), chosen) for match in found)

    def _same(self, word: str, key: str, language: Language) -> bool:
        """Whether a word is a form of a name and no other word of the language like it ("live", "liver")."""
        if not is_dictionary_word(word, language):
            return True
        names = [fold(name) for either in Language for name in self._concepts[key].names(either)]
        return any(
            name == word
            or _common(name, word) >= max(5, 0.7 * len(name))
            or fold(lemma(name, language)) == fold(lemma(word, language))
            for name in names
        )

    def _of_concept(self, key: str, *, titled: bool) -> Filter | None:
        """Return the rows that a concept of the glossary chooses; None when it chooses none."""
        name = Label(self._matcher.name(key, Language.SL), self._matcher.name(key, Language.EN))
        if key in general_concepts() or (titled and self._concepts[key].kind in _NOT_IN_TITLES):
            return None
        if titled or key in sources():
            names = self._title_words(key)
            if titled and not self._titles(names):
                return None if key not in sources() else in_title(name, names, absent=True)
            return in_title(name, names, absent=not self._titles(names))
        if key in self._group_of:
            return _of_group(self._group_of[key])
        if key in self._conditions:
            conditions = self._conditions[key]
            concept = self._concepts[key]
            # The table's own name in place of the spelt-out one: "covid-19", "COVID-19".
            short = [name for name in concept.abbreviations if fold(name) == fold(conditions[0])]
            sl = conditions[0] if len(conditions) == 1 else name.sl
            en = next((name for name in reversed(short) if name in concept.en), name.en)
            label = Label(f"s ciljem terapije »{sl}«", f"targeting {en}")
            return Filter(
                column=Column.CONDITION,
                operator=Operator.IN,
                values=conditions,
                label=label,
                reading=key if key in ("covid-19", "long-covid") else "",
            )
        if self._concepts[key].kind == "disease":
            names = self._title_words(key)
            if self._titles(names):
                return in_title(name, names, absent=False)
            return _nothing(Label(f"s ciljem terapije »{name.sl}«", f"targeting {name.en}"), Column.CONDITION)
        return None

    def _title_words(self, key: str) -> tuple[str, ...]:
        """Return the folded words by which an English title names a concept."""
        names = (*self._concepts[key].en, *self._concepts[key].abbreviations, *title_words().get(key, ()))
        return tuple(dict.fromkeys(fold(name) for name in names if len(name) > 1))

    def _titles(self, words: tuple[str, ...]) -> bool:
        return any(title_contains(trial.title, words) for trial in self._document.trials)


def _spelt_out(chain: list[_Mention], other: list[_Mention]) -> bool:
    """Whether all that `chain` names is named in `other` again, with more besides."""
    named, more = ({value for mention in each for value in mention.filter.values} for each in (chain, other))
    return chain is not other and bool(named) and named < more and len(other) > 1


def _regardless(scan: Scan, mention: _Mention, lexicon: Lexicon) -> bool:
    """Whether rows are wanted "with or without" what is mentioned; takes the words."""
    before = re.search(rf"(?<!\w)(?:{lexicon.raw['goal.regardless_before']})[ ]$", scan.left[: mention.start])
    after = re.match(rf"[ ](?:{lexicon.raw['goal.regardless_after']})(?!\w)", scan.left[mention.end :])
    if before is not None:
        scan.take(*before.span())
    if after is not None:
        scan.take(mention.end, mention.end + after.end())
    return before is not None or after is not None


def _included(scan: Scan, mention: _Mention, lexicon: Lexicon) -> bool:
    """Whether rows with what is mentioned are wanted too: "including long COVID"; takes the words."""
    before = re.search(rf"(?<!\w)(?:{lexicon.raw['goal.include_before']})[ ]$", scan.left[: mention.start])
    after = re.match(rf"[ ](?:{lexicon.raw['goal.include_after']})(?!\w)", scan.left[mention.end :])
    if before is not None:
        scan.take(*before.span())
    if after is not None:
        scan.take(mention.end, mention.end + after.end())
    return before is not None or after is not None


def _take_apposition(scan: Scan, mention: _Mention, lexicon: Lexicon) -> None:
    """Take what explains a goal in other words: "melasma, those brown patches on the face, …"."""
    opener = lexicon.raw["goal.apposition"]
    match = re.match(rf"[ ]*,?[ ](?:{opener})[ ](?:[\w{TAKEN}]+[ ]?){{1,6}}(?=[ ]*(?:,|$))", scan.left[mention.end :])
    if match is None:
        return
    cues = ("which", "where", "how_many", "what", "list", "most", "fewest", "largest", "smallest", "each", "trial")
    if not any(lexicon.patterns[cue].search(match.group()) for cue in cues):
        scan.take(mention.end, mention.end + match.end())


def _common(first: str, second: str) -> int:
    """Return the length of the common beginning."""
    return next(
        (i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second))
    )


def _of_group(group: Group) -> Filter:
    if not group.conditions:
        return _nothing(group.label, Column.CONDITION)
    return Filter(
        column=Column.CONDITION,
        operator=Operator.IN,
        values=group.conditions,
        label=group.label,
        reading=group.reading,
    )


def in_title(name: Label, words: tuple[str, ...], *, absent: bool) -> Filter:
    """Return the filter for titles that hold one of `words` (folded); with `absent` none does."""
    label = Label(f"z navedbo »{name.sl}« v naslovu", f"with “{name.en}” in the title")
    return Filter(
        column=Column.TITLE,
        operator=Operator.CONTAINS,
        values=words,
        label=label,
        unmatched=(label,) if absent else (),
        reading="title",
    )


def _nothing(label: Label, column: Column) -> Filter:
    return Filter(column=column, operator=Operator.IN, values=(), label=label, unmatched=(label,))


def without(item: Filter) -> Filter:
    """Return the filter that leaves out what `item` chooses."""
    return replace(
        item,
        operator=Operator.NOT_IN,
        label=Label(f"razen tistih {item.label.sl}", f"except those {item.label.en}"),
        titles=(),
        reading=f"not-{item.reading}" if item.reading != "title" else "title",
    )


def _union(filters: list[Filter]) -> Filter:
    """Return one filter that any of `filters` would meet; all are on one column."""
    unique = _distinct(filters)
    first = unique[0]
    if len(unique) == 1:
        return first
    readings = [item.reading for item in unique if item.reading not in ("", "covid-19", "long-covid")]
    return replace(
        first,
        values=tuple(dict.fromkeys(value for item in unique for value in item.values)),
        titles=tuple(word for item in unique for word in item.titles),
        label=Label(" ali ".join(item.label.sl for item in unique), " or ".join(item.label.en for item in unique)),
        unmatched=tuple(label for item in unique for label in item.unmatched),
        reading=readings[0] if readings else "",
    )


def _distinct(filters: list[Filter]) -> list[Filter]:
    return list(dict.fromkeys(filters))

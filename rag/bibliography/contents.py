"""What a question about the bibliography asks: filters, fields, operation."""

import re
from dataclasses import replace

from rag.bibliography.asked import AskedOfWorks
from rag.bibliography.fields import fields_asked, fields_lacking, fields_named
from rag.bibliography.index import words_of
from rag.bibliography.query import BibliographyQuery, Field, Operation, TopicUnit
from rag.bibliography.topic import read_topic, subject
from rag.questions.point import point_of

# A question with a number and so few words besides asks by the bare names of fields: "source 5 authors".
_SHORT = 5
_FEW_WORDS = {
    "two": 2,
    "dva": 2,
    "dve": 2,
    "three": 3,
    "tri": 3,
    "trije": 3,
    "four": 4,
    "stiri": 4,
    "stirje": 4,
    "five": 5,
    "pet": 5,
}


class Contents(AskedOfWorks):
    """Reads a question that is about cited works as a query."""

    def _drop_what_the_statement_says(self) -> None:
        """Names and years within the statement describe it; they filter nothing."""
        found, said = self.entities, range(self.said.start, self.said.end)
        if found.years_at in said:
            found.years = None
        if found.journals_at in said:
            found.journals = ()
        if found.authors_at in said:
            found.authors = ()
        if found.unknown_at in said:
            found.unknown = [u for u in found.unknown if u.what not in ("author", "journal")]

    def _query(self) -> BibliographyQuery:
        found = self.entities
        frame = self.frame
        missing, present = self._lacking(frame)
        first = self.words.fields[Field.FIRST_AUTHOR].search(frame) is not None
        last = self.words.cues["last_author"].search(frame) is not None
        authors = found.authors
        if not found.numbers and (first or last):
            authors = tuple(replace(author, first=first, last=last and not first) for author in authors)
        if self.own_authors:
            authors = (*authors, self.own_authors)
        fields = self._fields(frame, (*missing, *present, *found.identified_by))
        if authors and not found.numbers:  # "where Buzas is first author" filters, it does not ask
            fields = tuple(f for f in fields if f not in (Field.FIRST_AUTHOR, Field.AUTHORS))
        elif last and not fields:
            fields = (Field.AUTHORS,)
        if self._says_the_year() and not found.numbers:  # "z letnico 2019" filters, it does not ask
            fields = tuple(f for f in fields if f is not Field.YEAR)
        by = self._by(frame) if not found.numbers else None
        sections = self._sections(frame) if not found.numbers and not self.statement else ()
        kinds = () if self.statement else tuple(self.kinds)
        for kind in kinds:
            for span in self.kinds[kind]:
                self.finder.use(span)
        topic = () if found.numbers or self.statement or sections else read_topic(self.finder)
        topic = self._without_kind_of_work(topic)
        publisher = next((unit.text for unit in topic if self._is_publisher(unit.text)), "")
        topic = tuple(unit for unit in topic if unit.text != publisher)
        query = BibliographyQuery(
            question=self.text,
            operation=Operation.LIST,
            fields=fields,
            by=by,
            numbers=found.numbers,
            authors=authors,
            years=found.years,
            journals=found.journals,
            topic=topic,
            missing=missing,
            present=tuple(field for field in present if field not in found.identified_by),
            min_citations=self._min_citations(frame),
            max_citations=int(self.words.says("only_once", frame)),
            sole=not found.numbers and self.words.says("sole", frame),
            n=self._few(frame),
            kinds=kinds,
            chapter=self.words.cues["chapter"].search(frame) is not None,
            publisher=publisher,
            sections=sections,
            statement=self.statement,
            cited=self.says("cites") or self.says("names_sources"),
            subject=subject(self.finder, topic) if topic else "",
            unknown=tuple(found.unknown),
            entire=self.says("entire"),
        )
        if found.numbers:
            query = self._of_numbers(query, frame)
        query = self._with_operation(query, frame)
        if query.operation is Operation.COUNT and query.numbers and self._counts_no_works():
            return replace(query, operation=Operation.CITING)  # "how many patients": what the article says with it
        return query

    def _counts_no_works(self) -> bool:
        counted = point_of(self.text, self.language).counted
        return bool(counted) and not self._shapes(counted)

    def _of_numbers(self, query: BibliographyQuery, frame: str) -> BibliographyQuery:
        """Of an entry named by number, other filters are what one wants to know of it."""
        asked = list(query.fields)
        for value, field in ((query.years, Field.YEAR), (query.journals, Field.JOURNAL)):
            if value and field not in asked:
                asked.append(field)
        if query.authors and not {Field.FIRST_AUTHOR, Field.N_AUTHORS} & set(asked):
            asked.append(Field.AUTHORS)
        asked.extend(f for f in (*query.missing, *query.present) if f not in asked)
        return replace(
            query,
            fields=tuple(dict.fromkeys(asked)),
            whether=bool(query.missing or query.present),
            authors=(),
            years=None,
            journals=(),
            missing=(),
            present=(),
            chapter=False,
            min_citations=0,
            unknown=tuple(u for u in query.unknown if u.what in ("number", "doi", "pmid")),
        )

    def _with_operation(self, query: BibliographyQuery, frame: str) -> BibliographyQuery:
        operations = {o for o, pattern in self.words.operations.items() if pattern.search(frame)}
        pointed = bool(query.numbers or query.authors or query.unknown)
        top = self.words.groups["top"].search(frame) is not None
        operation = Operation.LIST
        ordered = query.by is Field.YEAR and bool({Operation.OLDEST, Operation.NEWEST} & operations)
        if ordered and not top:  # "the oldest: which one and from what year?"
            query = replace(query, by=None)
        if query.by is not None and not (Operation.MOST_CITED in operations and pointed):
            return replace(query, operation=Operation.GROUP, top=top, fields=())
        if Operation.TIMES in operations and (pointed or query.topic):
            operation = Operation.TIMES
        elif Operation.MOST_CITED in operations and not query.numbers:
            return replace(query, operation=Operation.MOST_CITED, top=True)
        elif (
            Operation.SECTIONS in operations
            and not query.sections
            and not self._tells_the_section(frame)
            and not query.fields  # "who wrote the chapter cited as no. 32": one of a book
            and (pointed or query.topic or query.journals)
        ):
            return replace(query, operation=Operation.SECTIONS, fields=())
        elif Operation.OLDEST in operations:
            operation = Operation.OLDEST
        elif Operation.NEWEST in operations:
            operation = Operation.NEWEST
        elif query.fields:
            operation = Operation.FIELD
        elif Operation.COUNT in operations:
            operation = Operation.COUNT
        elif Operation.CITING in operations and pointed and not query.statement and not self._asks_for_works(frame):
            operation = Operation.CITING
        return replace(query, operation=operation)

    def _tells_the_section(self, frame: str) -> bool:
        """ "The chapter on nerves names Krause et al.; which paper is that?": a work is asked for."""
        return self._asks_for_works(frame) and self.words.cues["which_section"].search(frame) is None

    def _fields(self, frame: str, spoken_for: tuple[Field, ...]) -> tuple[Field, ...]:
        found = fields_asked(frame, self.words, enumerated=frame)
        n_besides = len([token for token in self.finder.tokens if not token.text.isdigit()])
        says_what = self.words.operations[Operation.CITING].search(frame) is not None
        brief = self.entities.numbers and n_besides <= _SHORT and not says_what
        if not found and (brief or self._telegraphic()):
            found = fields_named(frame, self.words)
        if self.statement and not self.words.enumerated.search(frame):
            found = tuple(field for field in found if field is not Field.YEAR)  # "cited when it says": no date
        of_works = bool(self.entities.authors) or self.says("work")
        if of_works and Field.YEAR in found and self.words.says("where_when", frame):
            found = tuple(field for field in Field if field in {*found, Field.JOURNAL})
        return tuple(field for field in found if field not in spoken_for)

    def _lacking(self, frame: str) -> tuple[tuple[Field, ...], tuple[Field, ...]]:
        missing = fields_lacking(self.words.cues["missing"], frame)
        if missing:  # "neither DOI nor PMID"
            named = [Field(name) for name in ("doi", "pmid") if re.search(rf"\b{name}s?\b", frame)]
            return tuple(dict.fromkeys((*missing, *named))), ()
        return (), fields_lacking(self.words.cues["present"], frame)

    def _min_citations(self, frame: str) -> int:
        match = self.words.cues["more_than_once"].search(frame)
        if match is None:
            return 0
        groups = match.groupdict()
        if groups.get("n"):
            return int(groups["n"]) + 1
        if groups.get("three"):
            return 3
        return int(groups["least"]) if groups.get("least") else 2

    def _few(self, frame: str) -> int:
        """How many of an order are asked for: "the two oldest"."""
        match = self.words.cues["few"].search(frame)
        if match is None:
            return 0
        word = match.group("n") or match.group("n2")
        return int(word) if word.isdigit() else _FEW_WORDS[word]

    def _without_kind_of_work(self, topic: tuple[TopicUnit, ...]) -> tuple[TopicUnit, ...]:
        """ "The MISEV guidelines": what kind of work it is, its title need not say."""
        rest = tuple(unit for unit in topic if not self.words.cues["work"].fullmatch(unit.text))
        if len(rest) in (0, len(topic)) or self.shelf.by_topic(topic).whole:
            return topic
        return rest if self.shelf.by_topic(rest).whole else topic

    def _is_publisher(self, word: str) -> bool:
        return any(word in words_of(reference.publisher) for reference in self.shelf.references.values())

"""A question being read: its folded text, from which each part that was understood is taken away."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from corpus.terms import searchable, words
from corpus.text import fold
from corpus.types import Language
from rag.questions.patterns import late
from rag.tables.data import ellipses, fillers

# What stands where understood words were. No word character, so that patterns stop at it.
TAKEN = "§"
_USA = re.compile(r"(?<!\w)(?:U\.\s?S\.(?:\s?A\.)?|US)(?!\w)")
# Words with their abbreviation in brackets: "umbilical cord (UC)".
# Authors are cited so: "Zhou et al.", "Zhou in sod."
_AND_OTHERS = re.compile(r"\bet al\b\.?|\bin sod\b\.?")
_SHORT = re.compile(r"((?:[^\W\d_]+[ -])+)\(([A-Z]{2,6})\)")
_WORD = re.compile(r"[^\W_]+(?:[-/][^\W_]+)*")
_NUMBER_WORDS = {
    Language.SL: {
        2: r"dv(?:a|e|eh|ema)", 3: r"tri(?:je|h|m)?|treh|trem", 4: r"stir(?:i|je|ih|im|imi)", 5: r"pet(?:ih|imi)?",
        6: r"sest(?:ih|imi)?", 7: r"sedem|sedmi(?:h|mi)", 8: r"osem|osmi(?:h|mi)", 9: r"devet(?:ih|imi)?",
        10: r"deset(?:ih|imi)?", 12: r"dvanajst(?:ih|imi)?", 15: r"petnajst(?:ih|imi)?", 20: r"dvajset(?:ih|imi)?",
        30: r"trideset(?:ih|imi)?", 40: r"stirideset(?:ih|imi)?", 50: r"petdeset(?:ih|imi)?",
        60: r"sestdeset(?:ih|imi)?", 70: r"sedemdeset(?:ih|imi)?", 80: r"osemdeset(?:ih|imi)?",
        90: r"devetdeset(?:ih|imi)?", 100: r"sto(?:tih|timi)?", 200: r"dvesto(?:tih|timi)?",
        500: r"petsto(?:tih|timi)?", 1000: r"tisoc(?:ih|imi)?",
    },
    Language.EN: {
        2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten",
        12: "twelve|a dozen", 15: "fifteen", 20: "twenty", 30: "thirty", 40: "forty", 50: "fifty", 60: "sixty",
        70: "seventy", 80: "eighty", 90: "ninety", 100: "(?:a |one )?hundred", 200: "two hundred", 500: "five hundred",
        1000: "(?:a |one )?thousand",
    },
}  # fmt: skip
# "One" is a number only after these; elsewhere it is a pronoun.
_ONE = {
    Language.SL: re.compile(
        r"(?<!\w)(kot|vsaj|samo|le|zgolj|natanko|najvec)(?: z| s| po)? en(?:a|o|e|ega|im)?(?: sam\w*)?(?!\w)"
    ),
    Language.EN: re.compile(r"(?<!\w)(than|least|most|only|just|exactly) (?:one|a (?:single|lone))(?!\w)"),
}
# How often something occurs is how many trials there are of it: "only once", "z eno samo", "more than once".
_TIMES = {
    Language.SL: (
        (re.compile(r"(?<!\w)(?:z |s |po )?(?:ena|eno|ene|enim) sam\w*(?= studij| raziskav)"), "samo 1"),
        (
            re.compile(r"(?<!\w)enomestn\w+ stevil\w+(?= (?:udelez|bolni|ljudi|oseb|sodeluj|preiskov|prostov)\w*)"),
            "manj kot 10",
        ),
        (re.compile(r"(?<!\w)(samo|le|zgolj|natanko|vsaj|kot) enkrat(?!\w)"), r"\1 1 studija"),
        (re.compile(r"(?<!\w)(samo|le|zgolj|natanko|vsaj|kot) dvakrat(?!\w)"), r"\1 2 studiji"),
        (re.compile(r"(?<!\w)(samo|le|zgolj|natanko|vsaj|kot) trikrat(?!\w)"), r"\1 3 studije"),
    ),
    Language.EN: (
        (
            re.compile(
                r"(?<!\w)(?:an? )?single[- ]digit (?:numbers? of (?:patients|people|participants)|enrol\w*|"
                r"sample\w*(?: sizes?)?|headcounts?|size)"
            ),
            "fewer than 10 participants",
        ),
        (re.compile(r"(?<!\w)(?:a|one) (?:single|lone|solitary)(?= (?:trial|study))"), "only 1"),
        (
            re.compile(r"(?<!\w)(?<!only )(?<!exactly )(?<!just )one (?:trial|study) (?:only|alone|each)(?!\w)"),
            "only 1 trial",
        ),
        (re.compile(r"(?<!\w)(only|just|exactly|than|least) once(?!\w)"), r"\1 1 trial"),
        (re.compile(r"(?<!\w)(only|just|exactly|than|least) twice(?!\w)"), r"\1 2 trials"),
    ),
}
# The larger first: "two hundred" is no "two".
_NUMBERS = {
    language: [
        (late(rf"(?<!\w)(?:{pattern})(?!\w)"), str(number)) for number, pattern in sorted(words.items(), reverse=True)
    ]
    for language, words in _NUMBER_WORDS.items()
}


def prepared(text: str, language: Language) -> str:
    """Return a question folded, contractions opened, number words as digits, brackets dropped.

    What people say before they begin ("um", "hej") is dropped too.
    """
    text = _USA.sub("USA", _SHORT.sub(_without_gloss, text.replace("’", "'")))
    folded = _AND_OTHERS.sub("", searchable(unicodedata.normalize("NFC", text)))
    if language is Language.EN:
        folded = re.sub(r"\bcan't\b", "can not", folded)
        folded = re.sub(r"n't\b", " not", folded)
        folded = re.sub(r"\b(do|does|did|is|are|was|were|have|has|had)nt\b", r"\1 not", folded)
        folded = re.sub(r"\bwhat's\b", "what is", folded)
        folded = re.sub(r"(?<!\w)w/o(?!\w)", "without", folded)
    folded = re.sub(r"'(?:s|m|re|ve|ll|d|t)\b|(?<=s)'", "", folded)
    folded = re.sub(r"(?<!\w)'|'(?!\w)|(?<![<>])=", " ", folded)
    folded = re.sub(r"[()\[\]\"»«“”„?!;:]|\.(?=\s|$)|,(?=\s|$)", lambda m: "," if m.group() == "," else " ", folded)
    for pattern, replacement in _TIMES[language]:
        folded = pattern.sub(replacement, folded)
    folded = _ONE[language].sub(r"\1 1", folded)
    for pattern, digits in _NUMBERS[language]:
        folded = pattern.sub(digits, folded)
    folded = _HYPHENED.sub(" people", folded)
    folded = re.sub(r"(?<=\w) [+&] (?=\w)", " and " if language is Language.EN else " in ", folded)
    text = fillers(language).sub("", " ".join(folded.split()))
    needed, pattern, both = ellipses()[language]
    return pattern.sub(both, text) if needed in text else text


def _without_gloss(match: re.Match[str]) -> str:
    """Return words without the abbreviation in brackets when it is made of their initials."""
    initials = [word[0].upper() for word in re.findall(r"[^\W\d_]+", match[1])]
    return match[1].rstrip() if initials[-len(match[2]) :] == list(match[2]) else match[0]


def token_spans(text: str) -> list[tuple[int, int]]:
    """Return where the words of a prepared text stand, in the order of `corpus.terms.words`."""
    spans: list[tuple[int, int]] = []
    for match in _WORD.finditer(text):
        spans.append(match.span())
        if not match.group().isalnum():
            spans.extend(
                (match.start() + part.start(), match.start() + part.end())
                for part in re.finditer(r"[^-/]+", match.group())
                if len(part.group()) > 1 or part.group().isdigit()
            )
    return spans


# "The 100-subject mark": so many people.
_HYPHENED = re.compile(r"(?<=\d)-(?:patient|participant|person|people|subject|volunteer)s?(?!\w)")
# What stands before these words is why something is asked.
_SO = r"(?<=,)\s+(?=(?:so|hence|zato|zaradi tega)\s(?!that|da|ki))"


def asking(source: str) -> tuple[str, str]:
    """Return the sentences of a text that only lead up to a question, and those that ask.

    So does what stands before ", so" ("One trial skews the mean, so give me the median"). Those with a question mark
    ask; without any, the last one ("…. Number and phase, please.").
    """
    sentences = [part for part in re.split(rf"(?<=[.!?:;])\s+|{_SO}", source.strip()) if part]
    marked = [part for part in sentences if part.endswith("?")] or sentences[-1:]
    return " ".join(part for part in sentences if part not in marked), " ".join(marked)


class Scan:
    """The text of a question, and what is left of it."""

    def __init__(self, text: str, *, source: str = "") -> None:
        """`source` is the question as asked, `text` the prepared one."""
        self.source = source or text
        self.text = text
        self.left = text
        self.tag = ""
        self._tags = [""] * len(text)

    def as_asked(self, words: str) -> str:
        """Return prepared words as they stand in the question, capitals and accents included."""
        wanted = words.split()
        tokens = re.findall(r"[^\s?!,;:()\"]+", self.source)
        folded = [re.sub(r"['’]s$", "", fold(token.strip("."))) for token in tokens]
        for start in range(len(tokens) - len(wanted) + 1):
            if folded[start : start + len(wanted)] == wanted:
                return " ".join(tokens[start : start + len(wanted)]).strip(".")
        return words

    def stretch(self, wanted: Sequence[str]) -> str:
        """Return the first words of `wanted` (folded) that stand side by side in the question, as asked."""
        tokens = re.findall(r"[^\s?!,;:()\"]+", self.source)
        said = [not set(words(token)).isdisjoint(wanted) for token in tokens]
        if not any(said):
            return " ".join(wanted)
        start = said.index(True)
        end = next((place for place in range(start, len(tokens)) if not said[place]), len(tokens))
        return " ".join(tokens[start:end]).strip(".")

    def told(self, language: Language) -> int:
        """Return where the sentences that only lead up to the question end in the text; 0 when it has none."""
        leading = prepared(asking(self.source)[0], language)
        return len(leading) if leading and self.text.startswith(f"{leading} ") else 0

    def find(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Yield what matches in the words that are left."""
        yield from list(pattern.finditer(self.left))

    def has(self, pattern: re.Pattern[str]) -> bool:
        """Whether something matches in the words that are left."""
        return pattern.search(self.left) is not None

    def take(self, start: int, end: int) -> None:
        """Take `left[start:end]` away as understood, under the current `tag`."""
        self._tags[start:end] = [self.tag] * (end - start)
        self.left = self.left[:start] + TAKEN * (end - start) + self.left[end:]

    def take_all(self, pattern: re.Pattern[str]) -> list[re.Match[str]]:
        """Take away all that matches, and return it."""
        found = list(pattern.finditer(self.left))
        for match in found:
            self.take(*match.span())
        return found

    def is_condition(self, start: int, end: int) -> bool:
        """Whether all of `text[start:end]` was taken under a tag, as a condition on rows."""
        return all(self._tags[place] or self.text[place].isspace() for place in range(start, end))

    def tags(self, start: int, end: int) -> list[str]:
        """Return under which tags the characters of `text[start:end]` were taken, "" for none."""
        return self._tags[start:end]

    def position(self, tag: str) -> int:
        """Return where the last of what was taken under `tag` begins; -1 when nothing was."""
        places = [place for place, other in enumerate(self._tags) if other == tag]
        starts = [place for place in places if place == 0 or self._tags[place - 1] != tag]
        return starts[-1] if starts else -1

    def stretches(self) -> list[tuple[str, int, int]]:
        """Return the parts of the text that were taken under a tag, with it and where they stand."""
        found: list[tuple[str, int, int]] = []
        end = 0
        for tag, places in groupby(self._tags):
            start, end = end, end + len(list(places))
            if tag:
                found.append((tag, start, end))
        return found

    def beside(self, word: str, tag: str) -> bool:
        """Whether a word that is left stands next to what was taken under `tag`: "alveolar bone loss"."""
        for match in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", self.left):
            before, after = match.start() - 2, match.end() + 1
            if any(0 <= place < len(self.left) and self._tags[place] == tag for place in (before, after)):
                return True
        return False

    def mixes(self, either: str) -> bool:
        """Whether `either` ("or") joins things taken under different tags: "in phase 4 or in France"."""
        pattern = rf"{TAKEN}(?=[ ,]*(?:\w{{1,4}}[ ])?(?:{either})[ ]+(?:\w{{1,4}}[ ]){{0,2}}({TAKEN}))"
        for match in re.finditer(pattern, self.left):
            tags = (self._tags[match.start()], self._tags[match.start(1)])
            if all(tags) and tags[0] != tags[1]:
                return True
        return False

    def unread(self, ignored: Iterable[re.Pattern[str]], stop: frozenset[str]) -> list[str]:
        """Return the words that nobody took, that no pattern of `ignored` fits, and that mean something."""
        left = self.left
        for pattern in ignored:
            left = pattern.sub(" ", left)
        return [
            match.group()
            for match in re.finditer(r"[^\W_]+", left)
            if match.group() not in stop and (len(match.group()) > 1 or match.group().isdigit())
        ]

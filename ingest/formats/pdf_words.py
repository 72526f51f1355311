"""Words that a PDF cuts at line ends, put together again where that is certain."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

_WORD = re.compile(r"[^\W\d_]+")
_COMPOUND = re.compile(r"\w+(?:-\w+)+")
_CUT = re.compile(r"(?P<head>\w[\w-]*)(?P<hyphen>[-\u2010])\Z")
_TAIL = re.compile(r"\w+")
_ADDRESS_END = re.compile(r"(?:https?://|www\.|\b10\.\d{4,9}/)\S*[/._\-=?&]\Z")
_ENTRY = re.compile(r"\d{1,3}\.|[^\W\d_a-zčšž]")  # the next entry, or a capital: the address ended
_SOFT_HYPHEN = "\u00ad"
# "short- and long-term" keeps its hyphen and blank.
_CONJUNCTIONS = frozenset("and or to in ali ter oziroma do".split())


class Joiner:
    """Joins the lines of a paragraph.

    A hyphen at the end of a line goes only when it is a soft one, or when the joined word stands
    somewhere else in the document in one piece and the hyphenated one does not.

    Attributes:
        kept: words joined with their hyphen because nothing told whether it belongs to them.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self.words: Counter[str] = Counter()
        self.compounds: Counter[str] = Counter()
        self.kept: dict[str, None] = {}
        after_cut = False
        for line in lines:
            text = line.replace(_SOFT_HYPHEN, "").casefold()
            compounds = _COMPOUND.findall(text)
            self.compounds.update(compounds)
            words = _WORD.findall(_COMPOUND.sub(" ", text))
            # The halves of cut words are no words.
            words = words[1:] if after_cut else words
            after_cut = text.endswith(("-", "\u2010"))
            self.words.update(words[:-1] if after_cut else words)

    def join(self, lines: Sequence[str]) -> str:
        """Return the lines as running text on one line."""
        text = ""
        for line in lines:
            text = self._append(text, line) if text else line
        return text.replace(_SOFT_HYPHEN, "")

    def _append(self, text: str, line: str) -> str:
        if text.endswith(_SOFT_HYPHEN):
            return text[:-1] + line
        if _ADDRESS_END.search(text) and line[:1].isalnum() and not (text.endswith(".") and _ENTRY.match(line)):
            return text + line
        cut, tail = _CUT.search(text), _TAIL.match(line)
        if cut is None:
            # A range "3–" over the end of the line; a dash with a blank before it keeps it.
            return text + line if re.search(r"\w[–/]\Z", text) and line[:1].isalnum() else f"{text} {line}"
        if tail is None or tail.group().casefold() in _CONJUNCTIONS:
            return f"{text} {line}"
        last = cut["head"].rsplit("-", 1)[-1]
        joined = (last + tail.group()).casefold()
        compound = f"{cut['head']}-{tail.group()}".casefold()
        if not tail.group()[0].islower() or not last.isalpha() or compound in self.compounds:
            return text + line
        if joined in self.words:
            return text[:-1] + line
        self.kept[f"{cut['head']}-{tail.group()}"] = None
        return text + line

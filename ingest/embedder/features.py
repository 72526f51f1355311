"""From text to the features whose vectors are summed: pure Python, no accents, both languages alike.

A word is seen as itself, as its beginnings (Slovene and English inflect at the end), as a cognate
form in which "exosome" and "eksosom" meet, and as its character n-grams, which know something even
of a word never met before (fastText, Bojanowski et al. 2017). Features are kept as 32-bit hashes:
no list of strings has to be stored or loaded (the hashing trick, Weinberger et al. 2009).
"""

import re
import zlib

from corpus.text import fold

VERSION = 1  # of everything in this file; weights trained with another one are refused

_LETTERS = str.maketrans({
    "đ": "d", "ł": "l", "ø": "o", "ı": "i", "ə": "e",  # no accent that could be taken off
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "κ": "kappa", "λ": "lambda",
    "μ": "mu", "σ": "sigma", "τ": "tau", "ω": "omega",
})  # fmt: skip
_WORD = re.compile(r"[a-z0-9]+(?:-[0-9]+)?")
_MAX_WORD_CHARS = 40  # a longer run of letters is no word; it would only cost time
_PREFIXES = (4, 5, 6, 8)
_COGNATE_PREFIXES = (5, 7)
# Spellings of Greek and Latin words: English to Slovene, in this order.
_SPELLINGS = (
    ("ph", "f"), ("th", "t"), ("ch", "h"), ("qu", "kv"), ("ck", "k"), ("x", "ks"), ("w", "v"), ("y", "i"),
    ("tion", "cij"), ("sion", "zij"), ("ae", "e"), ("oe", "e"), ("ss", "s"), ("ll", "l"), ("mm", "m"), ("nn", "n"),
    ("pp", "p"), ("tt", "t"), ("ff", "f"), ("cc", "k"),
)  # fmt: skip
_HARD_C = re.compile(r"c(?![eiyj])")
_NOUN_END = re.compile(r"(?:sis|za|ze|zi|zo)$")
_ADJECTIVE_END = re.compile(r"(?:ous|ic|ical|en|ni|na|no|nega|nih|ski|ska|sko)$")


def normalise(text: str) -> str:
    """Return `text` folded: lower case, no accents, Greek letters spelled out. Twice is the same as once."""
    return fold(text).translate(_LETTERS)


def words(text: str) -> list[str]:
    """Return the words of `text` in order, normalised: runs of a-z and 0-9, "mir-146" as one.

    Text in other scripts has none.
    """
    return [word[:_MAX_WORD_CHARS] for word in _WORD.findall(normalise(text))]


def cognate(word: str) -> str:
    """Return the form in which a word of Greek or Latin origin is alike in both languages.

    "exosome" gives "eksosome", "eksosom" stays; their beginnings then agree.
    """
    for english, slovene in _SPELLINGS:
        word = word.replace(english, slovene)
    word = _NOUN_END.sub("z", _HARD_C.sub("k", word))
    return _ADJECTIVE_END.sub("", word) if len(word) > 6 else word


def features(word: str, *, ngrams: bool = True) -> list[str]:
    """Return the features of a normalised word, each with a letter for its kind.

    w whole word, p beginning, c cognate form, d its beginning, n character n-gram with "<" and ">"
    for the ends. A number has only itself: 200 is not a little like 2000.
    """
    found = ["w" + word]
    if not word or word[0].isdigit():
        return found
    length = len(word)
    found += ["p" + word[:k] for k in _PREFIXES if length > k]
    if length > 3:
        form = cognate(word)
        found.append("c" + form)
        found += ["d" + form[:k] for k in _COGNATE_PREFIXES if len(form) > k]
    if ngrams:
        marked = f"<{word}>"
        found += ["n" + marked[i : i + 4] for i in range(len(marked) - 3)]
        if length > 5:
            found += ["n" + marked[i : i + 5] for i in range(len(marked) - 4)]
    return found


def hashes(word: str, *, ngrams: bool = True) -> list[int]:
    """Return the features of a word as CRC-32 hashes, unsigned."""
    return [zlib.crc32(feature.encode("ascii", "replace")) for feature in features(word, ngrams=ngrams)]

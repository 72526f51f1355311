"""Which of the two languages a text is in, or neither.

py3langid (Lui & Baldwin 2012, "langid.py", retrained) ranks all its languages; questions are
short, so the close kin Croatian, Bosnian and Serbian are taken together, and a question is turned
away only when another language is clearly ahead of both Slovene and English. Of a few words beside
names the dictionaries tell more: "Referenca 44?", "Nazari et al. – journal?".
"""

import io
import re
import struct
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from corpus.terms import is_dictionary_word
from corpus.types import Language

_CANDIDATES = "sl en hr bs sr de it fr es pt nl hu cs sk pl ro sv da ru uk mk bg tr el ar zh ja".split()
_SOUTH_SLAVIC = ("hr", "bs", "sr")
# A foreign language needs this probability, and this many times that of the better of ours.
_FOREIGN_FLOOR = 0.6
_FOREIGN_RATIO = 8.0
# Below this ratio the two are too close to call (bare ids and abbreviations).
_UNDECIDED_RATIO = 1.25
# So many words are a few.
_FEW = 4
# A name: "Krause", "Targeted Therapy"; small words join its parts.
_NAME = re.compile(r"[^\W\d_a-zčšž][\w'’-]*(?:\s+(?:(?:of|and|the|in|for)\s+){0,2}[^\W\d_a-zčšž][\w'’-]*)*")
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
# Where in the header of a zip entry the lengths of its name and extra field stand.
_ZIP_LENGTHS = 26


def detect_language(text: str, *, default: Language = Language.SL) -> Language | None:
    """Return the language of a question, or None when it is in neither Slovene nor English.

    Args:
        text: any text; one without letters gets `default`.
        default: for text that tells nothing ("NCT05354141", "GvHD?").
    """
    words = [word for word in text.split() if any(char.isalpha() for char in word)]
    telling = [word for word in words if not _is_code(word)]
    if not telling:
        return default
    named = _by_dictionary(text)
    if named is not None:
        return named
    chances: dict[str, float] = {code: float(p) for code, p in _identifier().rank(" ".join(telling))}
    ours = {Language.SL: chances["sl"], Language.EN: chances["en"]}
    foreign = {code: p for code, p in chances.items() if code not in ("sl", "en", *_SOUTH_SLAVIC)}
    foreign["hr"] = sum(chances[code] for code in _SOUTH_SLAVIC)
    best = max(foreign.values())
    if best >= _FOREIGN_FLOOR and best >= _FOREIGN_RATIO * max(ours.values()):
        return None
    likely, other = sorted(ours, key=lambda language: ours[language], reverse=True)
    if ours[likely] < _UNDECIDED_RATIO * ours[other]:
        return default
    return likely


def _by_dictionary(text: str) -> Language | None:
    """The language in whose dictionary alone all of a few words beside names stand; None for no such language."""
    first = _WORD.search(text)
    if first is None:
        return None
    opening = first.group().lower()
    name = _NAME.match(text, first.start())
    within = name is not None and " " in name.group().strip()  # "Sci Rep papers"
    words = [opening] if _languages_of(opening) and not within else []
    words += _WORD.findall(_NAME.sub(" ", text[first.end() :]))
    words = [word for word in words if len(word) > 1 and not _is_code(word)]
    found = [_languages_of(word) for word in words]
    if len(words) > _FEW or not all(found):
        return None
    telling = {languages for languages in found if len(languages) == 1}
    return telling.pop()[0] if len(telling) == 1 else None


def _languages_of(word: str) -> tuple[Language, ...]:
    return tuple(language for language in Language if is_dictionary_word(word, language))


def _is_code(word: str) -> bool:
    """Whether a word is an id or abbreviation, which belongs to no language ("NCT0…", "GvHD")."""
    core = word.strip("?!.,;:()[]\"'»«“”")
    return any(char.isdigit() for char in core) or sum(char.isupper() for char in core) >= 2


def dump_identifier() -> bytes:
    """Return the identifier, cut down to our candidates, as the content of a file that loads quickly.

    The model as it comes packs a hundred languages with LZMA, and takes most of a second to unpack.
    """
    identifier = _packed()
    buffer = io.BytesIO()
    np.savez(
        buffer,
        ptc=identifier.nb_ptc,
        pc=identifier.nb_pc,
        classes=np.array(identifier.nb_classes),
        nextmove=np.asarray(identifier.tk_nextmove),
        row=np.asarray(identifier.tk_row),
        output=np.asarray(identifier.tk_output, dtype=np.int32),
    )
    return buffer.getvalue()


def use_identifier(path: Path) -> None:
    """Identify languages with a file that holds what `dump_identifier` returned; the results are the same.

    The automaton, nine tenths of the file, stays there: a text touches a few pages of it.

    Raises:
        OSError, ValueError, KeyError: the file is not there, or is no such file; nothing changes.
    """
    from py3langid.langid import LanguageIdentifier

    try:
        with np.load(path, allow_pickle=False) as stored:
            identifier = LanguageIdentifier(
                stored["ptc"],
                stored["pc"],
                stored["classes"].tolist(),
                memoryview(_mapped(path, "nextmove").data),
                stored["output"].tolist(),
                norm_probs=True,
                tk_row=stored["row"].tolist(),
            )
    except (EOFError, zipfile.BadZipFile, AttributeError, TypeError) as error:  # AttributeError: a bare array
        raise ValueError(f"{path} holds no language identifier.") from error
    _loaded[:] = [identifier]


def _mapped(path: Path, name: str) -> "np.memmap[Any, Any]":
    """An array of an uncompressed .npz file, not read but mapped into memory."""
    with zipfile.ZipFile(path) as archive, path.open("rb") as file:
        entry = archive.getinfo(f"{name}.npy")
        if entry.compress_type != zipfile.ZIP_STORED:
            raise ValueError(f"{name} is compressed in {path}.")
        file.seek(entry.header_offset + _ZIP_LENGTHS)
        n_name, n_extra = struct.unpack("<HH", file.read(4))
        file.seek(n_name + n_extra, io.SEEK_CUR)
        np.lib.format.read_magic(file)
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        return np.memmap(path, dtype, mode="r", offset=file.tell(), shape=shape)


_loaded: list[Any] = []


def _identifier() -> Any:
    if not _loaded:
        _loaded.append(_packed())
    return _loaded[0]


@cache
def _packed() -> Any:
    from py3langid import langid

    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
    identifier.set_languages(_CANDIDATES)
    return identifier

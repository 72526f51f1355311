"""Pairs and English texts to train on, read from what a folder of corpora holds.

    <folder>/*.tsv.xz  Slovene TAB English, one pair a line
    <folder>/*.txt.xz  English only, one text a line: for the teacher

`python -m ingest.embedder.corpora` fills such a folder from two Debian packages, unpacked with
`dpkg -x`: libreoffice-l10n-sl (the words of the LibreOffice menus) and wordnet-base.
"""

import argparse
import gettext
import lzma
import re
from collections.abc import Iterator
from pathlib import Path

Pair = tuple[str, str]
_MARKUP = re.compile(r"<[^>]*>|[~_&](?=\w)|%\w+|\$\([^)]*\)|\{[^}]*\}")
_LETTERS = re.compile(r"[^\W\d_]{2}")


def read_pairs(path: Path) -> list[Pair]:
    """Return the pairs (Slovene, English) of a .tsv or .tsv.xz file; lines of another form are left out."""
    opener = lzma.open if path.suffix == ".xz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")]
    return [(row[0].strip(), row[1].strip()) for row in rows if len(row) >= 2 and row[0].strip() and row[1].strip()]


def read_folder(folder: Path) -> dict[str, list[Pair]]:
    """Return the pairs of each .tsv.xz file of `folder` by the file's name, subfolders left out."""
    return {path.name.removesuffix(".tsv.xz"): read_pairs(path) for path in sorted(folder.glob("*.tsv.xz"))}


def read_english(folder: Path) -> list[str]:
    """Return the lines of the .txt.xz files of `folder`."""
    lines: list[str] = []
    for path in sorted(folder.glob("*.txt.xz")):
        with lzma.open(path, "rt", encoding="utf-8") as file:
            lines += [line.strip() for line in file if line.strip()]
    return lines


def wordnet_texts(folder: Path) -> Iterator[str]:
    """Yield the examples and definitions of WordNet 3.0 from its data.noun, data.verb … files."""
    for path in sorted(folder.glob("data.*")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("  ") or "|" not in line:  # the licence at the top
                continue
            gloss = line.split("|", 1)[1].strip()
            yield from (example for example in re.findall(r'"([^"]{8,200})"', gloss))
            definition = re.sub(r'[;,:]?\s*"[^"]*"[^;]*', "", gloss).strip(" ;")
            if 8 < len(definition) < 200:
                yield definition


def catalogue_pairs(folder: Path) -> Iterator[Pair]:
    """Yield (Slovene, English) of the compiled message catalogues (*.mo) under `folder`, without markup."""
    for path in sorted(folder.rglob("*.mo")):
        with path.open("rb") as file:
            catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
        for key, slovene in catalogue.items():
            english = key[0] if isinstance(key, tuple) else key
            english = english.split("\x04")[-1]
            pair = _clean(str(slovene)), _clean(english)
            if pair[0] != pair[1] and all(_LETTERS.search(side) and len(side) < 400 for side in pair):
                yield pair


def _clean(text: str) -> str:
    return " ".join(_MARKUP.sub("", text).split())


def _write(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with lzma.open(path, "wt", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines))


def main() -> None:
    """Write libreoffice_ui.tsv.xz and wordnet.txt.xz."""
    parser = argparse.ArgumentParser(description="Pairs and English texts out of unpacked Debian packages.")
    parser.add_argument("--root", type=Path, required=True, help="where the packages were unpacked")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    pairs = dict.fromkeys(catalogue_pairs(options.root / "usr/lib/libreoffice/program/resource/sl"))
    _write(options.out / "libreoffice_ui.tsv.xz", ["\t".join(pair) for pair in pairs])
    _write(options.out / "wordnet.txt.xz", list(dict.fromkeys(wordnet_texts(options.root / "usr/share/wordnet"))))


if __name__ == "__main__":
    main()

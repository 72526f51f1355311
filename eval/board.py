"""What the evaluation tab of the page shows: a run, its failures, the other runs, and a comparison.

Computes nothing of its own: means and intervals stand in a run's metrics.json, and a comparison is
that of `evidenca eval compare`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.load import Article
from corpus.types import Document
from eval.baseline import BASELINE
from eval.compare import Comparison, compare
from eval.gold import GOLD_DIR, ResolvedItem, Suite, load_suite
from eval.record import Record
from eval.runs import Run, RunError, RunInfo, read_info, read_run

# The name under which the blessed baseline is offered; a run's folder cannot have it by accident.
BLESSED = "baseline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A run as a page shows it.

    Attributes:
        name: under which it is offered.
        summary: its metrics.json.
        failures: the items that were not right, in the order of the gold set; empty when the gold
            set has changed since.
        others: what can be compared with it, by name.
        comparison: with the run that was asked for; the shown run is the candidate.
    """

    name: str
    info: RunInfo
    summary: Mapping[str, Any]
    failures: Sequence[tuple[ResolvedItem, Record]]
    others: Mapping[str, RunInfo]
    comparison: Comparison | None = None


class Boards:
    """The runs that a page offers: the blessed baseline, and complete ones in a folder."""

    def __init__(self, article: Article, document: Document, runs: Path) -> None:
        self.runs = runs
        self._article = article
        self._document = document
        self._suite: Suite | None = None

    def offered(self) -> dict[str, Path]:
        """Return the folders of all complete runs on the whole gold set by name, the newest first."""
        found: list[tuple[str, str, Path]] = []
        for folder in [BASELINE, *(path.parent for path in sorted(self.runs.glob("*/run.json")))]:
            try:
                info = read_info(folder)
            except RunError:
                continue
            if info.complete and not info.chosen and (folder / "metrics.json").exists():
                found.append((info.created, BLESSED if folder == BASELINE else folder.name, folder))
        return {name: folder for _, name, folder in sorted(found, reverse=True)}

    def board(self, *, name: str = BLESSED, other: str = "") -> Board:
        """Return a run, compared with another if one is named. Names that are not offered are as good as none.

        Raises:
            RunError: there is no run at all, or a file of one is damaged.
            NotComparableError: the two answer different questions.
        """
        offered = self.offered()
        if not offered:
            raise RunError("There is no run to show.", hint="Make one: evidenca eval run")
        name = name if name in offered else BLESSED if BLESSED in offered else next(iter(offered))
        run = read_run(offered[name])
        suite = self._loaded()
        known = suite.sha256 == run.info.gold_sha256
        comparison = None
        if other in offered and other != name:
            comparison = compare(read_run(offered[other]), run, suite)
        return Board(
            name=name,
            info=run.info,
            summary=json.loads((run.folder / "metrics.json").read_text(encoding="utf-8")),
            failures=_failures(run, suite) if known else (),
            others=self._comparable(run.info, {key: path for key, path in offered.items() if key != name}),
            comparison=comparison,
        )

    def _comparable(self, info: RunInfo, folders: Mapping[str, Path]) -> dict[str, RunInfo]:
        infos = {name: read_info(folder) for name, folder in folders.items()}
        alike = ("gold_sha256", "corpus_sha256", "metrics_version")
        return {
            name: other
            for name, other in infos.items()
            if all(getattr(other, key) == getattr(info, key) for key in alike)
        }

    def _loaded(self) -> Suite:
        if self._suite is None:
            self._suite = load_suite(GOLD_DIR, self._article, self._document)
        return self._suite


def _failures(run: Run, suite: Suite) -> list[tuple[ResolvedItem, Record]]:
    return [
        (value, record)
        for value in suite
        if (record := run.records.get(value.item.id)) is not None and not record.passed and value.item.variant is None
    ]

"""Sentences and labels of the evaluation tab."""

from collections.abc import Mapping

from ui.bilingual import Bilingual

EVALUATION_STRINGS: Mapping[str, Bilingual] = {}

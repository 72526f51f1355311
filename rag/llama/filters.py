"""LlamaIndex metadata filters as predicates."""

from collections.abc import Callable, Mapping
from typing import Any

from llama_index.core.vector_stores.types import FilterCondition, FilterOperator, MetadataFilter, MetadataFilters

Predicate = Callable[[Mapping[str, Any]], bool]

_NEED_LIST = frozenset({FilterOperator.IN, FilterOperator.NIN, FilterOperator.ANY, FilterOperator.ALL})


def predicate(filters: MetadataFilters) -> Predicate:
    """Return a function that says whether some metadata pass the filters, nested ones included.

    No filters let everything pass. Values of different types are unequal and have no order: a
    comparison between them never holds, and never raises. What is absent or None is not equal to any
    value, in no list, and contains nothing.

    Raises:
        ValueError: `in`, `nin`, `any` or `all` without a list (a text would be searched for letters).
    """
    parts = [predicate(part) if isinstance(part, MetadataFilters) else _single(part) for part in filters.filters]
    if not parts:
        return lambda _: True
    match filters.condition or FilterCondition.AND:
        case FilterCondition.AND:
            return lambda metadata: all(part(metadata) for part in parts)
        case FilterCondition.OR:
            return lambda metadata: any(part(metadata) for part in parts)
        case _:
            return lambda metadata: not any(part(metadata) for part in parts)


def _single(filter_: MetadataFilter) -> Predicate:
    key, operator, wanted = filter_.key, filter_.operator, filter_.value
    if operator in _NEED_LIST and not isinstance(wanted, list):
        raise ValueError(f"the filter {key} {operator.value} needs a list, not {wanted!r}")
    test = _TESTS[operator]
    return lambda metadata: bool(test(metadata.get(key), wanted))


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def test(value: Any, wanted: Any) -> bool:
        numbers = isinstance(value, int | float) and isinstance(wanted, int | float)
        texts = isinstance(value, str) and isinstance(wanted, str)
        return (numbers or texts) and compare(value, wanted)

    return test


def _members(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _contains(value: Any, wanted: Any) -> bool:
    if isinstance(value, str):
        return isinstance(wanted, str) and wanted in value
    return wanted in _members(value)


def _texts(value: Any, wanted: Any) -> bool:
    return isinstance(value, str) and isinstance(wanted, str)


_TESTS: Mapping[FilterOperator, Callable[[Any, Any], bool]] = {
    FilterOperator.EQ: lambda value, wanted: value == wanted,
    FilterOperator.NE: lambda value, wanted: value != wanted,
    FilterOperator.GT: _ordered(lambda value, wanted: value > wanted),
    FilterOperator.GTE: _ordered(lambda value, wanted: value >= wanted),
    FilterOperator.LT: _ordered(lambda value, wanted: value < wanted),
    FilterOperator.LTE: _ordered(lambda value, wanted: value <= wanted),
    FilterOperator.IN: lambda value, wanted: value in wanted,
    FilterOperator.NIN: lambda value, wanted: value not in wanted,
    FilterOperator.ANY: lambda value, wanted: any(item in _members(value) for item in wanted),
    FilterOperator.ALL: lambda value, wanted: all(item in _members(value) for item in wanted),
    FilterOperator.CONTAINS: _contains,
    FilterOperator.TEXT_MATCH: lambda value, wanted: _texts(value, wanted) and wanted in value,
    FilterOperator.TEXT_MATCH_INSENSITIVE: (
        lambda value, wanted: _texts(value, wanted) and wanted.casefold() in value.casefold()
    ),
    FilterOperator.IS_EMPTY: lambda value, _: value is None or value == "" or value == [],
}

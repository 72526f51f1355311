"""Regular expressions by name, compiled when first asked for: a question needs a third of them."""

import re
from collections.abc import Mapping


class Patterns(dict[str, re.Pattern[str]]):
    """Compiled patterns of a data file, by name.

    Only what was asked for is held; go through the file's own mapping to see all of them.
    """

    def __init__(self, raw: Mapping[str, str], *, form: str = "{}") -> None:
        """`form` says where in a larger pattern each is to stand, "\\b{}\\b"."""
        super().__init__()
        self._raw = raw
        self._form = form

    def __missing__(self, name: str) -> re.Pattern[str]:
        """Compile a pattern; raises KeyError when there is none of that name."""
        self[name] = re.compile(self._form.replace("{}", self._raw[name]))
        return self[name]

"""Refusals as problem details (RFC 9457): a code, one sentence in the reader's language, never a traceback."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from corpus.types import Language
from ui.http.strings import FIELD_PROBLEM, FIELD_PROBLEMS, PROBLEMS

MEDIA_TYPE = "application/problem+json"


@dataclass(eq=False)
class ProblemError(Exception):
    """A request that is refused.

    Attributes:
        code: one of `PROBLEMS`.
        values: for the placeholders of its sentence.
        headers: for the response.
        more: further members of the problem object.
        language: of the sentence, where it does not follow the reader's wish.
    """

    code: str
    values: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)
    language: Language | None = None

    def response(self, scope: Scope) -> Response:
        """Return the response that says so to whoever sent the request of `scope`."""
        language = self.language or preferred_language(Headers(scope=scope).get("accept-language", ""))
        status, title, detail = PROBLEMS[self.code]
        request_id = request_id_of(scope)
        values = {"request_id": request_id, **self.values}
        body = {
            "type": f"urn:evidenca:problem:{self.code}",
            "title": title.in_language(language),
            "status": status,
            "detail": detail.in_language(language).format_map(values),
            "request_id": request_id,
            **self.more,
        }
        return Response(
            json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"),
            status_code=status,
            media_type=MEDIA_TYPE,
            headers={
                "Content-Language": str(language),
                "Vary": "Accept-Language",
                "Cache-Control": "no-store",
                **self.headers,
            },
        )


def request_id_of(scope: Scope) -> str:
    """Return the id of a request; "" before it has one."""
    return str(scope.get("state", {}).get("request_id", ""))


def preferred_language(accept: str) -> Language:
    """Return the language that an Accept-Language header likes best; English when it names neither."""
    best, found = 0.0, Language.EN
    for part in accept[:500].split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    weight = float(parameter[2:])
                except ValueError:
                    weight = 0.0
        code = name.split("-")[0]
        if code in set(Language) and best < weight <= 1:
            best, found = weight, Language(code)
    return found


def field_problems(errors: list[Any], language: Language) -> list[dict[str, str]]:
    """Return what pydantic found wrong, field by field, without what was sent."""
    found = []
    for error in errors:
        text = FIELD_PROBLEMS.get(error["type"], FIELD_PROBLEM).in_language(language)
        place = ".".join(str(part) for part in error["loc"][:6])
        found.append({"where": place[:100], "what": text.format_map(error.get("ctx") or {})})
    return found

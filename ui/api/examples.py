"""Examples in the description of the API, in both languages; a test asks every one of them."""

from typing import Any

from fastapi.openapi.models import Example

ASK: dict[str, Example] = {
    "slovene": {"summary": "Slovensko", "value": {"question": "Kako na mrežnico vpliva miR-146a?"}},
    "english": {
        "summary": "English",
        "value": {"question": "Has any EV therapy been approved for use in humans?", "id": "q1"},
    },
    "follow-up": {
        "summary": "A follow-up question",
        "value": {
            "question": "And which country is it run in?",
            "history": [{"role": "user", "content": "Which trial studies ALS?"}],
        },
    },
}
CHECK: dict[str, Example] = {
    "slovene": {
        "summary": "Slovensko",
        "value": {"claim": "Terapija je pozitivno vplivala na 80 % bolnikov s perianalnimi fistulami."},
    },
    "english": {"summary": "English", "value": {"claim": "EV therapies have been approved for use in humans."}},
}
SEARCH: dict[str, Example] = {
    "slovene": {"summary": "Slovensko", "value": {"question": "viri mezenhimskih matičnih celic", "k": 3}},
    "english": {"summary": "English", "value": {"question": "side effects of MSC transplantation", "k": 3}},
}


def values(examples: dict[str, Example]) -> list[Any]:
    """Return the bodies of examples."""
    return [example["value"] for example in examples.values()]

"""The evaluation tab."""


def evaluation_html(*, other: str = "") -> str:
    """Return the content of the tab."""
    return ""

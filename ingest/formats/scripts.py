"""Superscripts as plain characters, and citations set as superscripts or in brackets.

Flat text must not turn 10 to the power of 6 into 106, so superscripts use the characters Unicode
has for them (10⁶, ¹³C); searching folds these to plain digits. Subscripts lose nothing when flat.
"""

import re

_RAISED = str.maketrans("0123456789+-−–=()abcdefghijklmnoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")
_RAISABLE = re.compile(r"[-+−–]?\d+[+−–-]?|[-+−–]|[a-pr-z]|\d+(?:[,.–-]\s?\d+|\s\d+)+")
# Stops after which a citation may stand although it belongs to what comes before them.
_STOP = re.compile(r"(?P<stop>[,;:]|(?<!\bal)\.)(?P<blank>\s*)\Z")


def superscript(text: str) -> str:
    """Return `text` raised where characters exist for a number, sign or single letter, else flat."""
    core = text.strip()
    if not _RAISABLE.fullmatch(core):
        return text
    return text.replace(core, core.translate(_RAISED))


def place_citation(before: str, citation: str, after: str, *, attached: bool) -> tuple[str, str]:
    """Return the text up to and including a citation, and the text after it, properly spaced.

    "text.(1) Next" becomes "text (1). Next": after the full stop it would count to the next
    sentence. "et al.(1) found" keeps its order.

    Args:
        attached: the citation is a superscript or hangs on the word or stop before it; otherwise it
            moves only from the very end of the text or before a capital letter.
    """
    following = after.lstrip()
    ends = not following or following[0].isupper() or following[0].isdigit()
    stop = _STOP.search(before)
    if stop and (stop["stop"] != "." or ends) and (stop["blank"] == "" if attached else ends):
        head = before[: stop.start()].rstrip()
        tail = after if after[:1].isspace() or not after else f" {after}"
        return f"{head} {citation}{stop['stop']}", tail
    if before and not before[-1].isspace() and before[-1] not in "([{„“‘«":
        before += " "
    if after[:1].isalnum():
        after = f" {after}"
    return before + citation, after


def numbers_as_text(numbers: list[int]) -> str:
    """Return numbers as citations print them: "3", "1,4", "3-5,9"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(str(number) for number in run) for run in runs)

"""A run as JUnit XML, which every continuous-integration service can show."""

import re
from xml.etree import ElementTree

from eval.figures import STAGES, asked
from eval.gold import Suite
from eval.runs import Run

# What XML 1.0 cannot hold, also not as a character reference.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(run: Run, suite: Suite) -> str:
    """Return the run as JUnit XML: one test case an item, a crash as <error>, a wrong item as <failure>."""
    found = asked(run, suite)
    n_errors = sum(bool(record.error) for _, record in found)
    n_failures = sum(not record.passed and not record.error for _, record in found)
    seconds = sum(run.timings.values()) / 1000
    counts = {
        "tests": str(len(found)),
        "failures": str(n_failures),
        "errors": str(n_errors),
        "time": f"{seconds:.3f}",
    }
    root = ElementTree.Element("testsuites", {"name": "evidenca eval", **counts})
    cases = ElementTree.SubElement(
        root,
        "testsuite",
        {
            "name": _clean(f"{run.info.suite}: {run.info.system}"),
            **counts,
            "skipped": "0",
            "timestamp": run.info.created.removesuffix("Z"),
        },
    )
    for value, record in found:
        item = value.item
        case = ElementTree.SubElement(
            cases,
            "testcase",
            {
                "name": _clean(f"{item.id}: {item.question}"),
                "classname": _clean(f"{run.info.suite}.{item.type}.{item.lang}"),
                "time": f"{run.timings.get(item.id, 0.0) / 1000:.3f}",
            },
        )
        if record.error:
            error = ElementTree.SubElement(case, "error", {"message": _clean(record.error), "type": "crash"})
            error.text = _clean(record.error)
        elif not record.passed:
            reasons = "; ".join(record.reasons) or STAGES.get(record.stage, "not right")
            failure = ElementTree.SubElement(case, "failure", {"message": _clean(reasons), "type": record.stage})
            failure.text = _clean(f"Question: {item.question}\nAnswer: {record.answer}\n{reasons}")
    ElementTree.indent(root, " ")
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False) + "\n"


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)

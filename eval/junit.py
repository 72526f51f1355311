"""A run as JUnit XML, which every continuous-integration service can show."""

from xml.etree import ElementTree

from eval.figures import STAGES, asked, readable
from eval.gold import Suite
from eval.runs import Run


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
            "name": readable(f"{run.info.suite}: {run.info.system}"),
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
                "name": readable(f"{item.id}: {item.question}"),
                "classname": readable(f"{run.info.suite}.{item.type}.{item.lang}"),
                "time": f"{run.timings.get(item.id, 0.0) / 1000:.3f}",
            },
        )
        if record.error:
            error = ElementTree.SubElement(case, "error", {"message": readable(record.error), "type": "crash"})
            error.text = readable(record.error)
        elif not record.passed:
            reasons = "; ".join(record.reasons) or STAGES.get(record.stage, "not right")
            failure = ElementTree.SubElement(case, "failure", {"message": readable(reasons), "type": record.stage})
            failure.text = readable(f"Question: {item.question}\nAnswer: {record.answer}\n{reasons}")
    ElementTree.indent(root, " ")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'

"""What the page costs a reader: the first load, and a message on top of what its answer takes.

    python benchmarks/page.py [--runs 7]

Needs Chromium and the test extra. The server runs in a process of its own, with the bundled article;
all times are taken inside the page, so the driver of the browser does not count. `cold` is a browser
that has seen nothing, `warm` one that comes back. Overhead is the time from Enter until the answer and
its sources stand in the page, less the engine's own time for the same question in the same run.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
QUESTIONS = [
    "Kako zunajcelični vezikli vplivajo na celjenje ran?",
    "How well do MSC-EVs work in perianal fistulas?",
    "Koliko kliničnih študij poteka v Iranu?",
    "Which reference is number 56?",
    "Kaj so eksosomi?",
    "Ali ZV pomagajo pri Parkinsonovi bolezni?",
    "What are the most common sources of MSCs?",
    "Kako na mrežnico vpliva miR-146a?",
]

# Set as early as a page can.
NOTE_READY = """
new MutationObserver((_, observer) => {
  if (document.documentElement.dataset.ready === undefined) return;
  observer.disconnect();
  window.readyAfter = performance.now();
}).observe(document, { attributes: true, subtree: true, attributeFilter: ["data-ready"] });
"""
LOADED = """() => ({
  ready: window.readyAfter,
  paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0,
  requests: performance.getEntriesByType("resource").length + 1,
  kilobytes: [...performance.getEntriesByType("resource"), ...performance.getEntriesByType("navigation")]
    .reduce((sum, entry) => sum + entry.transferSize, 0) / 1000,
})"""
ASK = """async (question) => {
  const box = document.querySelector("#ev-question textarea");
  const answers = () => document.querySelectorAll("#ev-answers pre").length;
  const before = answers();
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, question);
  box.dispatchEvent(new Event("input", { bubbles: true }));
  await new Promise((next) => setTimeout(next, 50));
  const begun = performance.now();
  box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  box.dispatchEvent(new KeyboardEvent("keypress", { key: "Enter", bubbles: true }));
  await new Promise((done) => {
    const observer = new MutationObserver(() => {
      if (answers() === before) return;
      observer.disconnect();
      done();
    });
    observer.observe(document.body, { childList: true, subtree: true });
  });
  await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
  return performance.now() - begun;
}"""


def engine_times(index: Path) -> dict[str, float]:
    """Milliseconds of the engine alone by question, warm, the median of five."""
    sys.path.insert(0, str(ROOT))
    from corpus.config import Settings
    from rag.engine import Engine

    engine = Engine.open(Settings(index_dir=index))
    times: dict[str, list[float]] = {question: [] for question in QUESTIONS}
    for _ in range(6):
        for question in QUESTIONS:
            times[question].append(engine.ask(question).timings_ms["total"])
    return {question: statistics.median(found[1:]) for question, found in times.items()}


def measure(address: str, chromium: str, runs: int) -> dict[str, list[Any]]:
    from playwright.sync_api import sync_playwright

    found: dict[str, list[Any]] = {"cold": [], "warm": [], "message": []}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for _ in range(runs):
            context = browser.new_context(locale="sl-SI", viewport={"width": 1440, "height": 900})
            context.add_init_script(NOTE_READY)
            page = context.new_page()
            for state in ("cold", "warm"):
                page.goto(address)
                page.wait_for_function("window.readyAfter !== undefined")
                found[state].append(page.evaluate(LOADED))
            for question in QUESTIONS:
                found["message"].append((question, page.evaluate(ASK, question)))
                page.wait_for_timeout(400)  # the offers to go on are no part of it
            context.close()
        browser.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("There is no Chromium on this machine.")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "ui.cli"]
        index = Path(folder) / "index"
        subprocess.run([*command, "ingest", "--index", str(index)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        alone = engine_times(index)
        server = subprocess.Popen(
            [*command, "chat", "--index", str(index), "--port", "0", "--rate-limit", "0"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stdout is not None
            address = re.search(r"http://\S+", server.stdout.readline())
            assert address is not None
            found = measure(address.group(), chromium, runs)
        finally:
            server.terminate()
            server.wait()
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {runs} runs")
    for state in ("cold", "warm"):
        loads = {name: statistics.median(load[name] for load in found[state]) for name in found[state][0]}
        print(
            f"{state}: usable after {loads['ready']:.0f} ms, first paint {loads['paint']:.0f} ms, "
            f"{loads['requests']:.0f} requests, {loads['kilobytes']:.0f} kB"
        )
    overhead = sorted(shown - alone[question] for question, shown in found["message"])
    ratio = statistics.median(shown / alone[question] for question, shown in found["message"])
    print(
        f"message: overhead {statistics.median(overhead):.0f} ms (p90 {overhead[int(0.9 * len(overhead))]:.0f}), "
        f"page/engine {ratio:.1f}; engine alone {json.dumps(statistics.median(alone.values()))} ms"
    )


if __name__ == "__main__":
    main()

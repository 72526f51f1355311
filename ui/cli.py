"""The command `evidenca`. Each command imports what it needs when it runs, so `--help` is instant.

Results go to stdout, messages to stderr. Exit codes: 0 done; 1 an error, said in one line; 2 wrong
usage; 3 a gate was not met.
"""

import argparse
import gc
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.config import BUNDLED_MODEL, VERSION, Settings
from corpus.errors import EvidencaError, QuestionError
from ui.commands.cite import add_arguments as add_cite_arguments
from ui.commands.evaluate import add_parser as add_eval
from ui.commands.llm import add_llm_arguments, connect, explain, place_text
from ui.commands.serve import add_arguments as add_chat_arguments

if TYPE_CHECKING:
    from rag.answer import Answer
    from rag.engine import Engine

# What `inspect` shows; all but the outline need an id.
WHAT = ("outline", "section", "sentence", "reference", "trial", "chunk", "table", "concept")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if getattr(options, "batch", None) is not None and options.question is not None:
        parser.error("give a question or --batch, not both")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")
    try:
        return int(options.run(options))
    except EvidencaError as error:
        return _fail(str(error), options)
    except KeyboardInterrupt:
        return _fail("Interrupted.", options)
    except BrokenPipeError:
        # The reader (head, less) has gone; silence the second complaint at interpreter exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        return _fail(f"{error.strerror or error}{place}.", options)


def _fail(message: str, options: argparse.Namespace) -> int:
    if options.debug:
        raise
    print(f"evidenca: {message}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="evidenca",
        description="Ask one review article, in Slovene or English, and get cited answers you can verify.",
        epilog="An informational tool about one article; not medical advice.",
    )
    parser.add_argument("--version", action="version", version=f"evidenca {VERSION}")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--index", metavar="DIR", help="folder of the index (default: EVIDENCA_INDEX, or with the environment)"
    )
    shared.add_argument(
        "--embedding-model",
        metavar="NAME",
        help=f"sentence-transformers name or path (default: that of the index, or {BUNDLED_MODEL})",
    )
    shared.add_argument("--debug", action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", parents=[shared])
        added.set_defaults(run=run)
        return added

    ingest = command("ingest", _ingest, "build the index of the article, or bring it up to date")
    ingest.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="a further article to add: Markdown or plain text, JATS XML, PDF; kept in later runs",
    )
    ingest.add_argument("--remove", action="append", default=[], metavar="ID", help="leave out an added article")
    ingest.add_argument("--force", action="store_true", help="build anew even when the index is up to date")

    for name, run, text in (
        ("ask", _ask, "answer a question, each sentence with its source"),
        ("search", _search, "list the ranked passages for a question, without composing an answer"),
    ):
        asking = command(name, run, text)
        asking.add_argument("question", nargs="?", help="the question; read from standard input when left out")
        asking.add_argument(
            "--batch",
            metavar="FILE",
            help="questions from a JSON Lines file ('-': standard input), one object out per line",
        )
        asking.add_argument("--json", action="store_true", help="print JSON, one object per line")
        if name == "ask":
            asking.add_argument(
                "--explain",
                action="store_true",
                help="also say how the question was understood and what a language model did (on standard error)",
            )
            add_llm_arguments(asking)
        if name == "search":
            asking.add_argument("-k", type=_positive, default=10, help="how many passages (default: 10)")

    checking = command("check", _check, "check a claim against the article, with the sentence that decides it")
    checking.add_argument(
        "question", nargs="?", metavar="claim", help="the claim; read from standard input when left out"
    )
    checking.add_argument("--json", action="store_true", help="print the answer object as JSON")

    citing = command("cite", _cite, "write references for a reference manager: BibTeX, RIS, CSL-JSON or Markdown")
    add_cite_arguments(citing)

    inspecting = command("inspect", _inspect, "show what the index holds under an id")
    inspecting.add_argument("what", choices=WHAT, metavar="WHAT", help=", ".join(WHAT))
    inspecting.add_argument(
        "id", nargs="?", metavar="ID", help="such as 3.1.4 or 3.1.4:1.2; for an added article with its id in front"
    )
    inspecting.add_argument("--json", action="store_true", help="print one JSON object")
    inspecting.set_defaults(usage_error=inspecting.error)

    doctor = command("doctor", _doctor, "check the article's files, the index and the environment")
    doctor.add_argument("--json", action="store_true", help="print one JSON object")

    chat = command("chat", _chat, "open the chat page, and the JSON API behind it, on this machine")
    add_chat_arguments(chat)
    add_llm_arguments(chat)

    command("mcp", _mcp, "offer the article as tools to a program that speaks MCP, over standard input and output")

    add_eval(commands, shared, settings=_settings, progress=_Progress)
    return parser


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 on")
    return int(text)


def _settings(options: argparse.Namespace) -> Settings:
    return Settings.from_environment(index_dir=options.index, embedding_model=options.embedding_model)


def _engine(options: argparse.Namespace) -> "Engine":
    from rag.engine import Engine

    engine = Engine.open(_settings(options))
    settings = connect(engine, options)
    if settings is not None and hasattr(options, "port"):  # others may ask: they should know where questions go
        print(place_text(settings), file=sys.stderr)
    return engine


def _ingest(options: argparse.Namespace) -> int:
    from ingest.build import build

    with _Progress() as progress:
        report = build(
            _settings(options),
            add=options.paths,
            remove=options.remove,
            force=options.force,
            on_progress=progress.show,
        )
    counts = report.manifest.counts
    what = f"{counts['article']} passages and sentences, {counts['trials']} trials, {counts['references']} references"
    state = f"built, {report.n_embedded} of {counts['vectors']} vectors computed" if report.built else "up to date"
    print(f"Index {state}: {what}; model {report.manifest.model}.\n{report.folder}")
    for entry in report.manifest.articles[1:]:
        print(f"  {entry.id}: {entry.title} ({entry.path})")
    for article, problem in report.problems:
        print(f"evidenca: warning: {article}: {problem}", file=sys.stderr)
    return 0


class _Progress:
    """A progress bar on stderr, shown from the first step on, and only in a terminal."""

    def __init__(self) -> None:
        self._bar: Any = None

    def __enter__(self) -> "_Progress":
        return self

    def show(self, done: int, total: int) -> None:
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(total=total, desc="Embedding", unit=" texts", disable=None, leave=False, file=sys.stderr)
        self._bar.update(done - self._bar.n)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()


@contextmanager
def _no_collection() -> Iterator[None]:
    """Let no garbage be collected: in a process of a second that takes a tenth of it and frees nothing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _ask(options: argparse.Namespace) -> int:
    if options.batch is not None:
        return _batch(options, _engine(options).ask)
    with _no_collection():
        engine = _engine(options)
        answer = engine.ask(_asked(options, engine))
        if options.explain:
            explain(answer.writing)
        return _say(engine, answer, options)


def _asked(options: argparse.Namespace, engine: "Engine") -> str:
    """The question, after saying how it is understood when that is asked for."""
    question = _question(options)
    if options.explain:
        for name, value in engine.plan(question).explain().items():
            print(f"{name}: {value}", file=sys.stderr)
    return question


def _check(options: argparse.Namespace) -> int:
    with _no_collection():
        engine = _engine(options)
        return _say(engine, engine.check(_question(options)), options)


def _cite(options: argparse.Namespace) -> int:
    from ui.commands.cite import cited

    print(cited(options, _engine(options)))
    return 0


def _say(engine: "Engine", answer: "Answer", options: argparse.Namespace) -> int:
    """Print an answer as JSON or text; return the exit code."""
    from rag.answer import Outcome

    if options.json:
        print(_json(answer.to_dict()))
    if answer.outcome is Outcome.FAILED:
        print(f"evidenca: {answer.answer}", file=sys.stderr)
        return 1
    if not options.json:
        from ui.render import answer_text

        print(answer_text(answer, section_title=engine.section_title, reference=engine.reference, width=_width()))
    return 0


def _batch(options: argparse.Namespace, ask: "Callable[..., Answer]") -> int:
    """Answer each line; a bad one becomes a failed object and the rest goes on."""
    from rag.answer import Outcome, Reason
    from rag.engine import Turn, failed
    from ui.commands.batch import BatchLineError, read_batch

    failures = 0
    for line in read_batch(options.batch):
        if isinstance(line, BatchLineError):
            answer = failed(line.text, Reason.INVALID_INPUT, question_id=line.id, detail=line.message)
        else:
            history = [Turn(turn.role, turn.content) for turn in line.history]
            answer = ask(line.question, history=history, question_id=line.id)
        print(_json(answer.to_dict()), flush=True)
        if answer.outcome is Outcome.FAILED:
            failures += 1
            print(f"evidenca: {options.batch}, line {line.number}: {answer.answer}", file=sys.stderr)
    return 1 if failures else 0


def _search(options: argparse.Namespace) -> int:
    from dataclasses import asdict

    from ui.api.models import search_results
    from ui.commands.batch import BatchLineError, read_batch

    engine = _engine(options)

    def results(question: str, question_id: str) -> dict[str, Any]:
        return asdict(search_results(engine.search(question, k=options.k), question_id))

    if options.batch is not None:
        failures = 0
        for line in read_batch(options.batch):
            try:
                if isinstance(line, BatchLineError):
                    raise QuestionError(line.message, reason="invalid_input")
                print(_json(results(line.question, line.id)), flush=True)
            except QuestionError as error:
                failures += 1
                print(_json({"id": line.id, "results": [], "error": str(error)}), flush=True)
                print(f"evidenca: {options.batch}, line {line.number}: {error}", file=sys.stderr)
        return 1 if failures else 0
    question = _question(options)
    if options.json:
        print(_json(results(question, "")))
        return 0
    from corpus.language import detect_language
    from corpus.types import Language
    from ui.render import results_text

    print(
        results_text(
            engine.search(question, k=options.k),
            section_title=engine.section_title,
            language=detect_language(question) or Language.SL,
            width=_width(),
        )
    )
    return 0


def _inspect(options: argparse.Namespace) -> int:
    if options.what == "outline" and options.id is not None:
        options.usage_error("the outline takes no id")
    if options.what != "outline" and not (options.id or "").strip():
        options.usage_error(f"give the id of a {options.what}")
    from rag.inspect import BY_ID, Contents, outline
    from ui.commands.inspect import view_dict, view_text

    contents = Contents.open(_settings(options))
    view = outline(contents) if options.what == "outline" else BY_ID[options.what](contents, options.id)
    print(_json(view_dict(options.what, view)) if options.json else view_text(view, width=_width()))
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from ingest.doctor import Status, examine
    from ui.commands.doctor import checks_dict, checks_text

    checks = examine(_settings(options), environment=os.environ)
    print(_json(checks_dict(checks)) if options.json else checks_text(checks, width=_width()))
    return 1 if any(check.status is Status.PROBLEM for check in checks) else 0


def _chat(options: argparse.Namespace) -> int:
    from ui.commands.serve import chat

    return chat(options, _engine)


def _mcp(options: argparse.Namespace) -> int:
    from ui.commands.serve import mcp

    return mcp(options, _engine)


def _question(options: argparse.Namespace) -> str:
    """The question from the argument, or all of standard input."""
    if options.question is not None:
        return str(options.question)
    if sys.stdin.isatty():
        print("Question (end with Ctrl-D): ", end="", file=sys.stderr, flush=True)
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise QuestionError(
            "Standard input is not UTF-8.", reason="invalid_input", hint="Send the question as UTF-8."
        ) from error


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _width() -> int:
    return max(40, min(100, shutil.get_terminal_size((100, 24)).columns))


if __name__ == "__main__":
    sys.exit(main())

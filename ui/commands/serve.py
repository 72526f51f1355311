"""`evidenca chat`: its options, and what they come to; and `evidenca mcp`."""

import argparse
import ipaddress
import os
import re
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.errors import ConfigError

if TYPE_CHECKING:
    from rag.engine import Engine
    from rag.inspect import Contents
    from ui.http.options import ServerOptions

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?")
_STANDARD_ERROR = "-"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `evidenca chat` takes."""
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1, this machine only)"
    )
    parser.add_argument("--port", type=_port, default=7860, help="port to listen on (default: 7860)")
    parser.add_argument(
        "--feedback",
        type=Path,
        metavar="FILE",
        help="let readers rate answers, and keep each rating with its question in this JSON Lines file, "
        "for `evidenca eval draft`",
    )
    served = parser.add_argument_group("for others than yourself", "see docs/api.md")
    served.add_argument(
        "--auth-file", type=Path, metavar="FILE", help="who may sign in: a line of --hash-password for each"
    )
    served.add_argument(
        "--hash-password",
        metavar="NAME",
        help="print a line for --auth-file, with the password asked for or read from standard input, and end",
    )
    served.add_argument(
        "--root-path", type=_root_path, default="", metavar="PATH", help="the path a proxy shows it under (/evidenca)"
    )
    served.add_argument(
        "--proxy",
        type=_address,
        action="append",
        default=[],
        metavar="ADDRESS",
        help="address or network of a reverse proxy whose X-Forwarded-For is believed; can be repeated",
    )
    served.add_argument(
        "--allow-origin",
        type=_origin,
        action="append",
        default=[],
        metavar="ORIGIN",
        help="let pages of https://example.org call the API from a browser; can be repeated",
    )
    served.add_argument(
        "--rate-limit",
        type=_count,
        default=120,
        metavar="N",
        help="questions that one client may ask in a minute (default: 120; 0: no limit)",
    )
    served.add_argument(
        "--access-log",
        nargs="?",
        const=_STANDARD_ERROR,
        metavar="FILE",
        help="write a line of JSON for each request, to standard error or a file; never a question",
    )
    served.add_argument("--log-questions", action="store_true", help="also write down what is asked")


def chat(options: argparse.Namespace, open_engine: "Callable[[argparse.Namespace], Engine]") -> int:
    """Serve page and API, or print a line for a password file; return the exit code.

    Raises:
        EvidencaError: an option does not hold, the index does not open, or the port is taken.
    """
    if options.hash_password is not None:
        from ui.http.auth import password_line

        print(password_line(options.hash_password, _password(options.hash_password)))
        return 0
    server_options = _server_options(options)
    engine = open_engine(options)
    engine.warm_up()
    from ui.api.app import create_api
    from ui.server import serve

    for warning in warnings(options):
        print(f"evidenca: warning: {warning}", file=sys.stderr)
    serve(
        engine,
        api=create_api(engine, contents_of(engine), server_options),
        host=options.host,
        port=options.port,
        options=server_options,
        on_ready=lambda address: print(f"Evidenca is at {address}  (Ctrl-C stops it)", flush=True),
    )
    leave_if_stuck()
    return 0


def leave_if_stuck(*, patience_s: float = 1) -> None:
    """End the process now if answers that nobody waits for any more would keep it alive."""
    ends = time.monotonic() + patience_s
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(max(0, ends - time.monotonic()))
            if thread.is_alive():
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(0)


def mcp(options: argparse.Namespace, open_engine: "Callable[[argparse.Namespace], Engine]") -> int:
    """Serve the tools until standard input ends; return the exit code.

    Raises:
        EvidencaError: the extra is missing, or the index does not open.
    """
    from ui.mcp import create_server

    engine = open_engine(options)
    engine.warm_up()  # what is wrong with the index is said here, where a person can read it
    create_server(engine, contents_of(engine)).run("stdio")
    return 0


def contents_of(engine: "Engine") -> "Contents":
    """Return what an engine answers from, to look things up in."""
    from rag.inspect import Contents

    return Contents(
        article=engine.article,
        entries=engine.index.manifest.articles,
        documents=engine.documents,
        chunks=engine.index.chunks,
    )


def _server_options(options: argparse.Namespace) -> "ServerOptions":
    from ui.http.auth import Passwords
    from ui.http.options import ServerOptions
    from ui.page.feedback import FeedbackLog

    to_file = options.access_log not in (None, _STANDARD_ERROR)
    return ServerOptions(
        root_path=options.root_path,
        proxies=tuple(options.proxy),
        allow_origins=tuple(options.allow_origin),
        passwords=Passwords.read(options.auth_file) if options.auth_file is not None else None,
        access_log=options.access_log is not None,
        log_questions=options.log_questions,
        log_file=Path(options.access_log) if to_file else None,
        feedback=FeedbackLog(options.feedback) if options.feedback is not None else None,
        rate_per_minute=options.rate_limit,
        burst=max(1, options.rate_limit // 2),
    )


def warnings(options: argparse.Namespace) -> list[str]:
    """Return what whoever starts the server should know."""
    found = []
    if options.auth_file is None and not _is_this_machine(options.host):
        found.append(f"Whoever reaches {options.host} may ask. --auth-file FILE lets in only those with a password.")
    if options.log_questions:
        found.append("Questions are written to the log; tell those who ask.")
    return found


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _password(name: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    from getpass import getpass

    password = getpass(f"Password of {name}: ")
    if getpass("Once more: ") != password:
        raise ConfigError("The two passwords differ.", hint="Try again.")
    return password


def _port(text: str) -> int:
    if not text.isdigit() or not 0 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port (0 to 65535)")
    return int(text)


def _count(text: str) -> int:
    if not text.isdigit() or int(text) > 1_000_000:
        raise argparse.ArgumentTypeError(f"{text} is not a number of questions (0 to 1000000)")
    return int(text)


def _root_path(text: str) -> str:
    if not re.fullmatch(r"(/[\w.~-]+)+/?|/?", text):
        raise argparse.ArgumentTypeError(f"{text} is no path such as /evidenca")
    return text.rstrip("/")


def _address(text: str) -> str:
    try:
        ipaddress.ip_network(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is no address or network, such as 10.0.0.0/8") from error
    return text


def _origin(text: str) -> str:
    origin = text.lower().rstrip("/")
    if not _ORIGIN.fullmatch(origin):
        raise argparse.ArgumentTypeError(f"{text} is no origin, such as https://example.org")
    return origin

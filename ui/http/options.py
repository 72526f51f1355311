"""How the application is served, decided once at the door (`evidenca chat`)."""

from dataclasses import dataclass
from pathlib import Path

from ui.http.auth import Passwords
from ui.page.feedback import FeedbackLog


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOptions:
    """How the application is served.

    Attributes:
        root_path: the path under which a proxy shows the application, e.g. "/evidenca".
        proxies: addresses or networks of reverse proxies whose X-Forwarded-For is believed.
        allow_origins: pages of these origins may call the API from a browser.
        passwords: who may sign in; None lets everybody in.
        access_log: write one line for each request.
        log_questions: let questions into the log, and messages of errors, which may quote them.
        log_file: where the log goes; None means standard error.
        rate_per_minute: questions that one client may ask in a minute, on average; 0 sets no limit.
        burst: questions that one client may ask at once.
        n_answers: answers that are made at the same time.
        n_waiting: questions that may wait for their turn beyond those.
        answer_timeout_s: how long an answer of the API may take, the wait included.
        body_timeout_s: how long the body of a request may take to arrive.
        max_api_bytes: the largest body of a request to the API.
        max_page_bytes: the same for the page's own requests.
        feedback: where readers' verdicts on answers are kept; without it none can be given.
        grace_s: how long answers in progress may take to finish when the server is stopped.
    """

    root_path: str = ""
    proxies: tuple[str, ...] = ()
    allow_origins: tuple[str, ...] = ()
    passwords: Passwords | None = None
    access_log: bool = False
    log_questions: bool = False
    log_file: Path | None = None
    rate_per_minute: int = 120
    burst: int = 60
    n_answers: int = 4
    n_waiting: int = 32
    answer_timeout_s: float = 120
    body_timeout_s: float = 15
    max_api_bytes: int = 64 * 1024
    max_page_bytes: int = 1024 * 1024
    feedback: FeedbackLog | None = None
    grace_s: int = 20

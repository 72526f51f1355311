"""Who may sign in: a file of names and salted scrypt hashes, and HTTP Basic in front of page and API.

A line of the file is `name:$scrypt$ln=15,r=8,p=3$salt$hash` (the PHC string format, base64 without
padding), made by `evidenca chat --hash-password NAME`. Blank lines and lines that begin with "#"
are passed over. There are no sessions and no cookies: a browser sends the password each time, so
serve it over TLS.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from corpus.errors import ConfigError
from ui.http.limits import TokenBuckets, client_of
from ui.http.problems import ProblemError

# 32 MiB and about a fifth of a second for one guess.
_LOG_N, _R, _P = 15, 8, 3
_N_SALT, _N_HASH = 16, 32
_HASH = re.compile(r"\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{43,86})")
_NAME = re.compile(r"[^\s:#][^:\x00-\x1f]{0,63}")
_MAX_HEADER = 1024
# Wrong passwords that one client may send at once, and in a minute after that.
_FAILURES_AT_ONCE, _FAILURES_PER_MINUTE = 10, 6
# One check takes 32 MiB and a core, so no more at once than this.
_N_CHECKS = 2
_HINT = "Make a line with: evidenca chat --hash-password NAME"


@dataclass(frozen=True, slots=True)
class ScryptHash:
    """A salted hash of a password, with what it was made with."""

    log_n: int
    r: int
    p: int
    salt: bytes
    digest: bytes

    def fits(self, password: str) -> bool:
        """Return whether it is the hash of `password`, in a time that does not depend on the answer."""
        digest = _scrypt(password, self.salt, log_n=self.log_n, r=self.r, p=self.p, length=len(self.digest))
        return hmac.compare_digest(digest, self.digest)

    def __str__(self) -> str:
        return f"$scrypt$ln={self.log_n},r={self.r},p={self.p}${_encoded(self.salt)}${_encoded(self.digest)}"


def hash_password(password: str) -> ScryptHash:
    """Return a hash of `password` with a salt of its own."""
    salt = secrets.token_bytes(_N_SALT)
    return ScryptHash(_LOG_N, _R, _P, salt, _scrypt(password, salt, log_n=_LOG_N, r=_R, p=_P, length=_N_HASH))


def password_line(name: str, password: str) -> str:
    """Return the line of a password file that lets `name` sign in with `password`.

    Raises:
        ConfigError: the name cannot stand in such a file, or the password is empty.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{name!r} cannot be a user name.", hint="Use up to 64 characters, without a colon.")
    if not password:
        raise ConfigError("The password is empty.", hint="Type one, or send it on standard input.")
    return f"{name}:{hash_password(password)}"


class Passwords:
    """Who may sign in, and whether a password is right."""

    def __init__(self, hashes: Mapping[str, ScryptHash]) -> None:
        self._hashes = dict(hashes)
        # Checked for a name that is not there, so that names cannot be told by the time it takes.
        self._nobody = hash_password(secrets.token_hex())
        # A page sends its password with each of some seventy requests; one check is slow on purpose.
        self._key = secrets.token_bytes(32)
        self._known: set[bytes] = set()

    @classmethod
    def read(cls, path: Path) -> "Passwords":
        """Read a password file.

        Raises:
            ConfigError: it cannot be read, is empty, or has a line that does not fit; the message
                names the line, never what it says.
        """
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8"
            raise ConfigError(f"The password file {path} cannot be read: {reason}.", hint=_HINT) from error
        hashes: dict[str, ScryptHash] = {}
        for number, line in enumerate(lines, start=1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            name, _, rest = line.strip().partition(":")
            found = _parse(rest)
            if not _NAME.fullmatch(name) or found is None:
                raise ConfigError(f"{path}, line {number}: this is no name with an scrypt hash.", hint=_HINT)
            if name in hashes:
                raise ConfigError(f"{path}, line {number}: {name!r} stands there twice.", hint="Delete one of them.")
            hashes[name] = found
        if not hashes:
            raise ConfigError(f"The password file {path} names nobody.", hint=_HINT)
        return cls(hashes)

    def known(self, name: str, password: str) -> bool:
        """Return whether this very name and password were found right before; quick."""
        seal = self._seal(name, password)
        return sum(hmac.compare_digest(seal, other) for other in self._known) > 0

    def right(self, name: str, password: str) -> bool:
        """Return whether `password` is that of `name`; slow, whichever it is."""
        fits = self._hashes.get(name, self._nobody).fits(password) and name in self._hashes
        if fits:
            self._known.add(self._seal(name, password))  # never more than there are names
        return fits

    def _seal(self, name: str, password: str) -> bytes:
        return hmac.digest(self._key, f"{name}\0{password}".encode("utf-8", "surrogatepass"), "sha256")


class BasicAuthMiddleware:
    """Lets nobody in without a password, except to `/healthz`."""

    def __init__(self, app: ASGIApp, *, passwords: Passwords) -> None:
        self.app = app
        self.passwords = passwords
        self._failures = TokenBuckets(per_minute=_FAILURES_PER_MINUTE, burst=_FAILURES_AT_ONCE)
        self._checks = asyncio.Semaphore(_N_CHECKS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "http" and scope["path"] != "/healthz":
            try:
                await self._check(scope)
            except ProblemError as problem:
                await problem.response(scope)(scope, receive, send)
                return
        elif scope["type"] == "websocket":  # the page uses none
            await send({"type": "websocket.close", "code": 1008})
            return
        await self.app(scope, receive, send)

    async def _check(self, scope: Scope) -> None:
        refusal = ProblemError("unauthorized", headers={"WWW-Authenticate": 'Basic realm="Evidenca", charset="UTF-8"'})
        given = _credentials(Headers(scope=scope).get("authorization", ""))
        if given is None:
            raise refusal
        if self.passwords.known(*given):
            return
        client, now = client_of(scope), time.monotonic()
        if wait := self._failures.wait(client, now=now):
            raise ProblemError("too-many-requests", {"seconds": wait}, headers={"Retry-After": str(wait)})
        async with self._checks:
            right = self.passwords.known(*given) or await asyncio.to_thread(self.passwords.right, *given)
        if not right:
            self._failures.take(client, now=now)
            raise refusal


def _credentials(header: str) -> tuple[str, str] | None:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic" or len(encoded) > _MAX_HEADER:
        return None
    try:
        name, colon, password = base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return (name, password) if colon else None


def _parse(text: str) -> ScryptHash | None:
    match = _HASH.fullmatch(text)
    if match is None:
        return None
    log_n, r, p = (int(match[part]) for part in (1, 2, 3))
    if not (10 <= log_n <= 20 and 1 <= r <= 16 and 1 <= p <= 16):
        return None
    try:
        return ScryptHash(log_n, r, p, _decoded(match[4]), _decoded(match[5]))
    except binascii.Error:
        return None


def _scrypt(password: str, salt: bytes, *, log_n: int, r: int, p: int, length: int) -> bytes:
    memory = 128 * r * (2**log_n + p + 2)
    text = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(text, salt=salt, n=2**log_n, r=r, p=p, maxmem=memory + 2**20, dklen=length)


def _encoded(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii").rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)

"""stub"""

from pathlib import Path


def extract(path: Path, raw: bytes) -> tuple[str, tuple[str, ...]]:
    """Stub."""
    return "", ()

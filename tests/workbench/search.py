"""Searches files for data that must not be readable in them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def readable(folder: Path, secrets: Iterable[str]) -> list[str]:
    """Names of the files below `folder` in which one of `secrets` stands in clear.

    Capitals do not matter; UTF-8, Latin-1 and UTF-16 are looked for. Sockets are passed over.
    """
    wanted = {
        needle
        for secret in secrets
        for text in (secret.lower(), secret.upper(), secret.title(), secret)
        for needle in (
            text.encode(),
            text.encode("latin-1", "ignore"),
            text.encode("utf-16-le"),
            text.encode("utf-16-be"),
        )
    }
    found = []
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            content = file.read_bytes()
            if any(needle in content for needle in wanted):
                found.append(str(file.relative_to(folder)))
    return found

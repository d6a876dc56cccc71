"""The hub's hint of how new its signed lists are, kept where the window finds it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sync.edge.replacing import replace_file

FILE_NAME: Final = "list-versions.cose"


def keep_hint(folder: Path, payload: bytes) -> bool:
    """Keep a hint in the store's folder; False where it is the one that is there, or cannot be."""
    path = folder / FILE_NAME
    try:
        if path.exists() and path.read_bytes() == payload:
            return False
        replace_file(path, payload)
    except OSError:
        return False
    return True

"""What the window knows and the link tells the hub: the program's version, and what is wrong.

One small file beside the store. It is rewritten when something changes, and losing it loses
nothing: the window writes it again when it starts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sync.edge.replacing import replace_file
from sync.wire.health import MOST_CODES, is_code

FILE_NAME: Final = "window-notes.json"
_MOST_BYTES: Final = 8192
_LONGEST_VERSION: Final = 32


@dataclass(frozen=True, slots=True)
class WindowNotes:
    """What the window said last.

    Attributes:
        software: version of the program; empty where the window never ran.
        codes: failure codes of what is wrong with devices now, in the order of their names.
    """

    software: str = ""
    codes: tuple[str, ...] = ()


def keep(folder: Path, notes: WindowNotes) -> bool:
    """Writes the notes beside the store in `folder`; whether the disk took them."""
    kept = {"software": notes.software, "codes": list(notes.codes)}
    try:
        replace_file(folder / FILE_NAME, json.dumps(kept).encode())
    except OSError:
        return False
    return True


def read(folder: Path) -> WindowNotes:
    """The notes beside the store; empty ones where there are none, or none that can be read."""
    with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        with (folder / FILE_NAME).open("rb") as stream:
            kept: Any = json.loads(stream.read(_MOST_BYTES))
        return WindowNotes(str(kept["software"])[:_LONGEST_VERSION], known(kept["codes"]))
    return WindowNotes()


def known(codes: Iterable[object]) -> tuple[str, ...]:
    """Those that are written like codes, each once, in order, as many as a health report takes."""
    found = {one for one in codes if isinstance(one, str) and is_code(one)}
    return tuple(sorted(found)[:MOST_CODES])

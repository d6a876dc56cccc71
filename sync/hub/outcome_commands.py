"""The command of a terminal that tells what was refused, what is missing, and who decided what."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sync.hub import settings
from sync.hub.store import closings, opening
from sync.hub.store.closings import Closing, OpenOutcome

_HEADINGS = ("station", "seq", "kind", "code", "since", "decision", "office", "by", "done again")


def add_to(commands: Any) -> None:
    """Adds `outcomes` to the commands of the hub."""
    outcomes = commands.add_parser(
        "outcomes", help="print operations that do not stand, and what persons decided on them"
    )
    outcomes.add_argument("--station", default="", help="of this station alone")
    outcomes.add_argument("--office", default="", help="decisions of this office alone")
    outcomes.add_argument("--hub-dir", type=Path, required=True, help="the hub's folder")
    outcomes.set_defaults(run=_outcomes)


def outcome_table(open_ones: Sequence[OpenOutcome], decided: Sequence[Closing]) -> str:
    """One line an entry, open ones first; by whom is the beginning of the card's thumbprint."""
    rows = [
        _HEADINGS,
        *(
            (
                *(one.station, str(one.seq), one.kind or "?", one.code or "missing"),
                *(_moment(one.decided_at), "open", "", "", ""),
            )
            for one in open_ones
        ),
        *(
            (
                *(one.station, str(one.seq), one.kind, one.code or "missing"),
                *(_moment(one.closed_at), one.reason, one.office, one.operator.hex()[:8]),
                one.done_again[:8],
            )
            for one in decided
        ),
    ]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEADINGS))]
    lines = [
        "  ".join(cell.ljust(wide) for cell, wide in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([*lines, f"OUTCOMES open={len(open_ones)} decided={len(decided)}"])


def _outcomes(options: argparse.Namespace) -> int:
    store = opening.open_reader(settings.load(options.hub_dir))
    try:
        decided = [
            one
            for one in closings.closings(store, options.station)
            if options.office in {"", one.office}
        ]
        # Nobody's office is known of what nobody has decided.
        open_ones = [] if options.office else closings.still_open(store, options.station)
    finally:
        store.close()
    print(outcome_table(open_ones, decided))
    return 0


def _moment(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, tz=UTC):%Y-%m-%d %H:%M}"

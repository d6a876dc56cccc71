"""The store's schema, one migration after the other; what is published is never changed."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from sync.edge.migrations import (
    m0001_journal,
    m0002_signed_lists,
    m0003_inquiries,
    m0004_sealed,
    m0006_audit,
    m0007_late,
    m0008_parts,
    m0009_carried,
    m0011_decisions,
    m0012_time,
    m0013_rebuilt,
    m0014_held,
)

_SET: Final = Migrations("sportello-store")
_STEPS: Final = {
    "0001_journal": m0001_journal.apply,
    "0002_signed_lists": m0002_signed_lists.apply,
    "0003_inquiries": m0003_inquiries.apply,
    "0004_sealed": m0004_sealed.apply,
    "0006_audit": m0006_audit.apply,
    "0007_late": m0007_late.apply,
    "0008_parts": m0008_parts.apply,
    "0009_carried": m0009_carried.apply,
    "0012_time": m0012_time.apply,
    "0013_rebuilt": m0013_rebuilt.apply,
    "0011_decisions": m0011_decisions.apply,
    "0014_held": m0014_held.apply,
}

for _name, _step in _STEPS.items():
    _SET(name=_name)(_step)


def is_newer(database: Database) -> bool:
    """Whether the store went through a migration that this program does not know."""
    return any(step.name not in _STEPS for step in _SET.applied(database))


def apply_all(database: Database) -> None:
    """Brings the store to this program's schema; each step is one transaction."""
    if _SET.pending(database):
        _SET.apply(database)

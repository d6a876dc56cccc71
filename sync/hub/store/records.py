"""A registration as the text in its row: JSON of the version and the plain form."""

from __future__ import annotations

import json

from sync.hub.migrations.counter import RECORD_VERSION
from sync.model import plain, registration_plain
from sync.model.delegation import Delegation
from sync.model.errors import Problem
from sync.model.plain_reader import PlainReader
from sync.model.registration import Registration


class RecordError(Exception):
    """A row of the registry that this program cannot read: a defect, or another version."""


def to_text(registration: Registration) -> str:
    """What stands in the row."""
    return json.dumps(
        [RECORD_VERSION, registration_plain.to_plain(registration)], ensure_ascii=False
    )


def of_text(text: str) -> Registration:
    """The registration in a row.

    Raises:
        RecordError: it is not as `to_text` writes it.
    """
    version, members = json.loads(text)
    registration = registration_plain.from_plain(members)
    if version != RECORD_VERSION or isinstance(registration, Problem):
        raise RecordError("a registration that cannot be read")
    return registration


def delegation_text(delegation: Delegation | None) -> str | None:
    """A delegation as the text in its column."""
    if delegation is None:
        return None
    return json.dumps(plain.from_delegation(delegation), ensure_ascii=False)


def delegation_of(text: str | None) -> Delegation | None:
    """The delegation in a column.

    Raises:
        RecordError: it is not as `delegation_text` writes it.
    """
    if text is None:
        return None
    reader = PlainReader(json.loads(text))
    delegation = plain.to_delegation(reader)
    if reader.problem is not None:
        raise RecordError("a delegation that cannot be read")
    return delegation

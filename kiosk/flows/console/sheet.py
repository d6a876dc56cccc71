"""What stands in a form of the console: texts, boxes, problems."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from kiosk.flows.console.fields import FIELDS, FILTERS, FORM_FIELDS, Field, FieldId, Form
from kiosk.flows.phrases import Phrase, phrase
from kiosk.flows.question import YES
from sync.model.console import UserReason
from sync.model.errors import Problem

_BETWEEN: Final = " "

REPORTED_FIRST: Final = frozenset({UserReason.THEFT.value, UserReason.LOSS.value})
"""Reasons that were reported to the police first (R-004-36)."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form as it stands.

    Attributes:
        form: which.
        texts: what stands in the fields; a field that is not here is empty.
        locked: fields that are shown and cannot be changed.
        offered: values on offer where they are fewer than the field has; by field.
        hidden: fields that the page does not ask for.
        problems: what is wrong, as of the last time that the form was confirmed.
    """

    form: Form
    texts: tuple[tuple[FieldId, str], ...] = field(default=(), repr=False)
    locked: frozenset[FieldId] = frozenset()
    offered: tuple[tuple[FieldId, tuple[str, ...]], ...] = ()
    hidden: frozenset[FieldId] = frozenset()
    problems: tuple[tuple[FieldId, Problem], ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields that the form shows, in order; one without options on offer is left out."""
        return tuple(FIELDS[one] for one in FORM_FIELDS[self.form] if self._shows(one))

    def _shows(self, asked: FieldId) -> bool:
        if asked in self.hidden or (FIELDS[asked].options and not self.options(asked)):
            return False
        return asked is not FieldId.REPORTED or self.text(FieldId.USER_REASON) in REPORTED_FIRST

    def text(self, asked: FieldId) -> str:
        """What stands in a field."""
        return next((text for one, text in self.texts if one is asked), "")

    def picked(self, asked: FieldId) -> frozenset[str]:
        """The values of the boxes that are ticked in a field of boxes."""
        return frozenset(self.text(asked).split(_BETWEEN)) - {""}

    def is_ticked(self, asked: FieldId) -> bool:
        """Whether a single box is ticked."""
        return self.text(asked) == YES

    def options(self, asked: FieldId) -> tuple[str, ...]:
        """The values on offer, in order."""
        offered = next((values for one, values in self.offered if one is asked), None)
        return FIELDS[asked].options if offered is None else offered

    def problem(self, asked: FieldId) -> Problem | None:
        """What is wrong with a field."""
        return next((problem for one, problem in self.problems if one is asked), None)

    def with_text(self, changed: FieldId, text: str) -> Sheet:
        """The sheet with another content of a field; its problem goes."""
        texts = tuple(pair for pair in self.texts if pair[0] is not changed)
        return replace(
            self,
            texts=(*texts, (changed, text)) if text else texts,
            problems=tuple(pair for pair in self.problems if pair[0] is not changed),
        )

    def with_picked(self, changed: FieldId, values: frozenset[str]) -> Sheet:
        """The sheet with other boxes ticked."""
        return self.with_text(changed, _BETWEEN.join(sorted(values)))


def is_optional(sheet: Sheet, row: Field) -> bool:
    """Whether a field of the form may stay empty."""
    return row.optional or sheet.form in FILTERS


def option_label(row: Field, value: str) -> Phrase:
    """The text of an option."""
    return phrase(f"console.{row.named}.{value}")


def typed(sheet: Sheet, changed: FieldId, text: str) -> Sheet:
    """The sheet after a key or a pick; what the field cannot take changes nothing."""
    row = FIELDS[changed]
    if row not in sheet.fields or changed in sheet.locked:
        return sheet
    if row.options and text not in sheet.options(changed):
        return sheet
    return sheet.with_text(changed, text[: row.longest])


def toggled(sheet: Sheet, changed: FieldId, value: str) -> Sheet:
    """The sheet after a touch on a box of a field of boxes."""
    row = FIELDS[changed]
    if row not in sheet.fields or changed in sheet.locked or value not in sheet.options(changed):
        return sheet
    return sheet.with_picked(changed, sheet.picked(changed) ^ {value})

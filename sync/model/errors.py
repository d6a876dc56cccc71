"""What can be wrong with a datum, as a value.

Expected trouble never raises. A validator returns either the checked value or a `Problem`;
the catalogue holds one text per `Problem.code`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one datum.

    Attributes:
        code: stable name, `<subject>.<reason>` (`email.cec-pac`). The texts for the citizen and
            the clerk are catalogue entries `problem.<code>`.
        field: dotted path of the datum in its operation (`delegation.document.number`), empty
            where the validator does not know it.
        rule: the seed rule that is broken (`R-003-31`), or None where none is.
        details: names and values for the text; never personal data.
    """

    code: str
    field: str = ""
    rule: str | None = None
    details: tuple[tuple[str, str], ...] = ()

    def at(self, field: str) -> Problem:
        """The same problem, placed at `field`; a path already there is put behind it."""
        return replace(self, field=f"{field}.{self.field}" if self.field else field)

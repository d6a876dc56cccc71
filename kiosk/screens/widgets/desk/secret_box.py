"""A box for a password: dots for signs; what was typed is overwritten when it is given away."""

from __future__ import annotations

from kiosk.screens.widgets.desk.pin_box import PinBox

LONGEST_SECRET = 64
_SIGNS = range(0x21, 0x7F)


class SecretBox(PinBox):
    """Printable signs of ASCII that nobody sees; dashes between groups do not count."""

    longest = LONGEST_SECRET

    def takes(self, sign: str) -> bool:
        """Letters, digits and signs; no spaces."""
        return ord(sign) in _SIGNS and sign != "-"

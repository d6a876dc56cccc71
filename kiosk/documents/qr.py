"""QR codes (ISO/IEC 18004) as pictures for paper."""

from __future__ import annotations

import io

import segno

# Level M mends 15 % of the code: paper is folded and stained, and the proof still fits into
# modules that a counter's hand scanner reads from the slip.
_LEVEL = "m"
_QUIET_ZONE = 4  # modules, ISO/IEC 18004, 5.3.8


def qr_png(text: str, *, scale: int = 8) -> bytes:
    """Return the QR code of `text` as a black and white PNG, `scale` dots a module.

    Upper case letters and digits alone are stored in the alphanumeric mode, which the text of
    `sync.wire.proof` is made for.
    """
    with io.BytesIO() as out:
        segno.make_qr(text, error=_LEVEL).save(out, kind="png", scale=scale, border=_QUIET_ZONE)
        return out.getvalue()


def qr_modules(text: str) -> int:
    """Return the modules of one side of the QR code of `text`, quiet zone included."""
    width, _ = segno.make_qr(text, error=_LEVEL).symbol_size(border=_QUIET_ZONE)
    return int(width)

"""QR codes (ISO/IEC 18004) as pictures for paper."""

from __future__ import annotations

import io

import segno

# Level M mends 15 % of the code: paper is folded and stained, and the proof still fits into
# modules that a counter's hand scanner reads from the slip.
_LEVEL = "m"
_QUIET_ZONE = 4  # modules, ISO/IEC 18004, 5.3.8
_PNG_DOTS = 8  # a module of the page is shown 6 to 20 printer dots wide; the file stays small


def qr_png(text: str) -> bytes:
    """Return the QR code of `text` as a black and white PNG, quiet zone included.

    Upper case letters and digits alone are stored in the alphanumeric mode, which the text of
    `sync.wire.proof` is made for.
    """
    with io.BytesIO() as out:
        _code(text).save(out, kind="png", scale=_PNG_DOTS, border=_QUIET_ZONE)
        return out.getvalue()


def qr_dots(text: str, *, across: int) -> list[bytes]:
    """Return the QR code of `text`, quiet zone included, as rows of dots: 1 is black.

    It is the largest of whole dots a module that is at most `across` dots wide; where even one
    dot a module is too wide, it is one dot a module.
    """
    code = _code(text)
    modules, _ = code.symbol_size(border=_QUIET_ZONE)
    scale = max(1, across // int(modules))
    return [bytes(row) for row in code.matrix_iter(scale=scale, border=_QUIET_ZONE)]


def _code(text: str) -> segno.QRCode:
    return segno.make_qr(text, error=_LEVEL)

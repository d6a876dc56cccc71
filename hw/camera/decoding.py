"""Codes found in one picture: zxing-cpp first, helped where it sees nothing, then ZBar.

For the child process of `decoder` only: both libraries are C and C++, and anybody may hold
anything before the camera.

What helps was measured over the pictures of `tests/emulated/codes` (docs/adr/0108): sharpening and
enlarging against blur and low light, turning against bars that lie askew, and behind each turn a
strip that is wide and low, since bars need width and bear to be squeezed along their length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

import zxingcpp
from PIL import Image, ImageFilter

from hw.camera.decoder_wire import Aid
from hw.pictures import Symbology

try:
    from pyzbar import pyzbar
except (ImportError, OSError):  # the system's libzbar is missing, or does not load
    pyzbar = None

HAS_ZBAR: Final = pyzbar is not None
"""Whether ZBar helps where zxing-cpp sees nothing; it goes on alone otherwise."""

Found: TypeAlias = tuple[Symbology, str]

LONGEST_TEXT: Final = 4296
"""Characters of the largest QR code (ISO/IEC 18004, table 7)."""
MOST_CODES: Final = 16
"""More codes than this in one picture are not told."""

_LARGEST_ENLARGED: Final = 1920 * 1080
_SURROUNDINGS: Final = 200  # grey of what a turn brings into the picture from outside


_DEGREES: Final[Mapping[Aid, int]] = {
    Aid.TURNED_12: 12,
    Aid.TURNED_12_BACK: -12,
    Aid.TURNED_24: 24,
    Aid.TURNED_24_BACK: -24,
    Aid.TURNED_45: 45,
    Aid.TURNED_90: 90,
}
# Plain Code 39: not its "full ASCII", which gives pairs of characters another meaning, and not
# Code 32, which is on every Italian box of medicine.
_FORMATS: Final = {
    Symbology.CODE_39: zxingcpp.BarcodeFormat.Code39Std,
    Symbology.QR: zxingcpp.BarcodeFormat.QRCode,
    Symbology.PDF_417: zxingcpp.BarcodeFormat.PDF417,
}
_KINDS: Final = {
    zxingcpp.BarcodeFormat.Code39: Symbology.CODE_39,
    zxingcpp.BarcodeFormat.QRCode: Symbology.QR,
    zxingcpp.BarcodeFormat.PDF417: Symbology.PDF_417,
}
_ZBAR_NAMES: Final = {Symbology.CODE_39: "CODE39", Symbology.QR: "QRCODE"}


def find(
    picture: Image.Image, wanted: frozenset[Symbology], aids: Sequence[Aid]
) -> tuple[list[Found], Aid | None]:
    """Look with each aid in turn until one shows codes.

    Args:
        picture: grey, one byte a pixel.
        wanted: kinds of codes.
        aids: in the order of trial.

    Returns:
        The codes, each once, and the aid that showed them; nothing and None where none does.
    """
    for aid in aids:
        found = _looked(picture, wanted, aid)
        if found:
            return found, aid
    return [], None


def _looked(picture: Image.Image, wanted: frozenset[Symbology], aid: Aid) -> list[Found]:
    if aid is Aid.ZBAR:
        return _by_zbar(picture, wanted)
    if aid is Aid.LARGER and picture.width * picture.height > _LARGEST_ENLARGED:
        return []
    return _by_zxing(_PREPARED.get(aid, _turned_by(aid))(picture), wanted)


def _sharper(picture: Image.Image) -> Image.Image:
    return picture.filter(ImageFilter.UnsharpMask(radius=2, percent=200, threshold=0))


def _larger(picture: Image.Image) -> Image.Image:
    return picture.resize((2 * picture.width, 2 * picture.height), Image.Resampling.BICUBIC)


def _turned_by(aid: Aid) -> Callable[[Image.Image], Image.Image]:
    def turned(picture: Image.Image) -> Image.Image:
        upright = picture.rotate(_DEGREES[aid], Image.Resampling.BICUBIC, fillcolor=_SURROUNDINGS)
        size = 2 * picture.width, max(1, picture.height // 2)
        strip = upright.resize(size, Image.Resampling.BICUBIC)
        return strip.filter(ImageFilter.UnsharpMask(radius=3, percent=150, threshold=0))

    return turned


_PREPARED: Final[Mapping[Aid, Callable[[Image.Image], Image.Image]]] = {
    Aid.NONE: lambda picture: picture,
    Aid.SHARPER: _sharper,
    Aid.LARGER: _larger,
}


def _by_zxing(picture: Image.Image, wanted: frozenset[Symbology]) -> list[Found]:
    formats = zxingcpp.BarcodeFormats([_FORMATS[one] for one in _FORMATS if one in wanted])
    codes = zxingcpp.read_barcodes(picture, formats=formats, text_mode=zxingcpp.TextMode.Plain)
    return _fit((_KINDS.get(code.symbology), code.text) for code in codes if code.valid)


def _by_zbar(picture: Image.Image, wanted: frozenset[Symbology]) -> list[Found]:
    kinds = {name: one for one, name in _ZBAR_NAMES.items() if one in wanted}
    if pyzbar is None or not kinds:
        return []
    symbols = [pyzbar.ZBarSymbol[name] for name in kinds]
    codes = pyzbar.decode((picture.tobytes(), picture.width, picture.height), symbols=symbols)
    return _fit((kinds.get(code.type), code.data.decode("utf-8", "replace")) for code in codes)


def _fit(codes: Iterable[tuple[Symbology | None, str]]) -> list[Found]:
    """Each code once, without those whose text nobody could show or type."""
    kept: dict[Found, None] = {}
    for symbology, text in codes:
        if symbology is not None and 0 < len(text) <= LONGEST_TEXT and text.isprintable():
            kept[symbology, text] = None
    return list(kept)[:MOST_CODES]

"""Make the fonts that the screens draw with, from the `bootstrap-italia` package.

Run once by hand, when the package or the set of icons changes; its results are checked in:

    npm pack bootstrap-italia@2.18.3 && tar xzf bootstrap-italia-2.18.3.tgz
    python -m tests.workbench.build_fonts package

Titillium Web (OFL-1.1, no reserved font name) is changed in two ways:

- its line is 1.32 em high instead of 1.52. Kivy's own `line_height` leaves dark fringes on light
  text, so the distance of lines is a property of the font here;
- U+FFFD gets a glyph, because a sign that the font does not know must still be visible.

The icons (BSD-3-Clause) become glyphs of a font of their own, so that they take any size and
colour as text does. Those of `drawings` are our own, in the same style: the package has no identity
card.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.svgLib.path import SVGPath
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph

DRAWINGS = Path(__file__).parent / "drawings"
FONTS = Path(__file__).parents[2] / "kiosk" / "screens" / "fonts"
WEIGHTS = {"regular": "Regular", "600": "SemiBold", "700": "Bold"}
ASCENT, DESCENT = 1000, -320
REPLACEMENT = 0xFFFD
FIRST_ICON = 0xE000
ICON_EM = 960  # 24 units of the drawings, 40 units of the font each
ICONS = [
    "arrow-down",
    "arrow-left",
    "arrow-right",
    "arrow-up",
    "ban",
    "box",
    "calendar",
    "camera",
    "card",
    "check",
    "check-circle",
    "chevron-left",
    "chevron-right",
    "clip",
    "clock",
    "close",
    "close-big",
    "close-circle",
    "comment",
    "delete",
    "download",
    "error",
    "exchange-circle",
    "file",
    "file-pdf",
    "files",
    "flag",
    "hearing",
    "help",
    "help-circle",
    "inbox",
    "info-circle",
    "key",
    "less-circle",
    "link",
    "list",
    "locked",
    "logout",
    "mail",
    "mail-open",
    "map-marker",
    "minus",
    "minus-circle",
    "note",
    "pa",
    "password-visible",
    "pencil",
    "pin",
    "plug",
    "plus",
    "plus-circle",
    "presentation",
    "print",
    "refresh",
    "restore",
    "search",
    "settings",
    "share",
    "sign",
    "software",
    "telephone",
    "tool",
    "unlocked",
    "upload",
    "user",
    "video",
    "warning",
    "warning-circle",
    "wifi",
    "zoom-in",
    "zoom-out",
    "identity-card",
]
OURS = {"identity-card"}


def icon_name(drawing: str) -> str:
    """The name under which the screens know a drawing of the package."""
    return {"password-visible": "eye"}.get(drawing, drawing).upper().replace("-", "_")


def replacement_glyph(width: int) -> Glyph:
    """A hollow box as high as a capital letter."""
    pen = TTGlyphPen(None)
    for inset, clockwise in ((0, True), (60, False)):
        left, right, low, high = 60 + inset, width - 60 - inset, inset, 690 - inset
        corners = [(left, low), (left, high), (right, high), (right, low)]
        if not clockwise:
            corners.reverse()
        pen.moveTo(corners[0])
        for corner in corners[1:]:
            pen.lineTo(corner)
        pen.closePath()
    return pen.glyph()


def text_font(source: Path, target: Path) -> set[int]:
    """Write one weight of Titillium Web with our line height; returns the covered code points."""
    font = TTFont(source, recalcTimestamp=False)
    font["hhea"].ascent = font["OS/2"].sTypoAscender = font["OS/2"].usWinAscent = ASCENT
    font["hhea"].descent = font["OS/2"].sTypoDescender = DESCENT
    font["OS/2"].usWinDescent = -DESCENT
    font.setGlyphOrder([*font.getGlyphOrder(), "replacement"])
    font["glyf"]["replacement"] = replacement_glyph(600)
    font["hmtx"]["replacement"] = (600, 60)
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap[REPLACEMENT] = "replacement"
    font.save(target, reorderTables=True)
    return set(font.getBestCmap())


def icon_glyph(drawing: Path) -> Glyph:
    """One drawing of the package as a glyph; raises NotImplementedError on a form it cannot trace."""
    glyph_pen = TTGlyphPen(None)
    # A drawing counts downwards from its top; a glyph upwards from the base line.
    scale = ICON_EM / 24
    pen = TransformPen(
        Cu2QuPen(glyph_pen, max_err=1.0, reverse_direction=True), (scale, 0, 0, -scale, 0, ICON_EM)
    )
    SVGPath(drawing).draw(pen)
    return glyph_pen.glyph()


def icon_font(drawings: Path, target: Path) -> None:
    """Write the icon font; code points follow the order of `ICONS`."""
    glyphs = {".notdef": TTGlyphPen(None).glyph()}
    for name in ICONS:
        folder = DRAWINGS if name in OURS else drawings
        glyphs[name] = icon_glyph(folder / f"it-{name}.svg")
    builder = FontBuilder(ICON_EM, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap({FIRST_ICON + i: name for i, name in enumerate(ICONS)})
    builder.setupGlyf(glyphs)
    # The second number is the glyph's own left edge: any other would move the drawing.
    builder.setupHorizontalMetrics(
        {name: (ICON_EM, getattr(glyph, "xMin", 0)) for name, glyph in glyphs.items()}
    )
    builder.setupHorizontalHeader(ascent=ICON_EM, descent=0)
    builder.setupNameTable({"familyName": "Sportello Icons", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=ICON_EM, sTypoDescender=0, usWinAscent=ICON_EM, usWinDescent=0)
    builder.setupPost()
    # The same drawings give the same file, whenever it is made.
    builder.font.recalcTimestamp = False
    builder.updateHead(created=0, modified=0)
    builder.save(target)


def ranges(points: set[int]) -> list[tuple[int, int]]:
    """Sorted, closed ranges that hold exactly `points`."""
    found: list[tuple[int, int]] = []
    for point in sorted(points):
        if found and point == found[-1][1] + 1:
            found[-1] = (found[-1][0], point)
        else:
            found.append((point, point))
    return found


def write_glyphs(covered: set[int], target: Path) -> None:
    """Write the module that names the icons and the code points of the fonts."""
    lines = [
        '"""What the fonts of this folder can draw. Made by tests/workbench/build_fonts.py."""',
        "",
        "from __future__ import annotations",
        "",
        "from enum import Enum",
        "",
        "",
        "class Icon(Enum):",
        '    """One glyph of the icon font; the value is the text to draw with it."""',
        "",
        *(f'    {icon_name(name)} = "\\u{FIRST_ICON + i:04x}"' for i, name in enumerate(ICONS)),
        "",
        "",
        "COVERED: tuple[tuple[int, int], ...] = (",
        *(f"    (0x{first:04X}, 0x{last:04X})," for first, last in ranges(covered)),
        ")",
        '"""Closed ranges of the code points that every weight of the text font can draw."""',
        "",
    ]
    target.write_text("\n".join(lines))


def main() -> None:
    """Read the unpacked package, write `kiosk/screens/fonts`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=Path, help="unpacked bootstrap-italia package")
    package: Path = parser.parse_args().package
    titillium = package / "src" / "fonts" / "Titillium_Web"
    covered = set.intersection(
        *(
            text_font(
                titillium / f"titillium-web-v10-latin-ext_latin-{weight}.ttf",
                FONTS / f"TitilliumWeb-{name}.ttf",
            )
            for weight, name in WEIGHTS.items()
        )
    )
    icon_font(package / "src" / "svg", FONTS / "SportelloIcons.ttf")
    shutil.copy(titillium / "OFL.txt", FONTS / "TitilliumWeb-OFL.txt")
    shutil.copy(package / "LICENSE", FONTS / "SportelloIcons-LICENSE.txt")
    for path in FONTS.iterdir():
        path.chmod(0o644)
    # Control characters that the cmap may hold have no place in a text.
    write_glyphs({p for p in covered if p >= 0x20}, FONTS / "glyphs.py")


if __name__ == "__main__":
    main()

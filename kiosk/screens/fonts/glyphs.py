"""What the fonts of this folder can draw. Made by tests/workbench/build_fonts.py."""

from __future__ import annotations

from enum import Enum


class Icon(Enum):
    """One glyph of the icon font; the value is the text to draw with it."""

    ARROW_DOWN = "\ue000"
    ARROW_LEFT = "\ue001"
    ARROW_RIGHT = "\ue002"
    ARROW_UP = "\ue003"
    BAN = "\ue004"
    BOX = "\ue005"
    CALENDAR = "\ue006"
    CAMERA = "\ue007"
    CARD = "\ue008"
    CHECK = "\ue009"
    CHECK_CIRCLE = "\ue00a"
    CHEVRON_LEFT = "\ue00b"
    CHEVRON_RIGHT = "\ue00c"
    CLIP = "\ue00d"
    CLOCK = "\ue00e"
    CLOSE = "\ue00f"
    CLOSE_BIG = "\ue010"
    CLOSE_CIRCLE = "\ue011"
    COMMENT = "\ue012"
    DELETE = "\ue013"
    DOWNLOAD = "\ue014"
    ERROR = "\ue015"
    EXCHANGE_CIRCLE = "\ue016"
    FILE = "\ue017"
    FILE_PDF = "\ue018"
    FILES = "\ue019"
    FLAG = "\ue01a"
    HEARING = "\ue01b"
    HELP = "\ue01c"
    HELP_CIRCLE = "\ue01d"
    INBOX = "\ue01e"
    INFO_CIRCLE = "\ue01f"
    KEY = "\ue020"
    LESS_CIRCLE = "\ue021"
    LINK = "\ue022"
    LIST = "\ue023"
    LOCKED = "\ue024"
    LOGOUT = "\ue025"
    MAIL = "\ue026"
    MAIL_OPEN = "\ue027"
    MAP_MARKER = "\ue028"
    MINUS = "\ue029"
    MINUS_CIRCLE = "\ue02a"
    NOTE = "\ue02b"
    PA = "\ue02c"
    EYE = "\ue02d"
    PENCIL = "\ue02e"
    PIN = "\ue02f"
    PLUG = "\ue030"
    PLUS = "\ue031"
    PLUS_CIRCLE = "\ue032"
    PRESENTATION = "\ue033"
    PRINT = "\ue034"
    REFRESH = "\ue035"
    RESTORE = "\ue036"
    SEARCH = "\ue037"
    SETTINGS = "\ue038"
    SHARE = "\ue039"
    SIGN = "\ue03a"
    SOFTWARE = "\ue03b"
    TELEPHONE = "\ue03c"
    TOOL = "\ue03d"
    UNLOCKED = "\ue03e"
    UPLOAD = "\ue03f"
    USER = "\ue040"
    VIDEO = "\ue041"
    WARNING = "\ue042"
    WARNING_CIRCLE = "\ue043"
    WIFI = "\ue044"
    ZOOM_IN = "\ue045"
    ZOOM_OUT = "\ue046"
    IDENTITY_CARD = "\ue047"


COVERED: tuple[tuple[int, int], ...] = (
    (0x0020, 0x007E),
    (0x00A0, 0x00AC),
    (0x00AE, 0x0131),
    (0x0134, 0x0137),
    (0x0139, 0x013E),
    (0x0141, 0x0148),
    (0x014A, 0x017E),
    (0x0192, 0x0192),
    (0x01FA, 0x01FF),
    (0x0218, 0x021B),
    (0x02C6, 0x02C6),
    (0x02DA, 0x02DA),
    (0x02DC, 0x02DC),
    (0x1E80, 0x1E85),
    (0x1EF2, 0x1EF3),
    (0x1EF8, 0x1EF9),
    (0x2013, 0x2014),
    (0x2018, 0x201A),
    (0x201C, 0x201E),
    (0x2020, 0x2020),
    (0x2022, 0x2022),
    (0x2026, 0x2026),
    (0x2039, 0x203A),
    (0x2044, 0x2044),
    (0x2074, 0x2074),
    (0x20AC, 0x20AC),
    (0x2122, 0x2122),
    (0x2212, 0x2212),
    (0xFFFD, 0xFFFD),
)
"""Closed ranges of the code points that every weight of the text font can draw."""

"""Status words by name, ISO/IEC 7816-4 clause 5.1.3, tables 5 to 7."""

from __future__ import annotations

from enum import IntEnum


class StatusWord(IntEnum):
    """Status words that this program tells apart; cards send many more."""

    OK = 0x9000
    DATA_MAY_BE_CORRUPTED = 0x6281
    END_REACHED = 0x6282
    FILE_DEACTIVATED = 0x6283
    FILE_TERMINATED = 0x6285
    AUTHENTICATION_FAILED = 0x6300
    EXECUTION_ERROR = 0x6400
    MEMORY_FAILURE = 0x6581
    WRONG_LENGTH = 0x6700
    CHANNEL_NOT_SUPPORTED = 0x6881
    SECURE_MESSAGING_NOT_SUPPORTED = 0x6882
    LAST_COMMAND_EXPECTED = 0x6883
    CHAINING_NOT_SUPPORTED = 0x6884
    INCOMPATIBLE_FILE = 0x6981
    SECURITY_STATUS_NOT_SATISFIED = 0x6982
    METHOD_BLOCKED = 0x6983
    DATA_NOT_USABLE = 0x6984
    CONDITIONS_NOT_SATISFIED = 0x6985
    NO_CURRENT_EF = 0x6986
    PROTECTION_MISSING = 0x6987
    PROTECTION_INCORRECT = 0x6988
    INCORRECT_DATA = 0x6A80
    FUNCTION_NOT_SUPPORTED = 0x6A81
    FILE_NOT_FOUND = 0x6A82
    RECORD_NOT_FOUND = 0x6A83
    NOT_ENOUGH_MEMORY = 0x6A84
    INCORRECT_P1_P2 = 0x6A86
    LENGTH_UNFIT = 0x6A87
    DATA_NOT_FOUND = 0x6A88
    WRONG_P1_P2 = 0x6B00
    WRONG_INSTRUCTION = 0x6D00
    WRONG_CLASS = 0x6E00
    NO_DIAGNOSIS = 0x6F00


def name_of(status: int) -> str:
    """Name and digits of a status word for the log: `FILE_NOT_FOUND 6A82`, or the digits alone."""
    for named, value in (
        ("BYTES_WAITING", bytes_waiting(status)),
        ("EXACT_LENGTH", exact_length(status)),
        ("TRIES_LEFT", tries_left(status)),
    ):
        if value is not None:
            return f"{named} {status:04X}"
    try:
        return f"{StatusWord(status).name} {status:04X}"
    except ValueError:
        return f"{status:04X}"


def is_lawful(status: int) -> bool:
    """Whether ISO/IEC 7816-3 lets a card send this as a status word: 90xx, or 6Xxx but not 60xx.

    Anything else is not a card's word but noise, such as data of an answer that was cut off.
    """
    return status == StatusWord.OK or 0x6100 <= status <= 0x6FFF


def bytes_waiting(status: int) -> int | None:
    """61xx: how many bytes GET RESPONSE can fetch (00 means 256); None for other status words."""
    return (status & 0xFF or 256) if status >> 8 == 0x61 else None


def exact_length(status: int) -> int | None:
    """6Cxx: the Le to ask for instead (00 means 256); None for other status words."""
    return (status & 0xFF or 256) if status >> 8 == 0x6C else None


def tries_left(status: int) -> int | None:
    """63Cx: how many more tries of a PIN or password the card allows; None for others."""
    return status & 0x0F if status & 0xFFF0 == 0x63C0 else None

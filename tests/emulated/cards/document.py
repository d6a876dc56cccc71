"""What lies in the chip of an identity document, and the manners in which a chip answers.

A `Document` is data only: files, passwords and keys. What is wrong with a document (altered files,
a bad or foreign signature, a cloned chip) is wrong in this data; what is wrong on the way to it is
the matter of `card_faults`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.emulated.cards.emrtd_apdu import (
    BLOCKED,
    REFUSED_TRY,
    WRONG_OFFSET,
    tlv,
)
from tests.emulated.cards.emrtd_authentications import ActiveKey
from tests.emulated.cards.emrtd_pace import Numbers
from tests.emulated.cards.emrtd_protocols import ChipKey, PaceOffer
from tests.emulated.cards.ias_chip import IasContents

EF_ATR, EF_DIR = 0x2F01, 0x2F00
EF_CARD_ACCESS, EF_CARD_SECURITY = 0x011C, 0x011D
EF_COM, EF_SOD, EF_CVCA = 0x011E, 0x011D, 0x011C
SHORT_IDENTIFIERS = {EF_ATR: 0x01, EF_DIR: 0x1E, EF_CARD_ACCESS: 0x1C, EF_CARD_SECURITY: 0x1D}
"""Short identifiers below the MF, ICAO 9303-10 clause 3.11."""
APPLICATION_SHORT_IDENTIFIERS = {EF_COM: 0x1E, EF_SOD: 0x1D, EF_CVCA: 0x1C} | {
    0x100 + n: n for n in range(1, 17)
}
"""Short identifiers within the application, ICAO 9303-10 table 32."""
TAGS = {
    1: 0x61, 2: 0x75, 3: 0x63, 4: 0x76, 5: 0x65, 6: 0x66, 7: 0x67, 8: 0x68,
    9: 0x69, 10: 0x6A, 11: 0x6B, 12: 0x6C, 13: 0x6D, 14: 0x6E, 15: 0x6F, 16: 0x70,
}  # fmt: skip
"""Tag of each data group's file."""


@dataclass(frozen=True, slots=True, repr=False)
class Document:
    """The contents of a chip.

    Attributes:
        zone: the lines of the machine readable zone, as printed.
        can: the six digits printed on the front; empty where there are none.
        zone_information: document number, birth and expiry dates with their check digits: what
            BAC and PACE make the zone's password of.
        data_groups: files by number, their tag included.
        security_object: EF.SOD.
        common: EF.COM.
        offers: PACE variants; none on a chip that knows BAC alone.
        card_access: EF.CardAccess; None where the chip has none.
        card_security: EF.CardSecurity, for the chip authentication mapping; None without.
        basic_access: the chip opens by BAC too.
        chip_keys: keys of Chip Authentication.
        mapping_key: static key of PACE-CAM.
        active_key: key of Active Authentication.
        ias: the IAS application of an Italian card.
        terminal_authority: EF.CVCA, where the chip knows Terminal Authentication.
    """

    zone: tuple[str, ...]
    can: str
    zone_information: bytes
    data_groups: Mapping[int, bytes]
    security_object: bytes
    common: bytes
    offers: tuple[PaceOffer, ...] = ()
    card_access: bytes | None = None
    card_security: bytes | None = None
    basic_access: bool = True
    chip_keys: tuple[ChipKey, ...] = ()
    mapping_key: ChipKey | None = None
    active_key: ActiveKey | None = None
    ias: IasContents | None = None
    terminal_authority: bytes | None = None

    def files(self) -> dict[int, bytes]:
        """The files of the eMRTD application by identifier."""
        groups = {0x100 + number: content for number, content in self.data_groups.items()}
        files = groups | {EF_COM: self.common, EF_SOD: self.security_object}
        if self.terminal_authority is not None:
            files[EF_CVCA] = self.terminal_authority
        return files


@dataclass(frozen=True, slots=True)
class Manners:
    """How a chip behaves where the standards leave it a choice, or where chips do not keep to them.

    Attributes:
        extended: the chip takes lengths of the extended form; else it answers 6700.
        command_chaining: it takes a command in parts (CLA 1x); else it answers 6884.
        steps_chained: the steps of PACE come with the bit of chaining (CLA 10), as the standard
            says; an Italian passport is known that refuses it and takes each step with CLA 00.
        strict_le: a Le where no data are answered (SELECT with P2 = 0C, MSE:Set) is refused with
            6700, as German passports do.
        master_selectable: SELECT of 3F00 succeeds; Danish passports answer 6985.
        empty_selects_master: SELECT without data enters the MF; some European passports answer
            9000 and do nothing.
        most_answer: most plain bytes in one answer to READ BINARY.
        too_much: a wish for more than that is answered with `fewer` bytes, refused with `6700`, or
            with `6Cxx` and the right number.
        no_full_le: a wish for 256 bytes with a short Le of 00 is refused with 6700.
        response_chaining: longer answers come in parts of `chunk` bytes behind 61xx, as with T=0.
        chunk: bytes announced at a time.
        end: status of a read that begins behind the end of the file.
        warns: a read over the end gives its bytes with 6282.
        exact: a read over the end is refused with 6Cxx.
        short_identifiers: READ BINARY takes a short file identifier; else 6A86.
        odd_read: the chip knows READ BINARY with odd instruction, for offsets over 32767.
        select_p2: the values of P2 that SELECT takes; the others are refused with 6A86.
        application_p2: the same for SELECT by application name.
        control_information: SELECT with P2 = 00 gives file control information.
        info_file: EF.ATR/INFO is there and tells the chip's limits.
        directory: EF.DIR is there.
        nonce_size: bytes of PACE's nonce; the CIE has been seen with 16 and with 8. 0 leaves it to
            the protocol.
        wrong_key: status at the end of PACE or BAC with a wrong password.
        tries: wrong tries before the password is blocked; then the status counts down (63Cx).
        blocked: status of MSE:Set AT for a blocked password.
        delays: seconds that the chip waits before the next try after the first, second, ... wrong
            one; the last value stays.
        needs_parameter: with several PACEInfos, MSE:Set AT without the parameter (DO 84) is
            refused with 6A88, as several European cards do.
        always_needs_parameter: it is refused with 6A87 even where one variant alone is offered, as
            by Ukrainian passports before 2022.
        outer_status: SW outside secure messaging; None mirrors the inner one, as it should be.
        bare_errors: errors within a session come without secure messaging, and end it.
        agrees_at_once: the chip knows MSE:Set KAT; else 6A86, and Chip Authentication with 3DES
            takes MSE:Set AT and GENERAL AUTHENTICATE as with AES.
        selects_plain: SELECT by name without secure messaging is taken though a session is open
            (and ends it); else 6987.
        numbers: how numbers of finite fields are written in PACE.
        zero_led_runs: so many first runs of PACE draw a public value with a leading zero byte.
        atr: answer to reset; over NFC every such card has this one.
    """

    extended: bool = True
    command_chaining: bool = True
    steps_chained: bool = True
    strict_le: bool = False
    master_selectable: bool = True
    empty_selects_master: bool = True
    most_answer: int = 65535
    too_much: str = "fewer"
    no_full_le: bool = False
    response_chaining: bool = False
    chunk: int = 255
    end: bytes = WRONG_OFFSET
    warns: bool = True
    exact: bool = False
    short_identifiers: bool = True
    odd_read: bool = True
    select_p2: frozenset[int] = frozenset({0x00, 0x04, 0x0C})
    application_p2: frozenset[int] = frozenset({0x00, 0x04, 0x0C})
    control_information: bool = False
    info_file: bool = True
    directory: bool = True
    nonce_size: int = 0
    wrong_key: bytes = REFUSED_TRY
    tries: int | None = None
    blocked: bytes = BLOCKED
    delays: tuple[float, ...] = ()
    needs_parameter: bool = True
    always_needs_parameter: bool = False
    outer_status: bytes | None = None
    bare_errors: bool = False
    agrees_at_once: bool = True
    selects_plain: bool = True
    numbers: Numbers = field(default_factory=Numbers)
    zero_led_runs: int = 0
    atr: bytes = field(default=bytes.fromhex("3B80800101"))


def limits_file(manners: Manners) -> bytes:
    """EF.ATR/INFO: card capabilities and extended length information (ISO/IEC 7816-4 12.7.1)."""
    capabilities = bytes([0xF0, 0x01, 0xC0 if manners.extended else 0x80])
    most = 65535 if manners.extended else 255
    limit = tlv(0x02, most.to_bytes(2, "big"))
    answer = tlv(0x02, min(most + (not manners.extended), 65535).to_bytes(2, "big"))
    return tlv(0x47, capabilities) + tlv(0x7F66, limit + answer)


DIRECTORY = tlv(0x61, tlv(0x4F, bytes.fromhex("A0000002471001")))
"""EF.DIR with the eMRTD application, ICAO 9303-10 clause 3.11.2."""

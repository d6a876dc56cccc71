"""What is known of the document that is being read, from one contact to the next."""

from __future__ import annotations

from dataclasses import dataclass, field

from hw.apdu.lengths import LengthLimits
from hw.apdu.tlv import Malformed
from hw.cards.emrtd import security_infos
from hw.cards.emrtd.chip_proof import ChipProof
from hw.cards.emrtd.counting import Tally
from hw.cards.emrtd.file_reading import KeptFiles
from hw.cards.emrtd.security_infos import SecurityInfos


@dataclass(slots=True, repr=False)
class Kept:
    """What is known of the document that is being read; outlives a lost contact. Holds no key.

    Attributes:
        files: what was read of it.
        known: it is an identity document.
        access: what EF.CardAccess said at the last contact, None without.
        opened: how the chip was opened, empty before it was.
        tried: ways of opening that failed, with the codes of their troubles.
        limits: what reader and chip can exchange at once, by name of the reader.
        proof: what the chip has proven of itself.
        tally: exchanges and bytes, by what they were for.
    """

    files: KeptFiles = field(default_factory=KeptFiles)
    known: bool = False
    access: SecurityInfos | None = None
    opened: str = ""
    tried: list[tuple[str, str]] = field(default_factory=list)
    limits: dict[str, LengthLimits] = field(default_factory=dict)
    proof: ChipProof = field(default_factory=ChipProof)
    tally: Tally = field(default_factory=Tally)

    def wipe(self) -> None:
        """Overwrite and forget what was read."""
        self.files.wipe()


def parsed_infos(data: bytes | None) -> SecurityInfos | None:
    """Security infos of a file, None where there are none that can be read."""
    if data is None:
        return None
    try:
        return security_infos.parse(data)
    except Malformed:
        return None

"""Acts at the counter of invented people, for their papers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from kiosk.documents.occasion import Occasion
from sync.model.credential import Credential, OperationKind, State
from sync.model.preregistration import Preregistration
from sync.model.registration import Registration
from tests.unit.documents.samples import FULL, LONGEST, NUMBER, PLAIN, RECORDED_AT

PIN = b"13579246"
CODE = b"ABCDEFGHJKMN"
WIDEST_CODE = b"MWWMWWMMWWMW"
OPERATION_ID = "0195b3a0000070008000" + "0000a1b2c3d4"
REFERENCE = "A1B2-C3D4"
CLERKS_NOTE = "vista due volte allo sportello"

WITH_PIN = [kind for kind in OperationKind if kind is not OperationKind.REVOCA]


def registration_of(operation: Preregistration) -> Registration:
    return Registration(
        number=NUMBER.text,
        community=operation.community,
        language=operation.language,
        registered_at=int(RECORDED_AT.timestamp() * 1000),
        person=operation.person,
        residence=operation.residence,
        domicile=operation.domicile,
        contacts=operation.contacts,
        document=operation.document,
        credential=Credential(State.RISCONTRATO),
        note=CLERKS_NOTE,
        other_note=operation.note or "",
    )


PLAIN_ONE = registration_of(PLAIN)
FULL_ONE = registration_of(FULL)
LONGEST_ONE = registration_of(LONGEST)
ABROAD_ONE = replace(LONGEST_ONE, domicile=None)
"""Without a domicile, and with the longest address abroad."""

USUAL = Occasion(
    registration=PLAIN_ONE,
    operation=OperationKind.RISCONTRO_FORTE,
    operation_id=OPERATION_ID,
    made_at=RECORDED_AT,
    valid_until=date(2026, 5, 2),
    mailed=True,
)

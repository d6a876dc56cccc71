"""The flows' values of a document are those of the devices: same names, fields and values."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from enum import Enum

import pytest

from hw import document_readings as device
from hw.cards.emrtd import verdict as device_verdict
from kiosk.flows import document_check as flow
from kiosk.flows import verdicts
from tests.flows.documents import MARIO, PROOF, reading
from tests.flows.walking import ROSSI, TODAY


@pytest.mark.parametrize("name", ["ReadingStage", "Coaching", "Property", "Finding"])
def test_enumerations_have_the_same_values_in_the_same_order(name: str) -> None:
    ours: type[Enum] = getattr(flow, name)
    theirs: type[Enum] = getattr(device, name)
    assert [(one.name, one.value) for one in ours] == [(one.name, one.value) for one in theirs]


@pytest.mark.parametrize(
    "name",
    [
        "CardAccessNumber",
        "MrzKey",
        "HolderClaim",
        "ReadingProgress",
        "Judgement",
        "Verdict",
        "FacePicture",
        "DocumentHolder",
        "DocumentReading",
        "HealthCardProof",
        "PinTries",
    ],
)
def test_values_have_the_same_fields(name: str) -> None:
    ours = {field.name for field in fields(getattr(flow, name))}
    theirs = {field.name for field in fields(getattr(device, name))}
    assert ours == theirs


@pytest.mark.parametrize(
    ("text", "expires_on"),
    [("01012030", date(2030, 1, 1)), ("01012020", date(2020, 1, 1)), ("", None)],
)
def test_the_verdict_of_a_data_file_is_that_of_the_cards(
    text: str, expires_on: date | None
) -> None:
    compared = (device.Finding.NOT_PROVABLE, ("holder.nothing-to-compare",))
    theirs = device_verdict.judge_data_file(expires_on, compared, TODAY)
    card = type(ROSSI)(expires_on=text)
    ours = verdicts.of_a_file_alone(card, TODAY)
    assert [(one.property.value, one.finding.value, one.reasons) for one in ours.judgements] == [
        (one.property.value, one.finding.value, one.reasons) for one in theirs.judgements
    ]


def test_nothing_that_tells_of_a_person_or_opens_a_document_has_a_repr() -> None:
    for value in (
        flow.CardAccessNumber("837162"),
        flow.MrzKey("CA12345AA", "800101", "300101"),
        flow.HolderClaim("RSSMRA80A01H501U", "ROSSI"),
        flow.FacePicture(1, 1, b"\x83\x71\x62"),
        MARIO,
        PROOF,
        reading(),
    ):
        text = repr(value)
        for secret in ("837162", "CA12345AA", "800101", "RSSMRA", "ROSSI", "x83"):
            assert secret not in text

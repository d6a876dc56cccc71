"""The sensor pulled at every transfer of a taking, and put back: what the driver says, how soon."""

from __future__ import annotations

import time

import pytest

from hw.errors import DeviceTrouble
from hw.fingerprint.picture_source import FingerPicture
from hw.fingerprint.uru4000_source import Uru4000Source
from tests.contract.usb.conftest import same, soon
from tests.emulated.usb.uru4000 import EmulatedUru4000

TRANSFERS = 16
"""From the first one of an opening to the last one of a finger that was lifted."""
LONGEST_CALL = 3.0
LONGEST_RETURN = 2.0
EXPECTED = {"fingerprint.removed", "fingerprint.absent"}


def taking(sensor: EmulatedUru4000, source: Uru4000Source, finger: bytes) -> DeviceTrouble | None:
    """Open, take one picture, wait until the finger is lifted."""
    trouble = source.open()
    if trouble is not None:
        return trouble
    sensor.put_finger(finger)
    picture = source.picture(lambda _: None, soon())
    if isinstance(picture, DeviceTrouble):
        return picture
    assert isinstance(picture, FingerPicture)
    assert same(bytes(picture.pixels), finger)
    sensor.lift_finger()
    return source.await_lift(soon())


def pull_at(
    transfer: int, sensor: EmulatedUru4000, source: Uru4000Source, finger: bytes
) -> tuple[DeviceTrouble | None, float]:
    """Pull at that transfer, plug again; what was said, and seconds from the plug to service."""
    source.close()
    sensor.pull_after(transfer)
    begun = time.monotonic()
    trouble = taking(sensor, source, finger)
    assert time.monotonic() - begun < LONGEST_CALL
    assert trouble is None or trouble.code in EXPECTED, trouble
    if trouble is not None:
        assert sensor.number is None
        again = source.open()
        assert again is not None
        assert again.code == "fingerprint.absent"
    sensor.pull_after(None)
    sensor.lift_finger()
    plugged = time.monotonic()
    sensor.plug()
    back = source.open()
    assert back is None, back
    return trouble, time.monotonic() - plugged


def campaign(
    rounds: int,
    sensor: EmulatedUru4000,
    source: Uru4000Source,
    finger: bytes,
    transfers: range,
) -> None:
    """Pull at each of these transfers, so many times."""
    returns: list[float] = []
    noticed = 0
    for _ in range(rounds):
        for transfer in transfers:
            trouble, seconds = pull_at(transfer, sensor, source, finger)
            noticed += trouble is not None
            if trouble is not None:
                returns.append(seconds)
    assert noticed >= rounds * (len(transfers) - 3)
    print(
        f"pulled {noticed} times; from the plug to service:"
        f" median {sorted(returns)[len(returns) // 2]:.3f} s, longest {max(returns):.3f} s"
    )
    assert max(returns) < LONGEST_RETURN
    assert taking(sensor, source, finger) is None


def test_pulled_at_every_transfer_of_a_taking(
    sensor: EmulatedUru4000, source: Uru4000Source, recorded_finger: bytes
) -> None:
    campaign(1, sensor, source, recorded_finger, range(1, TRANSFERS + 2))


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_pulled_two_hundred_times_at_every_transfer(
    sensor: EmulatedUru4000, source: Uru4000Source, recorded_finger: bytes
) -> None:
    campaign(200, sensor, source, recorded_finger, range(1, TRANSFERS + 2))

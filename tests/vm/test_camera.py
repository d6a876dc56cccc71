"""Our camera on a real kernel: opened, pulled, returned, hung, turned.

A campaign, `make vm`: it fetches a kernel and starts a virtual machine.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.vm import machine

VIVID = "vivid n_devs=1 node_types=0x1 num_inputs=1 input_types=0"
"""One webcam and nothing else."""
BARS = (
    (191, 191, 191),
    (191, 191, 0),
    (0, 191, 191),
    (0, 191, 0),
    (191, 0, 191),
    (191, 0, 0),
    (0, 0, 191),
    (0, 0, 0),
)
"""The driver's 75 % colour bars."""
TOLERANCE = 8
"""Through YUYV of limited range and back."""
SERVICE_SECONDS = 10.0


@pytest.fixture(scope="module", autouse=True)
def kernel() -> None:
    subprocess.run([machine.CHECKOUT / "requirements" / "fetch-kernel"], check=True)


def of(facts: Sequence[Mapping[str, Any]], step: str) -> list[Mapping[str, Any]]:
    found = [fact for fact in facts if fact["step"] == step]
    assert found, (step, facts)
    return found


def are_bars(told: Sequence[Sequence[int]]) -> bool:
    pairs = zip(told, BARS, strict=True)
    return all(abs(a - b) <= TOLERANCE for one, two in pairs for a, b in zip(one, two, strict=True))


def check(facts: Sequence[Mapping[str, Any]], pulls: int) -> None:
    assert of(facts, "looked")[0]["trouble"] is None
    (started,) = of(facts, "started")
    assert started["trouble"] is None
    assert started["model"] == "vivid"
    assert of(facts, "rate")[0]["rate"] > 5
    pictures = of(facts, "picture")
    assert len(pictures) == pulls + 1
    for picture in pictures:
        assert (picture["width"], picture["height"], picture["grey"]) == (320, 180, 320 * 180)
        assert are_bars(picture["bars"])
    pulled = of(facts, "pulled")
    assert len(pulled) == pulls
    for pull in pulled:
        assert pull["code"] == "camera.removed"
        assert pull["back"]
        assert pull["noticed_after"] < 2
        assert pull["back_after"] < SERVICE_SECONDS
    (frozen,) = of(facts, "frozen")
    assert frozen["code"] == "camera.no-pictures"
    assert frozen["noticed_after"] < 3
    assert frozen["back"]
    assert not of(facts, "stopped")[0]["shows"]
    assert of(facts, "ended")


@pytest.mark.slow
def test_a_real_drivers_camera_is_seen_pulled_returned_and_hung() -> None:
    check(machine.run("tests.vm.camera_inside", ["1", "short"], drivers=[VIVID], seconds=200), 1)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_real_drivers_camera_is_pulled_again_and_again() -> None:
    facts = machine.run("tests.vm.camera_inside", ["20", "whole"], drivers=[VIVID], seconds=800)
    check(facts, 20)
    assert of(facts, "second")[0]["trouble"] == "camera.in-use"
    (turned,) = of(facts, "turned")
    assert (turned["width"], turned["height"]) == (180, 320)
    assert are_bars(turned["bars"])
    slowest = max(each["back_after"] for each in of(facts, "pulled"))
    noticed = max(each["noticed_after"] for each in of(facts, "pulled"))
    print(f"20 pulls: noticed within {noticed:.2f} s, pictures again within {slowest:.2f} s")

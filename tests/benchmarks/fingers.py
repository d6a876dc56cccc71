"""Time and errors of comparing fingers, over all pairs, beside libfprint's own way.

The peer enrols and verifies through libfprint's own calls (`libfprint_peer`): a finger is the same
where it matches any picture of the enrolment. Ours takes the same pictures through the gate, keeps
three, and asks that most of them match.

`python -m tests.benchmarks.fingers [FINGERS]` prints the rates and
`BENCH fingers-... ratio=... limit=... ok|short` lines. A rate's ratio counts half an error more on
either side, so that none divides by zero.
"""

from __future__ import annotations

import json
import pickle
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from hw.errors import DeviceTrouble
from hw.fingerprint.gathering import agree
from hw.fingerprint.libfprint import LibfprintMatcher
from hw.fingerprint.libfprint_door import INTERPRETER
from hw.fingerprint.picture_source import FingerPicture
from hw.fingerprint.quality import judge
from tests.emulated.fingers.impressions import (
    GOOD,
    HEIGHT,
    OLD,
    WIDTH,
    Impression,
    everyday,
    impress,
)
from tests.emulated.fingers.ridges import Skin, skins

FINGERS = 10
ENROLLED = 3
PROBES = (GOOD, OLD, GOOD)
TIME_LIMIT = 4.0
"""Three comparisons where the peer makes one or more, and a process between."""
FALSE_MATCH_LIMIT = 1.0
FALSE_NON_MATCH_LIMIT = 3.0
"""What asking for most of the prints may cost."""
GATE_LIMIT = 1.0
"""A picture is judged in less time than mindtct takes to read it."""


class Outcome(NamedTuple):
    """What came of all comparisons.

    Attributes:
        same: for each probe, a list over the fingers.
        seconds: of each comparison.
    """

    same: list[list[bool]]
    seconds: list[float]


def main(arguments: list[str]) -> int:
    """Compare all, print the lines; 0 when none falls short."""
    fingers = skins(int(arguments[0]) if arguments else FINGERS, seed=500)
    enrolled = [[laid(skin, each, GOOD) for each in range(ENROLLED)] for skin in fingers]
    probes = [
        (owner, laid(skin, 50 + at, kind))
        for owner, skin in enumerate(fingers)
        for at, kind in enumerate(PROBES)
    ]
    matcher = LibfprintMatcher(seconds=30)
    try:
        ours, reading = by_us(matcher, enrolled, [probe for _, probe in probes])
    finally:
        matcher.forget()
    theirs = by_libfprint(enrolled, [probe for _, probe in probes])
    owners = [owner for owner, _ in probes]
    short = False
    for name, rate, limit in (("fmr", false_matches, FALSE_MATCH_LIMIT),
                              ("fnmr", false_non_matches, FALSE_NON_MATCH_LIMIT)):  # fmt: skip
        wrong, of = rate(ours.same, owners)
        peers, _ = rate(theirs.same, owners)
        print(f"{name}: ours {wrong} of {of}, libfprint {peers} of {of}")
        short |= told(f"fingers-{name}", (wrong + 0.5) / (peers + 0.5), limit)
    ratio = statistics.median(ours.seconds) / statistics.median(theirs.seconds)
    print(f"median comparison: ours {statistics.median(ours.seconds) * 1000:.1f} ms,", end=" ")
    print(f"libfprint {statistics.median(theirs.seconds) * 1000:.1f} ms")
    short |= told("fingers-time", ratio, TIME_LIMIT)
    gate = timed_gate(enrolled)
    print(f"median gate {gate * 1000:.1f} ms, reading by mindtct {reading * 1000:.1f} ms")
    short |= told("fingers-gate", gate / reading, GATE_LIMIT)
    return int(short)


def laid(skin: Skin, seed: int, kind: Impression) -> bytes:
    """One impression."""
    return impress(skin, everyday(seed, kind))


def picture(pixels: bytes) -> FingerPicture:
    """As a sensor gives it."""
    return FingerPicture(WIDTH, HEIGHT, 500, bytearray(pixels))


def by_us(
    matcher: LibfprintMatcher, enrolled: list[list[bytes]], probes: list[bytes]
) -> tuple[Outcome, float]:
    """Our way; also the median seconds of reading a picture alone."""
    templates, reading = [], []
    for pictures in enrolled:
        prints = []
        for each in pictures:
            began = time.perf_counter()
            read = matcher.read(picture(each))
            reading.append(time.perf_counter() - began)
            if isinstance(read, DeviceTrouble):
                raise SystemExit(read.code)
            prints.append(read.data)
        templates.append(prints)
    same, seconds = [], []
    for probe in probes:
        row = []
        for prints in templates:
            began = time.perf_counter()
            read = matcher.read(picture(probe), prints)
            seconds.append(time.perf_counter() - began)
            if isinstance(read, DeviceTrouble):
                raise SystemExit(read.code)
            row.append(agree(read.same))
        same.append(row)
    return Outcome(same, seconds), statistics.median(reading)


def by_libfprint(enrolled: list[list[bytes]], probes: list[bytes]) -> Outcome:
    """Its own way."""
    fingers = [[(WIDTH, HEIGHT, each) for each in pictures] for pictures in enrolled]
    done = subprocess.run(
        [*INTERPRETER, str(Path(__file__).with_name("libfprint_peer.py"))],
        input=pickle.dumps((fingers, [(WIDTH, HEIGHT, each) for each in probes])),
        stdout=subprocess.PIPE,
        check=True,
        timeout=1800,
    )
    told = json.loads(done.stdout)
    return Outcome(told["same"], told["seconds"])


def false_matches(same: list[list[bool]], owners: list[int]) -> tuple[int, int]:
    """Comparisons with another's finger that matched, of how many."""
    others = [
        each
        for row, owner in zip(same, owners, strict=True)
        for finger, each in enumerate(row)
        if finger != owner
    ]
    return sum(others), len(others)


def false_non_matches(same: list[list[bool]], owners: list[int]) -> tuple[int, int]:
    """Comparisons with one's own finger that did not match, of how many."""
    own = [row[owner] for row, owner in zip(same, owners, strict=True)]
    return len(own) - sum(own), len(own)


def timed_gate(enrolled: list[list[bytes]]) -> float:
    """Median seconds of judging a picture."""
    seconds = []
    for pictures in enrolled:
        for each in pictures:
            one = picture(each)
            began = time.perf_counter()
            judge(one)
            seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def told(name: str, ratio: float, limit: float) -> bool:
    """Print the line; whether it falls short."""
    short = ratio > limit
    print(f"BENCH {name} ratio={ratio:.2f} limit={limit} {'short' if short else 'ok'}")
    return short


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What is kept of a finger: libfprint's serialised prints, checked for their shape."""

from __future__ import annotations

from typing import Final

from hw.finger_readings import Finger, FingerPosition, FingerTemplate, Hand
from hw.fingerprint.libfprint_wire import LARGEST_TEMPLATE

TEMPLATE_FORMAT: Final = "libfprint.fp3"
"""`FingerTemplate.format`: the bytes `FP3` and a GVariant, as `fp_print_serialize` makes it. It holds
the minutiae of each picture and which finger it was said to be; no name, day or device number."""
_MAGIC: Final = b"FP3"
_FINGERS: Final = {
    each: number
    for number, each in enumerate(
        FingerPosition(hand, finger) for hand in (Hand.LEFT, Hand.RIGHT) for finger in Finger
    )
}


def finger_number(position: FingerPosition) -> int:
    """The number of a finger in libfprint (`FpFinger`): 1 the left thumb, 10 the right little."""
    return _FINGERS[position] + 1


def is_template(template: FingerTemplate) -> bool:
    """Whether the bytes look like a template of ours; what is inside libfprint judges."""
    return (
        template.format == TEMPLATE_FORMAT
        and template.data.startswith(_MAGIC)
        and len(template.data) <= LARGEST_TEMPLATE
    )

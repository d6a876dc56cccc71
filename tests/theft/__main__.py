"""`make theft`: two stations are used at their windows, their disk is taken and searched.

Prints `THEFT findings=N secrets=M megabytes=B controls=K/K ok|readable`; 1 where anything is
readable, or where the search does not find what was planted for it to find.
"""

from __future__ import annotations

import sys
import time

from tests.theft import campaign
from tests.theft.image import DiskImage, disk_image
from tests.theft.search import findings, planted
from tests.workbench.display import Display


def main() -> int:
    """Plays, takes, searches."""
    began = time.monotonic()
    with disk_image(campaign.MEGABYTES) as disk:
        taken = campaign.Taken(disk)
        with Display() as display:
            campaign.citizens(taken, display)
            campaign.clerks(taken, display)
        found = taken.found()
        size = len(disk.content()) / (1 << 20)
        controls, of = controls_found(disk)
    for one in found:
        value = taken.secrets[one.what]
        print(f"readable: {one.what}: {value!r:.80}, {one.spelling}, at {one.at}")
    held = not found and controls == of
    print(
        f"THEFT findings={len(found)} secrets={len(taken.secrets)} megabytes={size:.0f}"
        f" controls={controls}/{of} seconds={time.monotonic() - began:.0f}"
        f" {'ok' if held else 'readable'}"
    )
    return 0 if held else 1


def controls_found(disk: DiskImage) -> tuple[int, int]:
    """Plants secrets, each spelt in another way, in files that are deleted; how many are found."""
    secrets = {}
    for number, name in enumerate(planted("")):
        secret = f"Piantata{number} Prova{number} PNTPRV8{number}A01H501Z"
        data = planted(secret)[name]
        (disk.folder / f"control-{name}").write_bytes(bytes(4096) + data + bytes(4096))
        secrets[name] = secret
    disk.content()  # they are on the disk before they are deleted
    for name in secrets:
        (disk.folder / f"control-{name}").unlink()
    found = {one.what for one in findings(disk.content(), dict(secrets))}
    return len(found), len(secrets)


if __name__ == "__main__":
    sys.exit(main())

"""`make theft`: two stations are used at their windows, their disk is taken and searched.

Prints `THEFT findings=N secrets=M megabytes=B controls=K/K ok|readable`; 1 where anything is
readable, or where the search does not find what was planted for it to find.
"""

from __future__ import annotations

import secrets
import sys
import time

from tests.theft import campaign
from tests.theft.image import DiskImage, disk_image
from tests.theft.search import planted
from tests.workbench.display import Display


def main() -> int:
    """Plays, takes, searches; each station on a disk of its own."""
    began = time.monotonic()
    readable = searched = controls = of = 0
    size = 0.0
    with Display() as display:
        for story in (campaign.citizens, campaign.clerks):
            with disk_image(campaign.MEGABYTES) as disk:
                taken = campaign.Taken(disk)
                story(taken, display)
                found = taken.found()
                held, planted_here = controls_found(disk)
                size += len(disk.content()) / (1 << 20)
            for one in found:
                value = taken.secrets[one.what]
                print(f"readable: {one.what}: {value!r:.80}, {one.spelling}, at {one.at}")
            readable, searched = readable + len(found), searched + len(taken.secrets)
            controls, of = controls + held, of + planted_here
    held_all = not readable and controls == of
    print(
        f"THEFT findings={readable} secrets={searched} megabytes={size:.0f}"
        f" controls={controls}/{of} seconds={time.monotonic() - began:.0f}"
        f" {'ok' if held_all else 'readable'}"
    )
    return 0 if held_all else 1


def controls_found(disk: DiskImage) -> tuple[int, int]:
    """Plants secrets, each spelt in another way, in files that are deleted; how many are found.

    Texts, and what is digits only, which counts only where it did not stand there before.
    """
    taken = campaign.Taken(disk)
    taken.is_unused()
    for number, name in enumerate(planted("")):
        digits = str(secrets.randbelow(9 * 10**11) + 10**11)
        for kind, secret in (
            ("text", f"Piantata{number} Prova{number} PNTPRV8{number}A01H501Z"),
            ("digits", digits),
        ):
            file = disk.folder / f"control-{kind}-{name}"
            file.write_bytes(bytes(4096) + planted(secret)[name] + bytes(4096))
            taken.must_not_hold(f"{kind} {name}", secret)
    disk.content()  # they are on the disk before they are deleted
    for file in disk.folder.glob("control-*"):
        file.unlink()
    return len({one.what for one in taken.found()}), len(taken.secrets)


if __name__ == "__main__":
    sys.exit(main())

"""A machine that boots Debian's kernel and runs one module of ours in it."""

from __future__ import annotations

import gzip
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[2]
KERNEL = CHECKOUT / "build" / "kernel"
_BOOT_MODULES = ("virtio_pci", "9pnet_virtio", "9p")
_PROGRAMS = {
    "sh": "/bin/sh",
    "insmod": "/usr/bin/kmod",
    "mount": "/usr/bin/mount",
    "chroot": "/usr/sbin/chroot",
}
_INIT = """#!/bin/sh
export PATH=/bin
for module in {modules}; do insmod /modules/$module; done
mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=1048576,cache=loose host /root
mount -t devtmpfs dev /root/dev
mount -t proc proc /root/proc
mount -t sysfs sys /root/sys
for folder in tmp run; do mount -t tmpfs tmp /root/$folder; done
chroot /root /bin/sh -c {inside} >/root/dev/ttyS1 2>/root/dev/ttyS0
echo o >/root/proc/sysrq-trigger
while :; do :; done
"""
_INSIDE = """
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
exec </dev/null
modprobe -d {kernel} {modules} || echo '{{"step": "modprobe", "failed": true}}'
cd {checkout}
exec {python} -m {module} {arguments}
"""


class MachineFailed(AssertionError):  # noqa: N818 - it says what happened
    """The machine did not run to its end; what its console said last."""


def report(step: str, **facts: Any) -> None:
    """Inside: tell one fact to whoever runs the machine."""
    sys.stdout.write(json.dumps({"step": step, **facts}) + "\n")
    sys.stdout.flush()


def run(
    module: str,
    arguments: Sequence[str] = (),
    *,
    drivers: Sequence[str] = (),
    seconds: float = 120.0,
    memory: str = "1024",
) -> list[Mapping[str, Any]]:
    """Boot, load drivers, run `python -m module arguments`, switch off.

    Args:
        module: ours, of this checkout.
        arguments: for it.
        drivers: modules of the kernel with their parameters, `vivid n_devs=1`.
        seconds: until the machine is given up.
        memory: of the machine, in MB.

    Returns:
        What it told by `report`, in order.

    Raises:
        MachineFailed: it took too long, or told nothing.
    """
    with tempfile.TemporaryDirectory(prefix="vm-") as folder:
        place = Path(folder)
        (place / "initrd").write_bytes(_initrd(_inside(module, arguments, drivers)))
        told, console = place / "told", place / "console"
        command = _qemu(place / "initrd", console, told, memory)
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise MachineFailed(_last_words(told, console)) from None
        finally:
            process.kill()
            process.wait()
        facts = list(_facts(told))
        if not facts:
            raise MachineFailed(_last_words(told, console))
        return facts


def _qemu(initrd: Path, console: Path, told: Path, memory: str) -> list[str]:
    kernel = next((KERNEL / "boot").glob("vmlinuz-*"))
    return [
        *("qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2"),
        *("-m", memory, "-nodefaults", "-nographic", "-no-reboot", "-net", "none"),
        *("-kernel", str(kernel), "-initrd", str(initrd)),
        *("-append", "console=ttyS0 panic=-1 quiet mitigations=off tsc=reliable"),
        *("-serial", f"file:{console}", "-serial", f"file:{told}"),
        "-virtfs",
        "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap",
    ]


def _inside(module: str, arguments: Sequence[str], drivers: Sequence[str]) -> str:
    one = drivers[0] if len(drivers) == 1 else ""
    lines = _INSIDE.format(
        kernel=shlex.quote(str(KERNEL)),
        modules=one or "-a " + " ".join(drivers),
        checkout=shlex.quote(str(CHECKOUT)),
        python=shlex.quote(sys.executable),
        module=module,
        arguments=shlex.join(arguments),
    )
    return lines if drivers else lines.replace("modprobe", ": modprobe")


def _initrd(inside: str) -> bytes:
    """What the kernel starts with: as much as finds the way to the host's root."""
    modules = _needed_modules()
    init = _INIT.format(modules=" ".join(each.name for each in modules), inside=shlex.quote(inside))
    files: dict[str, bytes] = {"init": init.encode()}
    for name, path in _PROGRAMS.items():
        files[f"bin/{name}"] = Path(path).read_bytes()
        for library in _libraries(path):
            files[library.lstrip("/")] = Path(library).read_bytes()
    for each in modules:
        files[f"modules/{each.name}"] = each.read_bytes()
    return gzip.compress(_cpio(files, ("root", "dev")), 1)


def _needed_modules() -> list[Path]:
    """The kernel's modules that the way to the root needs, each behind what it needs itself."""
    release = next((KERNEL / "lib" / "modules").iterdir())
    listing = release / "modules.dep"
    if not listing.exists():
        subprocess.run(["/usr/sbin/depmod", "-b", str(KERNEL), release.name], check=True)
    needs: dict[str, list[str]] = {}
    for line in listing.read_text().splitlines():
        path, _, others = line.partition(":")
        needs[path] = others.split()
    found: list[Path] = []
    for name in _BOOT_MODULES:
        path = next(each for each in needs if Path(each).stem == name)
        for each in [*reversed(needs[path]), path]:
            if release / each not in found:
                found.append(release / each)
    return found


def _libraries(program: str) -> Iterator[str]:
    listed = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    for line in listed.splitlines():
        for word in line.split():
            if word.startswith("/"):
                yield word


def _cpio(files: Mapping[str, bytes], folders: Sequence[str]) -> bytes:
    """An archive as the kernel unpacks it (initramfs buffer format, `newc`)."""
    names = {*folders}
    for name in files:
        names.update(str(each) for each in Path(name).parents if str(each) != ".")
    entries = [(name, 0o040755, b"") for name in sorted(names)]
    entries += [(name, 0o100755, data) for name, data in files.items()]
    made = bytearray()
    for number, (name, mode, data) in enumerate([*entries, ("TRAILER!!!", 0, b"")], 1):
        fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        made += b"070701" + b"".join(b"%08X" % each for each in fields) + name.encode() + b"\0"
        made += bytes(-len(made) % 4) + data
        made += bytes(-len(made) % 4)
    return bytes(made)


def _facts(told: Path) -> Iterator[Mapping[str, Any]]:
    for line in told.read_text(errors="replace").splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def _last_words(told: Path, console: Path) -> str:
    texts = [path.read_text(errors="replace") for path in (told, console) if path.exists()]
    return "\n".join(text[-3000:] for text in texts)


if __name__ == "__main__":
    began = time.monotonic()
    wanted = sys.argv[1:]
    drivers = [os.environ["DRIVERS"]] if os.environ.get("DRIVERS") else []
    for fact in run(wanted[0], wanted[1:], drivers=drivers, seconds=300):
        print(fact)
    print(f"{time.monotonic() - began:.1f} s")

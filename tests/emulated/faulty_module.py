"""A module before SoftHSM2 that crashes, hangs, chatters or refuses where a test wants it."""

from __future__ import annotations

import subprocess
from enum import IntEnum
from pathlib import Path

from tests.emulated.soft_token import MODULE

_SOURCE = Path(__file__).with_suffix(".c")


class Call(IntEnum):
    """Functions that can fail, by their place in CK_FUNCTION_LIST."""

    INITIALIZE = 0
    GET_SLOT_LIST = 4
    GET_TOKEN_INFO = 6
    LOGIN = 18
    SIGN_INIT = 42
    SIGN = 43


def build(folder: Path) -> Path:
    """Compile the module into `folder`; gives the library."""
    target = folder / "faulty_module.so"
    command = ["cc", "-shared", "-fPIC", "-O1", "-w", "-o", str(target), str(_SOURCE), "-ldl"]
    subprocess.run(command, check=True, capture_output=True)
    return target


def fault(call: Call, deed: str) -> dict[str, str]:
    """The environment in which `call` does `deed`."""
    return {"FAULTY_BEHIND": str(MODULE), "FAULTY_CALL": str(int(call)), "FAULTY_DOES": deed}


def forks(call: Call, numbers: Path, then: str = "") -> dict[str, str]:
    """The environment in which `call` starts a process that stays, and `then` does another deed.

    The number of the process is written to the file `numbers`.
    """
    return {**fault(call, f"fork+{then}" if then else "fork"), "FAULTY_FORKED": str(numbers)}


def named(name: bytes) -> dict[str, str]:
    """The environment in which the name of every slot begins with these bytes."""
    return {"FAULTY_BEHIND": str(MODULE), "FAULTY_NAME": name.hex()}


def flags(value: int) -> dict[str, str]:
    """The environment in which every token has these flags besides its own."""
    return {"FAULTY_BEHIND": str(MODULE), "FAULTY_FLAGS": hex(value)}

"""Lets this process's TLS use keys that lie in the TPM, by tpm2-openssl, a provider of OpenSSL 3.

Files that begin with `TSS2 PRIVATE KEY` are then read like any other key: `load_cert_chain` and
whoever calls it need to know nothing. The provider is loaded into the OpenSSL library of the
running process, where the `ssl` module finds it, and for the whole life of the process. From then
on a `TpmKeyStore` of this process signs, but derives no more: tpm2-tss calculates the key of the
encrypted session by the same OpenSSL, which would ask the TPM. Derive before.
"""

from __future__ import annotations

import ctypes
import os
import ssl
import threading
from typing import Final

from hw.errors import DeviceTrouble
from hw.keystore import troubles

_LIBRARY: Final = "libcrypto.so.3"
_PROVIDERS: Final = (b"default", b"tpm2")
_ADDRESS: Final = "TPM2OPENSSL_TCTI"
# Of two providers OpenSSL takes the one that the query prefers. The TPM must be preferred for
# signatures: else OpenSSL hands the key's public half to its own code, which cannot sign. Hashing
# and ciphers, for which the TPM is slow, stay with OpenSSL's own code.
_PREFERENCE: Final = b"?provider=tpm2,tpm2.digest!=yes,tpm2.cipher!=yes"
_loading = threading.Lock()
_loaded: list[str] = []


def use_tpm_for_tls(tcti: str) -> DeviceTrouble | None:
    """Let TLS connections of this process use keys in the TPM. Calls after the first do nothing.

    Args:
        tcti: how to reach the TPM, as tpm2-tss says it (`device:/dev/tpmrm0`).

    Returns:
        None; or `key.module-absent`: Python's `ssl` does not use this OpenSSL, or the provider
        (Debian's `tpm2-openssl`) is not installed.

    Raises:
        ValueError: another TPM is in use already.
    """
    with _loading:
        if _loaded:
            if _loaded[0] != tcti:
                raise ValueError("a process uses one TPM")
            return None
        trouble = _load(tcti)
        if trouble is None:
            _loaded.append(tcti)
        return trouble


def _load(tcti: str) -> DeviceTrouble | None:
    try:
        library = ctypes.CDLL(_LIBRARY)
    except OSError:
        return troubles.MODULE_ABSENT
    library.OpenSSL_version.restype = ctypes.c_char_p
    # Two copies of OpenSSL in one process know nothing of each other's providers.
    if library.OpenSSL_version(0).decode("ascii", "replace") != ssl.OPENSSL_VERSION:
        return troubles.MODULE_ABSENT
    library.OSSL_PROVIDER_load.restype = ctypes.c_void_p
    library.OSSL_PROVIDER_load.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    library.EVP_set_default_properties.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    os.environ[_ADDRESS] = tcti
    os.environ.setdefault("TSS2_LOG", "all+none")
    if not all(library.OSSL_PROVIDER_load(None, name) for name in _PROVIDERS):
        return troubles.MODULE_ABSENT
    if library.EVP_set_default_properties(None, _PREFERENCE) != 1:
        return troubles.MODULE_ABSENT
    return None

"""What a chip says it can do: SecurityInfos of EF.CardAccess, EF.CardSecurity and EF.DG14.

ICAO 9303-11 clause 9.2. EF.CardAccess is not signed: whoever sits between chip and reader can
shorten it, so nothing is believed for being in it; EF.DG14 counts once its hash is proven.
"""

from __future__ import annotations

from collections.abc import Mapping as Table
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType
from typing import Final, TypeAlias, TypeVar

from hw.apdu.tlv import Malformed, Tlv, encode, only, read_all
from hw.cards.emrtd.ciphers import Suite
from hw.cards.emrtd.curves import Curve
from hw.cards.emrtd.domain_parameters import (
    SET,
    dotted,
    group_of,
    integer,
    members,
    object_identifier,
    subject_public_key,
)
from hw.cards.emrtd.groups import STANDARDIZED, ModularGroup

_DG14: Final = 0x6E
_LONGEST: Final = 16_384
_MOST_INFOS: Final = 64
_MOST_MEMBERS: Final = 3
_LONGEST_IDENTIFIER: Final = 4
_SMARTCARD: Final = bytes.fromhex("04007F00070202")
_PUBLIC_KEY, _TERMINAL, _CHIP, _PACE = (_SMARTCARD + bytes((arc,)) for arc in (1, 2, 3, 4))
_ACTIVE: Final = bytes.fromhex("678108010105")
"""id-icao-mrtd-security-aaProtocolObject, 2.23.136.1.1.5."""


class KeyAgreement(Enum):
    """Over which kind of group keys are agreed."""

    DH = "DH"
    ECDH = "ECDH"


class Mapping(Enum):
    """How PACE makes a generator of the nonce (clause 4.4.3.3)."""

    GENERIC = "GM"
    INTEGRATED = "IM"
    CHIP_AUTHENTICATION = "CAM"


_SUITES: Final[Table[int, Suite]] = MappingProxyType(
    {1: Suite.TRIPLE_DES, 2: Suite.AES_128, 3: Suite.AES_192, 4: Suite.AES_256}
)
_AGREEMENTS: Final[Table[int, KeyAgreement]] = MappingProxyType(
    {1: KeyAgreement.DH, 2: KeyAgreement.ECDH}
)
_MAPPINGS: Final[Table[int, tuple[KeyAgreement, Mapping]]] = MappingProxyType(
    {
        1: (KeyAgreement.DH, Mapping.GENERIC),
        2: (KeyAgreement.ECDH, Mapping.GENERIC),
        3: (KeyAgreement.DH, Mapping.INTEGRATED),
        4: (KeyAgreement.ECDH, Mapping.INTEGRATED),
        6: (KeyAgreement.ECDH, Mapping.CHIP_AUTHENTICATION),
    }
)


@dataclass(frozen=True, slots=True)
class PaceInfo:
    """One way of doing PACE (clause 9.2.1).

    Attributes:
        oid: value of the protocol's object identifier, as MSE:Set AT sends it.
        agreement: kind of group.
        mapping: how the generator is made.
        suite: cipher of nonce, tokens and session.
        version: 2 on chips of ICAO 9303.
        parameter: parameter id, None where the info has none.
        group: the standardized group meant, None where it is none.
    """

    oid: bytes
    agreement: KeyAgreement
    mapping: Mapping
    suite: Suite
    version: int
    parameter: int | None
    group: Curve | ModularGroup | None = None

    @property
    def name(self) -> str:
        """For the log and the clerk's page: `PACE DH-GM 3DES`, `PACE ECDH-CAM AES-128`."""
        return f"PACE {self.agreement.value}-{self.mapping.value} {self.suite.value}"


@dataclass(frozen=True, slots=True)
class PaceDomainParameterInfo:
    """Explicit domain parameters for PACE (clause 9.2.2).

    Attributes:
        agreement: kind of group.
        mapping: the mapping they are for.
        group: the standardized group they equal, None where they equal none.
        parameter: local parameter id, None where the info has none.
    """

    agreement: KeyAgreement
    mapping: Mapping
    group: Curve | ModularGroup | None
    parameter: int | None


@dataclass(frozen=True, slots=True)
class ChipAuthenticationInfo:
    """One way of doing Chip Authentication (clause 9.2.5).

    Attributes:
        oid: value of the protocol's object identifier.
        agreement: kind of group.
        suite: cipher of the new session.
        version: 1 on chips of ICAO 9303.
        key_id: which key, None where the chip has only one.
    """

    oid: bytes
    agreement: KeyAgreement
    suite: Suite
    version: int
    key_id: int | None

    @property
    def name(self) -> str:
        """For the log and the clerk's page: `CA ECDH AES-128`."""
        return f"CA {self.agreement.value} {self.suite.value}"


@dataclass(frozen=True, slots=True)
class ChipAuthenticationPublicKeyInfo:
    """A static public key of the chip (clause 9.2.6).

    Attributes:
        agreement: kind of group.
        group: the standardized group it lies in, None where it is none.
        value: the encoded element, not checked yet.
        key_id: its local identifier, None where the chip has only one.
    """

    agreement: KeyAgreement
    group: Curve | ModularGroup | None
    value: bytes
    key_id: int | None


@dataclass(frozen=True, slots=True)
class ActiveAuthenticationInfo:
    """The signature that Active Authentication makes with an ECDSA key (clause 9.2.4).

    Attributes:
        version: 1.
        signature_algorithm: value of its object identifier (BSI TR-03111 clause 5.2.1).
    """

    version: int
    signature_algorithm: bytes


@dataclass(frozen=True, slots=True)
class TerminalAuthenticationInfo:
    """The chip keeps fingerprints behind Terminal Authentication (clause 9.2.8), not used here.

    Attributes:
        version: 1 on chips of ICAO 9303.
    """

    version: int


@dataclass(frozen=True, slots=True)
class SecurityInfos:
    """All entries of one file, in its order.

    Attributes:
        pace: ways of doing PACE, their groups looked up.
        pace_parameters: explicit domain parameters.
        chip_authentication: ways of doing Chip Authentication.
        chip_keys: static public keys of the chip.
        active_authentication: None where there is none.
        terminal_authentication: in all versions.
        others: object identifiers of every other entry, with dots; those of known protocols whose
            entry could not be read are among them.
    """

    pace: tuple[PaceInfo, ...] = ()
    pace_parameters: tuple[PaceDomainParameterInfo, ...] = ()
    chip_authentication: tuple[ChipAuthenticationInfo, ...] = ()
    chip_keys: tuple[ChipAuthenticationPublicKeyInfo, ...] = ()
    active_authentication: ActiveAuthenticationInfo | None = None
    terminal_authentication: tuple[TerminalAuthenticationInfo, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def several_pace_parameters(self) -> bool:
        """Whether MSE:Set AT must name the domain parameters (clause 4.4.4.1).

        True with more than one PACEInfo, even of the same parameters: chips are known that want
        them named then, and none that minds.
        """
        return len(self.pace) > 1


_Info: TypeAlias = (
    PaceInfo
    | PaceDomainParameterInfo
    | ChipAuthenticationInfo
    | ChipAuthenticationPublicKeyInfo
    | ActiveAuthenticationInfo
    | TerminalAuthenticationInfo
)


_Kind = TypeVar(
    "_Kind",
    PaceInfo,
    PaceDomainParameterInfo,
    ChipAuthenticationInfo,
    ChipAuthenticationPublicKeyInfo,
    ActiveAuthenticationInfo,
    TerminalAuthenticationInfo,
)


@dataclass(slots=True)
class _Collected:
    infos: list[_Info] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def parse(data: bytes) -> SecurityInfos:
    """Read a SET OF SecurityInfo: EF.CardAccess, EF.DG14 with its tag 6E, or EF.CardSecurity's.

    An entry that cannot be read counts as an unknown one, so that one odd entry does not hide the
    others.

    Raises:
        Malformed: the whole is no such set, or larger than any chip has it.
    """
    if len(data) > _LONGEST:
        raise Malformed("security-infos-size")
    if data[:1] == bytes((_DG14,)):
        data = only(data, _DG14)
    entries = read_all(only(data, SET))
    if len(entries) > _MOST_INFOS:
        raise Malformed("security-infos-number")
    collected = _Collected()
    for entry in entries:
        protocol, *rest = members(entry, 1, _MOST_MEMBERS)
        identifier = object_identifier(protocol)
        try:
            info = _info(identifier, rest)
        except Malformed:
            info = None
        if info is None:
            collected.others.append(dotted(identifier))
        else:
            collected.infos.append(info)
    return _infos(collected)


def _infos(collected: _Collected) -> SecurityInfos:
    """The entries by kind, each PACEInfo with its group."""
    parameters = _of(PaceDomainParameterInfo, collected)
    active = _of(ActiveAuthenticationInfo, collected)
    return SecurityInfos(
        pace=tuple(_with_group(info, parameters) for info in _of(PaceInfo, collected)),
        pace_parameters=parameters,
        chip_authentication=_of(ChipAuthenticationInfo, collected),
        chip_keys=_of(ChipAuthenticationPublicKeyInfo, collected),
        active_authentication=active[0] if active else None,
        terminal_authentication=_of(TerminalAuthenticationInfo, collected),
        others=tuple(collected.others),
    )


def _of(kind: type[_Kind], collected: _Collected) -> tuple[_Kind, ...]:
    return tuple(info for info in collected.infos if isinstance(info, kind))


def _with_group(info: PaceInfo, explicit: tuple[PaceDomainParameterInfo, ...]) -> PaceInfo:
    """The info with the group that its parameter id means (clauses 9.2.1 and 9.5.1)."""
    group: Curve | ModularGroup | None = None
    if info.parameter is not None and info.parameter in STANDARDIZED:
        group = STANDARDIZED[info.parameter]
    else:
        meant = [
            one
            for one in explicit
            if (one.agreement, one.mapping) == (info.agreement, info.mapping)
            and info.parameter in {None, one.parameter}
        ]
        group = meant[0].group if len(meant) == 1 else None
    return replace(info, group=_of_kind(group, info.agreement))


def _of_kind(
    group: Curve | ModularGroup | None, agreement: KeyAgreement
) -> Curve | ModularGroup | None:
    """The group, None where it is not of the kind that the protocol names."""
    wanted = Curve if agreement is KeyAgreement.ECDH else ModularGroup
    return group if isinstance(group, wanted) else None


def _info(identifier: bytes, rest: list[Tlv]) -> _Info | None:
    """The entry of a known protocol, None for any other.

    Raises:
        Malformed: the protocol is known, its data are not what they must be.
    """
    family, arcs = identifier[: len(_PACE)], identifier[len(_PACE) :]
    if family == _PACE:
        return _pace(identifier, arcs, rest)
    if family == _CHIP and len(arcs) == 2 and arcs[0] in _AGREEMENTS and arcs[1] in _SUITES:
        version, key_id = _numbers(rest)
        agreement, suite = _AGREEMENTS[arcs[0]], _SUITES[arcs[1]]
        return ChipAuthenticationInfo(identifier, agreement, suite, version, key_id)
    if family == _PUBLIC_KEY and len(arcs) == 1 and arcs[0] in _AGREEMENTS and rest:
        key = subject_public_key(encode(rest[0].tag, rest[0].value))
        agreement = _AGREEMENTS[arcs[0]]
        group = _of_kind(key.group, agreement)
        return ChipAuthenticationPublicKeyInfo(agreement, group, key.value, _optional(rest[1:]))
    if identifier == _TERMINAL and rest:
        return TerminalAuthenticationInfo(integer(rest[0]))
    if identifier == _ACTIVE and len(rest) == 2:
        return ActiveAuthenticationInfo(integer(rest[0]), object_identifier(rest[1]))
    return None


def _pace(identifier: bytes, arcs: bytes, rest: list[Tlv]) -> _Info | None:
    """PACEInfo, whose identifier names a cipher, or PACEDomainParameterInfo, whose does not."""
    if not arcs or arcs[0] not in _MAPPINGS:
        return None
    agreement, mapping = _MAPPINGS[arcs[0]]
    if len(arcs) == 1 and rest:
        group = _of_kind(group_of(rest[0]), agreement)
        return PaceDomainParameterInfo(agreement, mapping, group, _optional(rest[1:]))
    if len(arcs) == 2 and arcs[1] in _SUITES:
        version, parameter = _numbers(rest)
        return PaceInfo(identifier, agreement, mapping, _SUITES[arcs[1]], version, parameter)
    return None


def _numbers(rest: list[Tlv]) -> tuple[int, int | None]:
    """A version and an optional identifier."""
    if not rest:
        raise Malformed("security-info-members")
    return integer(rest[0]), _optional(rest[1:])


def _optional(rest: list[Tlv]) -> int | None:
    """A parameter or key identifier, where there is one; it fits a few bytes on any chip."""
    if not rest:
        return None
    if len(rest[0].value) > _LONGEST_IDENTIFIER:
        raise Malformed("security-info-identifier")
    return integer(rest[0])

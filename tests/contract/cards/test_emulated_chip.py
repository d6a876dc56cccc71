"""The emulated chip against the printed examples of ICAO 9303-11, byte by byte from its own side.

Nonces and keys of the examples are put in place of the chip's random numbers; the commands are the
examples' and so must the answers be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.emulated.cards.document import Document, Manners
from tests.emulated.cards.emrtd_apdu import protect
from tests.emulated.cards.emrtd_authentications import agreed_keys
from tests.emulated.cards.emrtd_chip import EmrtdChip
from tests.emulated.cards.emrtd_crypto import SessionKeys, Suite, derive, encrypt, token
from tests.emulated.cards.emrtd_groups import standard_group
from tests.emulated.cards.emrtd_integrated import integrated
from tests.emulated.cards.emrtd_pace import chip_authentication_data, public_key_object
from tests.emulated.cards.emrtd_protocols import (
    ChipKey,
    Mapping,
    PaceOffer,
    security_infos,
)

EMPTY = Document(
    (), "", b"", {}, b"", bytes.fromhex("60145F0104303130365F36063034303030305C026175")
)
G1_ZONE = b"T22000129364081251010318"
BRAINPOOL = PaceOffer(Suite.AES_128, 13)


def replayed(*values: str) -> Callable[[int], bytes]:
    """Random numbers that are those of an example, in their order."""
    waiting = [bytes.fromhex(value) for value in values]
    return lambda _: waiting.pop(0)


def exchange(chip: EmrtdChip, *pairs: tuple[str, str]) -> None:
    """Each command and the answer that an example prints."""
    for command, answer in pairs:
        got = chip.answer(bytes.fromhex(command)).hex().upper()
        assert got == answer.replace(" ", "").upper(), command


def paced(offer: PaceOffer, zone: bytes, *values: str, **how: object) -> EmrtdChip:
    document = replace(
        EMPTY, zone_information=zone, offers=(offer,), card_access=security_infos(offer.info())
    )
    document = replace(document, **how)  # type: ignore[arg-type]  # fields by name
    return EmrtdChip(document, random=replayed(*values))


def test_card_access_is_the_one_printed() -> None:
    """ICAO 9303-11 G.1, and the one of the CIE that three public traces show."""
    assert security_infos(BRAINPOOL.info()) == bytes.fromhex(
        "31143012060A04007F0007020204020202010202010D"
    )
    assert security_infos(PaceOffer(Suite.TRIPLE_DES, 2).info()) == bytes.fromhex(
        "31143012060A04007F00070202040101020102020102"
    )


def test_basic_access_control_of_appendix_d() -> None:
    document = replace(EMPTY, zone_information=b"L898902C<369080619406236")
    chip = EmrtdChip(
        document,
        Manners(warns=False),
        random=replayed("4608F91988702212", "0B4F80323EB3191CB04970CB4052790B"),
    )
    select = "00A4040C07A0000002471001"
    exchange(
        chip,
        (select, "9000"),
        ("0084000008", "4608F919887022129000"),
        (
            (
                "0082000028 72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2"
                "5F1448EEA8AD90A7 28"
            ),
            "46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F2F2D235D074D7449 9000",
        ),
        (
            "0CA4020C15 8709016375432908C044F6 8E08BF8B92D635FF24F8 00",
            "990290008E08FA855A5D4C50A8ED9000",
        ),
        (
            "0CB000000D 970104 8E08ED6705417E96BA55 00",
            "8709019FF0EC34F9922651 99029000 8E08AD55CC17140B2DED 9000",
        ),
        (
            "0CB000040D 970112 8E082EA28A70F3C7B535 00",
            (
                "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A 99029000"
                "8E08C8B2787EAEA07D74 9000"
            ),
        ),
    )
    assert chip.access.session is not None
    assert chip.access.session.counted.hex().upper() == "887022120C06C22C"
    assert chip.access.authenticated == ["BAC"]


G1_ROUND = (
    ("0022C1A40F800A04007F00070202040202830101", "9000"),
    ("10860000027C0000", "7C12801095A3A016522EE98D01E76CB6B98B42C39000"),
    (
        (
            "10860000457C438141047ACF3EFC982EC45565A4B155129EFBC74650DCBFA6362D896FC70262E0C2CC5E544552"
            "DCB6725218799115B55C9BAA6D9F6BC3A9618E70C25AF71777A9C4922D00"
        ),
        (
            "7C43824104824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651FBA3F5730D8C879AAA9C9F7"
            "3991E61B58F4D52EB87A0A0C709A49DC63719363CCD13C549000"
        ),
    ),
    (
        (
            "10860000457C438341042DB7A64C0355044EC9DF190514C625CBA2CEA48754887122F3A5EF0D5EDD301C3556F3"
            "B3B186DF10B857B58F6A7EB80F20BA5DC7BE1D43D9BF850149FBB3646200"
        ),
        (
            "7C438441049E880F842905B8B3181F7AF7CAA9F0EFB743847F44A306D2D28C1D9EC65DF6DB7764B22277A2EDDC"
            "3C265A9F018F9CB852E111B768B326904B59A0193776F0949000"
        ),
    ),
    ("008600000C7C0A8508C2B0BD78D94BA86600", "7C0A86083ABB9674BCE93C089000"),
)
G1_RANDOM = (
    "3F00C4D39D153F2B2A214A078D899B22",
    "498FF49756F2DC1587840041839A85982BE7761D14715FB091EFA7BCE9058560",
    "107CF58696EF6155053340FD633392BA81909DF7B9706F226F32086C7AFF974A",
)


def test_pace_ecdh_generic_mapping_of_appendix_g_1() -> None:
    chip = paced(BRAINPOOL, G1_ZONE, *G1_RANDOM)
    exchange(chip, *G1_ROUND)
    keys = chip.access.session
    assert keys is not None
    assert keys.encryption.hex().upper() == "F5F0E35C0D7161EE6724EE513A0D9A7F"
    assert keys.authentication.hex().upper() == "FE251C7858B356B24514B3BD5F4297D1"
    assert keys.counter == 0


def test_a_wrong_token_ends_pace_and_counts() -> None:
    chip = paced(BRAINPOOL, G1_ZONE, *G1_RANDOM)
    exchange(chip, *G1_ROUND[:-1], ("008600000C7C0A8508C2B0BD78D94BA86700", "6300"))
    assert chip.access.session is None
    assert chip.access.wrong_tries[1] == 1
    exchange(chip, ("008600000C7C0A8508C2B0BD78D94BA86600", "6985"))


def test_pace_dh_generic_mapping_of_appendix_g_2() -> None:
    """The ephemeral public keys are not in the excerpt: they follow from the printed secrets."""
    offer = PaceOffer(Suite.AES_128, 0)
    mapped_generator = int(
        "7C9CBFE98F9FBDDA8D143506FA7D9306F4CB17E3C71707AFF5E1C1A12370249684D64EE37AF44B8DBD9D45BF60"
        "23919CBAA027AB97ACC771666C8E98FF483301BFA4872DEDE9034EDFACB70814166B7F360676829B826BEA5729"
        "1B5AD69FBC84EF1E779032A305803F74341793E869742D401325B37EE8565FFCDEE618342DC5",
        16,
    )
    prime = standard_group(0).prime
    theirs = pow(mapped_generator, 0x89CCD99B0E8D3B1F11E1296DCA68EC53411CF2CA, prime)
    own = pow(mapped_generator, 0xA5B780126B7C980E9FCEA1D4539DA1D27C342DFA, prime)
    chip = paced(
        offer,
        G1_ZONE,
        "FA5B7E3E49753A0DB9178B7B9BD898C8",
        "66DDAFEAC1609CB5B963BB0CB3FF8B3E047F336C",
        "A5B780126B7C980E9FCEA1D4539DA1D27C342DFA",
    )
    public = (
        "23FB3749EA030D2A25B278D2A562047ADE3F01B74F17A15402CB7352CA7D2B3EB71C343DB13D1DEBCE9A3666DB"
        "CFC920B49174A602CB47965CAA73DC702489A44D41DB914DE9613DC5E98C94160551C0DF86274B9359BC0490D0"
        "1B03AD54022DCB4F57FAD6322497D7A1E28D46710F461AFE710FBBBC5F8BA166F4311975EC6C"
    )
    answered = (
        "78879F57225AA8080D52ED0FC890A4B25336F699AA89A2D3A189654AF70729E623EA5738B26381E4DA19E00470"
        "6FACE7B235C2DBF2F38748312F3C98C2DD4882A41947B324AA1259AC22579DB93F7085655AF30889DBB845D9E6"
        "783FE42C9F2449400306254C8AE8EE9DD812A804C0B66E8CAFC14F84D8258950A91B44126EE6"
    )
    exchange(
        chip,
        ("0022C1A40F800A04007F00070202040102830101", "9000"),
        ("10860000027C0000", "7C128010854D8DF5827FA6852D1A4FA701CDDDCA9000"),
        (f"10860000867C8183818180{public}00", f"7C8183828180{answered}9000"),
        (f"10860000867C8183838180{theirs:0256X}00", f"7C8183848180{own:0256X}9000"),
        ("008600000C7C0A8508B46DD9BD4D98381F00", "7C0A8608917F37B5C0E6D8D19000"),
    )
    keys = chip.access.session
    assert keys is not None
    assert keys.encryption.hex().upper() == "2F7F46ADCC9E7E521B45D192FAFA9126"
    assert keys.authentication.hex().upper() == "805A1D27D45A5116F73C54469462B7D8"


def test_integrated_mapping_of_appendix_h() -> None:
    """H.1 and H.2: the mapped generators."""
    curve = integrated(
        standard_group(13),
        Suite.AES_128,
        bytes.fromhex("2923BE84E16CD6AE529049F1F1BBE9EB"),
        bytes.fromhex("5DD4CBFC96F5453B130D890A1CDBAE32"),
    )
    assert isinstance(curve.generator, tuple)
    assert curve.generator[0] == 0x8E82D31559ED0FDE92A4D0498ADD3C23BABA94FB77691E31E90AEA77FB17D427
    field = integrated(
        standard_group(0),
        Suite.AES_128,
        bytes.fromhex("FA5B7E3E49753A0DB9178B7B9BD898C8"),
        bytes.fromhex("B3A6DB3C870C3E99245E0D1C06B747DE"),
    )
    assert isinstance(field.generator, int)
    assert f"{field.generator:0256X}".startswith("1D7D767F11E333BCD6DBAEF40E799E7A926B96973550656F")


def test_chip_authentication_mapping_of_appendix_i_1() -> None:
    """The chip's private keys are not in the excerpt: the parts that follow from printed values."""
    offer = PaceOffer(Suite.AES_128, 13, Mapping.CHIP_AUTHENTICATION)
    group = standard_group(13)
    password = bytes.fromhex("4E6F6FBF7BE748B932C7B74161BBA9DF")
    nonce = bytes.fromhex("658B860BC94DF6F044FCE6D5C82CF8E5")
    assert (
        encrypt(Suite.AES_128, password, nonce).hex().upper() == "CB60E8E0D85B76A9BD304747C2AD42E2"
    )
    mapped = group.mapped(
        nonce,
        0x5D8BB87BD74D985A4B7D4325B9F7B976FE835122773400798914AA22738135CC,
        bytes.fromhex(
            "04A234236AA9B9621E8EFB73B5245C0E09D2576E5277183C1208BDD55280CAE8B304F365713A356E65A451E1"
            "65ECC9AC0AC46E3771342C8FE5AEDD092685338E23"
        ),
    )
    assert (
        mapped.public(1)
        .hex()
        .upper()
        .startswith("0489F0B5EABF3BE293C75903A3986131925C9F5B515CA95A")
    )
    chips = bytes.fromhex(
        "0402AD566F3C6EC7F9324509AD50A51FA52030782A4968FCFEDF737DAEA993333111C3B9B4C2287789BD137E7F"
        "8AA882E2A3C633CCD6ECC2C63C57AD401A09C2E1"
    )
    terminals = 0x76ECFDAA9841C323A3F5FC5E88B88DB3EFF7E35EBF57A7E6946CB630006C2120
    keys = SessionKeys.of(Suite.AES_128, mapped.shared(terminals, chips))
    assert keys.encryption.hex().upper() == "0A9DA4DB03BDDE39FC5202BC44B2E89E"
    assert keys.authentication.hex().upper() == "4B1C06491ED5140CA2B537D344C6C0B1"
    for public, printed in (
        (chips, "E86BD06018A1CD3B"),
        (mapped.public(terminals), "8596CF055C67C1A3"),
    ):
        message = public_key_object(mapped, offer.oid, public)
        assert token(Suite.AES_128, keys.authentication, message).hex().upper() == printed
    factor = 0x85DC3FA93D0952BFA82F5FD189EE75BD82F11D1F0B8ED4BF5319AC9B53C426B3
    data = chip_authentication_data(ChipKey(Suite.AES_128, 13, 1), factor, keys)
    assert data.hex().upper() == (
        "1EEA964DAAE372AC990E3EFDE6333353BFC89A6704D93DA8798CF77F5B7A54BD10CBA372B42BE0B9B5F28AA8DE"
        "2F4F92"
    )


def test_messaging_with_aes_of_the_worked_example() -> None:
    """TR-03110's worked example: the first protected command's data and the answer's code."""
    keys = SessionKeys(
        Suite.AES_128,
        bytes.fromhex("68406b4162100563d9c901a6154d2901"),
        bytes.fromhex("73ff268784f72af833fdc9464049afc9"),
        counter=1,
    )
    hidden = keys.hide(bytes.fromhex("830d44454356434141543030303031"))
    assert hidden.hex() == "be90237eeb4ba0ff253ea246ae31c8b8"
    answer = protect(keys, 0x22, b"", b"\x90\x00")
    assert answer.hex() == "99029000" + "8e08" + "a89570a68664a7d6"


def test_chip_authentication_of_the_worked_example() -> None:
    """The agreement alone: the example is of version 2, which derives its keys otherwise."""
    group = standard_group(13)
    secret = 0x7984674CF3B3A524BF929CE8A67FCF22173DA0BAD595EED6DEB72D22C542FA9D
    ephemeral = 0xA6A4D255C5BF7A77EC3D0553DB74F693CF044E18C98364D4977A296108AF19BD
    shared = group.shared(secret, group.public(ephemeral))
    assert shared.hex() == "791da04273ccfe862e52df60347e2557192e1f8d7517822ce3d306056c1cdeb4"
    keys = agreed_keys(ChipKey(Suite.AES_128, 13, secret), group.public(ephemeral))
    assert keys.encryption == derive(shared, 1, Suite.AES_128)

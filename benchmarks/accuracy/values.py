"""Generated values of every entity that is on by default; an entity without a generator uses its own examples.

They belong to nobody: births from 1900 to 1909, unassigned mobile prefixes, serials of zeros, e-mail hosts reserved for
examples. They vary as much as those ranges allow.
"""

from __future__ import annotations

import base64
import string
from collections.abc import Callable
from random import Random

from accuracy.check_digits import hong_kong, luhn, machine_readable, mod11, taiwan, vehicle
from accuracy.people import address, name
from leakwatch_detectors.catalog import detectors
from leakwatch_detectors.contract import Detector, Role

Generator = Callable[[Random], str]

DETECTORS = {one.entity: one for one in detectors() if one.default and one.role is Role.REPORT}

_COUNTIES = (
    *("110101", "110105", "120103", "130102", "140105", "150102", "210102", "220102", "230103", "310101", "310115"),
    *("320106", "330102", "340102", "350203", "360102", "370102", "410102", "420106", "430102", "440103", "440305"),
    *("450103", "460105", "500103", "510104", "530102", "610102", "640104", "650102"),
)
_BANKS = (
    *("620000", "622202", "621700", "625880", "623058", "601382", "955880", "411111", "400000", "555555", "510510"),
    *("352800",),
)


def digits(rng: Random, count: int) -> str:
    return "".join(rng.choices(string.digits, k=count))


def birth(rng: Random) -> str:
    return f"190{rng.randrange(10)}{rng.randrange(1, 13):02}{rng.randrange(1, 29):02}"


def resident_id(rng: Random) -> str:
    body = rng.choice(_COUNTIES) + birth(rng) + digits(rng, 3)
    return body + mod11(body)


def _resident_id_15(rng: Random) -> str:
    return rng.choice(_COUNTIES) + birth(rng)[2:] + digits(rng, 3)


def _residence_permit(rng: Random) -> str:
    body = rng.choice(("810000", "820000", "830000")) + birth(rng) + digits(rng, 3)
    return body + mod11(body)


def _foreign_resident(rng: Random) -> str:
    body = (
        "9" + rng.choice(_COUNTIES)[:2] + rng.choice(("840", "124", "682", "392", "276")) + birth(rng) + digits(rng, 3)
    )
    return body + mod11(body)


def _zone(rng: Random) -> str:
    number = "E0000" + digits(rng, 4)
    born, expires = birth(rng)[2:], f"3{rng.randrange(10)}0101"
    number += machine_readable(number)
    born += machine_readable(born)
    expires += machine_readable(expires)
    rest = "<" * 14 + "0"
    return f"{number}CHN{born}{rng.choice('MF')}{expires}{rest}{machine_readable(number + born + expires + rest)}"


def hong_kong_id(rng: Random) -> str:
    body = rng.choice(("A", "B", "C", "D", "K", "R", "Z", "WX", "XA")) + "000" + digits(rng, 3)
    return f"{body}({hong_kong(body)})"


def taiwan_id(rng: Random) -> str:
    body = rng.choice("ABCDEFGHJKMNPQTUVXWZIO") + rng.choice("12") + "0000" + digits(rng, 3)
    return body + taiwan(body)


def _taiwan_resident(rng: Random) -> str:
    kind = rng.choice(("80", "87", "90", "98", "A", "B", "C", "D"))
    body = (rng.choice("ABEFH") + kind + "0000").ljust(6, "0") + digits(rng, 3)
    return body[:9] + taiwan(body[:9])


def mobile(rng: Random) -> str:
    return rng.choice(("1390000", "1620000", "1910000", "1990000")) + digits(rng, 4)


def _mobile_written(rng: Random) -> str:
    number = mobile(rng)
    spaced = f"{number[:3]} {number[3:7]} {number[7:]}"
    return rng.choice(
        (number, number, number, number, f"+86{number}", f"86-{number}", spaced, spaced.replace(" ", "-"))
    )


def bank_card(rng: Random) -> str:
    bank = rng.choice(_BANKS)
    length = 19 if bank == "955880" else rng.choice((16, 19)) if bank[:2] == "62" else 16
    body = bank + "0" * (length - 13) + digits(rng, 6)
    return body + luhn(body)


def _bank_card_written(rng: Random) -> str:
    number = bank_card(rng)
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4)) if rng.random() < 0.2 else number


def _track(rng: Random) -> str:
    number = bank_card(rng)
    if rng.random() < 0.5:
        return f";{number}=30{rng.randrange(1, 13):02}101{digits(rng, 5)}?"
    return f"%B{number}^TEST/CARD^30{rng.randrange(1, 13):02}101"


def _expiry(rng: Random) -> str:
    month, year = f"{rng.randrange(1, 13):02}", f"{rng.randrange(30, 40)}"
    return rng.choice((f"{month}/{year}", f"{month}{year}"))


def _imei(rng: Random) -> str:
    body = rng.choice(("86000000", "35000000")) + digits(rng, 6)
    return body + luhn(body)


def _iccid(rng: Random) -> str:
    body = "898600" + "0000000" + digits(rng, 6)
    return body + luhn(body)


def _hex(rng: Random, count: int) -> str:
    return "".join(rng.choices("0123456789abcdef", k=count))


def uuid(rng: Random) -> str:
    return "-".join(_hex(rng, count) for count in (8, 4, 4, 4, 12))


def word(rng: Random, count: int, chars: str = string.ascii_letters + string.digits) -> str:
    return "".join(rng.choices(chars, k=count))


def _device(rng: Random) -> str:
    return rng.choice((uuid(rng), uuid(rng).upper(), _hex(rng, 16), _hex(rng, 32)))


def email(rng: Random) -> str:
    host = rng.choice(("example.com", "example.org", "example.net", "mail.example.com", "corp.example.cn"))
    user = rng.choice(("zhang.san", "li_si", "wangwu", "chen-d", "user", "info.hr", "a.b"))
    return f"{user}{rng.randrange(1000)}@{host}"


def _plate(rng: Random) -> str:
    place = rng.choice("京沪粤苏浙川鲁闽") + rng.choice("ABCDE")
    return place + rng.choice(
        (f"0000{digits(rng, 1)}", f"D0000{digits(rng, 1)}", f"00{digits(rng, 2)}A", f"·000{digits(rng, 2)}")
    )


def _vin(rng: Random) -> str:
    number = (
        rng.choice(("LSVAA418", "LFV2A21K", "LHGCM567"))
        + "0"
        + rng.choice("ABCDEFGH")
        + rng.choice("ABCD")
        + "000"
        + digits(rng, 4)
    )
    number = number[:17].ljust(17, "0")
    return number[:8] + vehicle(number) + number[9:]


def _born(rng: Random) -> str:
    year, month, day = rng.randrange(1950, 2005), rng.randrange(1, 13), rng.randrange(1, 29)
    return rng.choice(
        (
            f"{year}-{month:02}-{day:02}",
            f"{year}{month:02}{day:02}",
            f"{year}/{month}/{day}",
            f"{year}年{month}月{day}日",
        )
    )


def _token(rng: Random) -> str:
    def part(text: str) -> str:
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    signed = part('{"alg":"HS256","typ":"JWT"}') + "." + part(f'{{"sub":"{digits(rng, 8)}"}}') + "." + word(rng, 43)
    return rng.choice((signed, word(rng, 40), _hex(rng, 32), "ghp_" + word(rng, 36), "glpat-" + word(rng, 20)))


def _cloud_key(rng: Random) -> str:
    return rng.choice(
        ("LTAI5t" + word(rng, 18), "AKID" + word(rng, 32), "AKIA" + word(rng, 16, string.ascii_uppercase + "234567"))
    )


def _webhook(rng: Random) -> str:
    return rng.choice(
        (
            f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={uuid(rng)}",
            f"https://oapi.dingtalk.com/robot/send?access_token={_hex(rng, 64)}",
            f"https://open.feishu.cn/open-apis/bot/v2/hook/{uuid(rng)}",
        )
    )


def _password(rng: Random) -> str:
    return rng.choice(("Qw", "Zx", "Hello", "Admin", "Ks")) + rng.choice("!@#_") + word(rng, 6) + digits(rng, 2)


def _connection(rng: Random) -> str:
    return (
        rng.choice(("mysql", "postgresql", "redis", "mongodb", "amqp"))
        + f"://app:{word(rng, 10)}@10.0.0.{rng.randrange(9)}:3306/db"
    )


def _private_key(rng: Random) -> str:
    return f"-----BEGIN {rng.choice(('RSA ', 'EC ', '', 'OPENSSH '))}PRIVATE KEY-----"


def _from_examples(detector: Detector) -> Generator:
    values = [value for example in detector.examples for value in example.values()]
    return lambda rng: rng.choice(values)


_OWN_GENERATORS: dict[str, Generator] = {
    "CN_RESIDENT_ID": resident_id,
    "CN_RESIDENT_ID_15": _resident_id_15,
    "CN_RESIDENCE_PERMIT": _residence_permit,
    "CN_FOREIGN_PERMANENT_RESIDENT_ID": _foreign_resident,
    "CN_PASSPORT": lambda rng: rng.choice(("E0000", "EA000", "G0000")) + digits(rng, 4),
    "CN_HKM_EXIT_PERMIT": lambda rng: rng.choice(("C0000", "CA000", "CB000")) + digits(rng, 4),
    "CN_TW_EXIT_PERMIT": lambda rng: rng.choice("TL") + "0000" + digits(rng, 4),
    "CN_HOME_RETURN_PERMIT": lambda rng: rng.choice("HM") + "0000" + digits(rng, 4) + rng.choice(("", "01", "02")),
    "CN_TW_COMPATRIOT_PERMIT": lambda rng: "0000" + digits(rng, 4) + rng.choice(("", "01")),
    "CN_MILITARY_ID": lambda rng: f"{rng.choice('军南武士')}字第0000{digits(rng, 4)}号",
    "CN_DRIVING_LICENSE": resident_id,
    "CN_SOCIAL_SECURITY_NO": lambda rng: rng.choice((resident_id(rng), "A0000" + digits(rng, 4))),
    "CN_MEDICAL_INSURANCE_NO": lambda rng: "0000" + digits(rng, 7),
    "CN_HOUSING_FUND_NO": lambda rng: "0000" + digits(rng, 8),
    "CN_HUKOU_NO": lambda rng: "0000" + digits(rng, 5),
    "PASSPORT_MRZ": _zone,
    "HK_ID": hong_kong_id,
    "HK_PASSPORT": lambda rng: rng.choice(("K0000", "H0000", "KJ000", "HJ000")) + digits(rng, 4),
    "MO_BIR": lambda rng: rng.choice(
        (
            f"{rng.choice('157')}000{digits(rng, 3)}({digits(rng, 1)})",
            f"{rng.choice('157')}/000{digits(rng, 3)}/{digits(rng, 1)}",
        )
    ),
    "MO_PASSPORT": lambda rng: rng.choice(("MA000", "MB000")) + digits(rng, 4),
    "TW_NATIONAL_ID": taiwan_id,
    "TW_RESIDENT_CERT": _taiwan_resident,
    "TW_PASSPORT": lambda rng: "30000" + digits(rng, 4),
    "TW_NHI_CARD": lambda rng: "00000000" + digits(rng, 4),
    "TW_CDC": lambda rng: "TP0000000000" + digits(rng, 4),
    "CN_MOBILE": _mobile_written,
    "CN_LANDLINE": lambda rng: (
        rng.choice(("010-6000", "021-6000", "0755-2000", "(020)8000", "0571-8000")) + digits(rng, 4)
    ),
    "HK_PHONE": lambda rng: rng.choice(("+852 5100 ", "+8525100", "00852-6100-", "5100", "6100 ")) + digits(rng, 4),
    "MO_PHONE": lambda rng: rng.choice(("+853 6200 ", "+8536200", "00853-6200-")) + digits(rng, 4),
    "TW_MOBILE": lambda rng: rng.choice(("0900-000-", "0900000", "+886 900 000 ")) + digits(rng, 3),
    "TW_LANDLINE": lambda rng: rng.choice(("02-2000-", "(02)2000-", "04-2000-", "07-200-")) + digits(rng, 4),
    "BANK_CARD": _bank_card_written,
    "BANK_ACCOUNT": lambda rng: "0000" + digits(rng, rng.choice((8, 11, 14))),
    "ALIPAY_USER_ID": lambda rng: "2088000000" + digits(rng, 6),
    "CARD_CVV": lambda rng: digits(rng, 3),
    "CARD_EXPIRY": _expiry,
    "CARD_TRACK_DATA": _track,
    "LOAN_CONTRACT_NO": lambda rng: rng.choice(("HT2031", "JJ", "LN-0000-", "DK2031-")) + digits(rng, 8),
    "ALIPAY_ACCOUNT": lambda rng: rng.choice((email(rng), mobile(rng))),
    "WECHAT_ID": lambda rng: rng.choice(
        ("wxid_" + word(rng, 14, "abcdefghijklmnopqrstuvw0123456789"), f"test_user{digits(rng, 4)}")
    ),
    "WECHAT_OPENID": lambda rng: "o" + word(rng, 27),
    "QQ_NUMBER": lambda rng: "10000" + digits(rng, rng.choice((1, 3, 4))),
    "IMEI": _imei,
    "IMSI": lambda rng: rng.choice(("46000", "46001", "46011")) + "0000" + digits(rng, 6),
    "ICCID": _iccid,
    "MEID": lambda rng: "A0000000" + _hex(rng, 6).upper(),
    "DEVICE_ID": _device,
    "GPS_COORDINATE": lambda rng: f"{rng.randrange(22, 45)}.{digits(rng, 6)}",
    "EMAIL_ADDRESS": email,
    "CN_LICENSE_PLATE": _plate,
    "VIN": _vin,
    "PERSON_NAME": name,
    "CN_ADDRESS": address,
    "DATE_OF_BIRTH": _born,
    "SECRET_PASSWORD": _password,
    "SECRET_OTP": lambda rng: digits(rng, rng.choice((4, 6, 6))),
    "SECRET_TOKEN": _token,
    "SECRET_CLOUD_KEY": _cloud_key,
    "SECRET_PRIVATE_KEY": _private_key,
    "SECRET_WEBHOOK": _webhook,
    "SECRET_CONN_STRING": _connection,
}

GENERATORS: dict[str, Generator] = _OWN_GENERATORS | {
    entity: _from_examples(detector) for entity, detector in DETECTORS.items() if entity not in _OWN_GENERATORS
}
WITHOUT_GENERATOR = frozenset(GENERATORS) - frozenset(_OWN_GENERATORS)
"""Entities whose values come from the examples of their detector."""

"""Made-up logs, exports and lines beside the rules, from a seed: what throughput and equivalence are measured on."""

import random
import re
from collections.abc import Iterator

from leakwatch_detectors.catalog import detectors
from leakwatch_detectors.contract import Role
from support import pattern_examples

_REPORTING = [one for one in detectors() if one.role is Role.REPORT]
LINES = [example.line.replace("⟦", "").replace("⟧", "") for one in detectors() for example in one.examples]
VALUES = [
    found[1] for one in _REPORTING for example in one.examples for found in re.finditer("⟦([^⟧]*)⟧", example.line)
]
KEYS = [key for one in detectors() for key in (*one.keys[:6], *one.words[:3], *one.negative_keys[:2])]

ESCAPES = [
    lambda text: "".join(f"\\u{ord(sign):04x}" if sign < "\U00010000" else sign for sign in text),
    lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    lambda text: "".join(f"%{byte:02X}" for byte in text.encode("gb18030")),
    lambda text: "".join(f"&#{ord(sign)};" for sign in text),
    lambda text: text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)}),
    "\u200b".join,
    lambda text: text[:2] + "\x1b[31m" + text[2:] + "\x1b[0m",
    lambda text: text.replace("-", "–").replace(" ", "\u00a0").replace("(", "（").replace(")", "）"),
    lambda text: text.replace('"', '\\"').replace("/", "\\/"),
    lambda text: f"%22{text}%22",
    lambda text: f"\\n{text}\\t",
]
NEIGHBOURS = [
    *("", "", "", " ", "a", "0", "-", "--", "号", "：", "，", "（", "@", "=", "\\", "%", "&", "_", ".", "tel", "\0"),
    *("\u3000", "字", "/", '"', "'", ",", ";", "\t", "\r", "[", "是", ".5", "*", "\u0130", "\u017f", "K", "😀"),
]
SIGNS = "0123456789 -.:abXx号，：％１\u200b\\u%&#;n@=/_(（"
INVALID = [
    b"\xff",
    b"\xc3",
    b"\xe6\x89",
    b"\xed\xa0\x80",
    b"\xf5\x80\x80\x80",
    b"\xc0\xaf",
    b"\x80",
    b"\xf0\x9f\x98",
    b"\xd6\xd0",
]


def resident_id(chance: random.Random) -> str:
    """A resident ID with a right check digit and a birth between 1900 and 1909."""
    body = f"{chance.choice(['110101', '440305', '310104'])}190{chance.randrange(10)}{chance.randrange(1, 13):02}"
    body += f"{chance.randrange(1, 29):02}{chance.randrange(1000):03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]


def mobile(chance: random.Random) -> str:
    """A mobile number that is not in use."""
    return f"1390000{chance.randrange(10000):04}"


def card(chance: random.Random) -> str:
    """A card number of the shape of one, with a right check digit."""
    body = f"622202000000{chance.randrange(10**6):06}"
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(body))]
    return body + str(-sum(number - 9 * (number > 9) for number in doubled) % 10)


def name(chance: random.Random) -> str:
    """A name of common characters."""
    return chance.choice("张李王赵") + chance.choice("小晓大") + chance.choice("明红军")


def log_line(chance: random.Random, leaking: float) -> str:
    """A line of an application's log; ``leaking`` is the share of those with personal data in them."""
    stamp = f"2026-01-05 10:{chance.randrange(60):02}:{chance.randrange(60):02}.{chance.randrange(1000):03}"
    thread = f"[exec-{chance.randrange(30)}]"
    if chance.random() < leaking:
        leak = chance.choice(
            [
                f"发送短信 mobile={mobile(chance)} ok",
                f"用户 {name(chance)} idCard={resident_id(chance)} 已实名",
                f"bind cardNo={card(chance)}, phone: {mobile(chance)}",
                f'resp={{"userName":"{name(chance)}","email":"user{chance.randrange(10**6)}@example.com"}}',
            ]
        )
        return f"{stamp} INFO  {thread} c.e.loan.Apply - {leak}"
    kind = chance.random()
    if kind < 0.4:
        number, trace = chance.getrandbits(62), chance.getrandbits(128)
        return (
            f"{stamp} INFO  {thread} c.e.loan.Order - order {number} traceId={trace:032x} "
            f"cost={chance.randrange(1000)}ms status=SUCCESS"
        )
    if kind < 0.6:
        return (
            f"{stamp} DEBUG {thread} c.e.loan.Repo - ==> Preparing: SELECT id, name, status FROM t_order "
            f"WHERE id = ? AND ts > {1767600000000 + chance.randrange(10**9)}"
        )
    if kind < 0.8:
        address = ".".join(str(chance.randrange(255)) for _ in range(3))
        return (
            f'10.{address} - - [05/Jan/2026:10:00:00 +0800] "GET /api/v1/orders/{chance.randrange(10**9)} HTTP/1.1" 200 '
            f'{chance.randrange(10**6)} "-" "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36"'
        )
    if kind < 0.95:
        return (
            f'{{"time":"{stamp}","level":"INFO","thread":"main","msg":"任务完成 处理 {chance.randrange(1000)} 条",'
            f'"id":"{chance.getrandbits(64):016x}-{chance.getrandbits(32):08x}"}}'
        )
    return f"\tat com.example.loan.service.OrderService.process(OrderService.java:{chance.randrange(900)})"


HEADER = "id,name,id_card,mobile,email,bank_card,address,amount,created,status,remark,order_id,city,channel"


def export_row(chance: random.Random) -> str:
    """A row of an export with personal data in six of its columns."""
    place = f"广东省深圳市南山区科技园路{chance.randrange(1, 200)}号{chance.randrange(1, 20)}栋"
    return (
        f"{chance.randrange(10**6)},{name(chance)},{resident_id(chance)},{mobile(chance)},"
        f"user{chance.randrange(10**6)}@example.com,{card(chance)},{place},{chance.randrange(10**6) / 100},"
        f"2026-01-05 10:{chance.randrange(60):02}:{chance.randrange(60):02},OK,无,{chance.getrandbits(62)},深圳,app"
    )


def log(chance: random.Random, size: int, leaking: float = 0.005) -> bytes:
    """At least ``size`` bytes of log."""
    return _filled(lambda: log_line(chance, leaking), size)


def export(chance: random.Random, size: int) -> bytes:
    """At least ``size`` bytes of an export in CSV, its header included."""
    return HEADER.encode() + b"\n" + _filled(lambda: export_row(chance), size)


def odd_lines(chance: random.Random) -> Iterator[bytes]:
    """Lines beside the rules, without end: changed values and examples, any neighbours, escapes, broken bytes."""
    while True:
        parts = [_part(chance) for _ in range(chance.choice((1, 1, 2, 3)))]
        raw = "".join(parts).replace("\n", " ").encode("utf-8", "surrogatepass")
        if chance.random() < 0.1:
            at = chance.randrange(len(raw) + 1)
            raw = raw[:at] + chance.choice(INVALID) + raw[at + chance.choice((0, 0, 1)) :]
        yield raw


_ALPHABETS = (
    bytes(range(256)),
    b"0123456789 -.()+\n",
    b"0123456789abcdefABCDEFXx-=:\n",
    "0123456789 -，：１２\u200b\u3000一二三四五六七八九零卡号手机\\u%&#;\n".encode(),
)


def random_bytes(chance: random.Random, size: int) -> bytes:
    """So many bytes of no meaning, from a few alphabets: all bytes, digits and their separators, halves of characters."""
    pieces, left = [], size
    while left > 0:
        length = min(left, chance.randrange(1, 400))
        pieces.append(bytes(chance.choices(chance.choice(_ALPHABETS), k=length)))
        left -= length
    return b"".join(pieces)


def _part(chance: random.Random) -> str:
    if chance.random() < 0.15:
        return "".join(chance.choices(SIGNS, k=chance.randrange(1, 25)))
    kind = chance.random()
    if kind < 0.3:
        text = pattern_examples.value(chance.choice(_REPORTING), chance)
    else:
        text = chance.choice(VALUES if kind < 0.7 else LINES)
    if chance.random() < 0.3 and text:
        at = chance.randrange(len(text))
        text = text[:at] + chance.choice(SIGNS) + text[at + chance.choice((0, 1, 1)) :]
    if chance.random() < 0.25:
        text = chance.choice(ESCAPES)(text)
    if chance.random() < 0.3:
        key = chance.choice(KEYS)
        key = chance.choice((key, key.title().replace(" ", ""), key.replace(" ", "_"), key.upper()))
        text = key + chance.choice(("=", ":", "：", '":"', " ", "", "是", "_", "，")) + text
    return chance.choice(NEIGHBOURS) + text + chance.choice(NEIGHBOURS)


def _filled(line, size: int) -> bytes:
    lines, length = [], 0
    while length < size:
        lines.append(line().encode() + b"\n")
        length += len(lines[-1])
    return b"".join(lines)

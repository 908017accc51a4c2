"""Postal addresses in Chinese, down to the house number; under an address key down to the road or estate.

A province or a city alone is not a person's address. Each repetition in the pattern is bounded so that it stays linear
on long text. Misses: addresses in Latin letters.
"""

from __future__ import annotations

import regex

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, terms
from leakwatch_detectors.data.grades import ORDINARY
from leakwatch_detectors.data.provinces import PROVINCE_NAMES
from leakwatch_detectors.values.boundaries import HAN

_DIVISION = "省|市|州|盟|区|區|县|縣|旗|乡|鄉|镇|鎮"
ROADS = terms(
    "路, 街, 道, 巷, 弄, 胡同, 村, 里, 小区, 小區, 花园, 花園, 苑, 大厦, 大廈, 广场, 廣場, 公寓, 新城, "
    "家园, 家園, 庄, 莊, 屯, 段"
)
_ROAD = "|".join(ROADS)
_POSTCODE = r"(?<![0-9A-Za-z])[0-9]{3,6}[ ]?"
_NOT_IN_NAMES = "址住于於在寄送到至请請收发發给給从從往我你他她的了去来來是为為和与與"
_UNIT = "[号號](?:院|楼|樓)?|弄|[栋棟]|幢|座|[楼樓]|[层層]|室|[单單]元|[户戶]|房|组|組"
_NUMBER = r"(?:[0-9]{1,5}|[A-Za-z]|[一二三四五六七八九十百]{1,4})(?:[之\-][0-9]{1,4})?"
HOUSE_NUMBER = regex.compile(rf"{_NUMBER}(?:{_UNIT})")
_NAME = rf"(?:(?![{_NOT_IN_NAMES}])[{HAN}]){{2,7}}?(?:{_DIVISION})"
# a cheap lookahead first: whatever follows begins with a Han character, or with a postcode before one
_LOOKAHEAD = rf"(?=[{HAN}]|{_POSTCODE}[{HAN}])"
_BEGIN = (
    rf"(?:(?:{_POSTCODE})?(?:{'|'.join(PROVINCE_NAMES)})|(?:{_POSTCODE}|(?<![{HAN}0-9A-Za-z])){_NAME}"
    rf"""|(?<=[址住于於在寄送到至]|[所在籍]地)(?!所?地){_NAME}"""
    rf"""|(?<=[:：=＝>"'][ ]?)(?![{HAN}]{{0,6}}[在到往])(?:{_POSTCODE})?[{HAN}])"""
)
_REST = (
    rf"(?:[ ]?(?:[0-9A-Za-z\-]{{1,6}}|[{HAN}]{{1,10}}?[0-9A-Za-z]{{1,4}}|[一二三四五六七八九十]{{1,3}})(?:{_UNIT}))"
    r"{0,5}"
    r"(?:之[0-9]{1,4}|[0-9]{1,5}(?![0-9A-Za-z]))?(?: [0-9]{6}(?![0-9A-Za-z]))?"
)
_BY_ROAD = (
    rf"[{HAN}A-Za-z0-9 ]{{0,36}}?(?:{_ROAD})"
    rf"(?:[{HAN}A-Za-z0-9（()）\- ]{{0,18}}?{_NUMBER}(?:{_UNIT}){_REST}|(?![{HAN}]))"
)
_WITHOUT_ROAD = rf"[{HAN}]{{0,12}}?[区區县縣市镇鎮乡鄉][{HAN}]{{1,16}}?(?<!第)[0-9]{{1,5}}[号號]{_REST}"
PLACE = regex.compile(rf"{_DIVISION}|{'|'.join(PROVINCE_NAMES)}")
_KEY_ONLY_SCORES = Scores(bare=0.0, key=0.7, context=0.0)


def _scores(value: str) -> Scores:
    return DETECTOR.scores if HOUSE_NUMBER.search(value) and PLACE.search(value) else _KEY_ONLY_SCORES


DETECTOR = Detector(
    entity="CN_ADDRESS",
    region=Region.ANY,
    title=Title("详细地址", "Postal address"),
    severity="medium",
    grades={"jrt0171": "C2", "gbt35273": "pi"},
    profile_grades=ORDINARY,
    pattern=rf"{_LOOKAHEAD}{_BEGIN}(?:{_BY_ROAD}|{_WITHOUT_ROAD})",
    prefilter=Prefilter(literals=ROADS, shapes=(r"[0-9][号號]",)),
    scores=Scores(bare=0.6, key=0.9, context=0.85, negative=0.1),
    scores_for=_scores,
    validator=lambda value: len(value) > 3,
    keys=terms(
        "address, addr, home address, home addr, receiver address, receiver addr, live addr, detail, "
        "company addr, detail address, street, street address, residence, zz, dz, jtzz, xxdz, 地址, 住址, "
        "地點, 地点, 户籍地, 戶籍地, 居住地, 现居, 現居, 籍贯, 所在地, 户籍"
    ),
    words=("地址", "住址", "居住", "送货", "收货", "户籍", "戶籍", "现居", "寄到", "寄至", "住在", "家住"),
    negative_keys=("mac address", "ip address", "ip addr", "mac addr", "remote addr", "email address"),
    mask="address",
    advice=Title(
        "日志中的地址只保留到区县，不要打印门牌号。",
        "Log addresses down to the district only, never the house number.",
    ),
    examples=(
        Example("2026-03-01 10:00:00 INFO c.e.crm.Addr - 地址：⟦北京市朝阳区建国路88号⟧，已核对", "key in Chinese"),
        Example('{"homeAddr":"⟦广东省深圳市南山区科技园路100号5栋1201室⟧"}', "building and room"),
        Example("请寄到⟦上海市浦东新区张江镇科苑路1号2号楼301室⟧收", "Han characters on both sides"),
        Example("通訊地址 ⟦臺北市信義區市府路1號⟧", "Taiwan, traditional script"),
        Example("INSERT INTO addr VALUES (3,'⟦香港九龍彌敦道100號5樓A室⟧');", "Hong Kong, no key"),
        Example("addr: ⟦50655 斗六縣福安路3段40號8樓之2⟧", "Taiwan, postcode first"),
        Example("收货地址：⟦建国路88号院3号楼⟧", "no city, but under its key"),
        Example("地址=⟦北京朝阳区立水桥甲3号⟧", "a place name instead of a road"),
        Example("根据上海市浦东新区规定第5号执行", "the number of a regulation"),
        Example("客户在深圳市腾讯计算机系统有限公司任职", "a company name without road or number"),
        Example("今天去了北京", "no details"),
        Example("北京市朝阳区建国路", "no number and no key"),
        Example("GET /api/v1/路由/1 HTTP/1.1", "a path"),
        Example("地址：北京市", "a city alone"),
        Example("地址：大道", "an ordinary word"),
        Example("地址：北京市朝阳区****", "already masked"),
    ),
)

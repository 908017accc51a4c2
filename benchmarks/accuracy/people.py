"""Invented names and addresses: common surnames with common characters, real towns with made-up streets."""

from __future__ import annotations

from random import Random

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_DOUBLE = ("欧阳", "司马", "诸葛", "上官")
_GIVEN = "伟芳娜静敏强磊洋勇艳杰娟涛明超霞平刚桂英华玉兰辉文浩宇轩梓涵思雨晨佳"
_TOWNS = (
    "北京市朝阳区",
    "上海市浦东新区",
    "广东省深圳市南山区",
    "广东省广州市天河区",
    "浙江省杭州市西湖区",
    "江苏省苏州市吴中区",
    "四川省成都市武侯区",
    "湖北省武汉市洪山区",
    "陕西省西安市雁塔区",
    "山东省青岛市市南区",
    "福建省厦门市思明区",
    "天津市和平区",
)
_STREETS = ("试验路", "样例大道", "示范街", "范文路", "测试大街", "假想路", "虚构街")
_TRADITIONAL = str.maketrans(
    "张刘陈杨赵黄吴孙马罗郑谢韩冯萧邓许吕欧阳诸强娟涛辉华兰区号东广苏楼栋单汉门岛样试验测构虚陕武军",
    "張劉陳楊趙黃吳孫馬羅鄭謝韓馮蕭鄧許呂歐陽諸強娟濤輝華蘭區號東廣蘇樓棟單漢門島樣試驗測構虛陝武軍",
)


def name(rng: Random) -> str:
    """A Chinese name of two to four characters."""
    surname = rng.choice(_DOUBLE) if rng.random() < 0.05 else rng.choice(_SURNAMES)
    return surname + "".join(rng.choices(_GIVEN, k=rng.choice((1, 2, 2))))


def traditional(text: str) -> str:
    """A name or an address in traditional characters."""
    return text.translate(_TRADITIONAL)


def address(rng: Random) -> str:
    """A street address down to the house number."""
    street = rng.choice(_TOWNS) + rng.choice(_STREETS) + f"{rng.randrange(1, 999)}号"
    return street + rng.choice(
        (
            "",
            f"{rng.randrange(1, 20)}栋{rng.randrange(101, 3000)}室",
            f"{rng.randrange(1, 9)}号楼{rng.randrange(1, 6)}单元{rng.randrange(101, 999)}",
        )
    )

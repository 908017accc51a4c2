"""Tables of places."""

from __future__ import annotations

PROVINCES = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71)"
"""The first two digits of GB/T 2260 codes in identity numbers, as a regular expression (71 is seen, if not issued)."""

PLATE_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
"""The first sign of licence plates (GA 36)."""

PROVINCE_NAMES = (
    *(
        "北京",
        "天津",
        "上海",
        "重庆",
        "重慶",
        "河北",
        "山西",
        "辽宁",
        "遼寧",
        "吉林",
        "黑龙江",
        "黑龍江",
        "江苏",
        "江蘇",
    ),
    *("浙江", "安徽", "福建", "江西", "山东", "山東", "河南", "湖北", "湖南", "广东", "廣東", "海南", "四川", "贵州"),
    *("貴州", "云南", "雲南", "陕西", "陝西", "甘肃", "甘肅", "青海", "内蒙古", "內蒙古", "广西", "廣西", "西藏"),
    *("宁夏", "寧夏", "新疆", "香港", "澳门", "澳門", "台湾", "臺灣", "台灣", "台北", "臺北", "新北", "桃园", "桃園"),
    *("台中", "臺中", "台南", "臺南", "高雄", "基隆", "新竹", "九龙", "九龍", "新界"),
)
"""Provinces and the cities of the same rank, with which an address begins, simplified and traditional."""

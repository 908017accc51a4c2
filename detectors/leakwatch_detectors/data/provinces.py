"""Provinces of China in identity numbers, on licence plates and in addresses."""

from __future__ import annotations

from leakwatch_detectors.data.tables import words

PROVINCES = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71)"
"""The first two digits of GB/T 2260 codes in identity numbers: a regular expression (71 occurs, though not issued)."""

PLATE_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
"""The first character of licence plates (GA 36)."""

PROVINCE_NAMES = words("province_names.txt")
"""Provinces and the cities of the same rank, with which an address begins, simplified and traditional."""

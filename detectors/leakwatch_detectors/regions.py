"""Tables of places."""

from __future__ import annotations

PROVINCES = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])"
"""The first two digits of GB/T 2260 codes under which identity numbers are issued, as a regular expression."""

PLATE_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
"""The first sign of licence plates (GA 36)."""

"""What to do about a leak, where the same holds for several entities."""

from __future__ import annotations

from leakwatch_detectors.contract import Title

DOCUMENT = Title(
    "证件号码不要写入日志；必须核对时只留前六位和后四位。",
    "Do not log document numbers; where one must be compared keep the first six and last four signs.",
)
PHONE = Title(
    "日志中只保留前三位和后四位，排查用用户编号代替号码。",
    "Log the first three and last four digits only; use a user id to trace a request.",
)
ACCOUNT = Title(
    "账号不要写入日志；用内部流水号定位，或只留首尾几位。",
    "Do not log account numbers; trace by an internal id, or keep their ends only.",
)
DEVICE = Title(
    "设备标识可跨应用追踪个人，日志中用会话编号代替。",
    "A device identifier follows a person across applications; log a session id instead.",
)
ORGANISATION = Title(
    "单位代码一般不属个人信息；个体工商户除外。",
    "Codes of organisations are not personal data, except those of sole traders.",
)
CARD_AUTHENTICATION = Title(
    "支付鉴别信息禁止留存：立即清除该日志，并删除打印该字段的语句。",
    "Card authentication data must never be kept: purge this log and remove the statement that prints the field.",
)
CREDENTIAL = Title(
    "立即作废并轮换该凭据，检查使用记录，并从日志语句中删除。",
    "Revoke and rotate this credential now, look at what it was used for, and remove it from the log statement.",
)
ATTRIBUTE = Title(
    "该信息与姓名、号码组合可识别个人，日志中不要打印。",
    "Together with a name or a number this identifies a person; do not log it.",
)

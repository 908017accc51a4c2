"""Advice on a leak that several entities share."""

from __future__ import annotations

from leakwatch_detectors.contract import Title

DOCUMENT = Title(
    "不要将证件号码写入日志；确需核对时只保留前六位和后四位。",
    "Do not log document numbers; where comparison is needed keep the first six and last four characters.",
)
PHONE = Title(
    "日志中只保留前三位和后四位；排查问题时用用户编号代替号码。",
    "Log the first three and last four digits only; trace requests by a user id.",
)
ACCOUNT = Title(
    "不要将账号写入日志；用内部流水号定位，或只保留首尾几位。",
    "Do not log account numbers; trace by an internal id, or keep only the first and last digits.",
)
DEVICE = Title(
    "设备标识可跨应用追踪个人；日志中用会话编号代替。",
    "Device identifiers track a person across applications; log a session id instead.",
)
ORGANISATION = Title(
    "单位代码一般不属于个人信息，个体工商户除外。",
    "Organisation codes are not personal data, except those of sole traders.",
)
CARD_AUTHENTICATION = Title(
    "支付鉴别信息禁止留存：立即清除该日志，并删除打印该字段的语句。",
    "Card authentication data must not be stored: purge this log and remove the statement that prints the field.",
)
CREDENTIAL = Title(
    "立即作废并轮换该凭据，检查使用记录，并从日志语句中删除。",
    "Revoke and rotate this credential now, check how it was used, and remove it from the log statement.",
)
ATTRIBUTE = Title(
    "该信息与姓名或号码组合后可识别个人，不要写入日志。",
    "Combined with a name or a number this identifies a person; do not log it.",
)

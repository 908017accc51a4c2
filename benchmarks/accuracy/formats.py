"""The formats in which programs write records."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random
from urllib.parse import quote

from accuracy.fields import Field
from accuracy.sample import Line

Format = Callable[[Random, Sequence[Field]], Line]

_LOGGERS = ("c.e.loan.ApplyService", "com.example.pay.PayController", "c.e.user.UserService", "o.e.risk.RiskClient")


def stamp(rng: Random) -> str:
    day = f"2031-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
    return f"{day} {rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}.{rng.randrange(1000):03}"


def joined(fields: Sequence[Field], between: str, write: Callable[[Field], Line]) -> Line:
    line = Line()
    for place, one in enumerate(fields):
        line.append(between if place else "").extend(write(one))
    return line


def pair(before: str = "", delimiter: str = "=", after: str = "") -> Callable[[Field], Line]:
    """Writes a field as key, delimiter and value, with quotes around the value."""
    return lambda one: Line().append(one.key + delimiter + before).append_value(one.value, one.entity).append(after)


def _logback(rng: Random, fields: Sequence[Field]) -> Line:
    delimiter, between = rng.choice((("：", "，"), (":", ", "), ("=", ", "), ("=", " "), (": ", "; ")))
    thread = f"http-nio-8080-exec-{rng.randrange(200)}"
    head = f"{stamp(rng)}  INFO {rng.randrange(1, 65000)} --- [{thread}] {rng.choice(_LOGGERS)} : "
    return (
        Line()
        .append(head + rng.choice(("提交申请 ", "user submitted, ", "处理完成 ")))
        .extend(joined(fields, between, pair(delimiter=delimiter)))
    )


def _logfmt(rng: Random, fields: Sequence[Field]) -> Line:
    def write(one: Field) -> Line:
        return pair('"', "=", '"')(one) if " " in one.value or rng.random() < 0.3 else pair()(one)

    return (
        Line()
        .append(f"ts={stamp(rng).replace(' ', 'T')}Z level=info caller=apply.go:{rng.randrange(900)} ")
        .extend(joined(fields, " ", write))
    )


def _member(one: Field) -> Line:
    return Line().append(f'"{one.key}":"').extend(Line().append_value(one.value, one.entity).escaped(_json)).append('"')


def _json(char: str) -> str:
    return json.dumps(char, ensure_ascii=False)[1:-1]


def _object(fields: Sequence[Field]) -> Line:
    return Line().append("{").extend(joined(fields, ",", _member)).append("}")


def _json_log(rng: Random, fields: Sequence[Field]) -> Line:
    return (
        Line()
        .append(f'{{"@timestamp":"{stamp(rng)}","level":"INFO","logger":"{rng.choice(_LOGGERS)}","data":')
        .extend(_object(fields))
        .append("}")
    )


def _json_in_json(rng: Random, fields: Sequence[Field]) -> Line:
    inner = _object(fields)
    if rng.random() < 0.3:
        inner = inner.escaped(lambda char: char if char.isascii() else json.dumps(char)[1:-1])
    return Line().append(f'{{"ts":"{stamp(rng)}","msg":"request","body":"').extend(inner.escaped(_json)).append('"}')


def _percent(char: str) -> str:
    return quote(char, safe="")


def _query(fields: Sequence[Field]) -> Line:
    return joined(
        fields,
        "&",
        lambda one: (
            Line()
            .append(f"{quote(one.key, safe='')}=")
            .extend(Line().append_value(one.value, one.entity).escaped(_percent))
        ),
    )


def _nginx(rng: Random, fields: Sequence[Field]) -> Line:
    line = (
        Line()
        .append(f'10.0.{rng.randrange(256)}.{rng.randrange(256)} - - [02/Mar/2031:10:11:12 +0800] "GET /api/v1/user?')
        .extend(_query(fields))
    )
    return line.append(
        f' HTTP/1.1" 200 {rng.randrange(10**5)} "-" "Mozilla/5.0 (X11; Linux x86_64)" 0.0{rng.randrange(99)}'
    )


def _form(rng: Random, fields: Sequence[Field]) -> Line:
    return Line().append(f"{stamp(rng)} DEBUG wire - >> POST /submit body: ").extend(_query(fields))


def _hibernate(rng: Random, fields: Sequence[Field]) -> Line:
    one = next(one for one in fields if one.entity)
    if rng.random() < 0.5:
        head = f"{stamp(rng)} TRACE o.h.type.descriptor.sql.BasicBinder : binding parameter "
        return (
            Line()
            .append(f"{head}[{rng.randrange(1, 20)}] as [VARCHAR] - [")
            .append_value(one.value, one.entity)
            .append("]")
        )
    return (
        Line()
        .append(
            f"{stamp(rng)} TRACE org.hibernate.orm.jdbc.bind : binding parameter ({rng.randrange(1, 20)}:VARCHAR) <- ["
        )
        .append_value(one.value, one.entity)
        .append("]")
    )


def _mybatis(rng: Random, fields: Sequence[Field]) -> Line:
    line = Line().append(
        f"{stamp(rng)} DEBUG c.e.mapper.UserMapper.insert : ==> Parameters: {rng.randrange(10**6)}(Long), "
    )
    return line.extend(
        joined(fields, ", ", lambda one: Line().append_value(one.value, one.entity).append("(String)"))
    ).append(", 2031-03-02 10:11:12.0(Timestamp)")


def _to_string(rng: Random, fields: Sequence[Field]) -> Line:
    opening, closing = rng.choice(("()", "{}", "[]"))
    quotes = rng.choice(("", "'")) if opening == "{" else ""
    return (
        Line()
        .append(f"{stamp(rng)} INFO  {rng.choice(_LOGGERS)} - saved UserDTO{opening}id={rng.randrange(10**5)}, ")
        .extend(joined(fields, ", ", pair(quotes, "=", quotes)))
        .append(closing)
    )


def _sql(rng: Random, fields: Sequence[Field]) -> Line:
    columns = ", ".join(f"`{one.key.replace('-', '_')}`" for one in fields)
    line = Line().append(f"INSERT INTO `t_user` (`no`, {columns}) VALUES ({rng.randrange(10**6)}, ")
    return line.extend(
        joined(fields, ", ", lambda one: Line().append("'").append_value(one.value, one.entity).append("'"))
    ).append(");")


def _sql_dump(rng: Random, fields: Sequence[Field]) -> Line:
    """As mysqldump writes it: the columns are named once, in CREATE TABLE."""
    columns = ",\n".join(f"  `{one.key.replace('-', '_')}` varchar(255) DEFAULT NULL" for one in fields)
    line = Line().append(f"CREATE TABLE `t_user` (\n  `no` bigint NOT NULL,\n{columns}\n);\n")
    line.append(f"INSERT INTO `t_user` VALUES ({rng.randrange(10**6)},")
    return line.extend(
        joined(fields, ",", lambda one: Line().append("'").append_value(one.value, one.entity).append("'"))
    ).append(");")


def _audit(rng: Random, fields: Sequence[Field]) -> Line:
    return (
        Line()
        .append(f"AUDIT|{stamp(rng)}|op=UPDATE|operator=admin{rng.randrange(90)}|")
        .extend(joined(fields, "|", pair()))
    )


def _xml_text(char: str) -> str:
    return {"&": "&amp;", "<": "&lt;", ">": "&gt;"}.get(char, char)


def _xml(_: Random, fields: Sequence[Field]) -> Line:
    def write(one: Field) -> Line:
        return (
            Line()
            .append(f"<{one.key}>")
            .extend(Line().append_value(one.value, one.entity).escaped(_xml_text))
            .append(f"</{one.key}>")
        )

    return (
        Line()
        .append('<?xml version="1.0" encoding="UTF-8"?><request><body>')
        .extend(joined(fields, "", write))
        .append("</body></request>")
    )


def _html(_: Random, fields: Sequence[Field]) -> Line:
    def write(one: Field) -> Line:
        return (
            Line()
            .append(f"<tr><th>{one.key}</th><td>")
            .extend(Line().append_value(one.value, one.entity).escaped(_xml_text))
            .append("</td></tr>")
        )

    return Line().append("<table>").extend(joined(fields, "", write)).append("</table>")


def _service(rng: Random, fields: Sequence[Field]) -> Line:
    opening = rng.choice(("客户来电反映还款失败，", "您好，我这边查不到放款进度，", "【工单】用户要求修改资料："))
    known = [one for one in fields if one.entity]
    delimiter = rng.choice(("是", "：", "为", " ", ""))
    if not delimiter and any(one.key[-1].isascii() and one.value[0].isalpha() for one in known):
        delimiter = " "
    body = joined(known, rng.choice(("，", "；", "。")), pair(delimiter=delimiter))
    return (
        Line()
        .append(opening)
        .extend(body)
        .append(rng.choice(("，请尽快处理，谢谢。", "。客服已登记。", "，麻烦核实一下")))
    )


def _repr(rng: Random, fields: Sequence[Field]) -> Line:
    return (
        Line()
        .append(f"[{stamp(rng)}] INFO app.views: payload {{")
        .extend(
            joined(
                fields,
                ", ",
                lambda one: Line().append(f"'{one.key}': '").append_value(one.value, one.entity).append("'"),
            )
        )
        .append("}")
    )


def _pretty_json(_: Random, fields: Sequence[Field]) -> Line:
    return Line().append("{\n  ").extend(joined(fields, ",\n  ", _member)).append("\n}")


def _protobuf(rng: Random, fields: Sequence[Field]) -> Line:
    return (
        Line().append(f"{stamp(rng)} D rpc: <- user {{ ").extend(joined(fields, " ", pair('"', ": ", '"'))).append(" }")
    )


def _yaml(_: Random, fields: Sequence[Field]) -> Line:
    return (
        Line()
        .append("user:\n")
        .extend(joined(fields, "\n", lambda one: Line().append(f"  {one.key}: ").append_value(one.value, one.entity)))
    )


FORMATS: dict[str, Format] = {
    "logback": _logback,
    "logfmt": _logfmt,
    "json log": _json_log,
    "json in json": _json_in_json,
    "nginx query": _nginx,
    "hibernate": _hibernate,
    "mybatis": _mybatis,
    "toString()": _to_string,
    "sql insert": _sql,
    "sql dump": _sql_dump,
    "audit": _audit,
    "xml": _xml,
    "url-encoded": _form,
    "customer service": _service,
    "html table": _html,
    "python repr": _repr,
    "pretty json": _pretty_json,
    "protobuf text": _protobuf,
    "yaml": _yaml,
}
# Formats that write values without their keys.
KEYLESS_FORMATS = ("hibernate", "mybatis")
# Formats with Chinese keys only, and with English keys only.
CHINESE_ONLY = ("customer service",)
ENGLISH_ONLY = ("logfmt", "nginx query", "toString()", "sql insert", "sql dump", "protobuf text", "xml")
SUFFIXES = {
    "xml": "body.xml",
    "html table": "page.html",
    "sql insert": "insert.sql",
    "sql dump": "dump.sql",
    "pretty json": "user.json",
    "yaml": "user.yaml",
}

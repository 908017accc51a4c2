"""Texts that look like personal data and are not: numbers, digests, ids, amounts, masked and empty values."""

from __future__ import annotations

import base64
from collections.abc import Callable
from random import Random

from accuracy import values
from accuracy.check_digits import luhn

Trap = Callable[[Random], str]


def _timestamp_digits(rng: Random) -> str:
    numbers = (rng.randrange(1, 13), rng.randrange(1, 29), rng.randrange(24), rng.randrange(60), rng.randrange(60))
    return "".join(f"{number:02}" for number in numbers)


def _passing_luhn(rng: Random, length: int) -> str:
    body = rng.choice("1735802") + values.digits(rng, length - 2)
    return body + luhn(body)


def _like_a_card(rng: Random) -> str:
    """A random number with the prefix and length of an issuer that passes Luhn."""
    head, length = rng.choice((("62", 19), ("62", 16), ("65", 18), ("45", 16), ("52", 16), ("69", 19), ("36", 14)))
    body = head + values.digits(rng, length - len(head) - 1)
    return body + luhn(body)


def _filled(*templates: str, **makers: Callable[[Random], str]) -> Trap:
    """A random template, filled with generated values."""

    def make(rng: Random) -> str:
        return rng.choice(templates).format(**{name: maker(rng) for name, maker in makers.items()})

    return make


def _wrong_check(rng: Random) -> str:
    right = values.resident_id(rng)
    return right[:-1] + rng.choice("0123456789X".replace(right[-1], ""))


def _masked_email(rng: Random) -> str:
    return f"zh***{rng.randrange(10)}@example.com"


TRAPS: dict[str, Trap] = {
    "order number yyMMddHHmmss+6": _filled(
        "订单{n}已支付",
        "orderNo={n}",
        '{{"orderNo":"{n}","status":"PAID"}}',
        "order {n} closed",
        "INSERT INTO t_order VALUES ('{n}', 1);",
        n=lambda rng: f"{rng.randrange(21, 27)}{_timestamp_digits(rng)}{values.digits(rng, 6)}",
    ),
    "order number yyyyMMddHHmmss+4": _filled(
        "订单号：{n}，金额 12.00",
        "outTradeNo={n}",
        '{{"order_sn":"{n}"}}',
        n=lambda rng: f"20{rng.randrange(18, 27)}{_timestamp_digits(rng)}{values.digits(rng, 4)}",
    ),
    "snowflake": _filled(
        "id={n}",
        '{{"id":{n},"parentId":{n}}}',
        "task {n} done",
        "userId={n}",
        "消息ID：{n}",
        "{n},{n},1",
        n=lambda rng: str(rng.randrange(10**17, 19 * 10**17)),
    ),
    "epoch milliseconds": _filled(
        "ts={n} ok",
        '{{"timestamp":{n}}}',
        "[{n}] start",
        "/static/app.js?_={n}",
        "expireAt: {n}",
        n=lambda rng: str(rng.randrange(1_400_000_000_000, 1_999_999_999_999)),
    ),
    "epoch micro- and nanoseconds": _filled(
        "start={n}",
        '{{"time_us":{n}}}',
        "span {n} closed",
        n=lambda rng: str(17 * 10**14 + rng.randrange(10**13)) + rng.choice(("", values.digits(rng, 3))),
    ),
    "yyyyMMddHHmmssSSS": _filled(
        "reqTime={n}",
        "file_{n}.txt written",
        "批次{n}完成",
        n=lambda rng: f"2026{_timestamp_digits(rng)}{values.digits(rng, 3)}",
    ),
    "transaction number that passes Luhn": _filled(
        "serialNo={n}",
        "流水号：{n}",
        '{{"txnId":"{n}"}}',
        "RecordNumber {n}",
        "seq {n}",
        n=lambda rng: _passing_luhn(rng, rng.choice((16, 17, 18, 19))),
    ),
    "id, code and serial number that passes Luhn": _filled(
        "userId={n}",
        '{{"id":{n}}}',
        '{{"aweme_id":"{n}","group_id":"{n}"}}',
        "coupon_code={n}",
        "INSERT INTO t_use (id, coupon_code) VALUES (1, '{n}');",
        "goods_sn: {n}",
        "deviceSn={n}",
        "uid {n} offline",
        "优惠券编码：{n}",
        "商品编码 {n}",
        "会员卡号：{n}",
        "加油卡号：{n}",
        "invoiceNo={n}",
        "trackingNo={n}",
        "快递单号：{n}",
        "tb_sku,barcode={n}",
        n=_like_a_card,
    ),
    "byte counter of 11 digits": _filled(
        '10.0.3.9 - - [02/Mar/2031:10:11:12 +0800] "GET /big.iso HTTP/1.1" 206 {n} "-" "curl/8.0"',
        "bytes={n}",
        "sent {n} bytes in 3 s",
        "size: {n}",
        "EventRecordID {n}",
        '{{"contentLength":{n}}}',
        "push_id {n}",
        n=lambda rng: f"1{rng.choice('3456789')}{values.digits(rng, 9)}",
    ),
    "memory and disk counter": _filled(
        '{{"totalMemory":"{n}","freeMemory":"{n}"}}',
        "jvm heap max={n} used={n}",
        "Mem: total {n} free {n}",
        "disk_free: {n}",
        "rss={n}",
        "内存：{n}",
        "磁盘剩余容量 {n}",
        "maxHeap {n}, heapUsed {n}",
        "node_memory_available {n}",
        "bandwidth quota: {n}",
        n=lambda rng: f"1{rng.choice('3456789')}{values.digits(rng, 9)}",
    ),
    "uuid": _filled(
        "requestId={n}",
        "req {n} ok",
        '{{"uuid":"{n}"}}',
        "{m}",
        n=values.uuid,
        m=lambda rng: f"traceId={values.uuid(rng).replace('-', '')}",
    ),
    "digest": _filled(
        "sha256:{n} pulled",
        "md5={m}",
        "commit {h}",
        'ETag: "{m}"',
        "sign={n}",
        "Signature 校验 {m}",
        n=lambda rng: f"{rng.getrandbits(256):064x}",
        m=lambda rng: f"{rng.getrandbits(128):032x}",
        h=lambda rng: f"{rng.getrandbits(160):040x}",
    ),
    "base64": _filled(
        "img=data:image/png;base64,{n}", "payload={n}", n=lambda rng: base64.b64encode(rng.randbytes(90)).decode()
    ),
    "date, time and version": _filled(
        "date=20{n}0315",
        "version 1.39.{n}.12",
        "启动于 2031-03-{n}",
        "build 20{n}0102.13",
        "cron 0 {n} 9 * * *",
        "到期日 2031年3月{n}日",
        "expireDate=2031-01-{n}",
        n=lambda rng: f"{rng.randrange(10, 29)}",
    ),
    "thread and object identity": _filled(
        "Thread[thread-{n},5,main]",
        "c.e.User@{h}",
        "pid={n}",
        "lock @{n} held",
        "java.lang.Object@1390{h}",
        "tid={n}",
        n=lambda rng: f"1390000{values.digits(rng, 4)}",
        h=lambda rng: f"{rng.getrandbits(32):08x}",
    ),
    "amount and decimal": _filled(
        "amount={n}.56",
        "余额 {n}.00 元",
        "ratio=0.{n}",
        "total: {n}.5",
        "-{n}.00",
        "耗时 0.{n} ms",
        n=lambda rng: f"1390000{values.digits(rng, 4)}",
    ),
    "masked value": _filled(
        "手机号：139****{n}",
        "mobile=138 **** {n}",
        "身份证：110101********{n}",
        "卡号：6222 **** **** {n}",
        "卡号 622202******{n}",
        "姓名：张*",
        "姓名：*三",
        "name=张**",
        "email={m}",
        "password=******",
        "pwd: ***",
        "idCard=1101011990XXXXXXXX",
        "地址：北京市朝阳区****",
        "token=abcd****{n}",
        "香港身份证 A123***(*)",
        "cvv=***",
        n=lambda rng: values.digits(rng, 4),
        m=_masked_email,
    ),
    "placeholder": _filled(
        "password=${{DB_PASS}}",
        "pwd=#{{pwd}}",
        "mobile=null",
        "idCard=undefined",
        "token=<token>",
        '{{"password":null}}',
        "password: ''",
        "手机号：未填写",
        "姓名：无",
        "地址：暂无",
        "email=N/A",
        "realName=null",
        "验证码错误",
        "密码：已加密",
        "secret: ENC(****)",
        "api_key=YOUR_API_KEY",
        "mobile=?",
        "name=${{user.name}}",
    ),
    "key that only resembles one": _filled(
        "passwordExpired=true",
        "tokenExpired=false",
        "latency=22.{n}",
        "cvvLength=3",
        "tokenCount={n}",
        "mobileVerified=true",
        "phoneType=2",
        "idCardStatus=VALID",
        "nameLength=3",
        "emailSent=true",
        "accountType=01",
        "qqGroupEnabled=1",
        "verifyCode=200",
        "addressId={n}",
        "cardType=DEBIT",
        "pwdRetry=3",
        "expire=3600",
        "birthdayCoupon=5",
        n=lambda rng: values.digits(rng, 6),
    ),
    "service number": _filled(
        "客服热线 400-800-{n}",
        "拨打 4008000000 转 1",
        "hotline=95588",
        "短信发自 10690000{n}",
        "投诉电话：12315",
        "24小时热线：800-810-{n}",
        n=lambda rng: values.digits(rng, 4),
    ),
    "bar code": _filled(
        "barcode=690{n}",
        "ISBN 978-7-{m}-001-3",
        "商品条码：693{n}",
        '{{"ean":"692{n}"}}',
        n=lambda rng: values.digits(rng, 10),
        m=lambda rng: values.digits(rng, 4),
    ),
    "payment platform number": _filled(
        "transaction_id=4200{n}",
        "trade_no=2031{n}",
        "微信支付单号：4200{n}",
        "支付宝交易号 2031{n}",
        n=lambda rng: values.digits(rng, 24),
    ),
    "branch and product code": _filled(
        "cnaps=10{n}",
        "联行号：30{n}",
        "sku=B2{m}",
        "errorCode=E0000{s}",
        "lot A1{m}",
        "型号 C0{n}",
        "part no. K{m}",
        "flight B2{s}",
        "batch F1{m}",
        "errCode: G{m}",
        n=lambda rng: values.digits(rng, 10),
        m=lambda rng: values.digits(rng, 8),
        s=lambda rng: values.digits(rng, 4),
    ),
    "kernel and storage identifier": _filled(
        "[<c0{n}>] ? do_exit",
        "blk_{n}{n}9867",
        "block blk_-160{n}{n}",
        "CPU0(3) A{n}",
        "inode {n}{n}0",
        "sda1 {n}(3)",
        "0x{h}",
        "mem {h}-{h}",
        "page:ffffea00{h} count:1",
        n=lambda rng: values.digits(rng, 6),
        h=lambda rng: f"{rng.getrandbits(32):08x}",
    ),
    # under its own key such a number is probably mistyped: it is reported with low confidence, so that is no trap
    "identity number with a wrong check digit and no key": _filled(
        "id={n}", "value {n} seen", '{{"n":"{n}"}}', "订单 {n}", n=_wrong_check
    ),
    "words after a key": _filled(
        "客户名称：示例百货有限公司",
        "姓名 性别 年龄",
        "微信支付成功",
        "微信公众号已绑定",
        "请加QQ群",
        "联系人变更申请",
        "地址解析失败",
        "密码错误次数过多",
        "密码重置成功",
        "验证码已发送，请查收",
        "户名不符",
        "真实姓名校验通过",
        "收款人信息为空",
        "手机号格式不正确",
        "车牌识别完成",
        "合同号：待生成",
        "金额：高兴支付",
        "threadName=main",
        "appName=loan-api",
        "user_name=admin",
        "账号或密码错误",
        "身份证照片上传成功",
        "银行卡绑定失败",
        "name=张江路由",
        "生日快乐",
        "护照识别超时",
    ),
    "coarse place": _filled(
        "lat=22.5",
        "lng=113.9",
        "纬度：31.2",
        "{a}",
        "经度=120.1",
        "北京市",
        "去了上海市浦东新区",
        a=lambda _: "深圳市示例科技有限公司",
    ),
    "mail-like": _filled(
        "git@{h}:app.git",
        "user@localhost",
        "logo@2x.png",
        "npm i @scope/pkg@1.{n}.0",
        "root@web-{n}:~#",
        "jdbc:mysql://10.0.0.1:3306/db",
        "mysql://10.0.0.{n}:3306/db",
        "http://user.example.com/{n}",
        n=lambda rng: str(rng.randrange(99)),
        h=lambda _: "gitserver",
    ),
    "application id": _filled(
        "appid=wx{n}",
        "corpid=ww{n}",
        '{{"mchId":"1{m}"}}',
        "agentId=1000{m}",
        n=lambda rng: f"{rng.getrandbits(64):016x}",
        m=lambda rng: values.digits(rng, 9),
    ),
    "columns of numbers": _filled(
        "irq 0{a} {n} 0 0",
        "0000{a}0  0{a} {n} 0{a} {n}",
        "{a} {n} {a} {n}",
        "blk 0{a} {n}",
        "cpu0 0{a} {n} 11 0 0",
        a=lambda rng: rng.choice(("371", "571", "755", "816", "433")),
        n=lambda rng: rng.choice("2345678") + values.digits(rng, 7),
    ),
    "public key and certificate": _filled(
        "-----BEGIN PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----",
        "ssh-rsa fingerprint SHA256:{n}",
        n=lambda rng: values.word(rng, 43),
    ),
}

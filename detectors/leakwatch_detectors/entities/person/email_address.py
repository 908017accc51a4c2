"""E-mail addresses in ASCII. Presidio's own recogniser matches into Chinese text and fetches the public suffix list.

A local part of Han characters is accepted only under a key, otherwise words of the sentence would become part of it.
Misses: other addresses with non-ASCII letters, hosts without a dot.
"""

from __future__ import annotations

import regex

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, Traits, terms
from leakwatch_detectors.data.grades import ORDINARY
from leakwatch_detectors.values.boundaries import HAN

_FILE_SUFFIXES = frozenset(
    terms(
        "png, jpg, jpeg, gif, svg, webp, ico, css, scss, less, js, mjs, ts, jsx, tsx, json, html, htm, xml, "
        "java, class, jar, py, rb, go, rs, cpp, log, txt, md, csv, xls, xlsx, doc, docx, pdf, zip, gz, tar, "
        "yml, yaml, service, socket, local, localdomain, internal, lan, invalid, sql, conf, ini, sh, bat, "
        "exe, dll, so"
    )
)


_ROLE_ADDRESS = regex.compile(
    r"(?i)\+?(?:(?:web|post|host)master|abuse|no-?reply|support|help|git)(?:[.+\-][a-z0-9.+\-]*)?@"
    r"|[a-z.\-]*(?:bot|crawler)@"
)
_ROLE_ADDRESS_SCORES = Scores(bare=0.3, key=0.9, context=0.6)
_HAN_LOCAL_PART = Scores(bare=0.0, key=0.7, context=0.0)
_CIPHER_HOSTS = frozenset({"openssh.com", "libssh.org", "lysator.liu.se"})


def _valid(value: str) -> bool:
    local, _, host = value.rpartition("@")
    top = host.rpartition(".")[2].lower()
    return (
        top not in _FILE_SUFFIXES
        and host.lower() not in _CIPHER_HOSTS
        and not local.startswith(".")
        and ".." not in local
    )


def _scores(value: str) -> Scores:
    if not value[0].isascii():
        return _HAN_LOCAL_PART
    return _ROLE_ADDRESS_SCORES if _ROLE_ADDRESS.match(value) else DETECTOR.scores


DETECTOR = Detector(
    entity="EMAIL_ADDRESS",
    region=Region.ANY,
    title=Title("电子邮箱", "E-mail address"),
    severity="medium",
    grades={"jrt0171": "C1", "gbt35273": "pi"},
    profile_grades=ORDINARY,
    traits=Traits(email=True),
    pattern=(
        r"(?<![A-Za-z0-9._%+\-*＊●•])(?<!://[^\s/@\0]{0,64}:)"
        r"(?<!(?i:message[_\-]?id|msg[_\-]?id|in-reply-to|references)[\"']?[:=][ \"']?<?)"
        rf"(?:[A-Za-z0-9._%+\-]{{1,64}}|(?<![{HAN}])[{HAN}]{{1,32}})@"
        r"(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.){1,6}(?:[A-Za-z]{2,18}|xn--[a-z0-9\-]{2,59})"
        r"(?![A-Za-z0-9\-*])(?!\.[A-Za-z0-9])"
        r"(?<!\"[A-Za-z][A-Za-z0-9.\-]{0,30}[/_][0-9]{1,3}\.[0-9][^\"\0]{0,200})"  # the contact of a crawler
    ).replace(r"\s", " \\t\\n\\r"),
    prefilter=Prefilter(literals=("@",)),
    scores=Scores(bare=0.85, key=0.95, context=0.9, negative=0.6),  # the form outweighs a key of something else
    validator=_valid,
    canonical=str.lower,
    scores_for=_scores,
    keys=("email", "e mail", "mail", "email address", "邮箱", "郵箱", "邮件", "郵件", "电子邮件", "電子郵件"),
    words=("邮箱", "郵箱", "邮件", "郵件", "联系", "聯絡"),
    mask="email",
    advice=Title(
        "日志中只保留首字符和域名（z***@example.com）。",
        "Keep the first character and the domain only (z***@example.com).",
    ),
    examples=(
        Example(
            "2026-03-01 08:00:00 WARN c.e.mail.Sender - 发送至⟦zhang@example.com⟧失败",
            "Han characters on both sides",
        ),
        Example('{"userEmail":"⟦li.si+loan@mail.example.com⟧"}', "plus sign and sub-domain in JSON"),
        Example("邮箱：⟦zhang@example.com⟧。", "followed by a full stop"),
        Example("邮箱：⟦示例张三@example.com⟧", "Han characters only, after a key"),
        Example("请转发张三@example.com", "the same without a key"),
        Example("mail=⟦a@xn--d1acufc.xn--p1ai⟧ ok", "an internationalised host in Punycode"),
        Example("loginName=⟦13900001234@example.com⟧", "a number as the local part"),
        Example("GET /unsubscribe?to=⟦zhang@example.com⟧&t=1 HTTP/1.1", "query string"),
        Example("邮箱：zh***@example.com", "already masked"),
        Example("ssh user@localhost", "no dot in the host"),
        Example("git clone git@", "no host"),
        Example("GET /static/icon@2x.png HTTP/1.1", "a file name"),
        Example("mysql://app:Secret01@db.example.com:3306/loan", "the password of a connection string"),
        Example("工单 invoice: ⟦zhang@example.com⟧ sent", "a key for numbers does not suppress it"),
        Example("postfix: message-id=<20260301.2@mail.example.com>", "the same in a log"),
        Example("Message-ID: <20260301.1@mail.example.com>", "a message id"),
        Example('"Mozilla/5.0 (compatible; Ezooms/1.0; help@example.com)"', "a role address, not a person"),
        Example('"GET / HTTP/1.0" 200 9 "-" "somebot_2.6.3 (zhang@example.com)"', "the contact of a crawler"),
        Example("sshd: no match: aes256-cbc,rijndael-cbc@lysator.liu.se", "a cipher name"),
        Example("npm i lodash@4.17.21", "a version number"),
    ),
)

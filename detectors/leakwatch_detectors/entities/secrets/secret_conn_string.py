"""URLs with a user and a password before the host, and command options that carry them (``curl -u``)."""

from __future__ import annotations

import regex

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title
from leakwatch_detectors.data.advice import CREDENTIAL
from leakwatch_detectors.values.secret_checks import is_placeholder

_OPTION = r"(?: -u|--user)[ =]"
_URL_CREDENTIALS = r"://[^\x00-\x20:/@\"'<>]{0,64}:[^\x00-\x20:/@\"'<>*]{3,128}@"
_URL_PASSWORD = regex.compile(r"://[^:/@]{0,64}:([^@]{3,128})@")
_OPTION_PASSWORD = regex.compile(r"[^:]{0,64}:[\"']?(?=.{0,5}[^0-9.:])(.{6,128})|(.{10,64}):")


def _valid(value: str) -> bool:
    found = _URL_PASSWORD.search(value) if "://" in value else _OPTION_PASSWORD.fullmatch(value)
    return found is not None and not is_placeholder(next(filter(None, found.groups())))


DETECTOR = Detector(
    entity="SECRET_CONN_STRING",
    region=Region.ANY,
    title=Title("带密码的连接串", "Connection string with a password"),
    severity="critical",
    grades={},
    pattern=(
        r"(?<![A-Za-z0-9+.\-])[A-Za-z][A-Za-z0-9+.\-]{1,20}(?::[a-z]{2,20})?"
        + _URL_CREDENTIALS
        + r"[A-Za-z0-9._\-]{1,253}(?::[0-9]{1,5})?"
        rf"|(?<={_OPTION}[\"']?)[!#-&(-9;=?-~]{{0,64}}[\"']?:[\"']?[!#-&(-9;=?-~]{{6,128}}"
        rf"|(?<={_OPTION}[\"']?)(?=[!-9;-~]{{0,64}}[0-9])[!#-&(-9;=?-~]{{10,64}}:(?=[\"' ])"
    ),
    prefilter=Prefilter(shapes=(_URL_CREDENTIALS, _OPTION)),
    scores=Scores(bare=0.9, key=0.95, context=0.95, negative=0.9),
    validator=_valid,
    keys=("url", "dsn", "jdbc url", "connection string", "database url", "redis url"),
    mask="secret",
    advice=CREDENTIAL,
    examples=(
        Example("2026-03-01 10:00:00 INFO pool ⟦mysql://app:Secret01@10.0.0.1:3306⟧/db opened", "a database"),
        Example("spring.redis.url=⟦redis://:Pa55word@redis.example.com:6379⟧", "no user"),
        Example("连接⟦postgresql://app:S3cret@db.example.com⟧失败", "Han characters on both sides"),
        Example("clone ⟦https://bot:Pa55w0rd@git.example.com⟧/x.git", "a URL without credentials"),
        Example("curl -s -u '⟦api:d2LkV78zLx!t⟧' https://api.example.com/v2", "a command-line option"),
        Example("curl -u ⟦elastic:P@ssw0rd$1⟧ https://localhost:9200", "the same without quotes"),
        Example("curl --user ⟦zhang:'pRf7vG2h1L8nQkW9⟧' -X PATCH", "the password in quotes"),
        Example('curl -u "⟦d2LkV78zLx!t:⟧" https://localhost:9200', "a key as the user"),
        Example("curl -u $USER:$PASSWORD https://api.example.com", "variables"),
        Example("curl -u <user:password> https://api.example.com", "placeholders from a manual"),
        Example("docker run -u 100000:100000 app", "a user and a group"),
        Example("mysql://10.0.0.1:3306/db", "no credentials"),
        Example("mysql://app:***@10.0.0.1/db", "already masked"),
        Example("mysql://app:${DB_PASS}@10.0.0.1/db", "a template"),
        Example("http://example.com:8080/a@b", "a port"),
        Example("see https://user@example.com", "no password"),
    ),
)

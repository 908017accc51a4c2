"""Plaintext passwords and payment PINs. They have no form of their own: the key and the delimiter after it decide.

Misses: passwords with spaces, quotes or brackets of any kind (they end there), and those under a key that is not in the
list.
"""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, terms
from leakwatch_detectors.data.grades import FINANCIAL_ACCOUNT
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.values.secret_checks import AFTER_DELIMITER, is_code, is_digest, is_path, is_placeholder

_KEYS = terms(
    "password, passwd, pass, pwd, passphrase, passcode, pay pwd, trade pwd, login pwd, user pwd, "
    "pay password, trade password, pay pin, card pin, user pass, db pass, psw, pswd, pw, mima, passwort, "
    "密码, 密碼, 口令, 支付密码, 交易密码, 登录密码, 取款密码"
)


def _valid(value: str) -> bool:
    return not (is_placeholder(value) or is_digest(value) or is_code(value) or is_path(value))


DETECTOR = Detector(
    entity="SECRET_PASSWORD",
    region=Region.ANY,
    title=Title("明文密码", "Plaintext password"),
    severity="critical",
    grades={"jrt0171": "C3", "gbt35273": "sensitive"},
    profile_grades=FINANCIAL_ACCOUNT,
    pattern=(
        AFTER_DELIMITER + r"(?![\"'\\ ])(?![A-Za-z_\-]{2,30}=[^=\0\n])(?!(?<=[\"'])[a-z]{1,20} [a-z]{1,20}[ \"'.,!?])"
        r"(?:[!#-%*+\-./0-:=?-Z^-z~]|\|(?![A-Za-z_]{1,30}[=:])){4,128}(?<![.:])"
        r"|(?<=密[码碼] ?|口令 ?)(?=[0-9A-Za-z])(?=[!-~]{0,40}[0-9])(?=[!-~]{0,40}[A-Za-z])"
        r"[!#-%*+\-./0-9=?-Z^-z~]{6,64}(?<!\.)"
    ),
    prefilter=Prefilter(literals=literals(_KEYS)),
    scores=Scores(bare=0.0, key=0.9, context=0.0),
    validator=_valid,
    keys=_KEYS,
    mask="secret",
    advice=Title(
        "立即修改该密码，并从日志语句中删除密码字段。",
        "Change this password now and remove the field from the log statement.",
    ),
    examples=(
        Example("db password: ⟦KdmqvzTs=⟧", "the value ends like a key and another line follows"),
        Example("2026-03-01 10:00:00 DEBUG c.e.auth.Login - user=u1, password=⟦Abc123!x⟧, ip=10.0.0.1", "logfmt"),
        Example('{"loginName":"u1","pwd":"⟦Qwer1234⟧"}', "JSON"),
        Example("密码：⟦Qwerty12⟧，请尽快修改", "Han characters on both sides"),
        Example("payPwd=⟦135792⟧&amt=1", "a payment PIN"),
        Example("LoginReq(user=u1, passwd=⟦S3cret.Pa55⟧)", "a Java toString"),
        Example("spring.datasource.password: ⟦Loan#2026⟧", "a property"),
        Example("Params{newPwd=⟦Def12345⟧}", "a brace closes the record"),
        Example("初始密码是⟦Init2026a⟧", "a sentence"),
        Example("pwd=⟦Admin#2026a⟧|timestamp=1706", "the next pair comes after a bar"),
        Example("POST body: password=⟦Zx@40LGg02a49⟧&t=17", "two delimiters in a row"),
        Example("body: login-pwd=⟦Xk82hfQw9z⟧&a=1", "two delimiters, a hyphen in the key"),
        Example("INSERT INTO `t_user` (`no`, `login_pwd`) VALUES (85936, '⟦Admin@2Eo⟧');", "the column of an SQL row"),
        Example("用户要求修改登录密码⟦Qw@DCNpM274⟧，请核实", "no delimiter, letters and digits"),
        Example("登录密码 error", "an ordinary word without a delimiter"),
        Example("password=******", "already masked"),
        Example("password=${DB_PASS}", "a template"),
        Example("passwordExpired=true", "a different key"),
        Example("pwd: null", "an empty value"),
        Example("passphrase = passphrase", "the name of a parameter"),
        Example("password=$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "a password hash"),
        Example("password = config.getPassword()", "source code"),
        Example("sudo: app : TTY=pts/0 ; PWD=/home/app ; USER=root", "the working directory"),
        Example("chpasswd[30938]: pam_unix(chpasswd:chauthtok): password changed", "the name of a program"),
        Example("密码：错误", "no password"),
        Example('password: "must not be empty"', "a sentence in quotes"),
    ),
)

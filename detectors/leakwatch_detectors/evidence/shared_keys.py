"""Keys and words that several detectors share: people name a value the same way, whichever region issued it."""

from __future__ import annotations

from leakwatch_detectors.contract import terms

IDENTITY_KEYS = terms(
    "id card, id card no, id no, id number, idcard, identity no, identity card, identity, cert no, "
    "cert id, certificate no, certificate id, certificate, sfz, sfzh, sfzhm, zjhm, zjh, citizen id, "
    "resident id, national id, person id, 身份证, 身份證, 身分證, 身份证件, 公民身份, 居民身份证, 证件, "
    "證件, 身份"
)
IDENTITY_WORDS = ("身份证", "身份證", "身分證", "证件", "證件", "实名", "實名")

PASSPORT_KEYS = terms(
    "passport, passport no, passport number, passport id, travel document, travel doc, hz, hzhm, 护照, "
    "護照, 旅行证件, 旅行證件"
)
PASSPORT_WORDS = ("护照", "護照", "passport")

PHONE_KEYS = terms(
    "tel, telephone, phone, mobile, mobile phone, cellphone, cell phone, cell, lxdh, lxfs, 手机, 手機, "
    "电话, 電話, 联系方式, 聯絡方式, 聯繫方式, 行动电话, 行動電話, 手提電話, 流動電話"
)
PHONE_WORDS = ("致电", "致電", "拨打", "撥打", "短信", "簡訊", "联系", "聯絡", "聯繫", "来电", "來電", "回拨")

ACCOUNT_KEYS = terms(
    "acc no, acct no, account no, account number, acct, bank account, bank acct, payee account, "
    "payer account, bank account no, yhzh, 账, 賬, 帐, 帳, 账户, 賬戶, 帐户, 帳戶, 收款账户, 银行账, "
    "銀行帳, 銀行賬, 银行账户, 还款账, 放款账, 收款账"
)

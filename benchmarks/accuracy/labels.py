"""Keys of each entity as records name them: in simplified and traditional Chinese and in English."""

from __future__ import annotations

import re
from random import Random

from accuracy.people import traditional
from accuracy.values import DETECTORS, GENERATORS, WITHOUT_GENERATOR
from leakwatch_detectors.contract import Detector

ZH, HANT, EN = 0, 1, 2

_TABLE = """
CN_RESIDENT_ID|身份证号 证件号码 身份证 公民身份号码 身份证号码 证件号|身分證號 身份證號碼|\
idCard idNo certNo idCardNo idNumber identityNo sfzh
CN_RESIDENT_ID_15|身份证号 身份证|身份證號|idCard idNo
CN_RESIDENCE_PERMIT|居住证号 港澳台居民居住证|居住證號碼|residencePermitNo
CN_FOREIGN_PERMANENT_RESIDENT_ID|永久居留证号 外国人永久居留身份证|永久居留證|permanentResidentNo
CN_PASSPORT|护照号 护照号码|護照號碼|passportNo passport passportNumber
CN_HKM_EXIT_PERMIT|往来港澳通行证 港澳通行证号|往來港澳通行證|hkMoPermit
CN_TW_EXIT_PERMIT|往来台湾通行证 大通证|往來臺灣通行證|twPermit
CN_HOME_RETURN_PERMIT|回乡证号 港澳居民来往内地通行证|回鄉證|homeReturnPermit
CN_TW_COMPATRIOT_PERMIT|台胞证号 台湾居民来往大陆通行证|臺胞證|mtpNo
CN_MILITARY_ID|军官证号 军官证|軍官證|militaryId
CN_DRIVING_LICENSE|驾驶证号 驾照号|駕駛執照號碼|driverLicense driverLicenseNo
CN_SOCIAL_SECURITY_NO|社保号 社保卡号 社会保障号|社會保障號|socialSecurityNo
CN_MEDICAL_INSURANCE_NO|医保卡号 医保号|醫保卡號|medicalInsuranceNo
CN_HOUSING_FUND_NO|公积金账号 住房公积金账号|公積金帳號|gjjNo housingFundNo
CN_HUKOU_NO|户口簿号 户口本号|戶口簿號|hukouNo
PASSPORT_MRZ|机读码 护照机读区|護照機讀碼|mrz ocrLine
HK_ID|香港身份证号 身份证号|香港身份證號碼|hkid idNo
HK_PASSPORT|香港护照号 护照号码|護照號碼|passportNo
MO_BIR|澳门身份证号 澳门居民身份证|澳門居民身份證|birNo
MO_PASSPORT|澳门护照号 护照号码|護照號碼|passportNo
TW_NATIONAL_ID|台湾身份证号 身份证字号|身分證字號 國民身分證|twId idNo
TW_RESIDENT_CERT|台湾居留证号 统一证号|居留證號 統一證號|arcNo
TW_PASSPORT|台湾护照号 护照号码|護照號碼|passportNo
TW_NHI_CARD|健保卡号|健保卡號|nhiCardNo
TW_CDC|自然人凭证|自然人憑證|cdcNo
CN_MOBILE|手机号 手机 联系电话 预留手机号 电话 手机号码 联系方式|手機號碼 聯絡電話 行動電話|\
mobile phone mobileNo phoneNumber tel cellphone telephone
CN_LANDLINE|固定电话 联系电话 座机|聯絡電話|tel officePhone telNo
HK_PHONE|电话 联系电话 手机|手提電話 流動電話 電話|phone hkMobile tel
MO_PHONE|电话 联系电话|電話 手提電話|phone mobile
TW_MOBILE|手机 联系电话|行動電話 手機|mobile phone
TW_LANDLINE|电话 联系电话|市話 電話|tel phone
BANK_CARD|银行卡号 卡号 收款卡号 信用卡号 还款卡号 借记卡号|信用卡號 卡號 金融卡號|\
bankCardNo cardNo bankCard payCard cardNumber debitCardNo
BANK_ACCOUNT|银行账号 收款账号 账号|銀行帳號 帳號|acctNo accountNo bankAccount
ALIPAY_USER_ID|支付宝用户号 买家支付宝ID|支付寶用戶號|alipayUserId buyerId
CARD_CVV|安全码 CVV|安全碼|cvv cvv2 cvn2
CARD_EXPIRY|有效期 卡有效期|有效期限|expiry expiryDate validThru
CARD_TRACK_DATA|磁道信息 二磁道|磁條資料|track2 trackData
LOAN_CONTRACT_NO|合同编号 借据号 贷款编号|合約編號 借據編號|loanNo contractNo dueBillNo
ALIPAY_ACCOUNT|支付宝账号 支付宝|支付寶帳號|alipayAccount
WECHAT_ID|微信号 微信|微信號|wechatId wechat
WECHAT_OPENID|微信OpenID openid|openid|openid openId
QQ_NUMBER|QQ号 QQ|QQ號碼|qq qqNo
IMEI|IMEI 设备IMEI|IMEI|imei
IMSI|IMSI|IMSI|imsi
ICCID|ICCID|ICCID|iccid
MEID|MEID|MEID|meid
DEVICE_ID|OAID 设备标识|OAID|oaid idfa androidId deviceId
GPS_COORDINATE|纬度|緯度|lat latitude
EMAIL_ADDRESS|邮箱 电子邮箱|電子郵件|email mail userEmail
CN_LICENSE_PLATE|车牌号 车牌|車牌號碼|plateNo licensePlate
VIN|车架号 车辆识别代号|車架號|vin frameNo
PERSON_NAME|姓名 真实姓名 联系人 持卡人 客户姓名 户名 收货人 借款人 申请人 紧急联系人姓名|姓名 戶名 聯絡人 收件人|\
realName custName customerName contactName receiverName borrowerName holderName
CN_ADDRESS|地址 收货地址 家庭住址 户籍地址|地址 通訊地址|address homeAddress receiverAddr
DATE_OF_BIRTH|出生日期 生日|出生日期|birthday birthDate dob
SECRET_PASSWORD|密码 登录密码 支付密码|密碼 登入密碼|password pwd loginPwd passwd userPassword payPassword
SECRET_OTP|验证码 短信验证码 动态码|驗證碼|smsCode otp verifyCode
SECRET_TOKEN|令牌 访问令牌|權杖|accessToken token refreshToken sessionToken authToken
SECRET_CLOUD_KEY|密钥|金鑰|accessKeyId secretId accessKey
SECRET_PRIVATE_KEY|私钥|私鑰|privateKey key
SECRET_WEBHOOK|机器人地址 推送地址|機器人網址|webhook url
SECRET_CONN_STRING|数据库连接 连接串|資料庫連線|dsn url
"""

Keys = tuple[list[str], list[str], list[str]]


def _detector_keys(detector: Detector) -> Keys:
    """The detector's own keys, for an entity that is not in the table."""
    chinese = [key for key in detector.keys if not key.isascii()]
    words = [key.split() for key in detector.keys if key.isascii()] or [detector.entity.lower().split("_")]
    english = [first + "".join(map(str.capitalize, rest)) for first, *rest in words]
    return chinese or english, chinese or english, english


KEYS: dict[str, Keys] = {}
for _row in _TABLE.strip().splitlines():
    _entity, *_languages = _row.split("|")
    KEYS[_entity] = (_languages[0].split(), _languages[1].split(), _languages[2].split())
KEYS |= {entity: _detector_keys(DETECTORS[entity]) for entity in GENERATORS if entity not in KEYS}

_REPORTED = 0.5
# Entities that are tested without a key: the value alone identifies them.
KEYLESS = (
    *("CN_RESIDENT_ID", "CN_RESIDENCE_PERMIT", "CN_FOREIGN_PERMANENT_RESIDENT_ID", "PASSPORT_MRZ", "HK_ID"),
    *("CN_MOBILE", "CN_LANDLINE", "BANK_CARD", "CARD_TRACK_DATA", "EMAIL_ADDRESS", "CN_LICENSE_PLATE", "VIN"),
    *("CN_ADDRESS", "SECRET_PRIVATE_KEY", "SECRET_WEBHOOK", "SECRET_CONN_STRING"),
    *(entity for entity in sorted(WITHOUT_GENERATOR) if DETECTORS[entity].scores.bare >= _REPORTED),
)
# Owners that prefix a key in records of several people.
_OWNERS = (
    ("客户", "借款人", "收货人", "担保人", "配偶", "紧急联系人", "法人"),
    ("客戶", "收件人", "借款人", "保證人", "配偶"),
    ("customer", "buyer", "receiver", "borrower", "guarantor", "spouse", "emergency", "legalPerson", "payee"),
)
_OWNED_SHARE = 0.25
_OWNED = {
    *("CN_RESIDENT_ID", "CN_PASSPORT", "HK_ID", "TW_NATIONAL_ID", "CN_MOBILE", "CN_LANDLINE", "HK_PHONE", "TW_MOBILE"),
    *("BANK_CARD", "BANK_ACCOUNT", "EMAIL_ADDRESS", "CN_ADDRESS", "DATE_OF_BIRTH", "CN_LICENSE_PLATE", "WECHAT_ID"),
    "QQ_NUMBER",
}
# Entities whose values are converted to traditional characters; plates, for example, are not.
_TRADITIONAL = {"PERSON_NAME", "CN_ADDRESS", "CN_MILITARY_ID"}
assert set(KEYS) == set(GENERATORS)


def key(rng: Random, entity: str, language: int) -> str:
    """A key of an entity, sometimes with an owner; English ones in the spellings of Java, SQL and HTTP."""
    chosen = rng.choice(KEYS[entity][language])
    if entity in _OWNED and rng.random() < _OWNED_SHARE:
        owner = rng.choice(_OWNERS[language])
        chosen = owner + chosen[0].upper() + chosen[1:] if language == EN else owner + chosen
    return spelled(rng, chosen) if language == EN else chosen


def spelled(rng: Random, camel: str) -> str:
    """A camel-case key in the spelling of another language."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", camel).lower()
    return rng.choice((camel, camel, snake, snake, snake.upper(), snake.replace("_", "-")))


def value(rng: Random, entity: str, language: int) -> str:
    """A value of an entity as written in that language."""
    made = GENERATORS[entity](rng)
    if language != HANT:
        return made
    if entity == "HK_ID" and rng.random() < 0.3:
        return made.replace("(", "（").replace(")", "）")
    return traditional(made) if entity in _TRADITIONAL else made

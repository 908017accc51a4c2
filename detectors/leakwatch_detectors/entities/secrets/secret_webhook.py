"""Webhook URLs of chat bots: whoever has one can post to the channel."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title
from leakwatch_detectors.data.advice import CREDENTIAL

DETECTOR = Detector(
    entity="SECRET_WEBHOOK",
    region=Region.ANY,
    title=Title("群机器人 Webhook 地址", "Chat webhook URL"),
    severity="critical",
    grades={},
    pattern=(
        r"https://(?:oapi\.dingtalk\.com/robot/send\?access_token=[0-9a-f]{32,64}"
        r"|open\.(?:feishu\.cn|larksuite\.com)/open-apis/bot/(?:v2/)?hook/[0-9a-zA-Z\-]{30,40}"
        r"|qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=[0-9a-f\-]{36}"
        r"|hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/+]{30,90}"
        r"|(?:discord|discordapp)\.com/api/webhooks/[0-9]{17,20}/[A-Za-z0-9_\-]{60,72}"
        r"|[a-z0-9]{1,60}\.webhook\.office\.com/webhookb2/[A-Za-z0-9@/\-]{70,250})(?![0-9A-Za-z])"
    ),
    prefilter=Prefilter(
        literals=(
            "oapi.dingtalk.com",
            "/open-apis/bot/",
            "qyapi.weixin.qq.com",
            "hooks.slack.com",
            "/api/webhooks/",
            "webhook.office.com",
        )
    ),
    scores=Scores(bare=0.95, key=0.98, context=0.98, negative=0.95),
    keys=("webhook", "webhook url", "hook", "hook url", "robot url"),
    mask="secret",
    advice=CREDENTIAL,
    examples=(
        Example(
            "post ⟦https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=00000000-0000-0000-0000-000000000000⟧ 200",
            "WeCom",
        ),
        Example(
            "url: ⟦https://oapi.dingtalk.com/robot/send?access_token=0123456789abcdef0123456789abcdef⟧", "DingTalk"
        ),
        Example(
            "通知地址⟦https://open.feishu.cn/open-apis/bot/hook/00000000-0000-0000-0000-000000000000⟧已配置",
            "Feishu, Han characters on both sides",
        ),
        Example("hook=⟦https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX⟧", "Slack"),
        Example("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=", "no key"),
        Example("https://oapi.dingtalk.com/robot/send?access_token=****", "already masked"),
        Example("https://open.feishu.cn/open-apis/bot/v2/hook/", "no id"),
    ),
)

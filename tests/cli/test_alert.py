"""``leakwatch alert test`` reports whether a channel works."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.receivers import Answer, DingTalkRobot, EventHook, WeComRobot

from leakwatch.cli import main


def configuration(directory: Path, *channels: dict[str, str]) -> str:
    file = directory / "leakwatch.yaml"
    alerts = {"allow_hosts": ["127.0.0.1"], "channels": list(channels)}
    file.write_text(json.dumps({"schema_version": 1, "alerts": alerts}))  # JSON is YAML
    return str(file)


def run(config: str, channel: str, *more: str) -> int:
    return main(["-c", config, *more, "alert", "test", "--channel", channel], {})


def test_an_accepted_message_exits_0(tmp_path, capsys):
    """The message is marked as a test, in the language of the alerts."""
    with WeComRobot() as receiver:
        assert run(configuration(tmp_path, {"name": "sec", "type": "wecom", "url": receiver.url}), "sec") == 0
        assert "测试消息" in receiver.shown[0]["markdown"]["content"]
    assert capsys.readouterr().out == "sec (wecom): accepted; check the chat for the message\n"


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (Answer(200, b'{"errcode":93000}'), "settings are wrong"),
        (Answer(200, b'{"errcode":45009}'), "not accepted now"),
        (Answer(200, b'{"errcode":40008}'), "does not accept this message"),
        (Answer(200, b"<html>"), "unexpected"),
        (Answer(how="reset"), "not confirmed"),
    ],
)
def test_a_rejected_message_exits_1_and_gives_the_reason(tmp_path, capsys, answer, text):
    """The outcome and the reason are printed, the key is not."""
    with WeComRobot() as receiver:
        receiver.script.append(answer)
        assert run(configuration(tmp_path, {"name": "sec", "type": "wecom", "url": receiver.url}), "sec") == 1
        captured = capsys.readouterr()
    assert text in captured.out
    assert "WECOM-KEY" not in captured.out + captured.err


def test_output_follows_the_lang_option(tmp_path, capsys):
    """``--lang`` sets the language of the output, not of the alert."""
    with DingTalkRobot(secret="SECabc") as receiver:
        config = configuration(tmp_path, {"name": "ding", "type": "dingtalk", "url": receiver.url, "secret": "SECabd"})
        assert run(config, "ding", "--lang", "zh") == 1
    assert "ding（dingtalk）：被拒绝：通道配置有误" in capsys.readouterr().out


def test_an_unknown_channel_is_a_usage_error(tmp_path, capsys):
    """The configured channels are listed."""
    config = configuration(tmp_path, {"name": "sec", "type": "wecom", "url": "https://hooks.example.com/"})
    assert run(config, "sce") == 2
    assert "no such channel: sce; configured channels: sec" in capsys.readouterr().err
    assert run(configuration(tmp_path), "sec") == 2
    assert "add one to alerts.channels" in capsys.readouterr().err


def test_an_invalid_secret_is_a_usage_error(tmp_path, capsys):
    """The channel is named, the secret is not printed, and nothing is sent."""
    with EventHook() as hook:
        config = configuration(tmp_path, {"name": "soc", "type": "webhook", "url": hook.url, "secret": "not-a-whsec"})
        assert run(config, "soc") == 2
        assert hook.received == []
    captured = capsys.readouterr().err
    assert "channel soc" in captured
    assert "not-a-whsec" not in captured

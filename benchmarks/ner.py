"""Measure precision and recall for names and addresses in Chinese prose, by key only and with the extra ``ner``.

    python benchmarks/ner.py [--show N]

Three kinds of prose are generated from templates: call-centre notes, news, judgments. Names and addresses are drawn
from lists; organisations, products and places serve as traps. A span counts when it is exactly the generated one; an
address may lack its province or continue with more detail.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import ner_harder as harder
import ner_third as third

from leakwatch.core.model import Origin, TextChunk
from leakwatch.core.places import LinePlace
from leakwatch.detection.analyze import Analyzer
from leakwatch.detection.policy import select
from leakwatch.pipeline import add_ner
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch_detectors.catalog import detectors

Parts = Mapping[str, tuple[Callable[[random.Random], str], str | None]]
SENTENCES = 300
NOBODY = 20_000
NAME, ADDRESS = "PERSON_NAME", "CN_ADDRESS"

SURNAMES = [*"王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈"]
SURNAMES += ["欧阳", "司马", "上官", "诸葛", "慕容", "夏侯"]
GIVEN = [*"伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅建国志文宇欣雨晨佳怡浩轩梓涵思远嘉铭若曦一诺子墨"]
DOTTED = ["阿依古丽", "买买提", "古丽娜尔", "艾力", "阿不都", "帕提古丽", "卓玛", "次仁", "巴特尔", "其其格"]
CITIES = [
    "北京市朝阳区",
    "上海市浦东新区",
    "广东省深圳市南山区",
    "浙江省杭州市西湖区",
    "四川省成都市武侯区",
    "湖北省武汉市洪山区",
]
CITIES += ["江苏省南京市鼓楼区", "陕西省西安市雁塔区", "山东省青岛市市南区", "福建省厦门市思明区", "河南省郑州市金水区"]
ROADS = [
    "建设路",
    "人民路",
    "解放大道",
    "中山路",
    "文一西路",
    "科技园路",
    "长江路",
    "和平街",
    "学院路",
    "滨河大道",
    "新华街",
]
ESTATES = ["幸福小区", "阳光花园", "翠苑小区", "东湖新城", "金色家园", "滨江公寓"]
COMPANIES = ["远航科技有限公司", "金鼎商贸公司", "华泰物业公司", "高新软件园", "平安里社区居委会", "马上办政务中心"]
PRODUCTS = ["黄金会员", "白条分期", "安心贷", "高兴卡", "万能险", "方便付"]
PLACES = ["张家口", "石家庄", "马鞍山", "黄山", "吴江区", "高密市", "秦皇岛", "郑州东站"]

CALLS = [
    "客户{n}来电反映其贷款已结清但征信未更新，要求尽快处理。",
    "{n}先生表示上月已还款，坐席核实后告知将在三个工作日内答复。",
    "已联系{n}女士，客户称目前住在{a}，请将合同寄到该地址。",
    "回访{n}，对方情绪激动，投诉{p}乱扣费，已升级处理。",
    "用户咨询{p}的提前还款手续费，已按话术解答，用户表示满意。",
    "客户要求变更收货地址为{a}，收件人改为{n}，工单已提交。",
    "坐席通知{n}其申请已通过，客户随后询问{c}是否为合作商户。",
    "来电人自称{n}，是借款人{n}的配偶，要求代为办理展期。",
    "客户反映在{l}出差期间被多次催收，希望停止拨打单位电话。",
    "高级管理员审核通过后，系统自动发送短信通知，无需人工干预。",
    "经核实，{n}的账户于昨日被冻结，原因是{c}提交的资料不全。",
    "用户家住{a}，上门维修时间约在周六上午，师傅为{n}。",
]
NEWS = [
    "昨天下午，{l}举行了招商推介会，{c}等企业参加。",
    "据市民{n}介绍，他在{a}经营的小店已经开了十年。",
    "记者{n}从{c}获悉，新产品{p}将于下月上市。",
    "{n}在接受采访时说，家乡的变化让他感到高兴。",
    "警方通报，犯罪嫌疑人{n}在{l}被抓获，案件正在进一步审理。",
    "随着气温回升，{l}各大公园游客明显增多，市场平稳有序。",
    "{c}负责人{n}表示，公司将继续加大研发投入。",
    "村民{n}和{n}合伙承包了果园，年收入超过二十万元。",
    "方案实施以来，平均办理时长由五天缩短为两天，群众满意度明显提高。",
    "比赛中，{n}以两分优势战胜{n}，获得冠军。",
    "医生{n}提醒，换季时要注意保暖，及时就医。",
    "项目位于{a}，总投资约三亿元，由{c}承建。",
]
COURT = [
    "原告{n}诉被告{n}民间借贷纠纷一案，本院立案后依法适用简易程序公开开庭进行了审理。",
    "被告{n}，男，汉族，住{a}。",
    "委托诉讼代理人{n}，系{c}员工。",
    "经审理查明，{n}于去年三月向{n}借款五万元，约定月利率百分之一。",
    "本院认为，合法的借贷关系受法律保护，债务应当清偿。",
    "被执行人{n}名下位于{a}的房屋一套予以查封。",
    "证人{n}出庭作证，称双方曾在{l}就还款事宜进行协商。",
    "上诉人{c}因与被上诉人{n}劳动争议一案，不服一审判决，向本院提起上诉。",
    "审判长{n}，审判员{n}，书记员{n}。",
    "如不服本判决，可在判决书送达之日起十五日内，向本院递交上诉状。",
    "{n}辩称，该款项系{n}偿还的货款，并非借款。",
    "第三人{c}述称，{p}合同系格式合同，已尽到提示义务。",
]
GENRES = {"call centre": CALLS, "news": NEWS, "judgments": COURT}


@dataclass
class Text:
    """A sentence, and where its names and addresses stand."""

    line: str = ""
    spans: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: {NAME: [], ADDRESS: []})

    def add(self, text: str, entity: str | None = None) -> None:
        if entity:
            self.spans[entity].append((len(self.line), len(self.line) + len(text)))
        self.line += text


@dataclass
class Score:
    right: int = 0
    found: int = 0
    made: int = 0

    def __str__(self) -> str:
        precision = self.right / self.found if self.found else 1.0
        recall = self.right / self.made if self.made else 1.0
        f1 = 2 * precision * recall / (precision + recall) if self.right else 0.0
        counts = f"({self.right} right, {self.found} found, {self.made} made)"
        return f"P {precision:.3f}  R {recall:.3f}  F1 {f1:.3f}  {counts}"


def name(draw: random.Random) -> str:
    if draw.random() < 0.05:
        return "·".join(draw.sample(DOTTED, 2))
    return draw.choice(SURNAMES) + "".join(draw.sample(GIVEN, draw.choice([1, 2, 2])))


def address(draw: random.Random) -> str:
    place = draw.choice(CITIES) if draw.random() < 0.8 else ""
    if draw.random() < 0.4:
        return (
            f"{place}{draw.choice(ESTATES)}{draw.randint(1, 30)}栋{draw.randint(1, 4)}单元{draw.randint(101, 2804)}室"
        )
    tail = draw.choice(
        ["", f"{draw.randint(1, 9)}号楼{draw.randint(101, 999)}室", f"{draw.randint(2, 9)}栋{draw.randint(101, 2000)}"]
    )
    return f"{place}{draw.choice(ROADS)}{draw.randint(1, 999)}号{tail}" + (
        "室" if tail.endswith(tuple("0123456789")) else ""
    )


PARTS: Parts = {
    "n": (name, NAME),
    "a": (address, ADDRESS),
    "c": (lambda draw: draw.choice(COMPANIES), None),
    "p": (lambda draw: draw.choice(PRODUCTS), None),
    "l": (lambda draw: draw.choice(PLACES), None),
}


def sentence(draw: random.Random, template: str, parts: Parts = PARTS) -> Text:
    text = Text()
    for piece in template.replace("}", "{").split("{"):
        make, entity = parts.get(piece, (None, None))
        text.add(make(draw) if make else piece, entity)
    return text


def same(entity: str, found: tuple[int, int], made: tuple[int, int]) -> bool:
    if entity == NAME:
        return found == made
    return found[0] < made[1] and made[0] < found[1] and found[1] >= made[1] and found[0] <= made[0] + 9


def measure(analyzer: Analyzer, texts: Sequence[Text], show: int) -> tuple[dict[str, Score], float]:
    start = time.perf_counter()
    found: list[dict[str, list[tuple[int, int]]]] = [{NAME: [], ADDRESS: []} for _ in texts]
    for one in analyzer.analyze(TextChunk(Origin("prose"), "\n".join(text.line for text in texts).encode())).findings:
        if one.entity in (NAME, ADDRESS) and isinstance(one.place, LinePlace):
            found[one.place.line - 1][one.entity].append((one.place.start_column - 1, one.place.end_column - 1))
    seconds = time.perf_counter() - start
    scores = {}
    for entity in (NAME, ADDRESS):
        score = scores[entity] = Score()
        for text, candidates in zip(texts, found, strict=True):
            made = text.spans[entity]
            right = sum(any(same(entity, candidate, one) for one in made) for candidate in candidates[entity])
            score.right += right
            score.found += len(candidates[entity])
            score.made += len(made)
            if show > 0 and (right < len(made) or right < len(candidates[entity])):
                show -= 1
                print(
                    "   ",
                    entity,
                    text.line,
                    "made",
                    [text.line[a:b] for a, b in made],
                    "found",
                    [text.line[a:b] for a, b in candidates[entity]],
                )
    return scores, seconds


def alarms(analyzer: Analyzer, prose: Sequence[tuple[str, Parts]], size: int) -> Counter[str]:
    """What is found in so many sentences in which nobody is named: places, firms, brands, words and masked names."""
    draw = random.Random("nobody")
    nobody = [one for one in prose if not any(f"{{{name}}}" in one[0] for name in "ntdua")]
    lines = [sentence(draw, *nobody[number % len(nobody)]).line for number in range(size)]
    findings = analyzer.analyze(TextChunk(Origin("prose"), "\n".join(lines).encode())).findings
    return Counter(one.entity for one in findings)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--show", type=int, default=0, help="Print that many sentences that were not read right.")
    show = parser.parse_args().show
    active = select(detectors(), {"cn", "hk", "mo", "tw"}, ())
    kinds = {
        "key only": Analyzer(active, Fingerprinter(bytes(32))),
        "with ner": Analyzer(add_ner(active), Fingerprinter(bytes(32))),
    }
    for analyzer in kinds.values():
        analyzer.warm()
    kinds_of_prose = [(genre, templates, PARTS) for genre, templates in GENRES.items()]
    kinds_of_prose += [(genre, templates, harder.PARTS) for genre, templates in harder.GENRES.items()]
    kinds_of_prose += [(genre, templates, third.PARTS) for genre, templates in third.GENRES.items()]
    for genre, templates, parts in kinds_of_prose:
        draw = random.Random(genre)
        texts = [sentence(draw, templates[number % len(templates)], parts) for number in range(SENTENCES)]
        print(f"{genre}: {len(texts)} sentences")
        for kind, analyzer in kinds.items():
            scores, seconds = measure(analyzer, texts, show if kind == "with ner" else 0)
            for entity, score in scores.items():
                print(f"  {kind:<9} {entity:<12} {score}")
            print(f"  {kind:<9} {seconds / len(texts) * 1000:.1f} ms a sentence")
    prose = [(template, parts) for _, templates, parts in kinds_of_prose for template in templates]
    for kind, analyzer in kinds.items():
        found = alarms(analyzer, prose, NOBODY)
        print(f"nobody named: {NOBODY} sentences, {kind}: {found.total()} findings {dict(found) or ''}")


if __name__ == "__main__":
    main()

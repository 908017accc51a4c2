"""A second set of prose for ``ner.py``, harder than the first and written apart from it; nobody in it exists.

Rare and double surnames, given names that are ordinary words, names with a middle dot and without a surname, the
traditional script, long sentences, several persons in one; and, as traps, places, brands and words that begin like a
name, firms named after people, surnames with a title only, and names that are masked already (某).
"""

from __future__ import annotations

import random

SURNAMES = [
    *"闻佘阚亓仝展蒯晁郗佟覃蔺冼卓储麦苟栾符祝桑冉敖单翟柯骆聂鞠柴池符霍甄桂牟樊岑项褚焦司简劳向门齐尚黎温高方白金安常"
]
SURNAMES += [
    "欧阳",
    "司马",
    "诸葛",
    "上官",
    "皇甫",
    "尉迟",
    "令狐",
    "端木",
    "公孙",
    "长孙",
    "司徒",
    "独孤",
    "南宫",
    "东方",
]
SURNAMES += [*"王李张刘陈杨黄吴周徐"] * 3
GIVEN = [
    "淑珍",
    "翠莲",
    "桂香",
    "建军",
    "卫东",
    "国栋",
    "振华",
    "海燕",
    "雪梅",
    "晓琳",
    "俊杰",
    "子轩",
    "雨桐",
    "梓萱",
    "浩然",
]
GIVEN += [
    "奕辰",
    "沐晨",
    "泽宇",
    "佳琪",
    "诗涵",
    "锦程",
    "立新",
    "广胜",
    "德全",
    "福生",
    "秋菊",
    "永刚",
    "红霞",
    "玉兰",
    "春生",
]
GIVEN += [
    "向阳",
    "建设",
    "光明",
    "爱国",
    "和平",
    "胜利",
    "丰收",
    "长江",
    "黎明",
    "高峰",
    "文静",
    "一鸣",
    "可欣",
    "思远",
    "力行",
]
GIVEN += [*"磊婷凯琳峰斌蕾倩鹏娜刚旭彬薇莹涛珊"]
DOTTED = ["迪丽拜尔·吐尔逊", "热依拉·阿布都热合曼", "阿力木江·买买提明", "古丽仙·木沙", "艾尼瓦尔·肉孜", "沙依兰·别克"]
UNDOTTED = ["扎西顿珠", "乌云其木格", "格桑曲珍", "巴图孟克"]
TRADITIONAL = ["歐陽", "諸葛", "張簡", *"陳黃劉張鄭葉蕭鄧龔嚴盧鍾羅譚賴簡關馮鄺譚"]
TRADITIONAL_GIVEN = [
    "美華",
    "志強",
    "國榮",
    "淑貞",
    "嘉欣",
    "詠詩",
    "俊傑",
    "家豪",
    "雅婷",
    "宗翰",
    "怡君",
    "偉文",
    "麗",
    "濤",
    "慧嫻",
]

CITIES = [
    "广西壮族自治区南宁市青秀区",
    "内蒙古自治区呼和浩特市赛罕区",
    "重庆市渝北区",
    "天津市河西区",
    "云南省昆明市盘龙区",
]
CITIES += [
    "辽宁省大连市沙河口区",
    "河北省石家庄市长安区",
    "贵州省贵阳市云岩区",
    "新疆维吾尔自治区乌鲁木齐市天山区",
    "苏州市姑苏区",
]
STREETS = [
    "民族大道",
    "观音桥步行街",
    "友谊北路",
    "翠湖南路",
    "东大街",
    "胜利西街",
    "金马碧鸡巷",
    "平江路",
    "学府三路",
    "延安东路",
]
ESTATES = ["紫荆苑", "锦绣江南", "龙湖春江郦城", "万科翡翠公园", "铁路新村", "水岸名都", "教师家属院"]

PLACES = [
    "成都",
    "安康",
    "高明",
    "白云机场",
    "常德",
    "温州",
    "金华",
    "黎平",
    "吉安",
    "江阴",
    "司马台",
    "诸葛村",
    "马家沟",
    "沈阳北站",
]
FIRMS = [
    "周大福珠宝",
    "李宁专卖店",
    "马应龙药业",
    "王老吉公司",
    "方正证券",
    "金杜律师事务所",
    "康师傅饮品",
    "吴裕泰茶庄",
    "陈氏集团",
]
FIRMS += [
    "平安银行",
    "李先生牛肉面",
    "张裕葡萄酒公司",
    "高德地图",
    "常青藤教育",
    "欧阳山文学馆",
    "白象食品",
    "叶氏兄弟商行",
]
WORDS = [
    "早高峰",
    "黎明前后",
    "周到的服务",
    "温馨提示",
    "高考期间",
    "方圆十里",
    "白领人群",
    "康复训练",
    "常温保存",
    "金秋时节",
]
WORDS += [
    "安全生产",
    "严重程度",
    "江山如画",
    "高铁沿线",
    "车辆年检",
    "相当一部分",
    "宣传周",
    "明显好转",
    "马拉松赛",
    "水电费用",
]
MASKED = ["张某", "李某某", "王某甲", "陈某", "欧阳某"]

CALLS = [
    "您好，我是{n}，上个月在{l}出差时信用卡丢了，当时挂失过，现在想问一下补卡寄到{a}行不行。",
    "{n}女士进线，情绪较平稳，说{w}给她打过三次电话的是外包公司，要求删除留存的号码。",
    "工单备注：机主{n}与还款人{n}系兄弟关系，二人均同意由{n}处理剩余欠款。",
    "客户说介绍她来的是{c}的店员，店员只留了个姓，叫高老师，别的不清楚。",
    "投诉升级，主管{n}已回电；{n}本人表示接受减免方案，回执寄往{a}。",
    "用户反馈{w}排队时间长，建议增开窗口，未留姓名。",
    "来电者操方言，听着像叫{n}，核对证件后确认无误，{n}名下共两张卡。",
    "请转告{n}：快递放在{a}的菜鸟驿站，收件人写的是{n}。",
    "{n}同学的家长来电，询问{c}的校园贷款是不是骗局，已劝其报警。",
    "坐席小王已按流程安抚，客户称再联系就找{c}的领导，随后挂断。",
    "经查，代办人{n}未携带授权书，柜员{n}依规拒绝办理，{w}双方发生口角。",
    "客戶{t}小姐致電反映帳單地址有誤，要求更改，其先生{t}亦在旁協助說明。",
    "上門回訪{t}，本人不在家，由鄰居代收文件，已電話告知{t}女士。",
    "客户{d}来电称名字太长系统存不下，户名被截断，要求更正。",
    "被催收人自述与{n}已离婚三年，债务与己无关，{x}的电话早已停机。",
    "小张、小李都看过这个工单了，{w}的问题还是没有人跟进，请尽快处理。",
]
NEWS = [
    "本报记者{n}、通讯员{n}报道：{w}，{l}街头随处可见志愿者的身影。",
    "“这条路通了以后，出门方便多了。”家住{a}的{n}笑着说。",
    "{c}昨日发布公告称，董事长{n}因个人原因辞职，由{n}代行职责。",
    "受冷空气影响，{l}气温明显下降，{w}能见度较低，请注意行车安全。",
    "颁奖典礼上，{n}凭借《远山》获得最佳编剧，{n}、{n}并列最佳新人。",
    "民警{n}连续工作了三十个小时，终于在{l}一处出租屋内将嫌疑人{x}抓获。",
    "{n}教授团队历时六年完成了这项研究，论文第一作者是博士生{n}。",
    "{c}与{c}达成战略合作，双方将在{l}共建物流中心。",
    "{w}，不少市民选择到{l}踏青，{c}门前排起了长队。",
    "今年七十八岁的{n}老人至今仍坚持给邻居义务理发，老伴{n}负责打下手。",
    "裁判{n}吹响终场哨，{n}跪地庆祝，看台上{w}般的欢呼持续了很久。",
    "歌手{d}在晚会上演唱了家乡民歌，主持人{n}与其合唱。",
    "{t}昨日出席記者會時表示，相關措施將於下月實施，發言人{t}補充了細節。",
    "市長{t}指出，交通建設要兼顧民生，議員{t}則認為預算仍有檢討空間。",
    "据介绍，{w}的用电量同比增长百分之八，供电部门已做好应急准备。",
    "牧民{u}把走失的牛群送了回来，村支书{n}特地登门致谢。",
]
COURT = [
    "上诉人{n}因与被上诉人{n}、原审第三人{c}房屋租赁合同纠纷一案，不服一审判决，向本院提起上诉。",
    "原告{n}，女，汉族，个体工商户，住所地{a}，系{n}之妻。",
    "法定代表人：{n}，总经理。委托诉讼代理人：{n}，北京某律师事务所律师。",
    "{n}法官主持调解，{n}与{n}自愿达成如下协议。",
    "被告人{x}伙同{x}，趁{w}人多之机，在{l}火车站扒窃三起。",
    "本案由审判员{n}独任审理，书记员{n}担任记录，{c}派员旁听。",
    "{n}、{n}对上述事实均无异议，本院予以确认。",
    "申请执行人{c}与被执行人{n}借款合同纠纷一案，案外人{n}对查封{a}房产提出异议。",
    "经审查，{w}不属于不可抗力，{c}关于免责的抗辩本院不予采纳。",
    "证人{n}陈述：案发当晚我看见{n}从{l}方向开车过来，副驾驶坐着{n}。",
    "原審認定{t}向{t}借款新台幣五十萬元，屆期未還，事實明確。",
    "上訴人{t}主張，{t}所提出之收據並非真正，請求廢棄原判決。",
    "被告{d}，男，维吾尔族，户籍所在地{a}，现羁押于看守所。",
    "综上，依照有关法律规定，驳回起诉，案件受理费减半收取，由{n}负担。",
    "死者{n}的法定继承人为其配偶{n}、长子{n}及次女{n}，四人均同意放弃{w}期间的孳息。",
    "鉴定人{n}出庭接受质询，认为笔迹与{n}的样本一致。",
]
GENRES = {"call centre, harder": CALLS, "news, harder": NEWS, "judgments, harder": COURT}


def name(draw: random.Random) -> str:
    """A name in the simplified script."""
    return draw.choice(SURNAMES) + draw.choice(GIVEN)


def traditional(draw: random.Random) -> str:
    """A name in the traditional script."""
    return draw.choice(TRADITIONAL) + draw.choice(TRADITIONAL_GIVEN)


def address(draw: random.Random) -> str:
    """An address down to the house number, in one of the forms that people write."""
    place = draw.choice(CITIES) if draw.random() < 0.85 else ""
    if draw.random() < 0.45:
        tail = draw.choice(["{}幢{}室", "{}栋二单元{}", "{}号楼{}号"])
        return f"{place}{draw.choice(STREETS)}{draw.choice(ESTATES)}" + tail.format(
            draw.randint(1, 40), draw.randint(101, 3204)
        )
    tail = draw.choice(["", f"附{draw.randint(1, 30)}号", f"{draw.choice(ESTATES)}{draw.randint(1, 9)}栋"])
    return f"{place}{draw.choice(STREETS)}{draw.randint(1, 699)}号{tail}"


PARTS = {
    "n": (name, "PERSON_NAME"),
    "t": (traditional, "PERSON_NAME"),
    "d": (lambda draw: draw.choice(DOTTED), "PERSON_NAME"),
    "u": (lambda draw: draw.choice(UNDOTTED), "PERSON_NAME"),
    "a": (address, "CN_ADDRESS"),
    "l": (lambda draw: draw.choice(PLACES), None),
    "c": (lambda draw: draw.choice(FIRMS), None),
    "w": (lambda draw: draw.choice(WORDS), None),
    "x": (lambda draw: draw.choice(MASKED), None),
}
"""What stands for each letter in a template: how it is made, and what it has to be found as."""

"""Templates and loggers: what names the place of a leak in a log."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakwatch.text import template
from leakwatch.text.template import MAX_CHARACTERS, Templates, logger_of

SURNAMES = st.sampled_from("王李张刘陈杨赵黄周吴")
GIVEN = st.text(alphabet="伟芳娜敏静丽强磊军洋", min_size=1, max_size=2)
NUMBERS = st.integers(min_value=0, max_value=10**18)


@pytest.mark.parametrize(
    ("line", "logger"),
    [
        ("2026-03-01 10:15:32.123 INFO [loan-api] c.e.loan.SmsService - sent", "c.e.loan.SmsService"),
        (
            "10:15:32.123 [main] DEBUG c.e.loan.dao.LoanMapper.selectById - ==> Preparing",
            "c.e.loan.dao.LoanMapper.selectById",
        ),
        ("2026-03-01 10:15:32.123  INFO 4711 --- [nio-8080-exec-1] c.e.loan.SmsService  : sent", "c.e.loan.SmsService"),
        ("2026-03-01T10:15:32.123+08:00  WARN 1 --- [loan] [   main] o.s.b.Banner : up", "o.s.b.Banner"),
        ("10:15:32.123 [exec-9] INFO  sys-user - [run,35] - 登录成功", "sys-user"),
        ("2026-03-01 10:15:32,123 - app.sms - INFO - sent", "app.sms"),
        ("INFO:app.sms:sent", "app.sms"),
        ("2026-03-01 10:15:32 INFO app.sms: sent", "app.sms"),
        ("2026-03-01 10:15:32 [com.example.Sms] ERROR sent", "com.example.Sms"),
        (
            "2026-03-01 10:15:32 [myid:1] - INFO [Thread-1:o.a.z.NettyServerCnxn@123] - Processing",
            "o.a.z.NettyServerCnxn",
        ),
        (
            "[2026-03-01 10:15:32,123] INFO [Broker 0]: Removed 0 (kafka.coordinator.GroupManager)",
            "kafka.coordinator.GroupManager",
        ),
        ('{"level":"INFO","logger_name":"c.e.loan.Sms","message":"sent"}', "c.e.loan.Sms"),
        ('{"logger": "app.sms", "msg": "sent"}', "app.sms"),
        ('{"log":"{\\"logger\\":\\"app.sms\\"}"}', "app.sms"),
        ('logger=settings t=2026-03-01 level=info msg="sent"', "settings"),
        ("2026-03-01T10:15:32Z\tINFO\tloan.sms\tsms.go:12\tsent", "loan.sms"),
        ("2026-03-01T10:15:32Z\tinfo\tloan/sms.go:12\tsent", "loan/sms.go"),
        ("Mar  1 10:15:32 host sshd[123]: session opened", "sshd"),
        ("2026-03-01T10:15:32+08:00 host loan-api[7]: sent", "loan-api"),
        ("\tat com.example.loan.OrderService.process(OrderService.java:20)", None),
        ('10.0.0.1 - - [01/Mar/2026:10:00:00 +0800] "GET / HTTP/1.1" 200 12', None),
        ("just words, nothing else", None),
        ("", None),
    ],
)
def test_logger_of(line, logger):
    """The usual layouts of Java, Python, Go, JSON and syslog name their logger; where there is none, none is made up."""
    assert logger_of(line) == logger


STATEMENTS = (
    "2026-03-{0:02d} 10:15:32.{1:03d} [exec-{2}] INFO c.e.loan.Sms - 客户{name}申请借款,手机{value},流水号{3},耗时{1}ms",
    '{{"ts":"2026-03-{0:02d}T10:15:32Z","id":{3},"user":"{name}","message":"客户 {value} 登录","trace":"{3:032x}"}}',
    "Mar {0:2d} 10:15:32 host app[{2}]: user={name} phone={value} id={3:x} done",
    "2026-03-{0:02d} INFO [{name}] 查询成功 order_{3} 编号 a{2}-b{1} '{name}' 金额:{2}.{1}",
)


@pytest.mark.parametrize("statement", STATEMENTS)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 28), st.integers(0, 999), st.integers(1, 200), NUMBERS, SURNAMES, GIVEN, st.integers(0, 9999)
        ),
        min_size=2,
        max_size=8,
    )
)
def test_one_statement_has_one_template(statement, values):
    """Whatever the times, numbers, names and identifiers in it: all lines of one log statement have one template."""
    templates = set()
    for day, millis, thread, number, surname, given_name, serial in values:
        name, value = surname + given_name, f"1390000{serial:04d}"
        line = statement.format(day, millis, thread, number, name=name, value=value)
        spans = [(at, at + len(text)) for text in (name, value) if (at := line.find(text)) >= 0]
        templates.add(Templates().of(line, spans))
    assert len(templates) == 1
    assert not any(value[4] + value[5] in next(iter(templates)) for value in values)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("INFO c.e.Sms - 发送成功 1", "INFO c.e.Sms - 发送失败 1"),
        ('{"msg":"sent 1","id":1}', '{"msg":"refused 1","id":1}'),
        ('{"id":1}', '{"key":1}'),
        ("user=a logged in", "user=a logged out"),
    ],
)
def test_different_statements_have_different_templates(one, other):
    """Templates differ by the words of a statement, the message of a JSON line and the names of its members."""
    assert Templates().of(one, ()) != Templates().of(other, ())


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    '{{"id{0}":{0},"msg":"sent {0}"}}',
                    "a{0}=b{0} [t{0}] INFO {0} 中{0}",
                    "{0}",
                    "to {0}, '{0}' \ud800",
                    '"k{0}" : "{0}"',
                ]
            ),
            st.sampled_from(["1", "2", "10", "21", "3x", ""]),
        ),
        min_size=1,
    )
)
def test_what_is_known_of_a_statement_is_true_of_its_next_line(lines):
    """A template is that of the line alone, whatever lines with other digits have been seen before it."""
    templates = Templates()
    for line, number in lines:
        text = line.format(number)
        assert templates.of(text, ()) == Templates().of(text, ())


def test_what_is_known_of_statements_is_bounded(monkeypatch):
    """No more than so many are kept."""
    monkeypatch.setattr(template, "_KEPT", 3)
    templates = Templates()
    assert [templates.of(sign * 3, ()) for sign in "abcdefgh"] == [sign * 3 for sign in "abcdefgh"]
    assert len(templates._known) <= 3


@given(st.text(max_size=80), st.lists(st.tuples(st.integers(0, 80), st.integers(0, 80)), max_size=4))
def test_any_text_and_spans_have_a_template(text, pairs):
    """Overlapping and unsorted spans do no harm, and the same input has the same template."""
    spans = [(min(pair), max(pair)) for pair in pairs]
    assert Templates().of(text, spans) == Templates().of(text, list(reversed(spans)))


def test_a_long_line_is_known_by_its_beginning():
    """A line of megabytes costs no more than its beginning, and a value that crosses the end of that goes out whole."""
    text = "a " * (MAX_CHARACTERS // 2 - 2) + "SECRETVALUE" + " tail" * 1000
    start = text.index("SECRET")
    template = Templates().of(text, [(start, start + len("SECRETVALUE")), (5000, 5004)])
    assert "SECRET" not in template
    assert "VALUE" not in template
    assert len(template) <= MAX_CHARACTERS

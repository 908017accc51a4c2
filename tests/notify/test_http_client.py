"""One POST over real sockets, and every way it can end."""

from __future__ import annotations

import logging
import socket
import threading
import time
import traceback

import pytest
from support.certificates import certificate
from support.receivers import HTML, RESET, Answer, Receiver

from leakwatch.core.errors import ChannelFault, DeliveryError, MaybeDelivered, TryLater, UnknownAnswer
from leakwatch.notify.http_client import ANSWER_BYTES, HttpClient, Reply, Timeouts, _Exchange

TOKEN = "TOKEN-THAT-NOBODY-MAY-SEE"
BODY = b'{"text":"BODY-THAT-NOBODY-MAY-SEE"}'
QUICK = Timeouts(connect=30.0, read=30.0, total=2.0)


def post(receiver: Receiver, *, read_body: bool = True, **settings: object) -> Reply:
    settings = {"allow_hosts": ("127.0.0.1",), "timeouts": Timeouts(30.0, 30.0, 60.0)} | settings
    url = f"{receiver.url}?access_token={TOKEN}"
    return HttpClient(**settings).post(url, BODY, {"Content-Type": "application/json"}, read_body=read_body)


def refused(receiver: Receiver, **settings: object) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        post(receiver, **settings)
    shown = "".join(traceback.format_exception(caught.value))
    assert TOKEN not in shown
    assert "BODY-THAT" not in shown
    return caught.value


@pytest.fixture
def receiver():
    with Receiver() as one:
        yield one


def test_the_bytes_arrive_as_they_were_given(receiver):
    """What is signed is what is sent: no re-encoding, and the query as it was written."""
    reply = post(receiver)
    assert (reply.status, reply.body, reply.after) == (200, b"ok", None)
    (request,) = receiver.received
    assert request.body == BODY
    assert request.target == f"/hook?access_token={TOKEN}"
    assert request.headers["host"] == receiver.host
    assert request.headers["user-agent"] == "leakwatch"


def test_an_answer_of_any_status_is_handed_on(receiver):
    """Chats put their codes into errors as well, so reading them is the sink's business."""
    receiver.script.append(Answer(400, b'{"code":9499}'))
    assert post(receiver).status == 400


def test_retry_after_is_read_as_seconds_and_as_a_date(receiver):
    """Both forms of the header are in use; anything else counts as no wish."""
    for value in ("120", "Wed, 25 Nov 2026 10:02:00 GMT", "Wed, 25 Nov 2026 09:00:00 GMT", "soon", "-5", "1" * 40):
        receiver.script.append(Answer(429, b"", {"Retry-After": value}))
    now = 1795600800.0  # Wed, 25 Nov 2026 10:00:00 GMT
    afters = [post(receiver, clock=lambda: now).after for _ in range(6)]
    assert afters == [120.0, 120.0, 0.0, None, None, 111111111.0]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_a_fault_and_is_not_followed(receiver, status):
    """A 307 would carry the body to another host."""
    with Receiver() as other:
        receiver.script.append(Answer(status, b"", {"Location": other.url}))
        assert isinstance(refused(receiver), ChannelFault)
        assert other.received == []
    assert len(receiver.received) == 1


def test_a_reset_after_the_request_may_have_delivered(receiver):
    """The message may be in the chat already: it must neither count as lost nor as sent."""
    receiver.script.append(RESET)
    assert isinstance(refused(receiver), MaybeDelivered)
    assert len(receiver.received) == 1


@pytest.mark.parametrize("how", ["stall", "drip"])
def test_the_whole_exchange_has_a_deadline(receiver, how):
    """A receiver that feeds single bytes, in headers or body, does not hold the worker."""
    receiver.script.append(Answer(200, b"x", how=how))
    before = time.monotonic()
    assert isinstance(refused(receiver, timeouts=QUICK), MaybeDelivered)
    assert time.monotonic() - before < 15, "the receiver would have gone on for 20 seconds"


def test_a_silent_receiver_is_left_after_the_read_timeout(receiver):
    """Nothing comes at all: the wait for the next bytes ends it."""
    receiver.script.append(Answer(200, b"", how="stall"))
    assert isinstance(refused(receiver, timeouts=Timeouts(30.0, 1.0, 60.0)), MaybeDelivered)


def test_a_slow_body_does_not_matter_when_the_status_is_the_answer(receiver):
    """A webhook's 2xx is success whatever comes after it."""
    receiver.script.append(Answer(200, b"x", how="stall"))
    assert post(receiver, read_body=False, timeouts=QUICK).status == 200


def test_an_endless_answer_is_not_read_to_its_end(receiver):
    """64 KiB are read and no more: enough for an error's code, and no success is that long."""
    receiver.script.extend([Answer(500, how="huge"), Answer(200, how="huge")])
    assert len(post(receiver).body) == ANSWER_BYTES
    assert isinstance(refused(receiver), UnknownAnswer)


def test_a_refused_connection_means_nothing_was_sent():
    """A refused connection is safe to try again, and holds the whole robot."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        receiver = Receiver()
        receiver._server.server_close()
        receiver._server.server_address = free.getsockname()
        outcome = refused(receiver)
    assert isinstance(outcome, TryLater)
    assert outcome.hold


def test_a_receiver_that_never_finishes_connecting_is_left():
    """A TLS handshake that never begins ends at the connect timeout, before anything was sent."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        client = HttpClient(allow_hosts=("127.0.0.1",), timeouts=Timeouts(0.3, 0.3, 1.0))
        with pytest.raises(TryLater):
            client.post(f"https://127.0.0.1:{mute.getsockname()[1]}/{TOKEN}", BODY, {})


def test_the_deadline_also_ends_connecting():
    """The total counts from the beginning, not from the first byte sent."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        client = HttpClient(allow_hosts=("127.0.0.1",), timeouts=Timeouts(1.5, 1.5, 0.1))
        with pytest.raises(TryLater, match="too long"):
            client.post(f"https://127.0.0.1:{mute.getsockname()[1]}/{TOKEN}", BODY, {})


def test_the_next_address_is_tried_when_the_first_does_not_accept():
    """A name with a dead address beside a living one still delivers."""
    with Receiver() as receiver:
        client = HttpClient(allow_hosts=("hook.example",), resolver=lambda *_: ["127.0.0.9", "127.0.0.1"])
        assert client.post(f"http://hook.example:{receiver.port}/x", BODY, {}).status == 200
        assert receiver.received[0].headers["host"] == f"hook.example:{receiver.port}"


def test_the_checked_address_is_the_connected_one_even_when_the_dns_changes_its_mind():
    """One lookup per post: a second answer, of an inner address, is never asked for."""
    asked = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    with Receiver() as receiver:
        client = HttpClient(allow_hosts=("hook.example",), resolver=rebinding)
        client.post(f"http://hook.example:{receiver.port}/x", BODY, {})
        assert len(receiver.received) == 1
    assert asked == ["hook.example"]


def test_an_inner_receiver_that_is_not_listed_gets_no_connection():
    """The refusal comes before any packet."""
    with Receiver() as receiver:
        assert isinstance(refused(receiver, allow_hosts=()), ChannelFault)
        assert receiver.received == []


@pytest.mark.parametrize(
    "url", ["", "nonsense", "https://", "https://exa mple/x", "https://h:port/x", "https://\ud800/"]
)
def test_a_url_that_is_none_is_a_fault_of_the_channel(url):
    """A typing mistake in the configuration is said as one."""
    with pytest.raises(ChannelFault):
        HttpClient().post(url, BODY, {})


def test_tls_is_checked_for_the_name_while_the_address_is_pinned(tmp_path):
    """The certificate is the name's, the connection goes to the checked address, SNI and Host carry the name."""
    context, trusted = certificate(tmp_path, "hook.example")
    seen: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: seen.append(name)
    with Receiver(tls=context) as receiver:
        client = HttpClient(allow_hosts=("127.0.0.0/8",), ca_file=str(trusted), resolver=lambda *_: ["127.0.0.1"])
        assert client.post(f"https://hook.example:{receiver.port}/x", BODY, {}).body == b"ok"
        assert receiver.received[0].headers["host"] == f"hook.example:{receiver.port}"
        with pytest.raises(ChannelFault, match="certificate"):
            client.post(f"https://other.example:{receiver.port}/x", BODY, {})
    assert seen == ["hook.example", "other.example"]


def test_a_certificate_of_an_unknown_authority_is_refused_with_advice(tmp_path):
    """There is no way to switch the check off, only to name the authority."""
    context, _ = certificate(tmp_path, "hook.example")
    with Receiver(tls=context) as receiver:
        client = HttpClient(allow_hosts=("127.0.0.1",), resolver=lambda *_: ["127.0.0.1"])
        with pytest.raises(ChannelFault, match="ca_file"):
            client.post(f"https://hook.example:{receiver.port}/x", BODY, {})
        assert receiver.received == []


def test_plain_http_behind_an_https_url_gets_nothing(receiver):
    """A failed handshake means nothing was sent."""
    with pytest.raises(TryLater, match="TLS"):
        HttpClient(allow_hosts=("127.0.0.1",)).post(f"https://127.0.0.1:{receiver.port}/x", BODY, {})
    assert receiver.received == []


def test_a_certificate_file_that_is_missing_is_a_fault_of_the_channel(tmp_path, receiver):
    """Without it nothing can be checked, so nothing is sent."""
    client = HttpClient(allow_hosts=("127.0.0.1",), ca_file=str(tmp_path / "none.pem"))
    with pytest.raises(ChannelFault, match="ca_file"):
        client.post(f"https://127.0.0.1:{receiver.port}/x", BODY, {})


def test_proxies_and_passwords_of_the_environment_are_not_used(receiver, monkeypatch, tmp_path):
    """An environment variable must not send alerts elsewhere or add credentials."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert post(receiver).status == 200
    assert "authorization" not in receiver.received[0].headers


def test_a_configured_proxy_carries_the_post():
    """With ``alerts.proxy`` the request goes there in absolute form, and the name is the proxy's to resolve."""
    with Receiver() as proxy:
        client = HttpClient(allow_hosts=("hook.example",), proxy=f"http://{proxy.host}", resolver=lambda *_: [])
        assert client.post("http://hook.example/x", BODY, {}).status == 200
        assert proxy.received[0].target == "http://hook.example/x"


def test_a_dead_proxy_is_waited_for():
    """The proxy's failure is not the message's."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        client = HttpClient(proxy=f"http://127.0.0.1:{free.getsockname()[1]}")
        with pytest.raises(TryLater, match="proxy"):
            client.post("https://hook.example/x", BODY, {})


def test_no_log_line_reports_where_or_what(receiver, caplog):
    """With every logger at DEBUG the URL, its token and the body stay unsaid, even when the answer is malformed."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("urllib3.connectionpool").setLevel(logging.DEBUG)
    receiver.script.extend([Answer(200, b"ok", {"Bad Header:": "x"}), HTML, RESET])
    post(receiver)
    post(receiver)
    refused(receiver)
    assert TOKEN not in caplog.text
    assert "BODY-THAT" not in caplog.text


def test_every_post_ends_its_timer(receiver):
    """The deadline's thread does not outlive the exchange."""
    post(receiver)
    timers = [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
    for timer in timers:
        timer.join(1)
    assert not any(timer.is_alive() for timer in timers)


def test_the_repr_of_a_reply_hides_its_body():
    """What a receiver answers may quote the request."""
    assert "secret" not in repr(Reply(200, b"secret"))


def test_a_deadline_that_passes_between_two_steps_is_still_kept():
    """Just before the socket is ready, or just after it was closed: neither hangs nor fails."""
    late, closed = _Exchange(60), _Exchange(60)
    late._expire()
    with socket.socket() as early, pytest.raises(TimeoutError):
        late._ready(early)
    closed._ready(socket.socket())
    closed._socket.close()
    closed._expire()
    assert closed.expired

"""Mail: headers on their lines, parts decoded and read by their own readers."""

import email.message
import email.policy
import io
import zipfile

from support.read_results import cells_of, read, skips_of, text_of

from leakwatch.core.model import Origin, RecordChunk, SkipReason
from leakwatch.core.places import LinePlace
from leakwatch.readers import open_input


def zipped(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def mail(*attachments, body="手机 13900001234\n", charset="utf-8"):
    message = email.message.EmailMessage(policy=email.policy.default)
    message["From"] = "甲 <13900001234@example.com>"
    message["Subject"] = "客户名单 13900001234"
    message.set_content(body, charset=charset)
    for name, data in attachments:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def headers(items):
    return {
        field.key: (field.text, field.place.line)
        for item in items
        if isinstance(item, RecordChunk)
        for record in item.records
        for field in record
        if isinstance(field.place, LinePlace)
    }


def test_headers_are_decoded_and_on_their_lines():
    """Encoded words are words; a folded header begins where it begins."""
    raw = b"Received: a\r\n by b\r\nSubject: =?gb2312?B?ytq7+g==?= 13900001234\r\nX-Raw: \xe7\x94\xb2\r\n\r\nbody\r\n"
    found = headers(read(raw, "a.eml"))
    assert found["Subject"] == ("授机 13900001234", 3)
    assert found["X-Raw"][1] == 4
    assert text_of(read(raw, "a.eml")) == "body\r\n"


def test_bodies_are_decoded_in_their_charset():
    """Base64 of GBK is text."""
    for charset in ("utf-8", "gb18030"):
        assert "手机 13900001234" in text_of(read(mail(charset=charset), "a.eml"))


def test_attachments_are_members_with_their_own_readers():
    """Archives in them, too, to the depth."""
    data = mail(("用户.csv", "姓名,手机号\n甲,13900001234\n".encode()), ("a.zip", zipped({"b.log": b"13900001235\n"})))
    items = read(data, "a.eml")
    assert cells_of(item for item in items if item.origin.inside == ("用户.csv",))[2, 2] == ("13900001234", "手机号")
    assert [item.origin.inside for item in items][-1] == ("a.zip", "b.log")
    assert skips_of(read(data, "a.eml", depth=1)) == [(("a.zip",), SkipReason.TOO_DEEP)]
    assert list(open_input(io.BytesIO(data), Origin("a.eml"))) == items


def test_forwarded_mails_are_read():
    """Their headers are reported for the part they are in."""
    outer = email.message.EmailMessage()
    outer.set_content("see below")
    outer.add_attachment(email.message_from_bytes(mail(), policy=email.policy.default))
    items = read(outer.as_bytes(), "a.eml")
    assert headers(items)["Subject"][0] == "客户名单 13900001234"
    assert "手机 13900001234" in text_of(items)


def test_encrypted_parts_are_reported():
    """Encrypted content is a gap."""
    raw = b"Content-Type: application/pkcs7-mime; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n"
    assert skips_of(read(raw, "a.eml")) == [(("smime.p7m",), SkipReason.ENCRYPTED)]


def test_hostile_nesting_and_nonsense_end():
    """Depth, counts and broken encodings are bounded and never an error."""
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000))
    assert skips_of(read(deep, "a.eml")) == [((), SkipReason.TOO_DEEP)]
    many = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 50
    assert skips_of(read(many, "a.eml", members=10)) == [((), SkipReason.TOO_MANY_MEMBERS)]
    for raw in (
        b"Content-Type: text/plain; charset=klingon\r\nSubject: =?klingon?B?!!?=\r\n\r\n\xff\xfe",
        b"\r\n",
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!",
        b"Content-Disposition: attachment; filename*=a'b'%ff%zz\r\n\r\nx",
    ):
        read(raw, "a.eml")


def test_a_mail_beyond_the_size_limit_is_reported(monkeypatch):
    """Mail is parsed in memory."""
    monkeypatch.setattr("leakwatch.readers.documents.mail.MAX_BUFFERED_BYTES", 100)
    assert skips_of(read(mail(), "a.eml")) == [((), SkipReason.TOO_LARGE)]

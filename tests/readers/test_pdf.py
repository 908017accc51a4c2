"""PDF: the text of pages at its places; unreadable content is reported."""

import io

import pytest
from support.read_results import read, skips_of

from leakwatch.core.model import Limits, Origin, SkipReason
from leakwatch.core.places import PagePlace
from leakwatch.readers import open_input

pytest.importorskip("pypdfium2")


def pdf(*pages, trailer="", image=False, picture=1):
    """A PDF by hand: each page a list of lines in Helvetica."""
    objects = {1: b"<</Type/Catalog/Pages 2 0 R>>", 3: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"}
    objects[4] = (
        b"<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length %d>>stream\n%b\nendstream"
        % (picture, b"x" * picture)
    )
    kids = []
    for number, lines in enumerate(pages):
        drawn = "".join(f"BT /F 12 Tf 50 {700 - 20 * row} Td ({line}) Tj ET\n" for row, line in enumerate(lines))
        drawn = (drawn + ("q 9 0 0 9 0 0 cm /I Do Q\n" if image else "")).encode()
        page, content = 5 + 2 * number, 6 + 2 * number
        objects[page] = (
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F 3 0 R>>/XObject<</I 4 0 R>>>>/Contents {content} 0 R>>".encode()
        )
        objects[content] = b"<</Length %d>>stream\n%b\nendstream" % (len(drawn), drawn)
        kids.append(f"{page} 0 R")
    objects[2] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(kids)}]>>".encode()
    out, places = io.BytesIO(b"%PDF-1.4\n"), {}
    out.seek(0, 2)
    for number in sorted(objects):
        places[number] = out.tell()
        out.write(b"%d 0 obj\n%b\nendobj\n" % (number, objects[number]))
    start = out.tell()
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode())
    for number in sorted(places):
        out.write(b"%010d 00000 n \n" % places[number])
    out.write(f"trailer<</Size {len(objects) + 1}/Root 1 0 R{trailer}>>\nstartxref\n{start}\n%%EOF".encode())
    return out.getvalue()


TWO = pdf(["Customer list", "Phone 13900001234"], ["last 13900001235"])


def fields(items):
    return [(field.text, field.place) for item in items for record in item.records for field in record]


def test_each_line_of_each_page_has_its_place():
    """Pages count from 1, offsets within the page's text."""
    assert fields(read(TWO, "a.pdf")) == [
        ("Customer list", PagePlace(1, 1, 1)),
        ("Phone 13900001234", PagePlace(1, 15, 15)),
        ("last 13900001235", PagePlace(2, 1, 1)),
    ]


def test_the_worker_reads_it_alike():
    """The native parser runs within the worker's bounds."""
    items = list(open_input(io.BytesIO(TWO), Origin("a.pdf"), Limits()))
    assert fields(items) == fields(read(TWO, "a.pdf"))


def test_an_encrypted_document_is_reported():
    """With a user password, no text is readable."""
    encrypt = (
        "/ID[<00112233445566778899aabbccddeeff><00112233445566778899aabbccddeeff>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<"
        + "ab" * 32
        + ">/U<"
        + "cd" * 32
        + ">>>"
    )
    assert skips_of(read(pdf(["x"], trailer=encrypt), "a.pdf")) == [((), SkipReason.ENCRYPTED)]


def test_scanned_documents_are_reported_and_empty_ones_are_not():
    """A picture could be a copy of an identity card."""
    assert skips_of(read(pdf([], image=True), "a.pdf")) == [((), SkipReason.UNSUPPORTED_FORMAT)]
    assert skips_of(read(pdf(["x"], image=True), "a.pdf")) == []
    assert read(pdf([]), "a.pdf") == []


@pytest.mark.parametrize("data", [b"%PDF-1.7\n1 0 obj 13900001234", b"%PDF-", TWO[:300]])
def test_what_is_no_pdf_is_damage(data):
    """Never read as garbage."""
    assert skips_of(read(data, "a.pdf")) == [((), SkipReason.DAMAGED)]


def test_a_missing_page_is_damage_and_the_others_are_read():
    """A page that does not load is reported."""
    broken = TWO.replace(b"5 0 obj\n<</Type/Page/", b"5 0 obj\n<</Type/Xage/")
    items = read(broken, "a.pdf")
    assert ("last 13900001235", PagePlace(2, 1, 1)) in fields(item for item in items if hasattr(item, "records"))


def test_large_documents_are_read_up_to_the_limit():
    """They are not loaded into memory: pictures are not read."""
    large = pdf(["first 13900001234"], ["last 13900001235"], picture=80 << 20)
    assert len(large) > 80 << 20
    items = list(open_input(io.BytesIO(large), Origin("a.pdf"), Limits()))
    assert [text for text, _ in fields(items)] == ["first 13900001234", "last 13900001235"]
    assert skips_of(read(TWO, "a.pdf", file_bytes=100)) == [((), SkipReason.TOO_LARGE)]

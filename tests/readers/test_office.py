"""Word documents and slides: paragraphs and tables at their places, and nothing a hostile one can do."""

import io
import zipfile

import pytest
from support.read_results import cells_of, read, skips_of, text_of

from leakwatch.core.model import RecordChunk, SkipReason
from leakwatch.core.places import PagePlace

W = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="m"><w:body>{}</w:body></w:document>'
P = '<p:sld xmlns:p="p" xmlns:a="a"><p:cSld>{}</p:cSld></p:sld>'


def packed(parts):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def docx(body, **more):
    return packed({"[Content_Types].xml": "<Types/>", "word/document.xml": W.format(body), **more})


def pptx(*slides, **more):
    numbered = {f"ppt/slides/slide{number}.xml": P.format(slide) for number, slide in enumerate(slides, 1)}
    return packed({"ppt/presentation.xml": "<p/>", **numbered, **more})


def paragraph(*runs, ns="w"):
    return f"<{ns}:p>" + "".join(f"<{ns}:r><{ns}:t>{run}</{ns}:t></{ns}:r>" for run in runs) + f"</{ns}:p>"


def table(rows, ns="w"):
    cells = "".join(
        f"<{ns}:tr>" + "".join(f"<{ns}:tc>{paragraph(cell, ns=ns)}</{ns}:tc>" for cell in row) + f"</{ns}:tr>"
        for row in rows
    )
    return f"<{ns}:tbl>{cells}</{ns}:tbl>"


def test_a_paragraph_is_a_line_however_it_is_cut_into_runs():
    """Word cuts numbers in pieces; tabs and breaks stay apart."""
    items = read(
        docx(
            paragraph("标题")
            + paragraph("手机 139", "0000", "1234")
            + "<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r></w:p>"
        ),
        "a.docx",
    )
    assert text_of(items) == "标题\n手机 13900001234\na\tb c\n"
    assert [(item.origin.inside, item.first_line) for item in items] == [((), 1)]


def test_deleted_text_is_still_there_and_old_copies_are_not_read_twice():
    """Tracked changes keep what was deleted; a text box is written once for new and once for old programs."""
    box = "<mc:AlternateContent><mc:Choice>{0}</mc:Choice><mc:Fallback>{0}</mc:Fallback></mc:AlternateContent>"
    body = "<w:p><w:del><w:r><w:delText>13900001234</w:delText></w:r></w:del>" + box.format(paragraph("box")) + "</w:p>"
    assert text_of(read(docx(body), "a.docx")) == "box\n13900001234\n"


def test_tables_have_keys_above_or_beside():
    """A list has a header; a form has its labels left of the values."""
    above = table([["姓名", "手机号"], ["甲某", "13900001234"]])
    assert cells_of(read(docx(above), "a.docx"))[2, 2] == ("13900001234", "手机号")
    beside = table([["姓名", "甲某", "性别", "男"], ["手机号", "13900001234", "邮箱", "a@example.com"]])
    cells = cells_of(read(docx(beside), "a.docx"))
    assert cells[1, 2] == ("甲某", "姓名")
    assert cells[2, 2] == ("13900001234", "手机号")
    assert cells[2, 1] == ("手机号", None)


def test_other_parts_are_members():
    """Headers, comments and notes can leak, too."""
    items = read(
        docx(
            paragraph("x"), **{"word/comments.xml": W.format(paragraph("13900001234")), "word/header1.xml": "<broken"}
        ),
        "a.docx",
    )
    assert [item.origin.inside for item in items] == [(), ("comments.xml",), ("header1.xml",)]
    assert skips_of(items) == [(("header1.xml",), SkipReason.DAMAGED)]


def test_slides_are_pages():
    """In the order of their numbers; notes are separate members."""
    first = paragraph("甲", ns="a") + paragraph("手机 13900001234", ns="a")
    second = table([["姓名", "手机号"], ["乙某", "13900001235"]], ns="a")
    items = read(pptx(first, second, **{"ppt/notesSlides/notesSlide1.xml": P.format(paragraph("n", ns="a"))}), "a.pptx")
    found = [
        (item.origin.inside, field.text, field.key, field.place)
        for item in items
        for record in item.records
        for field in record
    ]
    assert found[0] == (("notesSlides/notesSlide1.xml",), "n", None, PagePlace(1, 1, 1))
    assert found[2] == ((), "手机 13900001234", None, PagePlace(1, 3, 3))
    assert found[-1][1:3] == ("13900001235", "手机号")
    assert {place.page for *_, place in found} == {1, 2}


BOMB = (
    '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY a{n} "{"&a" + (str(n - 1) if n else "") + ";"}{"&a" + (str(n - 1) if n else "") + ";"}">'
        for n in range(30)
    )
    + "]><a>&a29;</a>"
)
QUADRATIC = f'<!DOCTYPE a [<!ENTITY a "{"x" * 50_000}">]><a>{"&a;" * 50_000}</a>'


@pytest.mark.parametrize("text", [BOMB, QUADRATIC, "<w:document>", "no xml", "<a xmlns='&#0;'/>"])
def test_hostile_xml_is_damage(text):
    """No document type is accepted, so no entity grows."""
    assert skips_of(read(packed({"word/document.xml": text}), "a.docx", seconds=5)) == [((), SkipReason.DAMAGED)]


def test_deep_nesting_and_endless_paragraphs_are_bounded():
    """Depth costs nothing; a paragraph has an end."""
    deep = "<w:tbl><w:tr><w:tc>" * 20_000 + paragraph("13900001234") + "</w:tc></w:tr></w:tbl>" * 20_000
    assert "13900001234" in {text for text, _ in cells_of(read(docx(deep), "a.docx")).values()}
    endless = "<w:p><w:r><w:t>" + "0" * (17 * 1024 * 1024)
    assert skips_of(read(docx(endless), "a.docx")) == [((), SkipReason.TOO_LARGE)]


def test_long_documents_come_in_several_chunks():
    """Lines go on counting."""
    items = read(docx(paragraph("x") * 4500), "a.docx")
    assert [item.first_line for item in items] == [1, 2001, 4001]


def test_a_big_table_is_not_held():
    """Its rows come as they are read."""
    items = read(docx(table([["姓名", "手机号"]] + [["甲", "13900001234"]] * 3000)), "a.docx")
    assert sum(len(item.records) for item in items if isinstance(item, RecordChunk)) == 3001
    assert cells_of(items)[3001, 2] == ("13900001234", "手机号")

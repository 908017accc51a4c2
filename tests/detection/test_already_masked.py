"""What is masked already is counted wherever it stands, and looked for only where one of its signs does."""

from leakwatch.core.model import Field, Origin, RecordChunk, TextChunk
from leakwatch.core.places import CellPlace
from leakwatch.detection.analyze.already_masked import masked_in
from leakwatch.detection.prefilter import Literals


def test_text_and_records_count_the_same():
    """A number with any of the signs in its middle counts once, in lines and in fields; text without them is none."""
    values = [
        "139****0001",
        "6222●●●●0001",
        "user 139＊＊＊0001",
        "a**@example.com",
        "130•••0001",
        "130███0001",
        "plain",
    ]
    text = TextChunk(Origin("a"), "\n".join(values).encode())
    fields = tuple(Field(value, CellPlace(None, 1, at, None)) for at, value in enumerate(values, 1))
    assert masked_in(text) == masked_in(RecordChunk(Origin("a"), (fields,))) == 6
    assert masked_in(TextChunk(Origin("a"), b"plain * text")) == 0
    assert masked_in(RecordChunk(Origin("a"), ((Field("plain", CellPlace(None, 1, 1, None)),),))) == 0


def test_any_bytes_may_be_checked():
    """Bytes that are no text hold a literal, or do not."""
    assert Literals(["●●"]).occur_in(b"\xff\xe2\x97\x8f\xe2\x97\x8f\xff")
    assert not Literals(["●●", "**"]).occur_in(b"\xff\x97\x8f*")

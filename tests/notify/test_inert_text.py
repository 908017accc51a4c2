"""Text of others, made safe."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from leakwatch.notify.inert_text import cut, inert, plain

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=80)


@given(ANY_TEXT)
def test_nothing_that_a_chat_acts_on_survives(text):
    """No mention, markup or link character of any chat is left, whatever was in the log."""
    assert not set(inert(text)) & set("<>@*_[]|#~\\`&")
    assert "://" not in inert(text)


@given(ANY_TEXT)
def test_plain_text_is_one_visible_line_that_encodes(text):
    """No control, zero-width, bidirectional or undecodable character is left."""
    kept = plain(text)
    kept.encode()
    assert not any(unicodedata.category(one) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for one in kept)
    assert kept == " ".join(kept.split())


@given(ANY_TEXT)
def test_making_safe_twice_changes_nothing(text):
    """What was made safe for the database is shown the same."""
    assert inert(inert(text)) == inert(text)


@given(st.text(alphabet="中é😀a", max_size=40), st.integers(0, 130))
def test_a_cut_keeps_to_its_bytes_and_to_whole_characters(text, size):
    """Limits are in bytes; half a character would be refused by the receiver."""
    short = cut(text, size)
    assert len(short.encode()) <= size
    assert short == text or text.startswith(short.removesuffix("…"))
    if len(text.encode()) <= size:
        assert short == text


def test_the_border_lies_between_characters():
    """Three bytes a character and three for the ellipsis: one byte less costs a whole character."""
    assert cut("一二三四", 12) == "一二三四"
    assert cut("一二三四", 11) == "一二…"
    assert cut("一二三四", 9) == "一二…"
    assert cut("一二三四", 3) == "…"
    assert cut("一二三四", 2) == ""


def test_masks_and_addresses_stay_readable():
    """A person still sees what it was."""
    assert inert("110101********0015") == "110101∗∗∗∗∗∗∗∗0015"
    assert inert("a***@example.com") == "a∗∗∗＠example.com"
    assert inert("https://evil.example/") == "https：//evil.example/"
    assert inert("a\u202eb\u200bc\x1b[31m\nd\udcff\u3164") == "abc［31m d"

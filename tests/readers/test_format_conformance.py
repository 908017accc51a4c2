"""Properties of every reader. Tests iterate over the format tables: a new format is covered without an edit here."""

from __future__ import annotations

import importlib.util
import io
import zipfile
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.read_results import read

from leakwatch.core.model import Origin, RecordChunk, Skipped, SkipReason, TextChunk
from leakwatch.readers import open_input
from leakwatch.readers.formats import FORMATS, ZIP_DOCUMENTS, recognise
from leakwatch.readers.in_process import NeedsSandbox, read_in_process
from leakwatch.readers.sandbox import client

CONTENT = b"name,phone\nA,13900001234\n"


def beginnings(format_) -> Iterator[tuple[bytes, str]]:
    """First bytes and file names by which the table recognises a format."""
    for magic in format_.magic:
        yield magic, "input"
    for suffix in format_.suffixes:
        yield b"", f"input{suffix}"


BEGINNINGS = [
    pytest.param(format_, start, name, id=f"{format_.name}-{number}")
    for format_ in FORMATS
    for number, (start, name) in enumerate(beginnings(format_))
]


def test_names_are_unique():
    """Reports and help texts may refer to a format by name."""
    names = [format_.name for format_ in (*FORMATS, *ZIP_DOCUMENTS)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("format_", FORMATS, ids=lambda format_: format_.name)
def test_every_format_can_be_recognised(format_):
    """By content or by name; no format claims empty input."""
    assert format_.magic or format_.suffixes or format_.matches(b"\0") is False
    assert not any(magic == b"" for magic in format_.magic)
    assert not format_.matches(b"")


@pytest.mark.parametrize(("format_", "start", "name"), BEGINNINGS)
def test_each_beginning_selects_its_format(format_, start, name):
    """No earlier line of the table shadows a later one."""
    assert recognise(start + CONTENT, name) is format_
    assert recognise(start + CONTENT, name.upper()) is format_


@pytest.mark.parametrize(("format_", "start", "name"), BEGINNINGS)
@settings(deadline=None, max_examples=20)
@given(rest=st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_no_reader_raises(format_, start, name, rest):
    """Any bytes after the first ones yield chunks of this input or a reason, twice the same."""
    items = read(start + rest, name)
    for item in items:
        assert isinstance(item, TextChunk | RecordChunk | Skipped)
        assert item.origin.path == name
    assert read(start + rest, name) == items


@pytest.mark.parametrize(("format_", "start", "name"), BEGINNINGS)
def test_sandboxed_formats_are_not_parsed_in_the_scanner(format_, start, name):
    """The process that scans refuses them before the first chunk."""
    items = read_in_process(io.BytesIO(start + CONTENT), Origin(name), inside_sandbox=False)
    if format_.sandboxed:
        with pytest.raises(NeedsSandbox):
            next(items)
    else:
        list(items)


@pytest.mark.parametrize(("format_", "start", "name"), [one for one in BEGINNINGS if one.values[0].requires])
def test_a_missing_extra_is_reported(format_, start, name, monkeypatch, capsys):
    """A sandboxed format whose package is missing is skipped; the log names the extra to install."""
    module, extra = format_.requires
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == module else find_spec(name))
    assert format_.missing_extra() == extra
    if format_.sandboxed:
        client.report_missing_extra.cache_clear()
        items = list(open_input(io.BytesIO(start + CONTENT), Origin(name)))
        assert [item.reason for item in items if isinstance(item, Skipped)] == [SkipReason.UNSUPPORTED_FORMAT]
        assert f"leakwatch-daemon[{extra}]" in capsys.readouterr().out


@pytest.mark.parametrize("document", ZIP_DOCUMENTS, ids=lambda document: document.name)
@settings(deadline=None, max_examples=20)
@given(data=st.binary(max_size=200))
def test_no_zip_document_raises(document, data):
    """Its members may hold anything."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(document.members):
            archive.writestr(name, data)
    assert all(item.origin.path == "input" for item in read(buffer.getvalue(), "input"))


@pytest.mark.parametrize("document", ZIP_DOCUMENTS, ids=lambda document: document.name)
def test_each_zip_document_is_selected_by_its_members(document):
    """No earlier line of the table shadows a later one."""
    assert next(one for one in ZIP_DOCUMENTS if document.members >= one.members) is document

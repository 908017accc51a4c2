"""Masks and fingerprints: what leaves analysis in the place of a value."""

import hmac
import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakwatch.core.errors import ConfigError, StateError
from leakwatch.privacy.redaction import Fingerprinter, load_key, mask

KEY = bytes(range(32))


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        ("11010519000101001X", "id", "110105********001X"),
        ("6200000000000005", "id", "620000******0005"),
        ("H00000000", "id", "H0*****00"),
        ("13900001234", "phone", "139****1234"),
        ("+86 139 0000 1234", "phone", "139****1234"),
        ("8613900001234", "phone", "139****1234"),
        ("+852 5100 0000", "phone", "51****00"),
        ("010-60000000", "phone", "010****0000"),
        ("张三丰", "name", "张**"),
        ("张", "name", "*"),
        ("li@example.com", "email", "l***@example.com"),
        ("l@example.com", "email", "***@example.com"),
        ("no address", "email", "no******ss"),
        ("广东省深圳市南山区科技园路100号5栋1201室", "address", "广东省深圳市南山区***"),
        ("臺北市信義區市府路1號", "address", "臺北市信義區***"),
        ("苏州市人民路1号", "address", "苏州市***"),
        ("人民路100号", "address", "人民*****"),
        ("Abc123!xAbc123!x", "secret", "<16 chars>"),
        ("wxid_abcdefghijkl12", "generic", "wx***************12"),
        ("1234", "generic", "1**4"),
        ("12", "generic", "1*"),
        ("1", "generic", "*"),
        ("", "generic", ""),
        ("anything", "no such kind", "an****ng"),
    ],
)
def test_mask(value, kind, shown):
    """Each kind shows what people know from receipts and cards, and no more."""
    assert mask(value, kind) == shown


@given(st.text(alphabet="0123456789abcXYZ张三-", min_size=1, max_size=14), st.sampled_from(["id", "name", "generic"]))
def test_mask_hides_half_of_a_short_value(value, kind):
    """Of a short value at most half of the characters are left, or the one character that names are known by."""
    shown = mask(value, kind)
    assert len(shown) == len(value)
    assert sum(sign != "*" for sign in shown) <= max(len(value) // 2, 1 if kind == "name" and len(value) > 1 else 0)


@given(st.text(max_size=40))
def test_secrets_show_nothing(value):
    """Of a secret nothing but its length is left."""
    assert mask(value, "secret") == f"<{len(value)} chars>"


@given(st.tuples(st.text(), st.text()), st.tuples(st.text(), st.text()))
def test_fingerprints_differ_where_entity_or_value_do(one, other):
    """Entity and value are both in a fingerprint, and text cannot move from one into the other."""
    print_of = Fingerprinter(KEY).value
    assert (print_of(*one) == print_of(*other)) == (one == other)


@given(st.lists(st.sampled_from(["", "13900001234", "张三", "\ud800", "a"]) | st.text(max_size=9), max_size=12))
def test_fingerprints_of_many_values_are_those_of_each(values):
    """However often a value is among them, in the order of the values; HMAC-SHA256 of the parts with their lengths."""
    fingerprinter = Fingerprinter(KEY)
    expected = []
    for value in values:
        parts = [part.encode("utf-8", "surrogatepass") for part in ("value", "CN_MOBILE", value)]
        message = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        expected.append(hmac.new(KEY, message, "sha256").hexdigest()[:32])
    assert fingerprinter.values("CN_MOBILE", values) == expected
    assert [fingerprinter.value("CN_MOBILE", value) for value in values] == expected


def test_fingerprints_have_the_public_form():
    """32 and 16 hex digits; a digest and a fingerprint of the same text have nothing in common; the key matters."""
    fingerprinter = Fingerprinter(KEY)
    value, digest = fingerprinter.value("CN_MOBILE", "13900001234"), fingerprinter.digest("CN_MOBILE", "13900001234")
    assert len(value) == 32
    assert len(digest) == 16
    assert int(value, 16)
    assert not value.startswith(digest)
    assert value != Fingerprinter(bytes(32)).value("CN_MOBILE", "13900001234")


def test_a_short_key_is_refused():
    """A key that could be guessed is no key."""
    with pytest.raises(ConfigError, match="31 bytes"):
        Fingerprinter(bytes(31))


def test_the_key_is_made_once_and_kept(tmp_path):
    """The first use makes the state directory (0700) and the key (0400); the next one reads the same key."""
    state = tmp_path / "var" / "leakwatch"
    first, second = load_key(None, state, None), load_key(None, state, None)
    assert first.origin == second.origin == "state"
    assert first.value("E", "v") == second.value("E", "v")
    assert stat.S_IMODE((state / "fingerprint.key").stat().st_mode) == 0o400
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert [file.name for file in state.iterdir()] == ["fingerprint.key"]


def test_the_order_of_keys(tmp_path):
    """A named file comes first, then the state directory, then the user's state, then a key of this process only."""
    named = tmp_path / "named.key"
    named.write_text("ab" * 32 + "\n")
    named.chmod(0o400)
    assert load_key(named, tmp_path / "s", tmp_path / "u").origin == "config"
    assert load_key(named, None, None, ephemeral=True).origin == "config"
    assert not (tmp_path / "s").exists()
    assert load_key(None, tmp_path / "s", tmp_path / "u").origin == "state"
    assert load_key(None, None, tmp_path / "u").origin == "user"
    assert load_key(None, tmp_path / "t", None, ephemeral=True).origin == "ephemeral"
    assert not (tmp_path / "t").exists()
    one, other = load_key(None, None, None), load_key(None, None, None)
    assert one.origin == "ephemeral"
    assert one.value("E", "v") != other.value("E", "v")


def test_hexadecimal_and_raw_keys_are_taken(tmp_path):
    """A key file holds hexadecimal digits, or bytes as they are."""
    hexadecimal, raw = tmp_path / "hex", tmp_path / "raw"
    hexadecimal.write_text(KEY.hex())
    raw.write_bytes(KEY)
    for path in (hexadecimal, raw):
        path.chmod(0o400)
    assert load_key(hexadecimal, None, None).value("E", "v") == load_key(raw, None, None).value("E", "v")


@pytest.mark.parametrize(
    ("content", "mode", "says"),
    [("ab" * 32, 0o444, "chmod 0400"), ("ab" * 32, 0o440, "0440"), ("abcd", 0o400, "2 bytes")],
)
def test_a_bad_key_file_reports_how_to_mend_it(tmp_path, content, mode, says):
    """A key that others may read, or that is too short, is refused, and the text says what to do, not what it holds."""
    path = tmp_path / "fingerprint.key"
    path.write_text(content)
    path.chmod(mode)
    with pytest.raises(ConfigError, match=says) as named:
        load_key(path, None, None)
    with pytest.raises(StateError, match=says):
        load_key(None, tmp_path, None)
    assert content not in str(named.value)
    assert str(path) in str(named.value)


def test_a_missing_or_unusable_key_file_is_reported(tmp_path):
    """A named file has to exist; a state directory that is a file cannot hold a key."""
    with pytest.raises(ConfigError, match="No such file"):
        load_key(tmp_path / "none", None, None)
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="cannot be used"):
        load_key(None, tmp_path / "file", None)


def test_two_processes_that_start_together_agree(tmp_path, monkeypatch):
    """When another process makes the key between our look and our write, its key is the one."""
    real = os.link

    def beaten(source, target):
        winner = tmp_path / "winner"
        winner.write_text("cd" * 32)
        winner.chmod(0o400)
        real(winner, target)
        real(source, target)

    monkeypatch.setattr(os, "link", beaten)
    ours = load_key(None, tmp_path / "state", None)
    assert ours.value("E", "v") == Fingerprinter(bytes.fromhex("cd" * 32)).value("E", "v")
    assert [file.name for file in (tmp_path / "state").iterdir()] == ["fingerprint.key"]

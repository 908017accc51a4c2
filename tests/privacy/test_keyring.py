"""Keys may change: each that was ever in use is kept, and what is no value goes by the oldest."""

import pickle
import stat

import pytest

from leakwatch.cli.cli_context import CliContext
from leakwatch.cli.scan_runner import open_key
from leakwatch.config.config_model import Config
from leakwatch.core.errors import StateError
from leakwatch.privacy.keyring import KEYS, keyring
from leakwatch.privacy.redaction import Fingerprinter

ONE, TWO, THREE = (Fingerprinter(bytes([number]) * 32, "config") for number in (1, 2, 3))


def ids(ring):
    return [epoch.id for epoch in ring.epochs]


def test_each_key_is_kept_once_where_only_its_owner_reads_it(tmp_path):
    """0400 in a directory of 0700; a start with the same key, or a look at them, adds nothing."""
    for key in (ONE, ONE, TWO, TWO):
        keyring(tmp_path, key, keep=True)
    assert ids(keyring(tmp_path, THREE)) == [ONE.id, TWO.id, THREE.id]
    names = sorted(path.name for path in (tmp_path / KEYS).iterdir())
    assert names == [f"1-{ONE.id}.key", f"2-{TWO.id}.key"]
    assert {stat.S_IMODE((tmp_path / KEYS / name).stat().st_mode) for name in names} == {0o400}
    assert stat.S_IMODE((tmp_path / KEYS).stat().st_mode) == 0o700


def test_values_get_the_key_in_use_and_all_else_the_oldest(tmp_path):
    """Logs and incidents are identified by digests: if they changed, everything would be read and alerted again."""
    keyring(tmp_path, ONE, keep=True)
    ring = keyring(tmp_path, TWO, keep=True)
    assert ring.current.value("E", "v") == TWO.value("E", "v") != ONE.value("E", "v")
    assert ring.current.digest("template", "t") == ONE.digest("template", "t") != TWO.digest("template", "t")
    assert (ring.current.id, ring.current.origin) == (TWO.id, "config")
    assert [epoch.value("E", "v") for epoch in ring.epochs] == [ONE.value("E", "v"), TWO.value("E", "v")]


def test_a_scan_names_templates_as_the_service_does(tmp_path):
    """Only where it may read the keys; other keys stay unchanged."""
    keyring(tmp_path, ONE, keep=True)
    TWO.kept_as(tmp_path / "named.key")
    session, config = CliContext(env={"HOME": str(tmp_path)}), Config(state_dir=tmp_path)
    named = config.model_copy(update={"fingerprint_key_file": tmp_path / "named.key"})
    key = open_key(session, named, ephemeral=False)
    assert key.value("E", "v") == TWO.value("E", "v")
    assert key.digest("template", "t") == ONE.digest("template", "t")
    mine = open_key(session, config, ephemeral=False)
    assert mine.origin == "user"
    assert mine.digest("template", "t") != ONE.digest("template", "t")


def test_an_earlier_key_can_be_used_again(tmp_path):
    """The order stays that of their first use."""
    for key in (ONE, TWO, ONE):
        ring = keyring(tmp_path, key, keep=True)
    assert ids(ring) == [ONE.id, TWO.id]
    assert ring.current.value("E", "v") == ONE.value("E", "v")


def test_a_key_that_cannot_be_read_is_left_out(tmp_path):
    """Deleted, damaged or readable by others: what was found under it cannot be looked up, all else can."""
    for key in (ONE, TWO, THREE):
        keyring(tmp_path, key, keep=True)
    (tmp_path / KEYS / f"1-{ONE.id}.key").chmod(0o444)
    (tmp_path / KEYS / f"2-{TWO.id}.key").unlink()
    (tmp_path / KEYS / "not-a-key.txt").write_text("x")
    assert ids(keyring(tmp_path, THREE, keep=True)) == [THREE.id]


def test_a_key_that_cannot_be_kept_is_reported(tmp_path):
    """Without it the next change would lose what is found from now on."""
    (tmp_path / KEYS).write_text("in the way")
    with pytest.raises(StateError, match="cannot be kept"):
        keyring(tmp_path, ONE, keep=True)
    assert ids(keyring(tmp_path, ONE)) == [ONE.id]


def test_the_name_of_a_key_reports_nothing_about_it():
    """It is a keyed digest of a word, and another one than any fingerprint."""
    assert len({key.id for key in (ONE, TWO, THREE)}) == 3
    assert len(ONE.id) == 8
    assert (b"\1" * 32).hex()[:8] != ONE.id
    assert not ONE.value("id", "").startswith(ONE.id)


def test_a_key_travels_whole_to_another_process(tmp_path):
    """Analysis may run in processes of its own."""
    keyring(tmp_path, ONE, keep=True)
    current = keyring(tmp_path, TWO).current
    other = pickle.loads(pickle.dumps(current))
    assert (other.value("E", "v"), other.digest("k", "t")) == (current.value("E", "v"), current.digest("k", "t"))

"""Each thing that can happen to a log, by its name; ``test_tail_histories`` mixes them at random."""

from __future__ import annotations

import os
import shutil

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.log_host import LogHost
from support.ordinary_lines import without_privileges

from leakwatch.core.file_id import FileId
from leakwatch.core.model import GapKind
from leakwatch.files.tail import (
    COPY_SECONDS,
    IDLE_SECONDS,
    LINGER_SECONDS,
    ORPHAN_SECONDS,
    OVERLAP_BYTES,
    PARTIAL_SECONDS,
    TURN_BYTES,
    UNSEEN_SECONDS,
    Follower,
    log_identity,
)
from leakwatch.files.tail.follower import BATCH_BYTES
from leakwatch.files.tail.pending_renames import MAX_HELD


@pytest.fixture
def host(tmp_path):
    host = LogHost(tmp_path)
    yield host
    host.follower.close()


def texts(follower, *, limit=1 << 30):
    """What is read and accepted now, as (first line, first column, text)."""
    got = []
    while batches := list(follower.read(limit)):
        for batch in batches:
            got.append((batch.chunk.first_line, batch.chunk.first_column, batch.chunk.data.decode()))
            follower.save(batch.after)
            follower.accept(batch)
    return got


def kinds(host):
    return [gap.kind for gap in host.gaps]


def descriptors():
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208


# ---------------------------------------------------------------------------------------------- growing


def test_lines_are_numbered_from_where_the_log_stands(host):
    """The number of the first line of a chunk is that of the file, also after a restart."""
    host.lines(3)
    host.look()
    assert [number for number, _, _ in texts(host.follower)] == [1]
    host.lines(2)
    host.crash()
    [(number, column, text)] = texts(host.follower)
    assert (number, column, text.count("\n")) == (4, 1, 2)


def test_nothing_is_read_when_nothing_is_new(host):
    """And nothing of a file that is not to be followed."""
    host.lines(2)
    (host.directory / "other.txt").write_text("not a log\n")
    host.look()
    assert len(host.pump()) == 2
    host.follower.poll()
    host.look()
    assert host.pump() == []
    assert len(host.follower.sources) == 1


def test_a_hint_about_a_known_log_needs_no_listing(host):
    """Only its own name and inode make it known; anything else asks for a look at the directory."""
    host.lines(1)
    host.look()
    host.pump()
    stat = host.log.stat()
    host.lines(1)
    assert host.follower.touch(str(host.log), FileId(stat.st_dev, stat.st_ino))
    assert len(host.pump()) == 1
    assert not host.follower.touch(str(host.log), FileId(stat.st_dev, stat.st_ino + 1))
    assert not host.follower.touch(f"{host.log}.1", FileId(stat.st_dev, stat.st_ino))


def test_a_fast_log_gives_way_to_the_others_after_its_turn(tmp_path):
    """One turn each, until enough is gathered."""
    host = LogHost(tmp_path)
    line = "x" * 1023 + "\n"
    (tmp_path / "a.log").write_text(line * 3000)
    (tmp_path / "b.log").write_text(line)
    host.look()
    first = [len(batch.chunk.data) for batch in host.follower.read(2 * TURN_BYTES)]
    assert sorted(first) == [1024, TURN_BYTES]
    assert len(list(host.follower.read(1))) == 1
    host.follower.close()


def test_a_log_that_was_truncated_is_read_again_in_the_same_turn(host):
    """Its name may be gone in a moment: what is not open by then is lost."""
    host.lines(1)
    host.look()
    host.pump()
    os.truncate(host.log, 0)
    [line] = host.lines(1)
    host.look()
    assert [batch.chunk.data.decode() for batch in host.follower.read()] == [f"{line}\n"]


def test_many_quiet_logs_are_no_endless_turn(tmp_path):
    """What is gathered is stored at once, and nobody else can store meanwhile."""
    host = LogHost(tmp_path)
    for number in range(200):
        (tmp_path / f"{number}.log").write_text("x\n")
    host.look()
    assert len(list(host.follower.read(TURN_BYTES))) == TURN_BYTES // BATCH_BYTES
    host.crash()
    assert len(host.pump()) == 200
    host.follower.close()


def test_what_is_not_accepted_is_read_again(host):
    """Reading moves nothing; storing does."""
    host.lines(2)
    host.look()
    assert len(list(host.follower.read())) == 1
    host.crash()
    assert len(host.pump()) == 2


# ---------------------------------------------------------------------------------------------- rotation


def test_a_renamed_log_is_read_to_its_end_and_the_new_one_from_its_beginning(host):
    """The application may write into the renamed file until it reopens."""
    before = host.lines(3)
    host.look()
    host.pump()
    with host.log.open("a") as still_open:
        host.rotate()
        still_open.write("a late line\n")
    after = host.lines(2)
    host.look()
    assert sorted(host.pump()) == sorted(["a late line", *after])
    assert host.read_lines[:3] == before
    assert host.gaps == []


def test_a_log_rotated_while_nothing_runs_is_known_by_what_it_is(host):
    """Three rotations; what was not read is read from the renamed file, nothing twice."""
    host.lines(5)
    host.look()
    host.pump()
    expected = host.lines(2)
    host.follower.close()
    host.rotate()
    host.log.unlink()
    (host.directory / "app.log.1").rename(host.directory / "app.log.2")
    expected += host.lines(4)
    host.start()
    assert sorted(host.pump()) == sorted(expected)


def test_a_log_that_comes_back_is_gone_on_with(host):
    """Moved out of the directory and back later, even after a restart: it is not new."""
    host.lines(3)
    host.look()
    host.pump()
    away = host.directory.parent / f"{host.directory.name}-away"
    host.log.rename(away)
    host.settle()
    host.now += LINGER_SECONDS
    host.settle()
    assert host.follower.sources == []
    host.crash()
    away.rename(host.log)
    added = host.lines(1)
    host.look()
    assert host.pump() == added
    [row] = host.stored.values()
    assert (row.state, row.gone_at, row.name) == ("live", None, b"app.log")


def test_a_log_begun_and_rotated_unseen_is_told_with_the_way_to_mend_it(host):
    """Its rotated name starts no source; a copy of what was read, an empty or a compressed file is no loss."""
    host.lines(30)
    host.look()
    host.pump()
    host.crash()
    later = (host.directory / "app.log").stat().st_mtime + 10_000
    for name, text in (
        ("app.log.1", "lines that nobody saw under their own name\n" * 30),
        ("app.log.2", ""),
        ("app.log.3", host.log.read_text()),
        ("app.log.4.gz", "x"),
        ("other.log.1", "of no log that is followed\n"),
        ("app.log.5", "older than the last time anybody looked\n"),
    ):
        (host.directory / name).write_text(text)
        os.utime(host.directory / name, (later, later) if name != "app.log.5" else (1, 1))
    host.look()
    assert kinds(host) == [], "the events may still come that say that it is pending_renames"
    host.now += UNSEEN_SECONDS
    host.look()
    host.look()
    assert kinds(host) == [GapKind.ROTATED]
    assert host.gaps[0].path == f"{host.log}.1"
    assert "add its rotated names to paths (such as app.log*)" in host.gaps[0].detail


def test_a_copy_that_appears_before_the_truncation_is_not_a_new_log(tmp_path):
    """Where the rotated names match, too, the half-made copy must not be read from its beginning."""
    host = LogHost(tmp_path, "app.log*")
    host.lines(50)
    host.look()
    host.pump()
    content = host.log.read_bytes()
    copy = tmp_path / "app.log.1"
    copy.write_bytes(content[:600])
    host.look()
    assert host.pump() == []
    assert host.follower.unsettled
    copy.write_bytes(content)
    os.truncate(host.log, 0)
    host.look()
    added = host.lines(2)
    host.settle()
    assert host.read_lines[-2:] == added
    assert len(host.read_lines) == 52
    assert not host.follower.unsettled
    another = tmp_path / "app.log.2"
    another.write_bytes(host.log.read_bytes()[:20])
    host.look()
    assert host.follower.unsettled
    another.unlink()
    host.look()
    assert not host.follower.unsettled
    host.follower.close()


def test_a_file_that_only_begins_like_a_log_is_read_in_the_end(tmp_path):
    """Two logs with one header: the shorter one waits for a while, then it is its own."""
    host = LogHost(tmp_path)
    header = "# the same header in every log of this application\n" * 40
    (tmp_path / "app.log").write_text(header + "first\n" * 50)
    host.look()
    host.pump()
    (tmp_path / "app-2.log").write_text(header)
    host.look()
    assert host.pump() == []
    host.now += COPY_SECONDS
    host.look()
    assert len(host.pump()) == 40
    (tmp_path / "c.log").write_text(header + "first\n" * 90)
    host.look()
    assert len(host.pump()) == 130, "another name is no copy, whatever it holds"
    host.follower.close()


def test_lines_written_between_copy_and_truncation_are_a_gap_only_if_unread(host):
    """What had been read by then is known; what had not is said to be lost."""
    host.lines(5)
    host.look()
    host.pump()
    host.copytruncate()
    host.settle()
    assert host.gaps == []
    host.lines(3)
    host.look()
    host.pump()
    host.lines(2)
    host.follower.poll()
    size = host.log.stat().st_size
    host.follower.sources[-1].size = size  # its growth was seen, but it was not read before …
    os.truncate(host.log, 0)  # … somebody threw it away without a copy
    host.settle()
    host.now += ORPHAN_SECONDS
    host.settle()
    assert kinds(host) == [GapKind.TRUNCATED]
    [gap] = host.gaps
    assert gap.path == str(host.log)
    assert gap.closed_at == gap.opened_at
    assert "bytes of a log were gone before they could be read" in gap.detail


def test_a_truncated_log_that_grew_to_the_same_size_is_seen(host):
    """Size tells nothing; the bytes before the offset do."""
    host.lines(3)
    host.look()
    host.pump()
    size = host.log.stat().st_size
    fresh = "another life of the same length".ljust(size - 1, ".") + "\n"
    with host.log.open("r+") as log:
        log.truncate(0)
        log.write(fresh)
    os.utime(host.log, ns=(0, host.log.stat().st_mtime_ns + 10**9))  # later than the last look, as in life
    host.follower.poll()
    host.settle()
    assert host.read_lines[-1] == fresh.rstrip()


def test_a_log_truncated_and_regrown_while_nothing_runs_is_seen(host):
    """Also past the old offset, and with the same header in front."""
    header = "# header\n" * 500
    host.log.write_text(header + "old\n" * 100)
    host.look()
    host.pump()
    host.follower.close()
    with host.log.open("r+") as log:
        log.truncate(0)
        log.write(header + "new line of the new life\n" * 100)
    host.start()
    host.settle()
    assert host.read_lines.count("new line of the new life") == 100


def test_a_reused_inode_is_a_new_log(tmp_path):
    """The file system gives the number of a deleted file to the next one; its content is another."""
    host = LogHost(tmp_path)
    reused = 0
    for number in range(40):
        host.follower.close()
        host.stored.clear()
        host.read_lines.clear()
        host.seen.clear()
        host.log.unlink(missing_ok=True)
        host.log.write_text(f"old life {number}\n" * 3)
        inode = host.log.stat().st_ino
        host.start()
        host.pump()
        host.follower.close()
        host.log.unlink()
        host.log.write_text(f"new life {number}, which is longer than the old one\n" * 3)
        reused += host.log.stat().st_ino == inode
        host.start()
        host.settle()
        assert len(host.read_lines) == 6, host.read_lines
    host.follower.close()
    if not reused:
        pytest.skip("this file system does not reuse inodes at once")


# ---------------------------------------------------------------------------------------------- pending_renames


def begun_and_rotated(host, *names):
    """A log nobody could see under its own name, and the way of its names as the events tell it."""
    path = host.directory / "begun"
    path.write_text(OWED[0] + "\n")
    path = path.rename(host.log)
    host.follower.pending_renames.moved(None, str(path))
    for name in names:
        before, path = path, path.rename(path.with_name(name))
        host.follower.pending_renames.moved(str(before), str(path))
    return path


OWED = ["of a log that was gone before it could be seen"]


@pytest.mark.parametrize("names", [["app.log.1"], ["app.log.1", "app.log.2", "app.log.3"], ["whatever"]])
def test_a_log_that_lost_its_name_unseen_is_read_under_the_one_it_has(host, names):
    """The events tell what it was called; the name it has now needs to match nothing."""
    begun_and_rotated(host, *names)
    host.look()
    assert host.pump() == OWED
    host.settle()
    assert host.gaps == []
    assert [source.row.state for source in host.follower.sources] == ["rotated"]


def test_events_that_come_late_come_in_time(host):
    """A listing may be ahead of them."""
    host.lines(1)
    host.look()
    host.pump()
    rotated = host.directory / "app.log.1"
    rotated.write_text(OWED[0] + "\n")
    host.look()
    assert host.pump() == []
    host.follower.pending_renames.moved(str(host.log), str(rotated))
    host.look()
    assert host.pump() == OWED
    host.now += UNSEEN_SECONDS
    host.look()
    assert host.gaps == []


def test_a_copy_that_did_not_last_is_no_log_that_was_missed(host):
    """Of what was read before."""
    host.lines(30)
    host.look()
    host.pump()
    copy = host.directory / "app.log.bak"
    copy.write_bytes(host.log.read_bytes()[:100])
    host.look()
    copy.write_bytes(host.log.read_bytes())
    host.look()
    copy.unlink()
    host.settle()
    assert host.gaps == []


def test_a_log_that_was_gone_before_its_events_came_is_told(host):
    """It had been seen in a listing, and nothing can be read of it any more."""
    host.lines(1)
    host.look()
    host.pump()
    rotated = host.directory / "app.log.1"
    for count in (1, 2):  # the second may have the inode of the first
        rotated.write_text(OWED[0] + "\n")
        host.look()
        rotated.unlink()
        host.settle()
        host.now += LINGER_SECONDS
        host.settle()
        assert kinds(host) == [GapKind.ROTATED] * count


def test_one_listing_without_it_does_not_tell_of_a_missed_log_again(host):
    """Listings race with renames."""
    host.lines(1)
    host.look()
    host.pump()
    rotated = host.directory / "app.log.1"
    rotated.write_text(OWED[0] + "\n")
    host.settle()
    away = rotated.rename(host.directory.with_name(f"{host.directory.name}-away"))
    host.look()
    away.rename(rotated)
    for _ in range(3):
        host.settle()
        host.now += LINGER_SECONDS
    assert kinds(host) == [GapKind.ROTATED]


def test_what_comes_to_stand_under_an_owed_name_is_not_owed(host):
    """Made there, moved there from elsewhere, or from a name that starts no log."""
    host.lines(1)
    host.look()
    host.pump()
    for number, old in enumerate([None, str(host.directory / "notes.txt")]):
        path = begun_and_rotated(host, f"app.log.{number}")
        path.unlink()
        path.write_text("not ours\n")
        host.follower.pending_renames.moved(old, str(path))
    host.settle()
    assert "not ours" not in host.read_lines


def test_nothing_is_owed_after_events_were_lost(host):
    """Nobody knows then what a name stands for; it is a gap."""
    host.lines(1)
    host.look()
    host.pump()
    for number in range(2):
        rotated = host.directory / f"app.log.{number}"
        host.follower.pending_renames.moved(str(host.log), str(rotated))  # nothing is there yet that could be opened
        rotated.write_text(f"{number}\n")
        if number == 1:
            host.follower.pending_renames.forget()
        host.settle()
    assert host.read_lines[1:] == ["0"]
    assert [(gap.kind, gap.path) for gap in host.gaps] == [(GapKind.ROTATED, str(rotated))]


def test_what_was_moved_out_of_sight_or_back_is_owed_no_more(host):
    """Back under a name of its own it is a log like every other."""
    path = begun_and_rotated(host, "app.log.1")
    host.follower.pending_renames.moved(str(path), None)
    assert str(path) not in host.follower.pending_renames
    host.follower.pending_renames.moved(str(host.log), str(path))
    host.follower.pending_renames.moved(str(path), str(host.log))
    path.rename(host.log)
    assert str(host.log) not in host.follower.pending_renames
    host.look()
    assert host.pump() == OWED


def test_an_owed_name_leads_to_nothing_old(tmp_path):
    """What was written before the service ran is not read because of a name."""
    host = LogHost(tmp_path, since=1_000.0)
    old = tmp_path / "app.log.1"
    old.write_text("old\n")
    written_at(old, 999)
    host.follower.pending_renames.moved(str(host.log), str(old))
    host.settle()
    assert host.read_lines == []
    host.follower.close()


def test_an_owed_log_is_opened_at_once_and_read_although_it_is_deleted(host):
    """Between its move and the next listing; not what has no name any more when the event comes."""
    before = descriptors()
    begun_and_rotated(host, "app.log.1", "app.log.2").unlink()
    assert descriptors() == before + 1
    host.follower.pending_renames.moved(str(host.log), str(host.directory / "app.log.1"))
    host.follower.pending_renames.moved(str(host.log), str(host.directory.parent / "app.log.1"))
    assert descriptors() == before + 1
    host.look()
    assert host.pump() == OWED
    host.settle()
    host.now += LINGER_SECONDS
    host.settle()
    assert descriptors() == before
    assert host.gaps == []


def test_a_log_that_was_listed_and_not_opened_in_time_is_opened_when_it_moves(host):
    """Its name was known, and nothing of what it holds."""
    host.lines(2)
    host.look()
    rotated = host.log.rename(host.directory / "app.log.1")
    host.follower.pending_renames.moved(str(host.log), str(rotated))
    rotated.unlink()
    host.look()
    assert len(host.pump()) == 2
    assert host.gaps == []


def test_a_log_that_was_opened_both_ways_is_open_once(host):
    """Its name was still there in the end."""
    expected = host.lines(2)
    host.look()
    rotated = host.log.rename(host.directory / "app.log.1")
    host.look()
    before = descriptors()
    host.follower.pending_renames.moved(str(host.log), str(rotated))
    assert descriptors() == before + 1
    assert host.pump() == expected
    host.look()
    assert descriptors() == before + 1


def test_a_log_in_hand_is_not_opened_again_when_it_moves(host):
    """Open or resting: it is known by its inode, wherever it is."""
    rotated_and_read(host)
    pass_idle(host)
    before = descriptors()
    host.follower.pending_renames.moved(str(host.log), f"{host.log}.1")
    for old, new in (("app.log.1", "app.log.2"), ("app.log", "app.log.1")):
        (host.directory / old).rename(host.directory / new)
        host.follower.pending_renames.moved(str(host.directory / old), str(host.directory / new))
    assert descriptors() == before
    host.look()
    assert host.pump() == []
    assert [source.row.name for source in host.follower.sources] == [b"app.log.2", b"app.log.1"]


def test_an_idle_log_that_was_written_again_is_opened_when_it_moves(host):
    """What a writer that never heard of the rotation adds may be deleted before the next look."""
    rotated_and_read(host)
    host.follower.pending_renames.moved(str(host.log), f"{host.log}.1")
    pass_idle(host)
    with (host.directory / "app.log.1").open("a") as writer:
        writer.write("late\n")
    rotated = (host.directory / "app.log.1").rename(host.directory / "app.log.2")
    host.follower.pending_renames.moved(f"{host.log}.1", str(rotated))
    rotated.unlink()
    host.look()
    assert host.pump() == ["late"]


@pytest.mark.parametrize("text", ["", "half a line"])
def test_a_log_in_hand_of_which_nothing_was_read_is_not_opened_again_either(host, text):
    """Nothing is remembered of it but that it is open."""
    host.log.write_text(text)
    host.look()
    assert host.pump() == []
    before = descriptors()
    rotated = host.log.rename(host.directory / "app.log.1")
    host.follower.pending_renames.moved(str(host.log), str(rotated))
    host.look()
    assert descriptors() == before


def test_where_rotated_names_match_a_log_is_opened_when_it_moves_too(tmp_path):
    """It may be deleted before the next listing as well."""
    host = LogHost(tmp_path, "app.log*")
    begun_and_rotated(host, "app.log.1").unlink()
    host.look()
    assert host.pump() == OWED
    host.follower.close()


@pytest.mark.parametrize("age", range(3))
def test_an_owed_log_may_have_the_inode_of_one_that_is_remembered(host, age):
    """File systems give the number of a deleted file to the next one."""
    begun_and_rotated(host, "app.log.1")
    host.look()
    assert host.pump() == OWED
    if age:
        host.crash()  # nothing is open then, and what is stored may be gone
    (host.directory / "app.log.1").unlink()
    if age == 2:
        host.settle()
    lines = []
    for number in range(5):
        lines.append(f"another life {number}")
        path = host.directory / "begun"
        path.write_text(lines[-1] + "\n")
        path.rename(host.log)
        rotated = host.log.rename(host.directory / "app.log.1")
        host.follower.pending_renames.moved(str(host.log), str(rotated))
        rotated.unlink()
        host.look()
        host.pump()
    host.settle()
    assert host.read_lines[1:] == lines


def test_an_owed_log_that_was_opened_twice_over_is_one_log(host):
    """Found in a listing between its event and the next look, or gone on with after it was gone."""
    path = begun_and_rotated(host, "app.log.1")
    host.follower.pending_renames.moved(str(path), str(path))
    before = descriptors()
    host.look()
    assert host.pump() == OWED
    assert descriptors() == before
    away = path.rename(host.directory.with_name(f"{host.directory.name}-away"))
    host.settle()
    host.now += LINGER_SECONDS
    host.settle()
    assert host.follower.sources == []
    away.rename(path)
    host.follower.pending_renames.moved(str(host.log), str(path))
    host.settle()
    assert host.read_lines == OWED


def test_what_begins_like_a_copy_or_is_compressed_is_not_read_because_it_is_owed(host):
    """The same rules as for every new log."""
    host.lines(50)
    host.look()
    host.pump()
    before = descriptors()
    for name, content in (("app.log.1", host.log.read_bytes()[:200]), ("app.log.1.gz", b"compressed")):
        (host.directory / name).write_bytes(content)
        host.follower.pending_renames.moved(str(host.log), str(host.directory / name))
    host.look()
    assert host.pump() == []
    assert descriptors() == before
    assert host.follower.compressed == 1


def test_only_so_many_owed_logs_are_held_open_and_none_after_the_end(host):
    """Of the others the names are known."""
    before = descriptors()
    for number in range(MAX_HELD + 10):
        path = host.directory / f"{number}"
        path.write_text(f"{number}\n")
        host.follower.pending_renames.moved(str(host.log), str(path))
    assert descriptors() == before + MAX_HELD
    host.look()
    assert len(host.pump()) == MAX_HELD + 10
    path.with_name("another").write_text("another\n")
    host.follower.pending_renames.moved(str(host.log), str(path.with_name("another")))
    host.follower.close()
    assert descriptors() == before
    path.with_name("late").write_text("late\n")
    host.follower.pending_renames.moved(str(host.log), str(path.with_name("late")))
    assert descriptors() == before


def test_an_owed_log_that_cannot_be_stored_is_let_go_and_found_by_its_name(host, monkeypatch):
    """A full disk leaves nothing open that nobody knows of."""
    before = descriptors()
    begun_and_rotated(host, "app.log.1")
    with monkeypatch.context() as patched:
        patched.setattr(host.follower._new_logs, "save", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            host.look()
    assert descriptors() == before
    host.look()
    assert host.pump() == OWED


def test_an_owed_log_that_may_not_be_read_says_so(host):
    """As under every name."""
    begun_and_rotated(host).chmod(0)
    path = host.log.rename(host.directory / "app.log.1")

    def work():
        host.follower.pending_renames.moved(str(host.log), str(path))
        host.look()
        return host.pump()

    assert without_privileges(work) == []
    assert list(host.follower.denied) == [str(path)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_an_owed_link_to_a_file_of_another_owner_is_left_alone(host):
    """As under every name."""
    begun_and_rotated(host)
    host.directory.with_name(f"{host.directory.name}-another").hardlink_to(host.log)
    os.chown(host.log, 12_345, -1)
    path = host.log.rename(host.directory / "app.log.1")
    host.follower.pending_renames.moved(str(host.log), str(path))
    host.settle()
    assert host.read_lines == []
    assert host.follower.foreign == {str(path): str(host.directory)}


# ---------------------------------------------------------------------------------------------- idle


def is_open(host, path):
    [source] = [source for source in host.follower.sources if source.path == str(path)]
    return source.fd >= 0


def written_at(path, seconds):
    os.utime(path, (seconds, seconds))


def rotated_and_read(host, seconds=10.0):
    """A log with a rotated one beside it that is older, both read."""
    host.lines(2)
    host.look()
    host.pump()
    written_at(host.log, 1_000)
    host.rotate()
    host.lines(1)
    written_at(host.log, 1_000 + seconds)
    host.look()
    host.pump()


def pass_idle(host):
    host.now += IDLE_SECONDS
    host.follower.poll()
    host.pump()


@pytest.mark.parametrize("pattern", ["*.log", "app.log*"])
def test_a_rotated_log_that_is_idle_is_closed_and_gone_on_with_when_it_grows(tmp_path, pattern):
    """Whether or not its rotated name matches; the log that is written stays open, however quiet it is."""
    host = LogHost(tmp_path, pattern)
    rotated = tmp_path / "app.log.1"
    rotated_and_read(host)
    before = descriptors()
    host.now += IDLE_SECONDS - 1
    host.follower.poll()
    assert descriptors() == before
    host.now += 1
    host.follower.poll()
    assert descriptors() == before - 1
    assert is_open(host, host.log)
    host.look()
    assert host.pump() == []
    for number in range(2):  # a writer that never heard of the rotation
        with rotated.open("a") as writer:
            writer.write(f"late {number}\n")
        written_at(rotated, 2_000 + number)
        host.look()
        assert host.pump() == [f"late {number}"]
        assert is_open(host, rotated)
        pass_idle(host)
        assert [is_open(host, path) for path in (rotated, host.log)] == [False, True]
    assert host.gaps == []
    host.follower.close()


def test_a_hint_is_enough_to_go_on_with_an_idle_log(host):
    """No listing is needed: it is known by name and inode."""
    rotated_and_read(host)
    pass_idle(host)
    rotated = host.directory / "app.log.1"
    with rotated.open("a") as writer:
        writer.write("late\n")
    stat = rotated.stat()
    assert host.follower.touch(str(rotated), FileId(stat.st_dev, stat.st_ino))
    assert host.pump() == ["late"]


def test_of_logs_with_dates_in_their_names_the_last_one_written_stays_open(tmp_path):
    """There the name does not say which is rotated; whatever others are called, a name of its own is not."""
    host = LogHost(tmp_path)
    for at, name in enumerate(["app-2026-01-01.log", "app-2026-01-02.log", "quiet.log"]):
        (tmp_path / name).write_text(f"{name}\n")
        written_at(tmp_path / name, 1_000 + at)
    host.look()
    host.pump()
    pass_idle(host)
    assert [is_open(host, path) for path in sorted(tmp_path.iterdir())] == [False, True, True]
    host.follower.close()


def test_a_log_that_was_renamed_to_anything_is_a_rotated_one(host):
    """Its name does not match: nobody begins a log there."""
    host.lines(2)
    host.look()
    host.pump()
    old = host.log.rename(host.directory / "before")
    host.look()
    pass_idle(host)
    assert not is_open(host, old)


def test_a_deleted_log_stays_open_until_its_grace_is_over(host):
    """It cannot be opened again by name, however long it was idle before."""
    rotated_and_read(host)
    with (host.directory / "app.log.1").open("a") as writer:
        host.now += IDLE_SECONDS - 1
        writer.write("before\n")
        writer.flush()
        host.follower.poll()
        host.pump()
        (host.directory / "app.log.1").unlink()
        host.now -= 1_000  # somebody sets the clock
        host.follower.poll()
        host.now += 1_000 + LINGER_SECONDS - 1
        writer.write("after\n")
    host.follower.poll()
    host.pump()
    assert host.read_lines[-2:] == ["before", "after"]
    host.now += LINGER_SECONDS
    host.settle()
    assert [source.path for source in host.follower.sources] == [str(host.log)]
    assert host.gaps == []


def test_a_log_moved_out_of_its_directory_is_not_taken_for_an_idle_one(host):
    """It has a name, but none that could be opened again."""
    rotated_and_read(host)
    away = host.directory.parent / f"{host.directory.name}-away"
    (host.directory / "app.log.1").rename(away)
    host.now += IDLE_SECONDS
    host.look()
    host.follower.poll()
    with away.open("a") as writer:
        writer.write("late\n")
    host.follower.poll()
    assert host.pump() == ["late"]


def test_a_half_line_keeps_no_idle_log_open_and_is_no_loss_when_it_is_deleted(host):
    """It was looked at as it is."""
    rotated_and_read(host)
    rotated = host.directory / "app.log.1"
    with rotated.open("a") as writer:
        writer.write("the rest")
    host.now += IDLE_SECONDS
    host.follower.poll()
    host.pump()
    host.now += IDLE_SECONDS
    host.follower.poll()
    assert is_open(host, rotated), "not before it was looked at"
    [rest] = host.follower.partials()
    host.follower.accept(rest)
    host.follower.poll()
    assert not is_open(host, rotated)
    host.look()
    assert list(host.follower.partials()) == []
    rotated.unlink()
    host.settle()
    assert host.gaps == []
    assert [source.path for source in host.follower.sources] == [str(host.log)]


def test_a_look_at_an_idle_log_that_did_not_change_does_not_open_it(host, monkeypatch):
    """There may be thousands of them in a directory that is looked at often."""
    rotated_and_read(host)
    pass_idle(host)
    with monkeypatch.context() as patched:
        patched.setattr(log_identity, "open_same_file", lambda *_: pytest.fail("opened"))
        host.look()
    assert [source.row.state for source in host.follower.sources] == ["rotated", "live"]


@pytest.mark.parametrize("line", ["another life, longer than all that was there before it", "short"])
def test_what_became_of_an_idle_log_is_seen(host, line):
    """Truncated and written anew while it was closed: another log."""
    rotated_and_read(host)
    pass_idle(host)
    (host.directory / "app.log.1").write_text(f"{line}\n" * 3)
    host.look()
    host.pump()
    assert host.read_lines.count(line) == 3


def test_only_one_that_was_idle_is_known_by_size_and_time(host):
    """Of what was closed in the same moment in which it was written they say nothing."""
    rotated_and_read(host)
    rotated = host.directory / "app.log.1"
    pass_idle(host)
    with rotated.open("a") as writer:
        writer.write("late\n")
    written_at(rotated, 2_000)
    host.look()
    assert host.pump() == ["late"]
    for source in host.follower.sources:
        source.close()  # as when too many are open
    before = rotated.read_text()
    rotated.write_text("another life".ljust(len(before) - 1, ".") + "\n")
    written_at(rotated, 2_000)
    host.look()
    assert len(host.pump()) == 1
    assert host.read_lines[-1].startswith("another life")


@pytest.mark.parametrize("lines", [4, 400])
def test_a_copy_of_an_idle_log_is_still_a_copy(tmp_path, lines):
    """Also while it is being made, and shorter than what is remembered of the head."""
    host = LogHost(tmp_path, "app.log*")
    host.lines(lines)
    rotated_and_read(host)
    pass_idle(host)
    assert not is_open(host, tmp_path / "app.log.1")
    content = (tmp_path / "app.log.1").read_bytes()
    copy = tmp_path / "app.log.1.bak"
    copy.write_bytes(content[:100])
    host.look()
    host.pump()
    copy.write_bytes(content)
    host.settle()
    assert len(host.read_lines) == lines + 3
    host.follower.close()


# ---------------------------------------------------------------------------------------------- gone


def test_a_deleted_log_is_read_to_its_end_and_then_let_go(host):
    """Its writer may not know yet; a minute after the last line the disk gets its space back."""
    host.lines(2)
    host.look()
    host.pump()
    with host.log.open("a") as writer:
        host.log.unlink()
        for number in range(3):
            writer.write(f"after the end {number}\n")
            writer.flush()
            host.settle()
    assert host.read_lines[2:] == [f"after the end {number}" for number in range(3)]
    opened = descriptors()
    host.now += LINGER_SECONDS
    host.look()
    assert descriptors() == opened - 1
    assert host.follower.sources == []
    assert host.gaps == []


def test_a_log_deleted_before_it_could_be_read_is_a_gap(host):
    """Seen in a listing, gone before it was opened."""
    host.lines(5)
    host.look()
    host.log.unlink()
    host.settle()
    assert host.pump() == []
    assert kinds(host) == [GapKind.DELETED]


def test_one_listing_without_it_does_not_bury_a_log(host):
    """Listings race with renames."""
    host.lines(1)
    host.look()
    host.pump()
    away = host.directory.parent / f"{host.directory.name}-away"
    host.log.rename(away)
    host.look()
    away.rename(host.log)
    added = host.lines(1)
    host.look()
    assert host.pump() == added
    assert [source.row.state for source in host.follower.sources] == ["live"]


def test_a_name_that_leads_elsewhere_is_not_opened(host):
    """A link, or another file, put in the place of a log between listing and opening."""
    host.lines(1)
    host.look()
    secret = host.directory.parent / f"{host.directory.name}-secret"
    secret.write_text("not for us\n")
    host.log.unlink()
    host.log.symlink_to(secret)
    assert host.pump() == []
    secret.rename(host.log)
    host.follower.sources[0].dirty = True
    assert host.pump() == []


def test_a_root_that_is_gone_loses_no_descriptor(tmp_path):
    """Nothing can be opened below it, and nothing stays open."""
    room = tmp_path / "room"
    room.mkdir()
    host = LogHost(room)
    host.lines(1)
    host.look()
    shutil.rmtree(room)
    assert host.pump() == []
    host.settle()
    assert kinds(host) == [GapKind.DELETED]


# ---------------------------------------------------------------------------------------------- may not be read


def test_a_log_that_may_not_be_read_says_so_and_is_read_once_it_may(host):
    """Denied is told with the base it belongs to; nothing is lost by it."""
    expected = host.lines(2)
    host.log.chmod(0)
    host.look()
    without_privileges(host.pump)
    assert host.follower.denied == {str(host.log): str(host.directory)}
    host.log.chmod(0o600)
    host.look()
    assert without_privileges(host.pump) == expected
    assert host.follower.denied == {}


def test_a_log_that_may_not_be_read_after_a_restart_is_still_the_same_log(host):
    """Otherwise all of it would be new again when it may be read."""
    host.lines(5)
    host.look()
    host.pump()
    host.log.chmod(0)
    without_privileges(host.crash)
    without_privileges(host.settle)
    assert host.follower.denied
    host.log.chmod(0o600)
    added = host.lines(1)
    host.settle()
    assert host.read_lines[5:] == added
    assert host.gaps == []


# ---------------------------------------------------------------------------------------------- half lines


def test_a_last_line_without_its_end_is_looked_at_once_and_the_log_stays_before_it(host):
    """After five quiet seconds; again only when it has grown; whole when its end comes."""
    host.lines(1)
    [half] = host.lines(1, end="")
    host.look()
    assert len(host.pump()) == 1
    host.follower.poll()
    host.pump()
    assert list(host.follower.partials()) == []
    host.now += PARTIAL_SECONDS
    host.follower.poll()
    assert host.pump() == []
    [partial] = host.follower.partials()
    assert (partial.chunk.data.decode(), partial.partial, partial.chunk.first_line) == (half, True, 2)
    stood = host.follower.sources[0].row.offset
    host.follower.accept(partial)
    assert host.follower.sources[0].row.offset == stood
    host.now += 60
    host.look()
    host.follower.poll()
    host.pump()
    assert list(host.follower.partials()) == []
    with host.log.open("a") as log:
        log.write(" and more")
    host.follower.poll()
    host.pump()
    host.now += PARTIAL_SECONDS
    host.follower.poll()
    host.pump()
    assert [batch.chunk.data.decode() for batch in host.follower.partials()] == [f"{half} and more"]
    with host.log.open("a") as log:
        log.write(".\n")
    host.follower.poll()
    assert host.pump() == [f"{half} and more."]


def test_a_line_longer_than_a_turn_is_seen_whole_with_an_overlap_at_every_cut(tmp_path):
    """No value is lost at a cut, wherever it stands, and columns go on counting through it."""
    host = LogHost(tmp_path)
    value = "13900001234"
    line = bytearray(b"." * (3 * TURN_BYTES))
    spots = [0, TURN_BYTES - 5, TURN_BYTES - OVERLAP_BYTES - 5, 2 * TURN_BYTES - OVERLAP_BYTES - 6, len(line) - 11]
    for spot in spots:
        line[spot : spot + 11] = value.encode()
    host.log.write_bytes(bytes(line) + b"\nnext\n")
    host.look()
    found = set()
    *parts, last = texts(host.follower)
    for number, column, text in (*parts, last):
        at = text.find(value)
        while at >= 0:
            if number == 1:
                found.add(column + at)
            at = text.find(value, at + 1)
    assert found == {spot + 1 for spot in spots}
    assert {number for number, _, _ in parts} == {1}
    assert last[2].endswith("\nnext\n")
    assert texts(host.follower) == []
    host.follower.close()


# ---------------------------------------------------------------------------------------------- encodings

TEXT = "2026-01-01 信息 客户手机号：13900001234，姓名：测试\n"


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "big5hkscs"])
@pytest.mark.parametrize("restart", [False, True])
def test_a_log_in_any_usual_encoding_is_followed(tmp_path, encoding, restart):
    """It is decided once and kept, also over a restart in the middle; a byte order mark is not part of a line."""
    text = TEXT if encoding != "big5hkscs" else "2026-01-01 客戶手機號碼：13900001234，姓名：測試\n"
    host = LogHost(tmp_path)
    host.log.write_bytes((text * 3).encode(encoding))
    host.look()
    host.pump()
    if restart:
        host.crash()
    more = (text * 2).encode(encoding).removeprefix(b"\xff\xfe" if encoding == "utf-16" else b"")
    with host.log.open("ab") as log:
        log.write(more.removeprefix(b"\xef\xbb\xbf") if encoding == "utf-8-sig" else more)
    host.look()
    host.settle()
    assert host.read_lines == [text.rstrip("\n")] * 5
    host.follower.close()


def test_the_encoding_is_decided_on_the_first_line_that_can_tell(tmp_path):
    """Much plain ASCII in front of the first Chinese line says nothing about it."""
    host = LogHost(tmp_path)
    host.log.write_bytes(b"INFO nothing to see here\n" * 5000 + TEXT.encode("gb18030") * 3)
    host.look()
    host.pump()
    assert host.read_lines[-1] == TEXT.rstrip("\n")
    host.follower.close()


def test_the_first_byte_of_a_character_after_whole_lines_decides_nothing(tmp_path):
    """It could be of any encoding; those lines were ASCII."""
    host = LogHost(tmp_path)
    text = TEXT.encode("gb18030")
    first = next(at for at, byte in enumerate(text) if byte > 127)
    host.log.write_bytes(b"INFO nothing to see here\n" + text[: first + 1])
    host.look()
    assert host.pump() == ["INFO nothing to see here"]
    with host.log.open("ab") as log:
        log.write(text[first + 1 :] + text * 3)
    host.follower.poll()
    assert host.pump() == [TEXT.rstrip("\n")] * 4
    assert [row.encoding for row in host.stored.values()] == ["gb18030"]
    host.follower.close()


def test_a_named_encoding_is_not_questioned(tmp_path):
    """The operator knows."""
    host = LogHost(tmp_path, encoding="big5")
    text = "手機號碼"
    host.log.write_bytes(f"{text}\n".encode("big5"))
    host.look()
    assert host.pump() == [text]
    host.follower.close()


def test_undecodable_bytes_are_counted_and_the_line_is_read(host):
    """A torn character costs itself, not the line."""
    host.log.write_bytes(TEXT.encode() + b"mobile=13900001234 \xff\xfe broken\n")
    host.look()
    [batch] = host.follower.read()
    assert batch.decode_errors == 2
    assert b"mobile=13900001234" in batch.chunk.data


@settings(max_examples=60, deadline=None)
@given(
    pieces=st.lists(st.integers(1, 400), min_size=1, max_size=12),
    encoding=st.sampled_from(["gb18030", "utf-8", "utf-16-le"]),
)
@example(pieces=[1, 1, 10], encoding="gb18030")  # one byte of the first character
def test_wherever_writing_is_interrupted_the_same_lines_come_out(tmp_path_factory, pieces, encoding):
    """A write may end in the middle of a character."""
    directory = tmp_path_factory.mktemp("logs")
    host = LogHost(directory)
    data = (TEXT * 20).encode(encoding)
    at = 0
    for piece in [*pieces, len(data)]:
        with host.log.open("ab") as log:
            log.write(data[at : at + piece])
        at += piece
        host.look()
        host.follower.poll()
        host.pump()
    assert host.read_lines == [TEXT.rstrip("\n")] * 20
    host.follower.close()


# ---------------------------------------------------------------------------------------------- the first start


def test_what_is_older_than_the_first_start_is_backlog_up_to_its_size(tmp_path):
    """Lines added later are not, though they are in the same file."""
    (tmp_path / "app.log").write_text("old\n" * 3)
    os.utime(tmp_path / "app.log", (500, 500))
    host = LogHost(tmp_path, since=1000.0)
    [batch] = host.follower.read()
    assert batch.backlog
    host._save(batch.after)
    host.follower.accept(batch)
    host.lines(1)
    host.look()
    [batch] = host.follower.read()
    assert not batch.backlog
    (tmp_path / "new.log").write_text("new\n")
    host.look()
    assert [batch.backlog for batch in host.follower.read()] == [False, False]
    host.follower.close()


def test_starting_at_the_end_passes_over_what_is_there_and_says_how_much(tmp_path):
    """Its lines are counted, so that numbers are right; files that appear later are read whole."""
    (tmp_path / "app.log").write_text("old\n" * 300)
    os.utime(tmp_path / "app.log", (500, 500))
    host = LogHost(tmp_path, since=1000.0, from_end=True)
    host.written = 300
    added = host.lines(1)
    host.look()
    assert texts(host.follower) == [(301, 1, f"{added[0]}\n")]
    assert host.follower.skipped_bytes == 1200
    (tmp_path / "new.log").write_text("new\n")
    host.look()
    assert texts(host.follower) == [(1, 1, "new\n")]
    host.crash()
    assert texts(host.follower) == []
    host.follower.close()


def test_starting_at_the_end_of_what_cannot_be_opened_reads_it_when_it_can(tmp_path):
    """Nobody knows where its end was; so nothing is passed over."""
    (tmp_path / "app.log").write_text("old\n")
    os.utime(tmp_path / "app.log", (500, 500))
    (tmp_path / "app.log").chmod(0)
    host = without_privileges(lambda: LogHost(tmp_path, since=1000.0, from_end=True))
    (tmp_path / "app.log").chmod(0o600)
    host.look()
    assert host.pump() == ["old"]
    host.follower.close()


def test_compressed_files_are_counted_and_not_followed(tmp_path):
    """A rotated log that was read is not read again because it was compressed."""
    host = LogHost(tmp_path, "app.log*")
    (tmp_path / "app.log.2.gz").write_bytes(b"\x1f\x8b")
    (tmp_path / "app.log.3.zst").write_bytes(b"\x28\xb5")
    host.look()
    host.look()
    assert host.follower.compressed == 2
    assert host.follower.sources == []


# ---------------------------------------------------------------------------------------------- many logs


def test_not_more_logs_than_allowed_stay_open(tmp_path):
    """Those read to their end are closed, and opened again when they grow."""
    host = LogHost(tmp_path)
    host.follower.max_open = 3
    for number in range(10):
        (tmp_path / f"{number}.log").write_text(f"first {number}\n")
    host.look()
    assert len(host.pump()) == 10
    host.look()
    assert sum(source.fd >= 0 for source in host.follower.sources) == 3
    for number in range(10):
        with (tmp_path / f"{number}.log").open("a") as log:
            log.write(f"second {number}\n")
    host.look()
    assert sorted(host.pump()) == [f"second {number}" for number in range(10)]
    host.follower.close()


def test_what_is_being_written_is_read_before_many_small_old_logs(tmp_path):
    """Also where each of them has less to read than it has."""
    host = LogHost(tmp_path, since=900.0)
    for number in range(10):
        (tmp_path / f"old-{number}.log").write_text(f"old {number}\n")
        written_at(tmp_path / f"old-{number}.log", host.now - 3_600)
    (tmp_path / "live.log").write_text("new\n" * 100)
    written_at(tmp_path / "live.log", host.now - 1)
    host.look()
    assert host.pump(limit=1)[:100] == ["new"] * 100
    host.follower.close()


def test_what_was_closed_for_want_of_room_is_checked_once(tmp_path, monkeypatch):
    """A look that opened a hundred thousand logs each time would be all there is time for."""
    host = LogHost(tmp_path)
    host.follower.max_open = 3
    for number in range(10):
        (tmp_path / f"{number}.log").write_text(f"first {number}\n")
        written_at(tmp_path / f"{number}.log", host.now - 10)
    host.look()
    host.pump()
    for _ in range(2):
        host.look()
    with monkeypatch.context() as patched:
        patched.setattr(log_identity, "open_same_file", lambda *_: pytest.fail("opened"))
        host.look()
    (tmp_path / "3.log").write_text("other 3\n")
    host.look()
    assert host.pump() == ["other 3"]
    host.follower.close()


def test_one_directory_can_be_looked_at_alone(tmp_path):
    """What is elsewhere is neither missed nor buried."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.log").write_text(f"in {name}\n")
    host = LogHost(tmp_path, "**/*.log")
    host.pump()
    (tmp_path / "b" / "new.log").write_text("new in b\n")
    for _ in range(3):
        assert host.follower.reconcile(str(tmp_path / "b")) == []
    assert host.pump() == ["new in b"]
    assert host.follower.reconcile(str(tmp_path.parent)) == []
    assert {source.row.state for source in host.follower.sources} == {"live"}
    host.follower.close()


def test_two_names_of_one_file_are_one_log(tmp_path):
    """A hard link must not make everything appear twice; the name that matches wins."""
    host = LogHost(tmp_path)
    expected = host.lines(2)
    (tmp_path / "also.txt").hardlink_to(host.log)
    (tmp_path / "AAA.txt").hardlink_to(host.log)
    host.look()
    assert host.pump() == expected
    assert [source.path for source in host.follower.sources] == [str(host.log)]
    host.follower.close()


def test_a_name_that_is_not_utf8_is_followed(tmp_path):
    """Names are bytes, and come back from the state as they were."""
    host = LogHost(tmp_path)
    name = os.fsdecode(b"\xb2\xe2\xca\xd4.log")
    (tmp_path / name).write_text("one\n")
    host.look()
    assert host.pump() == ["one"]
    with (tmp_path / name).open("a") as log:
        log.write("two\n")
    host.crash()
    assert host.pump() == ["two"]
    host.follower.close()


def test_a_log_whose_watch_moved_is_still_opened_below_its_own_directory(host):
    """A stored log outside every root of a changed configuration is remembered, and does no harm."""
    host.lines(1)
    host.look()
    host.pump()
    host.follower.close()
    follower = Follower("logs", (), lambda data: data, lambda _: None, lambda: host.now, 0.0)
    follower.resume(host.stored.values())
    assert follower.sources[0].base == str(host.directory)
    follower.close()


def test_a_copy_of_a_log_that_has_more_to_read_is_awaited_as_one(tmp_path):
    """After a stop the copy is longer than what was read; it is still the copy, and the truncation may be near."""
    host = LogHost(tmp_path, pattern="app.log*")
    host.lines(50)
    host.look()
    host.pump()
    host.lines(50)  # … written while nobody read
    copy = tmp_path / "app.log.1"
    copy.write_bytes(host.log.read_bytes())
    host.look()
    host.pump(accept=False)
    host.crash()
    os.truncate(host.log, 0)
    host.lines(10)
    host.settle()
    assert len(host.read_lines) == len(set(host.read_lines)) == 110


def test_a_copy_that_stays_is_read_from_where_the_log_was(tmp_path):
    """Somebody keeps a copy under a name that matches: what it holds was read, what it gains is new."""
    host = LogHost(tmp_path, pattern="app.log*")
    host.lines(50)
    host.look()
    host.pump()
    copy = tmp_path / "app.log.bak"
    copy.write_bytes(host.log.read_bytes())
    host.settle()
    with copy.open("a") as file:
        file.write("one more line\n")
    host.settle()
    assert host.read_lines[50:] == ["one more line"]

"""Every mistake in a configuration is named with its place, its key and how to mend it.

Each file in ``bad_config/`` begins with what must be said about it, ``FILE`` standing for its own name.
"""

from pathlib import Path

import pytest

from leakwatch.config.config_discovery import ConfigSource
from leakwatch.config.config_model import Config
from leakwatch.config.load import load
from leakwatch.config.problems import InvalidConfigError
from leakwatch.config.validation_errors import known_keys

CASES = sorted(Path(__file__).with_name("bad_config").glob("*.yaml"))


def detectors(_config: Config) -> set[str]:
    return {"cn-mobile", "bank-card"}


def said_about(path: Path) -> list[str]:
    with pytest.raises(InvalidConfigError) as caught:
        load(ConfigSource((path,), "test"), {}, detectors)
    return str(caught.value).replace(str(path), "FILE").splitlines()


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_reports_exactly_what_is_wrong(case: Path):
    """The problems of a bad configuration are those its first lines name, in the order of the file."""
    lines = case.read_text("utf-8").splitlines()
    expected = ["FILE:" + line.removeprefix("#! ") for line in lines if line.startswith("#! ")]
    assert sorted(said_about(case)) == sorted(expected)


def test_no_value_is_repeated(tmp_path: Path):
    """However wrong a secret stands in the file, no message repeats it."""
    secret = "wx-5f0c-not-to-be-seen"
    wrong = [
        f"alerts: {{channels: [{{name: a, type: {secret}, url: '{secret}', min_severity: {secret}}}]}}",
        f"alerts: {{channels: [{{name: a, type: wecom, url: [{secret}]}}]}}",
        f"alerts: {{proxy: {{a: {secret}}}, lang: {secret}}}",
        f"metrics: {{listen: {secret}}}\nlimits: {{workers: {secret}, memory: {secret}}}",
        f"watch: [{{name: a, kind: log, paths: [{secret}], settle: {secret}, encoding: {secret}}}]",
    ]
    for text in wrong:
        path = tmp_path / "leakwatch.yaml"
        path.write_text(text)
        with pytest.raises(InvalidConfigError) as caught:
            load(ConfigSource((path,), "test"), {})
        assert secret not in str(caught.value)
        assert secret not in repr(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"env: \xff\xfe", "is not UTF-8; save it as UTF-8"),
        (b"env: a\x07b", "holds a control character; take it out"),
        (b"# " + b"x" * 2**20, "is larger than 1 MiB"),
        (b"[" * 5000, "is nested too deeply"),
        (
            b"a: &a [x,x,x,x,x,x,x,x,x,x]\n"
            + b"".join(
                b"%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n" % ((98 + n, 98 + n) + (97 + n,) * 10)
                for n in range(8)
            ),
            "is nested too deeply",
        ),
        (b"labels: &a [*a]\n", "is nested too deeply"),
    ],
    ids=["encoding", "control", "size", "depth", "aliases", "cycle"],
)
def test_hostile_file_is_refused(tmp_path: Path, content: bytes, words: str):
    """A file that is no text, too large, or grows without end is a mistake with a name, not a crash."""
    path = tmp_path / "leakwatch.yaml"
    path.write_bytes(content)
    [said] = said_about(path)
    assert words in said


def test_missing_file_reports_why(tmp_path: Path):
    """A file that cannot be read is named with the system's reason."""
    path = tmp_path / "gone.yaml"
    with pytest.raises(InvalidConfigError, match=r"gone\.yaml:1:1: cannot be read: No such file or directory"):
        load(ConfigSource((path,), "test"), {})


def test_every_broken_file_is_named(tmp_path: Path):
    """When several files are broken, one run names them all."""
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text("env: [\n")
    with pytest.raises(InvalidConfigError) as caught:
        load(ConfigSource((tmp_path / "a.yaml", tmp_path / "b.yaml"), "test"), {})
    assert [Path(problem.at.file).name for problem in caught.value.problems] == ["a.yaml", "b.yaml"]


def test_known_keys_go_all_the_way_down():
    """The list of known keys reaches into lists and sections, so that suggestions can."""
    assert {"watch[].paths", "limits.archive.depth", "alerts.digest.cron", "suppress[].match.entity"} <= set(
        known_keys()
    )

"""Which files count, how they become one configuration, and what is warned about."""

from pathlib import Path

import pytest

from leakwatch.config.config_discovery import ConfigSource, discover
from leakwatch.config.config_model import Config
from leakwatch.config.load import NOT_YET, load
from leakwatch.config.problems import InvalidConfigError
from leakwatch.config.validation_errors import known_keys
from leakwatch.core.errors import ConfigError, Exit
from leakwatch.core.model import Limits, Severity
from leakwatch.detection.rules import ids


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


# --------------------------------------------------------------------------------------------- discovery


def test_option_wins_over_everything(tmp_path: Path):
    """``--config`` is the only file read, whatever else there is."""
    chosen = write(tmp_path / "chosen.yaml", "")
    write(tmp_path / "leakwatch.yaml", "")
    env = {"LEAKWATCH_CONFIG": str(write(tmp_path / "env.yaml", ""))}
    assert discover(chosen, env, upwards_from=tmp_path, system=tmp_path).files == (chosen,)


def test_environment_wins_over_files_that_are_found(tmp_path: Path):
    """``LEAKWATCH_CONFIG`` comes before the working directory and the system's files."""
    named = write(tmp_path / "env.yaml", "")
    write(tmp_path / "leakwatch.yaml", "")
    assert discover(None, {"LEAKWATCH_CONFIG": str(named)}, upwards_from=tmp_path, system=tmp_path).files == (named,)


def test_scan_looks_upwards_to_the_first_repository(tmp_path: Path):
    """A scan takes the nearest file upwards, and looks no further than the first ``.git``."""
    system = tmp_path / "etc"
    above = write(tmp_path / "leakwatch.yaml", "")
    below = tmp_path / "repository/src/deep"
    below.mkdir(parents=True)
    assert discover(None, {}, upwards_from=below, system=system).files == (above,)
    (tmp_path / "repository/.git").mkdir()
    assert discover(None, {}, upwards_from=below, system=system).files == ()
    beside_git = write(tmp_path / "repository/leakwatch.yaml", "")
    assert discover(None, {}, upwards_from=below, system=system).files == (beside_git,)


def test_daemon_does_not_look_upwards(tmp_path: Path):
    """Without a place to look upwards from, only the system's files count: the daemon's case."""
    main = write(tmp_path / "etc/leakwatch.yaml", "")
    parts = [write(tmp_path / f"etc/conf.d/{name}", "") for name in ("20-b.yaml", "10-a.yaml")]
    write(tmp_path / "etc/conf.d/notes.txt", "")
    assert discover(None, {}, system=tmp_path / "etc").files == (main, parts[1], parts[0])
    main.unlink()
    assert discover(None, {}, system=tmp_path / "etc").files == (parts[1], parts[0])


@pytest.mark.parametrize(
    ("option", "env", "by"),
    [("gone.yaml", {}, "--config"), (None, {"LEAKWATCH_CONFIG": "gone.yaml"}, "LEAKWATCH_CONFIG")],
)
def test_named_file_must_exist(option: str | None, env: dict[str, str], by: str):
    """A named file that does not exist is a configuration error that says where it was named."""
    with pytest.raises(ConfigError, match=f"gone.yaml: no such file \\(named by {by}\\)") as caught:
        discover(Path(option) if option else None, env)
    assert caught.value.exit_code == Exit.USAGE


# --------------------------------------------------------------------------------------------- merging


def test_no_file_means_defaults(tmp_path: Path):
    """Without any file the configuration is the built-in default and nothing is warned about."""
    loaded = load(discover(None, {}, system=tmp_path), {})
    assert loaded.config == Config()
    assert (loaded.source.why, loaded.origin, loaded.warnings) == ("built-in defaults", {}, ())


def test_named_lists_grow_and_scalars_are_replaced(tmp_path: Path):
    """Later files add to watch, channels, suppress and rules; what they say again of anything else counts."""
    first = write(
        tmp_path / "a.yaml",
        """\
env: test
detect: {rules: [/a], regions: [cn, hk], min_score: 0.4}
watch: [{name: one, kind: log, paths: [/var/log/one]}]
suppress: [{id: s1, match: {entity: A}, reason: r, owner: o}]
alerts: {lang: en, channels: [{name: c1, type: slack, url: "https://one.example"}]}
""",
    )
    second = write(
        tmp_path / "b.yaml",
        """\
env: prod
detect: {rules: [/b], regions: [tw]}
watch: [{name: two, kind: export, paths: [/srv]}]
suppress: [{id: s2, match: {entity: B}, reason: r, owner: o, expires: 2027-01-01}]
alerts: {channels: [{name: c2, type: teams, url: "https://two.example"}]}
""",
    )
    third = write(tmp_path / "c.yaml", "watch:\nalerts:\n  channels:\n")
    loaded = load(ConfigSource((first, second, third), "test"), {})
    config = loaded.config
    assert [watch.name for watch in config.watch] == ["one", "two"]
    assert [channel.name for channel in config.alerts.channels] == ["c1", "c2"]
    assert [rule.id for rule in config.suppress] == ["s1", "s2"]
    assert config.detect.rules == ("/a", "/b")
    assert (config.env, config.detect.regions, config.detect.min_score, config.alerts.lang) == (
        "prod",
        ("tw",),
        0.4,
        "en",
    )
    assert str(loaded.origin["env"]) == f"{second}:1:1"
    assert str(loaded.origin["alerts.channels[0].name"]).startswith(f"{first}:5:")
    assert str(loaded.origin["watch[1].kind"]).startswith(f"{second}:3:")


def test_one_name_in_two_files_is_an_error_that_names_both(tmp_path: Path):
    """The same watch in two files is refused with both places."""
    text = "watch: [{name: one, kind: log, paths: [/var/log/one]}]\n"
    files = (write(tmp_path / "a.yaml", text), write(tmp_path / "b.yaml", text))
    with pytest.raises(InvalidConfigError) as caught:
        load(ConfigSource(files, "test"), {})
    assert str(caught.value) == (
        f"{files[1]}:1:10: watch[1].name: the same name is used at {files[0]}:1:10; rename or remove one"
    )


def test_merge_keys_follow_yaml(tmp_path: Path):
    """``<<`` fills in what is missing, the first of several parts before the others; own keys win."""
    path = write(
        tmp_path / "a.yaml",
        """\
watch:
  - &one {name: one, kind: log, paths: [/var/log/one], owner: a-team}
  - &two {name: two, kind: log, paths: [/var/log/two], owner: b-team, service: s}
  - {<<: [*one, *two], name: three, kind: export}
  - {<<: *two, name: four}
""",
    )
    three, four = load(ConfigSource((path,), "test"), {}).config.watch[2:]
    assert (three.kind, three.owner, three.service, three.paths) == ("export", "a-team", "s", ("/var/log/one",))
    assert (four.kind, four.owner, four.paths) == ("log", "b-team", ("/var/log/two",))


def test_keys_without_value_mean_their_default(tmp_path: Path):
    """A list or section whose lines are all commented out is empty, not wrong."""
    path = write(tmp_path / "a.yaml", "watch:\nsuppress:\ndetect:\nalerts:\n  channels:\nlimits:\n  archive:\n")
    assert load(ConfigSource((path,), "test"), {}).config == Config()


# --------------------------------------------------------------------------------------------- files that are named


def test_secret_files_are_credentials_first(tmp_path: Path):
    """A relative file is a systemd credential where there is one, else beside its configuration or in its secrets."""
    etc, credentials = tmp_path / "etc", tmp_path / "credentials"
    path = write(
        etc / "conf.d/x.yaml",
        """\
fingerprint_key_file: hmac.key
alerts:
  ca_file: /absolute/ca.pem
  channels:
    - {name: a, type: slack, url_file: a.url}
    - {name: b, type: slack, url_file: b.url}
    - {name: c, type: slack, url_file: c.url}
    - {name: d, type: slack, url_file: d.url}
    - {name: e, type: slack, url_file: e.url}
    - {name: f, type: slack, url_file: f.url}
""",
    )
    for place in (
        credentials / "a.url",
        credentials / "secrets_b.url",
        etc / "conf.d/c.url",
        etc / "d.url",
        etc / "secrets/e.url",
    ):
        write(place, "https://x.example")
    for taken_over in (etc / "conf.d/a.url", etc / "secrets/b.url", etc / "secrets/c.url"):
        write(taken_over, "https://wrong.example")
    config = load(ConfigSource((path,), "test"), {"CREDENTIALS_DIRECTORY": str(credentials)}).config
    assert [channel.url_file for channel in config.alerts.channels] == [
        credentials / "a.url",
        credentials / "secrets_b.url",
        etc / "conf.d/c.url",
        etc / "d.url",
        etc / "secrets/e.url",
        etc / "conf.d/f.url",
    ]
    assert config.fingerprint_key_file == etc / "conf.d/hmac.key"
    assert config.alerts.ca_file == Path("/absolute/ca.pem")
    assert load(ConfigSource((path,), "test"), {}).config.alerts.channels[0].url_file == etc / "conf.d/a.url"


def test_an_unreadable_place_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An unreadable secrets directory does not stop the search; the error names the usual path."""

    def refuse(path: Path) -> bool:
        raise PermissionError(path)

    path = write(tmp_path / "a.yaml", "alerts: {ca_file: x.pem}")
    monkeypatch.setattr(Path, "exists", refuse)
    assert load(ConfigSource((path,), "test"), {}).config.alerts.ca_file == tmp_path / "x.pem"


# --------------------------------------------------------------------------------------------- warnings


def test_what_is_not_built_yet_is_reported_with_its_place(tmp_path: Path):
    """A key without effect in this version gets one warning with its place, unless it stands at its default."""
    path = write(
        tmp_path / "a.yaml",
        """\
limits: {workers: 1, memory: 1GB}
detect: {ner: false}
watch: [{name: a, kind: log, paths: [/var/log/a], ner: true}]
console: {listen: "127.0.0.1:1"}
""",
    )
    assert load(ConfigSource((path,), "test"), {}).warnings == tuple(
        f"{path}:{place}: has no effect in this version" for place in ("1:22: limits.memory", "4:1: console")
    )


def test_relative_rules_are_beside_the_file_that_names_them(tmp_path: Path):
    """A rule file that is named relatively is looked for beside its configuration; others stay as they are."""
    path = write(tmp_path / "conf.d/a.yaml", "detect: {rules: [mine/*.yaml, /etc/other.yaml]}")
    assert load(ConfigSource((path,), "test"), {}).config.detect.rules == (
        str(tmp_path / "conf.d/mine/*.yaml"),
        "/etc/other.yaml",
    )


def test_a_watchs_own_rules_are_beside_that_file_too(tmp_path: Path):
    """Relatively named rules of one watch are found as those of all are, and their ids count for its settings."""
    (tmp_path / "crm.yaml").write_text("rules: []")
    text = "watch: [{name: a, kind: log, paths: [/a], detect: {rules: [crm.yaml]}}, {name: b, kind: log, paths: [/b]}]"
    config = load(ConfigSource((write(tmp_path / "a.yaml", text),), "test"), {}, ids).config
    first, second = (config.for_watch(watch).detect.rules for watch in config.watch)
    assert second == config.detect.rules
    assert first == (*second, str(tmp_path / "crm.yaml"))


def test_not_yet_names_real_keys():
    """Every key that is announced as without effect exists."""
    assert set(NOT_YET) <= set(known_keys())


def test_secret_that_everybody_may_read_is_warned_about(tmp_path: Path):
    """A secret file with mode 0644 is used, with a warning that names the command to fix it."""
    secret = write(tmp_path / "a.url", "https://x.example")
    path = write(tmp_path / "a.yaml", "alerts: {channels: [{name: sec, type: slack, url_file: a.url}]}")
    secret.chmod(0o640)
    assert load(ConfigSource((path,), "test"), {}).warnings == ()
    secret.chmod(0o644)
    assert load(ConfigSource((path,), "test"), {}).warnings == (
        f"{secret}: every user of this host can read it; run chmod o-r (channel sec)",
    )


# --------------------------------------------------------------------------------------------- channels


def channel(tmp_path: Path, keys: str):
    path = write(tmp_path / "c.yaml", f"alerts: {{channels: [{{name: sec, type: webhook, {keys}}}]}}")
    return load(ConfigSource((path,), "test"), {}).config.alerts.channels[0]


def test_channel_resolves_its_secrets(tmp_path: Path):
    """URL and secret come from the configuration or from their files, without the newline an editor leaves."""
    write(tmp_path / "u", "https://x.example/hook\n")
    write(tmp_path / "s", "whsec_bm90LWEtc2VjcmV0\n")
    assert channel(tmp_path, "url_file: u, secret_file: s").resolve() == (
        "https://x.example/hook",
        "whsec_bm90LWEtc2VjcmV0",
    )
    assert channel(tmp_path, "url: ' https://x.example '").resolve() == ("https://x.example", None)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no such file; create it with the url as its only line"),
        (b" \n", "is empty; write the url into it"),
        (b"https://a.example\nhttps://b.example\n", "has several lines; it must hold the url as its only line"),
        (b"\xff\xfe", "is not text; it must hold the url as its only line"),
    ],
    ids=["missing", "empty", "lines", "binary"],
)
def test_bad_secret_file_is_named(tmp_path: Path, content: bytes | None, words: str):
    """What is wrong with a secret file is said with channel, key and path."""
    if content is not None:
        (tmp_path / "u").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        channel(tmp_path, "url_file: u").resolve()
    assert str(caught.value) == f"channel sec: url_file {tmp_path / 'u'}: {words}"


def test_secret_file_that_is_a_directory_is_named(tmp_path: Path):
    """A path that cannot be read gives the system's reason."""
    (tmp_path / "u").mkdir()
    with pytest.raises(ConfigError, match="cannot be read \\(Is a directory\\)"):
        channel(tmp_path, "url_file: u").resolve()


def test_secrets_have_no_spelling(tmp_path: Path):
    """No way of printing a channel shows its URL or secret."""
    made = channel(tmp_path, "url: 'https://x.example/k3y', secret: s3cret")
    for text in (repr(made), str(made), f"{made.url} {made.secret!r}", made.model_dump_json(), str(made.model_dump())):
        assert "k3y" not in text
        assert "s3cret" not in text
    assert str(made.url) == "<secret>"


# --------------------------------------------------------------------------------------------- values


def test_values_reach_the_model(tmp_path: Path):
    """Durations are seconds, sizes bytes, severities ordered, roots the part of a path before its wildcard."""
    path = write(
        tmp_path / "a.yaml",
        """\
watch: [{name: a, kind: export, paths: [/srv/*/out/*.csv, /srv/x, /srv/x/*.csv, "/**"], settle: 250ms, labels: {zone: dmz}}]
limits: {max_file_size: 64KiB, archive: {depth: 0, members: 5, bytes: 10MB, ratio: 7, seconds: 2m}}
metrics: {listen: off}
alerts: {channels: [{name: a, type: slack, url: "https://x", min_severity: high}]}
""",
    )
    config = load(ConfigSource((path,), "test"), {}).config
    assert config.watch[0].settle == 0.25
    assert config.watch[0].roots == (Path("/srv"), Path("/srv/x"), Path("/"))
    assert config.watch[0].labels == {"zone": "dmz"}
    assert config.limits.reading == Limits(65536, 0, 5, 10_000_000, 7, 120.0)
    assert config.metrics.listen is None
    assert config.alerts.channels[0].min_severity is Severity.HIGH


def test_default_limits_are_those_of_the_readers():
    """The ceilings are written once."""
    assert Config().limits.reading == Limits()


def test_models_take_their_own_values():
    """A model made in Python takes a severity and an address as they are."""
    made = Config.model_validate(
        {
            "alerts": {"channels": [{"name": "a", "type": "slack", "url": "https://x", "min_severity": Severity.HIGH}]},
            "metrics": {"listen": "[::1]:9464"},
        }
    )
    assert made.alerts.channels[0].min_severity is Severity.HIGH
    assert made.metrics.listen == "[::1]:9464"


@pytest.mark.parametrize("listen", ["localhost", "localhost:99999", ":1", "a b:1", "localhost:1\n"])
def test_address_needs_host_and_port(listen: str):
    """An address without a host, or with an impossible port, is refused."""
    with pytest.raises(ValueError, match="is not an address"):
        Config.model_validate({"metrics": {"listen": listen}})


def test_working_directory_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Files beside a configuration that was named relatively are found from anywhere."""
    write(tmp_path / "a.yaml", "alerts: {ca_file: ca.pem}")
    monkeypatch.chdir(tmp_path)
    config = load(ConfigSource((Path("a.yaml"),), "test"), {}).config
    assert config.alerts.ca_file == tmp_path.resolve() / "ca.pem"

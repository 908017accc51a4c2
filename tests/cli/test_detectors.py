"""``leakwatch detectors``: list, show, test and explain."""

import os
import pty
import subprocess
import sys
from dataclasses import replace

import pytest
from rich.cells import cell_len
from support.clean_environment import INHERITED

from leakwatch.cli import main
from leakwatch.cli.detector_texts import detector_details, detector_table, explanation_lines, prefilter_text
from leakwatch.cli.example_tests import example_failures
from leakwatch.core.errors import Exit
from leakwatch.detection.analyze import Considered, Explanation
from leakwatch.detection.policy import Decision
from leakwatch_detectors.catalog import by_id, detectors
from leakwatch_detectors.contract import Example, Prefilter, Role

MOBILE = "13900000001"


@pytest.fixture
def run(capfd, tmp_path, monkeypatch):
    """Run ``leakwatch detectors`` in this process; return exit code, standard output and standard error."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)

    def call(*args, lang="en"):
        capfd.readouterr()
        code = main(["--lang", lang, "detectors", *args], {"HOME": str(tmp_path)})
        return code, *capfd.readouterr()

    return call


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_list_has_every_detector_once(run, lang):
    """One line per detector, with its title in the requested language."""
    code, out, _ = run("list", lang=lang)
    head, *rows = out.splitlines()
    assert code == Exit.OK
    assert "JR/T 0171" in head
    assert [row.split()[0] for row in rows] == [detector.id for detector in detectors()]
    for detector, row in zip(detectors(), rows, strict=True):
        assert getattr(detector.title, lang) in row


def test_the_list_fits_the_terminal():
    """Columns are aligned in terminal cells; lines are truncated on a terminal only."""
    whole = list(detector_table(detectors(), "zh", None))
    cut = list(detector_table(detectors(), "zh", 80))
    assert max(map(cell_len, cut)) == 80
    assert max(map(cell_len, whole)) > 80
    at = whole[0].index("默认")
    assert {cell_len(row[: row.index(" 开 ")]) for row in whole[1:] if " 开 " in row} == {cell_len(whole[0][:at]) - 1}


def test_text_of_a_prefilter():
    """Digits, words, both, or neither."""
    assert prefilter_text(Prefilter(digits=11), "en") == "11+ digits"
    assert prefilter_text(Prefilter(literals=("a ", "b", "c", "d")), "en") == "a, b, c (or 1 more)"
    assert prefilter_text(Prefilter(digits=3, literals=("a",)), "en") == "3+ digits and a"
    assert prefilter_text(Prefilter(), "en") == "every line"
    assert prefilter_text(Prefilter(), "zh") == "所有行"
    assert (
        prefilter_text(Prefilter(digits=3, literals=("a", "b", "c", "d")), "zh")
        == "含 3 位以上数字且含 a, b, c 等（另有 1 个词）"
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("detector", detectors(), ids=lambda detector: detector.id)
def test_show_describes_each_detector(detector, lang):
    """Advice, pattern and every example with its reason are printed."""
    text = "\n".join(detector_details(detector, lang))
    assert getattr(detector.advice, lang) in text
    assert detector.pattern in text
    for example in detector.examples:
        assert example.line in text
        assert example.why in text


def test_show_accepts_ids_and_entities(run):
    """Both name a detector; several are separated by an empty line."""
    code, out, _ = run("show", "cn-mobile", "BANK_CARD")
    assert code == Exit.OK
    assert out.startswith("cn-mobile ")
    assert "\n\nbank-card " in out


@pytest.mark.parametrize("command", ["show", "test"])
def test_an_unknown_id_suggests_the_closest(run, command):
    """Without a close match the error refers to the list."""
    code, out, err = run(command, "cn-mobil")
    assert (code, out) == (Exit.USAGE, "")
    assert "did you mean cn-mobile?" in err
    assert "`leakwatch detectors list`" in run(command, "zzz")[2]


@pytest.mark.parametrize("detector", detectors(), ids=lambda detector: detector.id)
def test_every_detector_passes_its_examples(detector):
    """The scan engine finds each example exactly at its marks."""
    assert list(example_failures(detector, "en")) == []


def test_test_exits_0_if_all_examples_pass(run):
    """The counts go to standard error."""
    code, out, err = run("test", "cn-mobile", "cn-service-number")
    assert (code, out) == (Exit.OK, "")
    assert "2 of 2 detectors passed" in err


def test_test_exits_1_if_an_example_fails(run, monkeypatch):
    """Missing and unexpected matches fail; the value is not printed."""
    mobile = by_id("cn-mobile")
    wrong = (
        Example(f"mobile={MOBILE}", "marks are missing"),
        Example("mobile=⟦12345⟧", "too short"),
    )
    broken = replace(mobile, examples=wrong)
    monkeypatch.setattr("leakwatch.detection.rules.catalogue", lambda _: (broken,))
    code, out, err = run("test", "cn-mobile")
    assert code == Exit.FOUND
    assert "found at 8-19, expected no column, in the example: marks are missing" in out
    assert "found at no column, expected 8-13, in the example: too short" in out
    assert "0 of 1 detectors passed" in err
    assert MOBILE not in out


def test_negative_detectors_have_no_examples_to_fail():
    """They report nothing."""
    negatives = [detector for detector in detectors() if detector.role is Role.NEGATIVE]
    assert negatives
    assert [failure for detector in negatives for failure in example_failures(detector, "en")] == []


def explain(tmp_path, text):
    return subprocess.run(
        [sys.executable, "-m", "leakwatch", "detectors", "explain"],
        input=text, capture_output=True, text=True, cwd=tmp_path, env=INHERITED | {"HOME": str(tmp_path)}, check=False,
    )  # fmt: skip


def test_explain_shows_the_decision_and_never_the_value(tmp_path):
    """Each candidate has its place, evidence and decision; values are masked."""
    ids = "身份证号 110105194912310021 身份证号 11010519490230002X"
    done = explain(tmp_path, f"mobile={MOBILE} {ids}\nmobile=13800138000\n")
    assert done.returncode == Exit.OK
    assert MOBILE not in done.stdout + done.stderr
    assert "110105194912310021" not in done.stdout
    assert "1:8-19  cn-mobile  139****0001" in done.stdout
    assert "evidence: key (mobile)" in done.stdout
    assert "→ reported" in done.stdout
    assert "fails the validator" in done.stdout
    assert "The check character is wrong, but" in done.stdout
    assert "11010519490230002X" not in done.stdout
    assert "→ rejected by the validator" in done.stdout
    assert "2:8-19" in done.stdout
    assert "→ placeholder" in done.stdout


def test_explain_rejects_a_text_as_argument(run):
    """Arguments are visible in the shell history."""
    code, out, _ = run("explain", MOBILE)
    assert code == Exit.USAGE
    assert out == ""


def test_explain_without_candidates(tmp_path):
    """A text without candidates gets one sentence."""
    assert explain(tmp_path, "all is well").stdout == "No detector matches the text.\n"


def test_explain_prompts_without_echo(tmp_path):
    """What is typed does not appear on the terminal."""
    main_end, its_end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "leakwatch", "detectors", "explain"],
        stdin=its_end, stdout=its_end, stderr=its_end, cwd=tmp_path, env=INHERITED | {"HOME": str(tmp_path), "TERM": "xterm"},
        start_new_session=True,
    )  # fmt: skip
    os.close(its_end)
    seen = b""
    while b"not shown" not in seen:
        seen += os.read(main_end, 1024)
    os.write(main_end, f"mobile={MOBILE}\n".encode())
    while True:
        try:
            part = os.read(main_end, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        seen += part
    os.close(main_end)
    assert process.wait(60) == Exit.OK
    assert b"139****0001" in seen
    assert MOBILE.encode() not in seen


def test_explain_names_the_suppression():
    """The overlap or suppression that decided is named."""
    one = Considered(
        "cn-mobile", "CN_MOBILE", 1, 1, 12, "139****0001", None, "none", None, 0.6, 0.5, Decision.SUPPRESSED, "ours"
    )
    assert list(explanation_lines(Explanation((one,)), "en"))[-1] == "    → suppressed by ours"
    assert list(explanation_lines(Explanation(()), "zh")) == ["没有检测器匹配该文本。"]

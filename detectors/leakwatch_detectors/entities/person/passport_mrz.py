"""The second machine-readable line of a passport (ICAO 9303 TD3), as OCR writes it to logs.

Its four check digits prove it. Misses: broken lines and the two shorter card formats.
"""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, DigitRun, Example, Prefilter, Region, Scores, Title
from leakwatch_detectors.data.advice import DOCUMENT
from leakwatch_detectors.data.grades import IDENTITY_DOCUMENT
from leakwatch_detectors.values.checksums import mrz_td3

DETECTOR = Detector(
    entity="PASSPORT_MRZ",
    region=Region.ANY,
    title=Title("护照机读码", "Machine-readable zone of a passport"),
    severity="high",
    grades={"jrt0171": "C2", "gbt35273": "sensitive"},
    profile_grades=IDENTITY_DOCUMENT,
    pattern=(
        r"(?<![0-9A-Z<])[A-Z0-9<]{9}[0-9][A-Z<]{3}[0-9]{7}[MFX<][0-9]{7}[A-Z0-9<]{14}[0-9<][0-9](?![0-9A-Z]|<(?!/))"
    ),
    prefilter=Prefilter(digits=7, digit_runs=(DigitRun(7, after_letters=True),)),
    scores=Scores(bare=0.95, key=0.99, context=0.99, negative=0.8),
    validator=mrz_td3,
    keys=("mrz", "mrz line", "机读码"),
    words=("护照", "護照", "mrz"),
    mask="id",
    advice=DOCUMENT,
    examples=(
        Example(
            "2026-03-01 10:00:00 DEBUG ocr:⟦E000000008CHN9001011F3001019<<<<<<<<<<<<<<00⟧", "a made-up Chinese passport"
        ),
        Example('{"mrz2":"⟦L898902C36UTO7408122F1204159ZE184226B<<<<<10⟧"}', "the standard's own specimen"),
        Example("护照机读码⟦E000000008CHN9001011F3001019<<<<<<<<<<<<<<00⟧已识别", "Han characters on both sides"),
        Example("<mrz>⟦E000000008CHN9001011F3001019<<<<<<<<<<<<<<00⟧</mrz>", "an XML element"),
        Example("E000000007CHN9001011F3001019<<<<<<<<<<<<<<00", "wrong check digit of the number"),
        Example("E000000008CHN9001012F3001019<<<<<<<<<<<<<<00", "wrong check digit of the birth date"),
        Example("E000000008CHN9001011F3001019<<<<<<<<<<<<<<01", "wrong composite check digit"),
        Example("E000000008CHN9001011F3001019<<<<<<<<<<<<<00", "one character short"),
    ),
)

"""Analyzer factories for pool workers of tests: module-level functions, so that they can be pickled."""

from __future__ import annotations

import os
import time
from dataclasses import replace

from leakwatch.detection.analyze import Analyzer
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch_detectors.catalog import by_id

DETECTORS = ("cn-mobile", "cn-resident-id", "bank-card", "email-address")
POISON = b"poison"


NAMES = ("", "logs", "exports")


def all_good():
    return dict.fromkeys(NAMES, good())


def all_broken():
    return dict.fromkeys(NAMES, broken())


def all_mortal():
    return dict.fromkeys(NAMES, Mortal())


def all_hanging():
    return dict.fromkeys(NAMES, Hanging())


def good():
    return Analyzer([by_id(one) for one in DETECTORS], Fingerprinter(b"k" * 32))


def broken():
    """Its validator raises for every value."""
    return Analyzer([replace(by_id("cn-mobile"), validator=fails)], Fingerprinter(b"k" * 32))


def fails(value):
    return 1 / 0


class Mortal:
    """Ends its process at a chunk that contains the marker."""

    def __init__(self):
        self.inner = good()

    def analyze(self, chunk):
        if POISON in chunk.data:
            os._exit(9)
        return self.inner.analyze(chunk)


class Hanging(Mortal):
    """Hangs at a chunk that contains the marker."""

    def analyze(self, chunk):
        while POISON in chunk.data:
            time.sleep(60)
        return self.inner.analyze(chunk)

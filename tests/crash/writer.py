"""An application that writes a log at a steady rate, rotates it, and plants synthetic personal numbers in it.

Runs as a process of its own. Each number is planted once, and printed to standard output before it is written.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import time
from datetime import date, timedelta
from pathlib import Path

PREFIXES = ("1390000", "1620000", "1910000", "1990000")
"""Ranges that no operator has assigned: 40,000 numbers."""

REGIONS = ("110101", "310104", "440301")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
DAYS = 3652
"""Birth dates from 1900 to 1909, which no living person has; 3 regions and 4 serials give 43,824 numbers."""


NUMBERS = 80_000
"""How many values can be planted."""


def mobile(index: int) -> str:
    return f"{PREFIXES[index // 10_000]}{index % 10_000:04}"


def identity(index: int) -> str:
    born = date(1900, 1, 1) + timedelta(index % DAYS)
    serial, region = divmod(index // DAYS, len(REGIONS))
    body = f"{REGIONS[region]}{born:%Y%m%d}{serial:03}"
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]


def planted_line(index: int) -> tuple[str, str]:
    """The planted number and the message of its line."""
    if index % 2:
        value = identity(index // 2)
        return value, f"c.e.loan.Check{index % 60} - checked idCardNo={value}"
    value = mobile(index // 2)
    return value, f"c.e.loan.Sms{index % 60} - sent to mobile={value}"


def rotate(log: Path, mode: str, keep: int) -> None:
    oldest = log.with_name(f"{log.name}.{keep}")
    oldest.unlink(missing_ok=True)
    for age in range(keep - 1, 0, -1):
        older = log.with_name(f"{log.name}.{age}")
        if older.exists():
            older.rename(log.with_name(f"{log.name}.{age + 1}"))
    if mode == "rename":
        log.rename(log.with_name(f"{log.name}.1"))
    else:
        shutil.copyfile(log, log.with_name(f"{log.name}.1"))
        os.truncate(log, 0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("log", type=Path)
    parser.add_argument("--rate", type=int, default=5000)
    parser.add_argument("--every", type=int, default=50, help="plant a number every N lines")
    parser.add_argument("--rotate", choices=["rename", "copytruncate"], default="rename")
    parser.add_argument("--rotate-seconds", type=float, default=3.0)
    parser.add_argument("--keep", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    out = options.log.open("ab", buffering=0)
    began = time.monotonic()
    rotated = began
    line = planted = 0
    while True:
        due = int((time.monotonic() - began) * options.rate)
        block = []
        while line < due:
            line += 1
            if line % options.every == 0 and planted < NUMBERS:
                value, message = planted_line(planted)
                planted += 1
                sys.stdout.write(value + "\n")
                block.append(f"2026-01-05 10:00:00.{line % 1000:03} INFO [w-{line % 8}] {message} id={line}")
            else:
                block.append(
                    f"2026-01-05 10:00:00.{line % 1000:03} INFO [w-{line % 8}] c.e.loan.Job - step {line} done in {line % 97} ms"
                )
        sys.stdout.flush()
        if block:
            data = ("\n".join(block) + "\n").encode()
            cut = chance.randrange(len(data))
            out.write(data[:cut])  # a split write: the rest follows at once
            out.write(data[cut:])
        if time.monotonic() - rotated > options.rotate_seconds:
            rotated = time.monotonic()
            rotate(options.log, options.rotate, options.keep)
            if options.rotate == "rename":
                out.close()
                out = options.log.open("ab", buffering=0)
        time.sleep(0.01)


if __name__ == "__main__":
    main()

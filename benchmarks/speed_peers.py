"""Measure the fastest peer libraries. Each runs in its own virtual environment, created on first use."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from accuracy.peers import PEERS, NotInstalledError

HOME = Path(__file__).resolve().parent.parent / "build" / "peers"

# The fastest call of each peer for one line.
_CALLS = {
    "datamask-core": "from datamask_core.regex_masker import RegexMasker\nfind = RegexMasker().extract",
    "datafog": "import datafog\ndef find(line):\n    return datafog.scan(line, engine='regex').entities",
    "argus-redact": (
        "import argus_redact\ndef find(line):\n"
        "    return argus_redact.redact(line, mode='fast', lang='zh', detailed=True)[2]['entities']"
    ),
}
_PROGRAM = """
import json, sys, time
data = open(sys.argv[1], 'rb').read(int(sys.argv[2]))
lines = data[: data.rindex(b'\\n') + 1].decode().splitlines()
find(lines[0])
begun = time.process_time()
found = sum(len(find(line)) for line in lines)
print(json.dumps({'speed': len(data) / 1e6 / (time.process_time() - begun), 'found': found}))
"""


def peers() -> dict[str, Path]:
    """Interpreters of the peers that can be installed; prints the reason for the others."""
    found = {}
    for peer in PEERS:
        if peer.name in _CALLS:
            try:
                found[peer.name] = peer._python(HOME)  # noqa: SLF001 (one place knows how they are installed)
            except (NotInstalledError, OSError, subprocess.SubprocessError) as error:
                print(f"{peer.name} cannot be installed: {error}")
    return found


def speed(name: str, python: Path, file: Path, size: int) -> float:
    """MB per CPU second over the beginning of a file, without start-up."""
    program = _CALLS[name] + _PROGRAM
    done = subprocess.run([python, "-c", program, file, str(size)], capture_output=True, check=True)
    return float(json.loads(done.stdout.splitlines()[-1])["speed"])

"""How fast the quickest peer libraries look at lines. Each runs in an environment of its own, made on first use."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from accuracy.peers import PEERS, NotInstalledError

HOME = Path(__file__).resolve().parent.parent / "build" / "peers"

# What one line is handed to; the fastest way each peer has.
_WAYS = {
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
    """The interpreters of the peers that can be had; one that cannot is named with the reason."""
    there = {}
    for peer in PEERS:
        if peer.name in _WAYS:
            try:
                there[peer.name] = peer._python(HOME)  # noqa: SLF001 (one place knows how they are installed)
            except (NotInstalledError, OSError, subprocess.SubprocessError) as error:
                print(f"{peer.name} cannot be installed: {error}")
    return there


def speed(name: str, python: Path, file: Path, size: int) -> float:
    """MB of the beginning of a file a second of processor time, its start-up left out."""
    program = _WAYS[name] + _PROGRAM
    done = subprocess.run([python, "-c", program, file, str(size)], capture_output=True, check=True)
    return float(json.loads(done.stdout.splitlines()[-1])["speed"])

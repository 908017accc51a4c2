"""Under the sandbox of the service: whether the process that parses binary files could confine itself, as JSON."""

import json
import os
import sys
from pathlib import Path

sys.path += map(str, Path("/opt/leakwatch/lib").glob("python3*/site-packages"))
from leakwatch.readers.sandbox.landlock import confine

state = Path(os.environ["STATE_DIRECTORY"])
with (state / "confined.json").open("w") as said:
    answer = {"confined": confine()}
    try:
        (state / "confined.new").touch()
        answer["can make a file"] = True
    except OSError:
        answer["can make a file"] = False
    json.dump(answer, said)

"""Boots the image and tests the service in it, each property by name. Usage: boot.py ROOT. Ends with 1 if one fails."""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
import time
import traceback
from pathlib import Path

from machine import Machine, booted, until

sys.path.append(str(Path(__file__).parents[1]))
from support.canaries import candidates  # one directory up

UNIT = "leakwatch.service"
DROP_INS = Path(__file__).parents[2] / "systemd/leakwatch.service.d"
PORT = 18080
LEAKWATCH = "/opt/leakwatch/bin/leakwatch"
# Made-up numbers of a range no operator gives out
FIRST, EXPORTED, HOME, WHILE_DOWN, AFTER_HANG, AFTER_RELOAD, CLOSED, AFTER_KILLS = (
    f"1390000{number:04d}" for number in range(1101, 1109)
)
CROWD = tuple(f"1390000{number:04d}" for number in range(2001, 2061))

CONFIG = """\
env: boot-test
watch:
  - {name: app, kind: log, paths: ["/var/log/app/*.log"], service: loan-api}
  - {name: home, kind: log, paths: ["/home/app/logs/*.log"], service: home-app}
  - {name: exports, kind: export, paths: ["/srv/exports"], service: exporter, settle: 250ms}
alerts:
  allow_hosts: ["127.0.0.1"]
  channels:
    - {name: chat, type: webhook, url_file: chat.url}
"""
RECEIVER = f"""\
[Service]
StateDirectory=receiver
ExecStart=/usr/bin/python3 /usr/local/lib/receiver.py {PORT} /var/lib/receiver/posts.jsonl
"""


def in_image(root: Path, *command: str) -> str:
    """Run a command in the image that is not booted."""
    return subprocess.run(["chroot", root, *command], text=True, capture_output=True, check=True).stdout


def prepare(root: Path) -> None:
    """Install the service as an operator does, before the first boot."""
    in_image(root, LEAKWATCH, "service", "install")
    units = root / "etc/systemd/system"
    (root / "etc/leakwatch/conf.d/boot.yaml").write_text(CONFIG)
    (root / "etc/leakwatch/conf.d/boot.yaml").chmod(0o644)
    secret = root / "etc/leakwatch/secrets/chat.url"
    secret.write_text(f"http://127.0.0.1:{PORT}/hook-7fa3\n")
    secret.chmod(0o600)
    in_image(root, "useradd", "--create-home", "app")
    in_image(root, "useradd", "--create-home", "other")
    for directory in ("var/log/app", "srv/exports", "home/app/logs"):
        (root / directory).mkdir()
    in_image(root, "chgrp", "adm", "/var/log/app", "/home/app/logs")
    (root / "var/log/app").chmod(0o750)
    append(root / "var/log/app/app.log", "service started")
    append(root / "home/app/logs/home.log", "service started")
    in_image(root, LEAKWATCH, "service", "install")  # again: now it knows that /home is watched
    (units / "receiver.service").write_text(RECEIVER)
    (units / f"{UNIT}.d").mkdir(exist_ok=True)
    # the unit's own minute would make this test wait for it, and its two seconds would hide a limit of starts
    (units / f"{UNIT}.d/90-test.conf").write_text("[Service]\nWatchdogSec=8\nRestartSec=200ms\n")


def append(path: Path, text: str) -> None:
    """Add a line to a log."""
    with path.open("a", encoding="utf-8") as log:
        log.write(f"2026-01-05T10:00:00+08:00 INFO demo.Service {text}\n")


class Service:
    """The checks, in the order they run; each builds on the state the one before it left."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.root = machine.root

    def pid(self) -> int:
        return int(self.machine.show(UNIT, "MainPID"))

    def active(self) -> bool:
        return self.machine.show(UNIT, "ActiveState") == "active"

    def restarted(self, before: int) -> int:
        return int(
            str(until("a new process is ready", lambda: self.active() and self.pid() not in {0, before} and self.pid()))
        )

    def posts(self) -> list[dict]:
        path = self.root / "var/lib/receiver/posts.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def told(self, words: str) -> float:
        """Wait for a post that holds ``words``; when it came."""
        found = until(
            f"an alert about {words}", lambda: [post for post in self.posts() if words in json.dumps(post["body"])]
        )
        return found[0]["at"]

    # ------------------------------------------------------------------------------------------------

    def unit_verifies(self) -> None:
        """The installed unit has no key or value that systemd would ignore, and scores 1.6 or better."""
        done = self.machine.run("systemd-analyze", "verify", "--man=no", UNIT)
        assert done.stderr == "", done.stderr
        self.machine.run(
            "systemd-analyze", "security", "--offline=true", "--threshold=16", f"/etc/systemd/system/{UNIT}"
        )

    def configuration_is_good(self) -> None:
        """`config check` accepts the configuration with the roots that the drop-in shows, and warns of none hidden."""
        done = self.machine.run(LEAKWATCH, "config", "check")
        assert "3 watches, 1 channel" in done.stdout, done
        assert "hidden" not in done.stderr, done.stderr

    def starts_and_is_ready(self) -> None:
        """`systemctl start` returns once every root is watched by the kernel."""
        self.machine.run("systemctl", "start", "receiver.service", UNIT)
        assert self.active()
        watched = self.machine.run("sh", "-c", f"cat /proc/{self.pid()}/fdinfo/*", check=False).stdout
        for directory in ("var/log/app", "srv/exports", "home/app/logs"):
            inode = f"ino:{(self.root / directory).stat().st_ino:x} "
            assert f" {inode}" in watched, f"no inotify watch on {directory} when the unit became ready"

    def alerts(self) -> None:
        """A leak in a log is alerted within two seconds, without the value."""
        at = time.time()
        append(self.root / "var/log/app/app.log", f"customer mobile={FIRST} applied")
        took = self.told("loan-api") - at
        print(f"     told after {took:.2f} s")
        assert took < 2, took

    def alerts_on_exports(self) -> None:
        """A finished export in a watched directory is alerted."""
        (self.root / "srv/exports/users.csv").write_text(f"id,手机号\n1,{EXPORTED}\n", encoding="utf-8")
        self.told("exporter")

    def alerts_below_home(self) -> None:
        """A root below /home is seen through the drop-in that `service install` wrote."""
        append(self.root / "home/app/logs/home.log", f"mobile={HOME}")
        self.told("home-app")

    def is_healthy(self) -> None:
        """`leakwatch status` reaches the daemon and ends with 0."""
        done = self.machine.run(LEAKWATCH, "status", check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def secrets_are_credentials(self) -> None:
        """The channel's URL reached the service as a credential only it can read; nothing shows it."""
        mode = self.machine.run("stat", "--format=%a", f"/run/credentials/{UNIT}/secrets_chat.url").stdout
        assert mode.strip() in {"400", "440"}, mode
        assert self.posts()
        assert all(post["path"] == "/hook-7fa3" for post in self.posts())
        assert "hook-7fa3" not in self.machine.run(LEAKWATCH, "config", "show").stdout

    def state_is_private(self) -> None:
        """The state directory is 0700 and every file in it 0600 or less."""
        listed = self.machine.run("find", "/var/lib/leakwatch/", "-printf", "%y %m %p\n").stdout.splitlines()
        for kind, mode, path in (line.split(" ", 2) for line in listed):
            assert int(mode, 8) & 0o077 == 0 or kind == "s", f"{path} has mode {mode}"

    def survives_kill(self) -> None:
        """After kill -9 it is back, and finds what was written while it was down."""
        before = self.pid()
        self.machine.run("systemctl", "kill", "--signal=KILL", UNIT)
        append(self.root / "var/log/app/second.log", f"order phone={WHILE_DOWN} created")
        self.restarted(before)
        self.told("second.log")

    def survives_many_kills(self) -> None:
        """Killed twelve times within seconds it is started again each time: no limit of starts leaves it dead."""
        at = time.monotonic()
        for _ in range(12):
            before = self.new_pid(0)
            self.machine.run("systemctl", "kill", "--signal=KILL", UNIT, check=False)
            self.new_pid(before)
        took = time.monotonic() - at
        print(f"     12 kills in {took:.1f} s")
        assert took < 20, "five starts in ten seconds are systemd's own limit"
        append(self.root / "var/log/app/killed.log", f"order phone={AFTER_KILLS} created")
        self.told("killed.log")

    def new_pid(self, before: int) -> int:
        return int(str(until("another process", lambda: self.pid() not in {0, before} and self.pid())))

    def leaves_no_core(self) -> None:
        """After SIGABRT, on a host that writes core files, there is none, and it is back."""
        before = self.pid()
        limits = (Path(f"/proc/{self.machine.pid}/root/proc") / str(before) / "limits").read_text()
        assert "Max core file size        0                    0" in limits, limits
        self.machine.run("systemctl", "kill", "--kill-who=main", "--signal=ABRT", UNIT)
        self.restarted(before)
        assert "status=6/ABRT" in self.machine.journal(UNIT)
        found = self.machine.run("find", "/", "-xdev", "-name", "core*", "-type", "f", "-newer", "/run/systemd/system")
        cores = [path for path in found.stdout.split() if not path.startswith(("/opt/", "/usr/", "/host", "/proc"))]
        assert not cores, cores

    def survives_its_memory_limit(self) -> None:
        """Killed by the kernel for its memory it is started again, and what was written meanwhile is found, all of it."""
        drop_in = self.root / f"etc/systemd/system/{UNIT}.d/95-memory.conf"
        drop_in.write_text("[Service]\nMemoryMax=16M\n")
        log = self.root / "var/log/app/memory.log"
        self.machine.run("systemctl", "daemon-reload")
        restarts = int(self.machine.show(UNIT, "NRestarts"))
        kills = self.machine.journal(UNIT).count("status=9/KILL")
        for value in CROWD[:30]:
            append(log, f"phone={value}")
        self.machine.run("systemctl", "kill", "--signal=KILL", UNIT)
        until("the kernel kills it again and again", lambda: int(self.machine.show(UNIT, "NRestarts")) > restarts + 4)
        assert self.machine.journal(UNIT).count("status=9/KILL") > kills + 3, self.machine.journal(UNIT)[-2000:]
        for value in CROWD[30:]:
            append(log, f"phone={value}")
        drop_in.unlink()
        self.machine.run("systemctl", "daemon-reload")
        until("all of them are found", lambda: self.found_in("memory.log") == len(CROWD))

    def found_in(self, name: str) -> int:
        """How many findings of a log are stored."""
        query = f"SELECT count(*) FROM finding WHERE path LIKE '%/{name}'"
        code = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone()[0])"
        done = self.machine.run("python3", "-c", code, "/var/lib/leakwatch/leakwatch.db", query, check=False)
        return int(done.stdout or 0)

    def survives_hang(self) -> None:
        """A process that no longer runs is ended by the watchdog and started again; it still finds leaks."""
        before = self.pid()
        self.machine.run("systemctl", "kill", "--kill-who=main", "--signal=STOP", UNIT)
        self.restarted(before)
        assert "Watchdog timeout" in self.machine.journal(UNIT)
        append(self.root / "var/log/app/third.log", f"tel={AFTER_HANG}")
        self.told("third.log")

    def reloads(self) -> None:
        """`systemctl reload` keeps the process, with a bad configuration too, and takes a good one over."""
        before = self.pid()
        extra = self.root / "etc/leakwatch/conf.d/more.yaml"
        extra.write_text("watch: [{name: more, kind: log, pathes: [/var/log/more]}]\n")
        self.machine.run("systemctl", "reload", UNIT)
        until("the bad configuration is told", lambda: "more.yaml" in self.machine.journal(UNIT))
        assert (self.active(), self.pid()) == (True, before)
        (self.root / "var/log/more").mkdir()
        in_image(self.root, "chgrp", "adm", "/var/log/more")
        extra.write_text('watch: [{name: more, kind: log, paths: ["/var/log/more/*.log"], service: more}]\n')
        extra.chmod(0o644)
        self.machine.run("systemctl", "reload", UNIT)
        time_to_reload = self.root / "var/log/more/more.log"
        append(time_to_reload, f"mobile={AFTER_RELOAD}")
        self.told('"more"')
        assert self.pid() == before

    def sandbox_holds(self) -> None:
        """Under the unit's sandbox nothing can be done but what the service is for."""
        self.machine.run("touch", "/tmp/of-the-host")
        found = self.probe("probe", str(PORT))
        allowed = {"write state", "read log", "connect loopback"}
        assert {name for name, result in found.items() if result == "done"} == allowed, found
        print("     " + ", ".join(f"{name}: {result}" for name, result in found.items() if name not in allowed))

    def probe(self, script: str, *arguments: str) -> dict[str, object]:
        """What a script of the image finds under the service's own settings."""
        self.machine.run("systemctl", "daemon-reload")
        unit = self.machine.run("systemctl", "cat", UNIT).stdout
        lines = [line for line in unit.splitlines() if not line.startswith(("Restart", "WatchdogSec", "ExecReload"))]
        command = " ".join(["/usr/bin/python3", f"/usr/local/lib/{script}.py", *arguments])
        changed = {"Type=notify": "Type=oneshot", f"ExecStart={LEAKWATCH} run": f"ExecStart={command}"}
        text = "\n".join(changed.get(line, line) for line in lines) + "\n"
        (self.root / "etc/systemd/system/probe.service").write_text(text)
        self.machine.run("systemctl", "daemon-reload")
        self.machine.run("systemctl", "start", "probe.service")
        result = self.root / f"var/lib/leakwatch/{script}.json"
        found = json.loads(result.read_text())
        result.unlink()
        return dict(found)

    def parsers_are_confined(self) -> None:
        """The unit lets the process that parses binary files give up what is left to it (where the kernel can)."""
        version = ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1)
        assert self.probe("confined") == {"confined": version > 0, "can make a file": version < 1}

    def egress_is_closed(self) -> None:
        """With the documented drop-in only the named address is reached; without it, any is."""
        named, other = "192.0.2.10", "198.51.100.7"
        for address in (named, other):
            self.machine.outside("ip", "address", "add", f"{address}/32", "dev", "lo")
        assert self.probe("dial", str(PORT), named, other) == {named: "ECONNREFUSED", other: "ECONNREFUSED"}
        installed = self.root / f"etc/systemd/system/{UNIT}.d/egress.conf"
        installed.write_text((DROP_INS / "egress.conf").read_text())
        found = self.probe("dial", str(PORT), "127.0.0.1", named, other)
        installed.unlink()
        print(f"     {found}")
        assert found["127.0.0.1"] == "connected"
        assert found[named] == "ECONNREFUSED"
        assert found[other] in {"EPERM", "TimeoutError", "ETIMEDOUT"}

    def use_is_limited(self) -> None:
        """It yields: processor and disk by weight and priority, and never more than two cores."""
        shown = {name: self.machine.show(UNIT, name) for name in ("CPUQuotaPerSecUSec", "CPUWeight", "IOWeight")}
        assert shown == {"CPUQuotaPerSecUSec": "2s", "CPUWeight": "20", "IOWeight": "20"}
        group = self.machine.show(UNIT, "ControlGroup")
        quota, period = f"/sys/fs/cgroup/cpu{group}/cpu.cfs_quota_us", f"/sys/fs/cgroup/cpu{group}/cpu.cfs_period_us"
        command = f"cat /sys/fs/cgroup{group}/cpu.max 2>/dev/null || cat {quota} {period}"
        allowed, interval = self.machine.run("sh", "-c", command).stdout.split()
        assert int(allowed) == 2 * int(interval)
        nice = self.machine.run("sh", "-c", f"cut -d' ' -f19 /proc/{self.pid()}/stat").stdout.strip()
        disk = self.machine.run("ionice", "-p", str(self.pid())).stdout.strip()
        assert (nice, disk) == ("10", "best-effort: prio 7")

    def memory_is_limited(self) -> None:
        """The kernel holds the service to the memory the unit grants (where this host has the controller)."""
        group = "/sys/fs/cgroup" + self.machine.show(UNIT, "ControlGroup") + "/memory.max"
        group_v1 = "/sys/fs/cgroup/memory" + self.machine.show(UNIT, "ControlGroup") + "/memory.limit_in_bytes"
        done = self.machine.run("sh", "-c", f"cat {group} 2>/dev/null || cat {group_v1}")
        assert int(done.stdout) == 1024**3, done.stdout

    def reads_any_log(self) -> None:
        """With the documented drop-in a log of another service's own is read; without it, it is not."""
        closed = self.root / "var/log/app/closed.log"
        append(closed, f"phone={CLOSED}")
        closed.chmod(0o600)
        until("the log that cannot be read is told", lambda: "closed.log" in self.machine.journal(UNIT))
        drop_in = (DROP_INS / "read-any-log.conf").read_text()
        (self.root / f"etc/systemd/system/{UNIT}.d/read-any-log.conf").write_text(drop_in)
        self.machine.run("systemctl", "daemon-reload")
        self.machine.run("systemctl", "restart", UNIT)
        self.told(f"{CLOSED[:3]}****{CLOSED[-4:]}")

    def stops_cleanly(self) -> None:
        """`systemctl stop` drains and ends with 0."""
        at = time.monotonic()
        self.machine.run("systemctl", "stop", UNIT)
        print(f"     stopped after {time.monotonic() - at:.2f} s")
        assert self.machine.show(UNIT, "Result") == "success"
        assert self.machine.show(UNIT, "ExecMainStatus") == "0"

    def bad_configuration_stays_down(self) -> None:
        """A start with a mistake in the configuration ends with 2, names it, and is not tried again."""
        extra = self.root / "etc/leakwatch/conf.d/more.yaml"
        extra.write_text("detcet: {}\n")
        restarts = self.machine.show(UNIT, "NRestarts")
        done = self.machine.run("systemctl", "start", UNIT, check=False)
        assert done.returncode != 0
        time.sleep(3)  # longer than RestartSec: what must not happen needs time to happen
        assert self.machine.show(UNIT, "ActiveState") == "failed"
        assert self.machine.show(UNIT, "ExecMainStatus") == "2"
        assert self.machine.show(UNIT, "NRestarts") == restarts
        assert "more.yaml:1:1: detcet: unknown key; did you mean detect?" in self.machine.journal(UNIT)
        extra.unlink()

    def no_value_anywhere(self) -> None:
        """No planted value is in the state, the journal, temporary directories or what was posted, in any spelling."""
        values = [
            *(FIRST, EXPORTED, HOME, WHILE_DOWN, AFTER_HANG, AFTER_RELOAD, CLOSED, AFTER_KILLS),
            *CROWD,
        ]
        places = ["var/lib/leakwatch", "var/log/journal", "run/log/journal", "tmp", "var/tmp", "var/lib/systemd"]
        inside = Path(f"/proc/{self.machine.pid}/root")
        written = {
            place: b"".join(path.read_bytes() for path in (inside / place).rglob("*") if path.is_file())
            for place in places
        }
        written["journal"] = self.machine.run("journalctl", "--output=json", "--all").stdout.encode()
        written["posts"] = json.dumps(self.posts()).encode()
        assert all(len(written[place]) > 1000 for place in ("var/lib/leakwatch", "journal", "posts"))
        assert not {place: found for place, data in written.items() if (found := candidates(data, values))}


CHECKS = (
    Service.unit_verifies,
    Service.configuration_is_good,
    Service.starts_and_is_ready,
    Service.alerts,
    Service.alerts_on_exports,
    Service.alerts_below_home,
    Service.is_healthy,
    Service.secrets_are_credentials,
    Service.state_is_private,
    Service.memory_is_limited,
    Service.use_is_limited,
    Service.survives_kill,
    Service.survives_many_kills,
    Service.survives_its_memory_limit,
    Service.leaves_no_core,
    Service.survives_hang,
    Service.reloads,
    Service.sandbox_holds,
    Service.parsers_are_confined,
    Service.egress_is_closed,
    Service.reads_any_log,
    Service.stops_cleanly,
    Service.bad_configuration_stays_down,
    Service.no_value_anywhere,
)


def main(root: Path) -> int:
    """Run every check; the number of those that failed, at most 1."""
    prepare(root)
    failed = 0
    with booted(root) as machine:
        service = Service(machine)
        for check in CHECKS:
            try:
                check(service)
            except (AssertionError, subprocess.CalledProcessError) as error:
                failed += 1
                said = getattr(error, "stderr", None) or error
                where = traceback.extract_tb(error.__traceback__)[1].lineno
                print(f"FAIL {check.__name__}: {check.__doc__}\n     line {where}: {said}")
            else:
                print(f"ok   {check.__name__}: {check.__doc__}")
            sys.stdout.flush()
        if failed:
            print(machine.journal(UNIT)[-6000:], file=sys.stderr)
    print(f"{len(CHECKS) - failed} of {len(CHECKS)} hold, and the machine powered off")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))

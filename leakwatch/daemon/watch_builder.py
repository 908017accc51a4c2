"""Builds the watches of a configuration: their analyzers, followers, worker pools and CPU limit."""

from __future__ import annotations

import functools
import os
import resource
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from leakwatch.config.config_model import Config, Watch
from leakwatch.config.detect import Detect
from leakwatch.config.problems import InvalidConfigError
from leakwatch.core.errors import ConfigError
from leakwatch.daemon.cpu_limit import CpuLimit, used_by
from leakwatch.daemon.export_watch import ExportWatch
from leakwatch.daemon.log_watch import LogWatch
from leakwatch.detection.analyze import Analyzer
from leakwatch.files.finished_exports import FinishedExports
from leakwatch.files.tail import Follower
from leakwatch.files.watch_paths import WatchPath, roots_of
from leakwatch.pipeline import Pool, engine, watch_analyzers
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch.state.incidents import Watched
from leakwatch.state.store import SourceRow, Store

MAX_OPEN = 1024
"""At most this many logs of a watch stay open, and those of all watches use at most half of the descriptors."""

Analyzers = Callable[[Detect], Analyzer]
"""One analyzer for each different detection, built on first use; of one thread."""


@dataclass(slots=True)
class WatchBuilder:
    """Reads a configuration; ``ConfigError`` if it cannot work. ``roots`` are the watched paths of what was built."""

    config: Config
    store: Store
    fingerprinter: Fingerprinter
    roots: list[WatchPath] = field(default_factory=list)

    @property
    def default_detection(self) -> Detect:
        """The detection of a watch that has no settings of its own."""
        return self.config.detect.laid_over(None, None)

    def analyzers(self) -> Analyzers:
        """The analyzers of one thread."""

        @functools.cache
        def build(detect: Detect) -> Analyzer:
            return engine(self.config.model_copy(update={"detect": detect}), self.fingerprinter)

        return build

    def log_watches(self, analyzers: Analyzers, save: Callable[[SourceRow], None]) -> list[LogWatch]:
        """The watches of kind ``log``; ``save`` stores an offset."""
        return [self._log_watch(watch, analyzers, save) for watch in self.config.watch if watch.kind == "log"]

    def export_watches(self, analyzers: Analyzers) -> list[ExportWatch]:
        """The watches of kind ``export``."""
        return [self._export_watch(watch, analyzers) for watch in self.config.watch if watch.kind == "export"]

    def pool(self, kind: str, workers: int) -> Pool:
        """Worker processes for the watches of a kind; they get no URL and no secret of a receiver."""
        watches = {
            watch.name: (watch.service or watch.name, self.config.for_watch(watch).detect.detect_settings)
            for watch in self.config.watch
            if watch.kind == kind
        }
        settings = replace(self.config.settings, detect=self.default_detection.detect_settings)
        make = functools.partial(watch_analyzers, watches, settings, self.fingerprinter)
        return Pool(make, workers, inline_bytes=-1, warm=True)

    def cpu_limit(self) -> CpuLimit:
        """The configured CPU limit of the daemon and its processes."""
        return CpuLimit(self.config.limits.cpu, functools.partial(used_by, os.getpid()))

    def has_backlog(self, watch: Watched) -> bool:
        """Whether what is older than the first start was not read completely yet."""
        return self.store.meta(f"backlog-read:{watch.watch}") is None

    def _log_watch(self, watch: Watch, analyzers: Analyzers, save: Callable[[SourceRow], None]) -> LogWatch:
        follower = Follower(
            watch.name,
            roots_of(watch.paths, recursive=watch.recursive),
            self._digest,
            save,
            time.time,
            self._first_start(watch),
            watch.encoding,
            watch.start_at == "end",
            max_open=self._max_open(),
        )
        self.roots += follower.roots
        return LogWatch(self._watched(watch), follower, analyzer=self._analyzer(watch, analyzers))

    def _export_watch(self, watch: Watch, analyzers: Analyzers) -> ExportWatch:
        roots = roots_of(watch.paths, recursive=watch.recursive)
        exports = FinishedExports(watch.name, roots, watch.settle, time.monotonic, time.time, self._digest)
        self.roots += roots
        analyzer = self._analyzer(watch, analyzers)
        return ExportWatch(self._watched(watch), exports, self._first_start(watch), watch.encoding, analyzer=analyzer)

    def _analyzer(self, watch: Watch, analyzers: Analyzers) -> Analyzer:
        try:
            own = analyzers(self.config.for_watch(watch).detect)
        except InvalidConfigError:
            raise  # names the rule file
        except ConfigError as error:
            raise ConfigError(f"watch {watch.name}: {error}") from None
        return own.serving(watch.service or watch.name, analyzers(self.default_detection))

    def _watched(self, watch: Watch) -> Watched:
        service = watch.service or watch.name
        host = socket.gethostname()
        return Watched(watch.name, watch.kind, service, self.config.env, watch.owner, host, watch.labels)

    def _first_start(self, watch: Watch) -> float:
        """When this watch was first started, in epoch seconds."""
        name = f"first-start:{watch.name}"
        known = self.store.meta(name)
        if known is None:
            known = repr(time.time())
            self.store.set_meta(name, known)
        return float(known)

    def _max_open(self) -> int:
        watches = sum(watch.kind == "log" for watch in self.config.watch)
        allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return max(1, min(MAX_OPEN, allowed // 2 // watches))

    def _digest(self, data: bytes) -> bytes:
        return bytes.fromhex(self.fingerprinter.digest("bytes", data.hex()))

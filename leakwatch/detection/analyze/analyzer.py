"""The analyzer: turns chunks into findings without values."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, TypeVar

from leakwatch.core.column_table import CellTable, MemberTable, Mixed, Tables, cell, parts_of
from leakwatch.core.errors import AnalysisError
from leakwatch.core.model import Chunk, Field, Finding, Origin, RecordChunk, Severity, TextChunk
from leakwatch.core.places import CellPlace, LinePlace, Place, RecordPlace
from leakwatch.detection.analyze.already_masked import masked_in
from leakwatch.detection.analyze.analysis import Analysis, Counts
from leakwatch.detection.analyze.detection_engine import DetectionEngine, DetectorError
from leakwatch.detection.analyze.explain import Explanation, explain
from leakwatch.detection.analyze.key_ownership import owned
from leakwatch.detection.analyze.segments import Segment, one_line, segments
from leakwatch.detection.combination import combine, has_birth_date, is_child
from leakwatch.detection.policy import Candidate, Decision, Verdict, decide
from leakwatch.detection.prefilter import Gate
from leakwatch.detection.suppressions import Suppression, SuppressionInput, first_holding
from leakwatch.privacy.redaction import Fingerprinter, mask
from leakwatch.text.template import Templates, logger_of
from leakwatch_detectors.contract import Detector, Role

if TYPE_CHECKING:
    from leakwatch.detection.analyze.column_findings import FindingGroup
    from leakwatch.detection.analyze.columns import Columns

T = TypeVar("T")

_NAMES_KEPT = 4096


class Analyzer:
    """Finds what the detectors describe. Imports Presidio for the first text that needs it. Not thread-safe.

    ``today`` returns the date for the expiry of suppressions and the age of persons; without it, suppressions do not
    expire and ages are unknown. ``service`` is the service that writes the input: suppressions can match it.
    """

    def __init__(
        self,
        detectors: Sequence[Detector],
        fingerprinter: Fingerprinter,
        *,
        min_score: float = 0.5,
        suppressions: Sequence[Suppression] = (),
        today: Callable[[], date] | None = None,
        service: str = "",
    ) -> None:
        self._detectors = tuple(detectors)
        self._fingerprinter = fingerprinter
        self._min_score = min_score
        self._suppressions = tuple(suppressions)
        self._today = today
        self._service = service
        self._gate = Gate([one for one in self._detectors if one.role is Role.REPORT])
        self._detection = DetectionEngine(self._detectors)
        self._columns: Columns | None = None
        self._templates: dict[str, str] = {}
        self._statements = Templates()
        self._names: dict[str, str] = {}
        self._also: Analyzer | None = None

    def serving(self, service: str, also: Analyzer | None = None) -> Analyzer:
        """This analyzer for the input of another service; both share everything that is expensive to build.

        Names are redacted with the detectors of ``also``, too: a value not detected here must still not leak by a name.
        """
        other = copy.copy(self)
        other._service = service  # noqa: SLF001 (ours, under another name)
        if also is not None and also._detection is not self._detection:  # noqa: SLF001 (as above)
            other._also, other._names = also, {}  # noqa: SLF001 (as above)
        return other

    def warm(self) -> None:
        """Import Presidio, build the engine and the gate now instead of at the first candidate."""
        self._detection.warm()
        # a number that passes the prefilter, and enough text for the NER model
        self._analyze(TextChunk(Origin(""), "13800138000\n预热预热预热\n".encode()))

    def analyze(self, chunk: Chunk) -> Analysis:
        """The findings of a chunk. ``AnalysisError`` (with no text in it) when a detector fails."""
        return self._guarded(lambda: self._analyze(owned(chunk)), lambda: _whereabouts(chunk))

    def redact(self, text: str) -> str:
        """A name (path, sheet, member, column, key, logger) with the values in it masked."""
        known = self._names.get(text)
        if known is None:
            known = self._guarded(lambda: self._redact(text), lambda: "a name")
            if self._also is not None:
                known = self._also.redact(known)
            if len(self._names) >= _NAMES_KEPT:
                self._names.clear()
            self._names[text] = known
        return known

    def explain(self, text: str) -> Explanation:
        """Why each line of ``text`` is, or is not, reported."""
        return self._guarded(
            lambda: explain(text, self._detectors, self._gate, self._min_score, self.redact, self._rule_in_line),
            lambda: "the given text",
        )

    def _guarded(self, work: Callable[[], T], where: Callable[[], str]) -> T:
        """The result of ``work``; a failure becomes an error without its text, arguments and frames."""
        try:
            return work()
        except AnalysisError as error:
            failure = str(error)
        except DetectorError as error:
            name, kind = error.args
            failure = f"detector {name} failed on {where()}: {kind}"
        except Exception as error:  # noqa: BLE001 (whatever it is, it may hold the text: only its type goes on)
            failure = f"analysis failed on {where()}: {type(error).__name__}"
        # raised out here, so that the error does not even refer to the one that may hold plaintext
        raise AnalysisError(failure)

    def _analyze(self, chunk: Chunk) -> Analysis:
        if isinstance(chunk, RecordChunk) and isinstance(chunk.records, Tables):
            return self._analyze_tables(chunk, chunk.records)
        masked = masked_in(chunk)
        found = segments(chunk, self._gate)
        if not found:
            return Analysis(masked_seen=masked)
        candidates, timed_out = self._detection.find(found)
        findings: list[Finding] = []
        counts = Counts()
        for _, group in groupby(zip(found, candidates, strict=True), key=lambda pair: pair[0].record):
            record: list[Finding] = []
            child = False
            for segment, its_hits in group:
                if its_hits:
                    record += self._findings(chunk.origin, segment, its_hits, counts)
                    child = child or any(map(self._is_child, its_hits))
            findings += combine(record, child=child)
        return counts.analysis(tuple(findings), masked, timed_out)

    def _analyze_tables(self, chunk: RecordChunk, tables: Tables) -> Analysis:
        """The same, column by column; only the unresolved rest is analysed like lines."""
        from leakwatch.detection.analyze.column_findings import ColumnFindings  # noqa: PLC0415 (as above)
        from leakwatch.detection.analyze.column_policy import ColumnPolicy  # noqa: PLC0415 (as above)
        from leakwatch.detection.analyze.columns import Columns  # noqa: PLC0415 (numpy, only if needed)

        if self._columns is None:
            self._columns = Columns(self._detectors, self._gate, self._detection)
        counts, children = Counts(), set[int]()
        groups: list[FindingGroup] = []
        cells: list[tuple[int, int, Field]] = []
        for table, positions in parts_of(tables):
            seen = self._columns.sort(table)
            grouping = ColumnPolicy(
                table,
                positions,
                partial(self._cell_finding, chunk.origin, table),
                self._fingerprinter,
                self._min_score,
                self._today() if self._today is not None else None,
                partial(self._rule, chunk.origin.path) if self._suppressions else None,
                counts,
                children,
            )
            groups += [group for one in seen.settled for group in grouping.groups(one)]
            cells += [(positions[record], column, cell(table, record, column)) for record, column in seen.left]
        if isinstance(tables, Mixed):
            cells += [(at, number, one) for at, record in tables.others.items() for number, one in enumerate(record)]
        singly: dict[int, list[tuple[int, Finding]]] = {}
        found = segments(RecordChunk(chunk.origin, [(one,) for _, _, one in cells]), self._gate)
        candidates, timed_out = self._detection.find(found) if found else ([], ())
        for segment, its_hits in zip(found, candidates, strict=True):
            record, column, _ = cells[segment.record]
            if its_hits:
                its_findings = self._findings(chunk.origin, segment, its_hits, counts)
                singly.setdefault(record, []).extend((column, finding) for finding in its_findings)
                if any(map(self._is_child, its_hits)):
                    children.add(record)
        return counts.analysis(ColumnFindings(groups, singly, children), masked_in(chunk), timed_out)

    def _cell_finding(self, origin: Origin, table: CellTable | MemberTable, record: int, column: int) -> Finding:
        """A finding that has what all those of a column have."""
        key = table.keys[column] or None
        return Finding(
            entity="",
            path=self.redact(origin.path),
            inside=tuple(map(self.redact, origin.inside)),
            place=self._redacted(table.place(record, column)),
            key=self._optional(key),
            score=0.0,
            severity=Severity.INFO,
            grade={},
            masked="",
            fingerprint="",
            template=self._fingerprinter.digest("field", self.redact(key) if key else ""),
        )

    def _findings(
        self, origin: Origin, segment: Segment, candidates: list[Candidate], counts: Counts
    ) -> Iterator[Finding]:
        text = segment.view.text
        verdicts = decide(text, candidates, self._min_score)
        reported = [one.candidate for one in verdicts if one.decision is Decision.REPORTED]
        if len(reported) < len(verdicts):
            counts.masked += _places(verdicts, Decision.MASKED)
            counts.placeholders += _places(verdicts, Decision.PLACEHOLDER)
        if not reported:
            return
        logger, template = self._statement(segment, [(one.candidate.start, one.candidate.end) for one in verdicts])
        path, inside = self.redact(origin.path), tuple(map(self.redact, origin.inside))
        for candidate in reported:
            key = self._raw_key(segment, candidate)
            rule = self._rule_for(candidate, origin.path, key, template)
            if rule is not None:
                counts.by_rule[rule] += 1
                continue
            yield Finding(
                entity=candidate.detector.entity,
                path=path,
                inside=inside,
                place=self._redacted(segment.place(candidate.start, candidate.end)),
                key=self._optional(key),
                score=candidate.score,
                severity=Severity.of(candidate.detector.severity),
                grade=candidate.detector.grades,
                masked=mask(candidate.value, candidate.detector.mask),
                fingerprint=self._fingerprint(candidate),
                template=template,
                logger=logger,
            )

    def _statement(self, segment: Segment, spans: list[tuple[int, int]]) -> tuple[str | None, str]:
        """The logger of a line and the digest of its template. A field has neither."""
        if segment.field_key is not None:
            return None, self._fingerprinter.digest("field", self.redact(segment.field_key))
        if not isinstance(segment.origin, LinePlace):
            return None, self._fingerprinter.digest("field", "")
        logger = logger_of(segment.view.text)
        statement = self._statements.of(segment.view.text, spans)
        template = self._templates.get(statement)
        if template is None:
            if len(self._templates) >= _NAMES_KEPT:
                self._templates.clear()
            template = self._templates[statement] = self._fingerprinter.digest("template", statement)
        return self.redact(logger) if logger else None, template

    def _raw_key(self, segment: Segment, candidate: Candidate) -> str | None:
        if candidate.key is not None and segment.owns(*candidate.key):
            return segment.view.text[slice(*candidate.key)]
        return segment.field_key

    def _fingerprint(self, candidate: Candidate) -> str:
        return self._fingerprinter.value(candidate.detector.entity, candidate.detector.canonical_form(candidate.value))

    def _rule_for(self, candidate: Candidate, path: str, key: str | None, template: str) -> str | None:
        """The id of the suppression that hides the candidate."""
        if not self._suppressions:
            return None
        return self._rule(path, candidate.detector.entity, self._fingerprint(candidate), candidate.value, key, template)

    def _rule(self, path: str, entity: str, fingerprint: str, value: str, key: str | None, template: str) -> str | None:
        seen_value = SuppressionInput(entity, fingerprint, value, path, self._service, key, template)
        return first_holding(self._suppressions, seen_value, self._today() if self._today is not None else None)

    def _rule_in_line(self, candidate: Candidate, line: str) -> str | None:
        """The same for a line of no file and no service."""
        return self._rule_for(candidate, "", line[slice(*candidate.key)] if candidate.key else None, "")

    def _is_child(self, candidate: Candidate) -> bool:
        if self._today is None or candidate.score < self._min_score or not has_birth_date(candidate.detector.entity):
            return False
        return is_child(candidate.detector.entity, candidate.detector.canonical_form(candidate.value), self._today())

    def _redacted(self, place: Place) -> Place:
        if isinstance(place, CellPlace):
            sheet, column = self._optional(place.sheet), self._optional(place.column_name)
            if sheet == place.sheet and column == place.column_name:
                return place
            return replace(place, sheet=sheet, column_name=column)
        if isinstance(place, RecordPlace):
            return replace(place, json_path=self.redact(place.json_path))
        return place

    def _optional(self, name: str | None) -> str | None:
        return None if name is None else self.redact(name)

    def _redact(self, text: str) -> str:
        clean = one_line(text)
        chunk = TextChunk(Origin(""), clean.encode())
        found = segments(chunk, self._gate)
        if not found:
            return clean
        candidates, timed_out = self._detection.find(found)
        if timed_out:
            return "***"
        pieces: list[str] = []
        at = 0
        for segment, its_hits in zip(found, candidates, strict=True):
            verdicts = decide(segment.view.text, its_hits, self._min_score)
            # of an e-mail address and the number in its local part the address goes first: it hides both
            for verdict in sorted(verdicts, key=lambda one: (one.candidate.start, -one.candidate.end)):
                place = segment.place(verdict.candidate.start, verdict.candidate.end)
                assert isinstance(place, LinePlace)
                if verdict.decision is Decision.REPORTED and place.start_column > at:
                    pieces += (
                        clean[at : place.start_column - 1],
                        mask(verdict.candidate.value, verdict.candidate.detector.mask),
                    )
                    at = place.end_column - 1
        return "".join((*pieces, clean[at:]))


def _places(verdicts: Iterable[Verdict], decision: Decision) -> int:
    return len({(one.candidate.start, one.candidate.end) for one in verdicts if one.decision is decision})


def _whereabouts(chunk: Chunk) -> str:
    if isinstance(chunk, TextChunk):
        newlines = chunk.data.count(b"\n", 0, -1)
        return f"lines {chunk.first_line} to {chunk.first_line + newlines}"
    return f"{len(chunk.records)} records"

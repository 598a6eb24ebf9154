"""`segmentry test`: the rule tests of a workspace, evaluated file by file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from segmentry.engine.diagnostics.errors import DataError, RuleError
from segmentry.engine.diagnostics.model import Diagnostic
from segmentry.engine.files.condition_model import Place
from segmentry.engine.ruletests.case import CaseReader, ReadyCase, reader_of
from segmentry.engine.ruletests.coverage import Coverage, Measure, Observed, measure
from segmentry.engine.ruletests.evaluate import CaseAnswer, evaluate_cases
from segmentry.engine.ruletests.judge import answered_rows, judge
from segmentry.engine.ruletests.load import choose_tests, load_tests
from segmentry.engine.ruletests.plans import CasePlans
from segmentry.engine.ruletests.results import CaseResult, TestReport
from segmentry.engine.ruletests.rule_test import Case, RuleTest, RuleTestFile
from segmentry.engine.workspace import Workspace


def run_tests(
    workspace: Workspace,
    paths: Iterable[str | Path] = (),
    *,
    keyword: str | None = None,
    as_of: str | None = None,
    coverage: bool = False,
    minimums: Mapping[Measure, int] | None = None,
) -> TestReport:
    """Evaluate the rule tests of ``paths`` (files or folders; default all) whose names hold ``keyword``.

    ``as_of`` is for files that say none. ``coverage`` measures what the cases cover, ``minimums`` are
    percentages that it has to reach. Raises RuleError where rules or test files don't load, UsageError for a
    path without tests.
    """
    chosen = tuple(paths)
    loaded = load_tests(workspace, choose_tests(workspace, chosen) if chosen else None)
    if any(item.severity == "error" for item in loaded.findings):
        raise RuleError(loaded.findings)
    files = tuple(f for f in (_selected(file, keyword) for file in loaded.files) if f.tests)
    plans = CasePlans(workspace, files, as_of)
    run = _Run(plans, measured=coverage or bool(minimums))
    plans.at(None)  # mistakes in the rules are told even where no case asks for a plan
    results = [result for file in files for result in run.file(file)]
    found: Coverage | None = None
    if run.measured:
        rules = {file.rules for file in files} if chosen or keyword else None
        found = measure(plans.at(None), run.observed, rules)
    return TestReport(tuple(results), found, _shortfalls(found, minimums or {}), loaded.texts)


def _selected(file: RuleTestFile, keyword: str | None) -> RuleTestFile:
    """The file with the tests and cases whose test, case or segment is named like the keyword."""
    if keyword is None:
        return file
    text = keyword.casefold()
    tests: list[RuleTest] = []
    for test in file.tests:
        if text in test.name.casefold():
            tests.append(test)
            continue
        cases = tuple(case for case in test.cases if text in _names(case))
        if cases:
            tests.append(replace(test, cases=cases))
    return replace(file, tests=tuple(tests))


def _names(case: Case) -> str:
    segment = "" if case.segment is None else str(case.segment.raw)
    return f"{case.label}\n{segment}".casefold()


def _shortfalls(found: Coverage | None, minimums: Mapping[Measure, int]) -> tuple[str, ...]:
    if found is None:
        return ()
    return tuple(
        f"{name} coverage is {found.percent(name)}%, at least {least}% is asked for"
        for name, least in minimums.items()
        if found.percent(name) < least
    )


@dataclass
class _Run:
    """Files one after another; what their cases show adds up. Readers of cases are shared by instant."""

    plans: CasePlans
    measured: bool
    observed: Observed = field(default_factory=Observed)

    def file(self, file: RuleTestFile) -> list[CaseResult]:
        """The results of a file's cases, in order."""
        wrong = self._wrong_file(file)
        if wrong:
            return wrong
        results: list[CaseResult] = []
        by_case = self._results(file)
        for test in file.tests:
            if test.todo is not None:
                results.append(CaseResult(file.file, test.name, "", "todo", test.at, note=test.todo))
            results += [by_case[id(case)] for case in test.cases]
        return results

    def _wrong_file(self, file: RuleTestFile) -> list[CaseResult]:
        """The results where defaults or columns are wrong: one mistake, not one per case."""
        by_file: dict[str, list[Diagnostic]] = {}
        for problem in self._reader(file, None).shared_problems(file):
            by_file.setdefault(problem.file, []).append(problem)
        return [
            CaseResult(name, "the file", "", "error", Place(name, reported[0].span), problems=tuple(reported))
            for name, reported in by_file.items()
        ]

    def _reader(self, file: RuleTestFile, as_of: str | None) -> CaseReader:
        return reader_of(self.plans.at(as_of), file)

    def _results(self, file: RuleTestFile) -> dict[int, CaseResult]:
        found: dict[int, CaseResult] = {}
        by_instant: dict[str | None, list[Case]] = {}
        for case in file.cases:
            by_instant.setdefault(case.as_of, []).append(case)
        for as_of, cases in by_instant.items():
            reader = self._reader(file, as_of)
            ready = [reader.read(case) for case in cases]
            asking = [one for one in ready if not one.case.is_todo]
            answers = self._answers(reader, asking)
            for one in ready:
                result = judge(one, answers.get(id(one)))
                found[id(one.case)] = result
                if self.measured and result.status in ("passed", "failed"):
                    self._observe(one, answers[id(one)])
        return found

    def _answers(self, reader: CaseReader, cases: list[ReadyCase]) -> dict[int, CaseAnswer]:
        try:
            return evaluate_cases(self.plans, reader.prepared, cases)
        except DataError as error:
            for one in cases:
                one.problem(str(error), one.case.at)
            return {}

    def _observe(self, ready: ReadyCase, answer: CaseAnswer) -> None:
        for question in ready.questions:
            for row in answered_rows(question, answer):
                self.observed.add(question.chain, row, answer.given)

"""Finds the failed tests in the output of cargo, unittest, node and Playwright, with the beginning of each report."""

import re

# The longest excerpt of a report: lines, and characters in each line.
LINES = 15
WIDTH = 300

# The lines by which each runner names a failed test.
NAMES = [
    re.compile(r"^test (?P<name>\S+) \.\.\. FAILED"),              # cargo test
    re.compile(r"^(?:FAIL|ERROR): (?P<name>.+)"),                  # unittest
    re.compile(r"^\s*✖ (?P<name>.+?)(?: \([\d.]+ms\))?$"),         # node --test
    re.compile(r"^\s+\[(?P<name>(?:phone|desktop)\] › .+?)\s*─*$"),  # Playwright's list of failed tests
]
# The lines that begin the report about a failed test.
BEGINNINGS = [
    re.compile(r"^---- (?P<name>\S+) (?:stdout|stderr) ----$"),
    re.compile(r"^(?:FAIL|ERROR): (?P<name>.+)"),
    re.compile(r"^✖ (?P<name>.+?)(?: \([\d.]+ms\))?$"),
    re.compile(r"^\s+\d+\) \[(?P<name>(?:phone|desktop)\] › .+?)\s*─*$"),
]
# The lines after the last report.
ENDS = re.compile(r"^(?:failures:|={20,}|Ran \d+ tests? in|test result:|✖ failing tests:|\s+\d+ (?:failed|flaky|passed)\b)")
# unittest prints the cause after the calls that led to it.
CAUSE_IS_LAST = re.compile(r"^Traceback \(most recent call last\):$")


class Failures:
    """Reads the output of a test run line by line."""

    def __init__(self):
        self._names = {}
        self._reports = {}
        self._current = None

    def read(self, line):
        """Reads the next line, without colours and without its line break."""
        for pattern in NAMES:
            if found := pattern.match(line):
                self._names[found["name"]] = None
        for pattern in BEGINNINGS:
            if found := pattern.match(line):
                self._current = self._reports[found["name"]] = []
                return
        if ENDS.match(line):
            self._current = None
        elif self._current is not None and line.strip() and not re.fullmatch(r"[-─]{20,}", line.strip()):
            self._current.append(line)

    def names(self):
        """Returns the names of the failed tests, in the order of the output."""
        return list(self._names)

    def excerpt(self, name):
        """Returns the beginning of the report about a test, or the end of a traceback, which contains the cause."""
        lines = self._reports.get(name, [])
        is_traceback = any(CAUSE_IS_LAST.match(line) for line in lines)
        chosen = lines[-LINES:] if is_traceback else lines[:LINES]
        return [line[:WIDTH] for line in chosen]

"""What the demo says while it works: one line a step, with counts and seconds."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


class StepFailed(Exception):
    """A step found something that must not be; the text says what."""


@dataclass(slots=True)
class Step:
    """One step of the journey.

    Attributes:
        name: one word for programs.
        title: what it does, for people.
        counts: what it counted, in the order told; names in snake case.
        problems: what was wrong; empty when all is well.
    """

    name: str
    title: str
    counts: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def check(self, right: bool, problem: str) -> None:
        """Note a problem unless all is right."""
        if not right:
            self.problems.append(problem)

    def line(self) -> str:
        """The step as one line."""
        told = ", ".join(filter(None, (_told(name, each) for name, each in self.counts.items())))
        mark = "ok    " if not self.problems else "WRONG "
        wrong = "".join(f"\n         {problem}" for problem in self.problems)
        return f"{mark} {self.title:<42} {told:<56} {self.seconds:6.1f} s{wrong}"


def _told(name: str, value: object) -> str:
    """A count as a person reads it; lists are for programs."""
    if isinstance(value, int):
        return f"{value} {name.replace('_', ' ')}"
    return value if isinstance(value, str) else ""


class Report:
    """The steps so far.

    Args:
        as_json: one JSON object at the end instead of lines.
    """

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._begun = time.monotonic()
        self.steps: list[Step] = []

    @property
    def ok(self) -> bool:
        """Whether no step was wrong."""
        return not any(step.problems for step in self.steps)

    @contextlib.contextmanager
    def step(self, name: str, title: str) -> Iterator[Step]:
        """Do one step; what it raises makes it wrong and ends the journey as StepFailed."""
        step, begun = Step(name, title), time.monotonic()
        self.steps.append(step)
        try:
            yield step
        except StepFailed as error:
            step.problems.append(str(error))
            raise
        except Exception as error:
            step.problems.append(f"{type(error).__name__}: {error}")
            raise StepFailed(str(error)) from error
        finally:
            step.seconds = time.monotonic() - begun
            if not self._as_json:
                print(step.line(), flush=True)

    def finish(self, **more: Any) -> int:
        """Tell the result; the exit code: 0 when every step was right, else 1."""
        seconds = time.monotonic() - self._begun
        if self._as_json:
            steps = [
                {
                    "step": step.name,
                    "ok": not step.problems,
                    "seconds": round(step.seconds, 3),
                    **step.counts,
                    "problems": step.problems,
                }
                for step in self.steps
            ]
            result = {"ok": self.ok, "seconds": round(seconds, 3), "steps": steps, **more}
            print(json.dumps(result, ensure_ascii=True), flush=True)
        else:
            wrong = sum(bool(step.problems) for step in self.steps)
            verdict = "every step was right" if self.ok else f"{wrong} steps were WRONG"
            print(f"{verdict}: {len(self.steps)} steps in {seconds:.1f} s", flush=True)
        sys.stdout.flush()
        return 0 if self.ok else 1

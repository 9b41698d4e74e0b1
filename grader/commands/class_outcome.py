"""How `grade batch` and `grade regrade` end: what a run found, the command to type next, the exit code."""

from __future__ import annotations

import json
import os
import shlex
import sys
from typing import NoReturn

import typer
from rich.console import Console

from grader.batch.grade_class import RunReport
from grader.batch.options import ClassOptions
from grader.batch.output_folder import REPORTS, OutputFolder
from grader.batch.summary import document, is_broken, is_whole, rendering
from grader.commands.arguments import warn
from grader.commands.class_options import next_command
from grader.errors import ExitCode
from grader.gradebook.records import RunState
from grader.reporting.build_log import Guarded


def exit_after(ended: RunReport, options: ClassOptions, *, as_json: bool) -> NoReturn:
    """Print what a run found and the next command; end with its exit code."""
    stopped = ended.state is RunState.STOPPED
    if as_json:
        places = {"assignment": options.assignment, "out": str(options.out), "gradebook": ended.gradebook}
        sys.stdout.write(json.dumps(document(ended.statistics, ended.run, ended.state.value, places), indent=2) + "\n")
    else:
        Console(highlight=False).print(Guarded(rendering(ended.statistics, ended.checks)))
    for problem in ended.statistics.course_problems:
        warn(f"the course needs repair, since the reference fails too: {problem}")
    written = OutputFolder(options.out, options.assignment)
    warn(f"class: {written.class_page}, reports: {written.folder / REPORTS}{os.sep}")
    warn(f"gradebook: {ended.gradebook}, run {ended.run}")
    if stopped:
        left = ended.statistics.total - ended.statistics.done
        again = shlex.join(["grade", *sys.argv[1:]])
        warn(f"stopped with {left} of {ended.statistics.total} left; what is done is kept; go on with: {again}")
    elif ended.previous is not None:
        diff = next_command("diff", str(ended.previous), options.out, options.gradebook, str(ended.run))
        warn(f"what changed since run {ended.previous}: {diff}")
    else:
        warn(f"after a change of checks: {next_command('regrade', options.assignment, options.out, options.gradebook)}")
    if is_broken(ended.statistics):
        raise typer.Exit(ExitCode.BROKEN)
    raise typer.Exit(ExitCode.NOT_ALL_PASSED if stopped or not is_whole(ended.statistics) else ExitCode.ALL_PASSED)

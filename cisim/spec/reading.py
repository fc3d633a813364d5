"""Reading the seven kinds of file, and a question with all that it names.

Whatever is wrong is told as `FileProblems`: all of it at once, each with file, line and column. Nothing else
is raised for what a file says, however odd.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import ValidationError

from cisim.errors import FileProblems, ModelError, Problem
from cisim.spec.alternatives import alternative_question
from cisim.spec.changes import check_base
from cisim.spec.checks import model_findings
from cisim.spec.claim_checks import claims_findings
from cisim.spec.claims import Claims
from cisim.spec.experiment import Arm, Experiment
from cisim.spec.figure_tables import from_tables
from cisim.spec.kept_out import find_records
from cisim.spec.model import Model
from cisim.spec.pilot_checks import pilots_in_question
from cisim.spec.plain import Finding, findings, where
from cisim.spec.records import Records, records_findings
from cisim.spec.repair import repaired, untouched
from cisim.spec.scenario import Change, Scenario
from cisim.spec.slots import Slot, put_in, take_out
from cisim.spec.strategies import each_number_of_steps
from cisim.spec.studies import Calibration, hidden_numbers, impossible, target_figures
from cisim.spec.study import Study
from cisim.spec.study_checks import study_findings, study_in_model
from cisim.spec.unknowns import related_findings, unknowns
from cisim.spec.value import Value
from cisim.spec.value_checks import value_findings, value_in_models
from cisim.spec.worth_checks import (
    applied,
    changes_findings,
    experiment_findings,
    experiment_in_model,
)
from cisim.spec.yamltree import Tree, read_tree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cisim.spec.yamltree import Trail

__all__ = [
    "Question",
    "read",
    "read_claims",
    "read_experiment",
    "read_mapping",
    "read_model",
    "read_question",
    "read_scenario",
    "read_slots",
    "read_study",
    "read_value",
    "remade",
]

S = TypeVar("S", Model, Scenario, Value, Experiment, Claims, Records, Study)
PathLike = str | os.PathLike[str]

# In this order, because an experiment and a study name a model too.
_CLASSES: dict[str, type[Model | Scenario | Value | Experiment | Claims | Records | Study]] = {
    "experiment": Experiment,
    "study": Study,
    "scenario": Scenario,
    "value": Value,
    "model": Model,
    "claims": Claims,
    "records": Records,
}


@dataclass(frozen=True, slots=True)
class Question:
    """An experiment with everything that it names, read and checked.

    Attributes
    ----------
    path : Path
        The experiment file.
    experiment : Experiment
    model : Model
        The base model.
    scenarios : tuple of (str, tuple of Change)
        Each arm's name and its changes: those of its file first, then those written in the experiment.
    value : Value or None
    files : dict of str to str
        The sha256 of every file read, by its path from the project's root.
    written : tuple
        The files as they were read, from which `remade` makes the question anew.
    alternatives : tuple of (str, Question)
        Other ways to see it, by name: each a question of its own, with the model at its best estimate.
    """

    path: Path
    experiment: Experiment
    model: Model
    scenarios: tuple[tuple[str, tuple[Change, ...]], ...]
    value: Value | None
    files: dict[str, str]
    written: tuple[_File[Any], ...] = field(default=(), repr=False, compare=False)
    alternatives: tuple[tuple[str, Question], ...] = ()


@dataclass(slots=True)
class _File(Generic[S]):
    """A file that was read: what it says, where, and what is wrong with it."""

    path: Path
    tree: Tree
    digest: str
    made: S | None
    problems: list[Problem]
    kind: type[S]
    slots: tuple[Slot, ...] = ()
    name: str = ""

    def tell(self, found: Sequence[Finding]) -> None:
        self.problems += [_problem(self.tree, f) for f in found]


def _problem(tree: Tree, one: Finding) -> Problem:
    text = one.text
    if one.other:
        line, _ = tree.at(one.other)
        text = f"{text}; the other place is {where(tree.data, one.other)}, {tree.file}:{line}"
    return Problem(tree.file, *tree.at(one.trail, key=one.key), where(tree.data, one.trail), text)


def _kind(data: dict[str, Any]) -> str | None:
    return next((k for k in _CLASSES if k in data), None)


def _own_findings(made: Model | Scenario | Value | Experiment | Claims | Records | Study) -> list[Finding]:
    """Return what is wrong with a file by itself, once each setting can be read."""
    if isinstance(made, Model):
        return model_findings(made)
    if isinstance(made, Scenario):
        return list(changes_findings(made.changes, ("changes",)))
    if isinstance(made, Claims):
        return claims_findings(made)
    if isinstance(made, Records):
        return records_findings(made)
    if isinstance(made, Study):
        return study_findings(made)
    return value_findings(made) if isinstance(made, Value) else experiment_findings(made)


def _load(path: Path, file: str, wanted: type[S]) -> _File[S]:
    """Read one file; only what cannot be read at all is raised, the rest stands in `problems`."""
    return _make(path, *read_tree(path, file), wanted)


def _make(path: Path, tree: Tree, raw: bytes, wanted: type[S]) -> _File[S]:
    return _checked(path, tree, hashlib.sha256(raw).hexdigest(), wanted)


def _checked(path: Path, tree: Tree, digest: str, wanted: type[S]) -> _File[S]:
    file = tree.file
    loaded: _File[S] = _File(path, tree, digest, None, list(tree.problems), wanted)
    if not isinstance(tree.data, dict):
        return loaded
    kind, name = _kind(tree.data), wanted.__name__.lower()
    if kind is not None and name not in tree.data:
        article = {"experiment": "an ", "claims": "", "records": ""}.get(kind, "a ")
        words = f"got {article}{kind} file, want a file that begins with 'cisim: 1' and '{name}: ...'"
        loaded.problems.append(Problem(file, *tree.at((kind,), key=True), "", words))
        return loaded
    refused: list[Finding]
    found: list[Finding]
    if wanted is Value:
        tree = each_number_of_steps(tree)
    loaded.tree, loaded.slots, refused = take_out(tree, wanted)
    loaded.problems += [_problem(tree, f) for f in refused]
    tree = loaded.tree
    try:
        made = wanted.model_validate(tree.data)
    except ValidationError as error:
        found = findings(error, tree.data, wanted)
        loaded.tell(untouched(found, refused))
        mended = repaired(wanted, tree.data, found)
        if mended is not None:
            loaded.tell(untouched(_own_findings(mended), [*found, *refused]))
        return loaded
    found = untouched(_own_findings(made), refused)
    loaded.tell(found)
    loaded.made = made if not loaded.problems else None
    return loaded


def _unique(problems: Sequence[Problem]) -> list[Problem]:
    return list(dict.fromkeys(problems))


def _result(loaded: _File[S]) -> S:
    if loaded.problems or loaded.made is None:
        raise FileProblems(_unique(loaded.problems))
    return loaded.made


def _open(path: PathLike, wanted: type[S]) -> _File[S]:
    return _load(Path(path), os.fspath(path), wanted)


def read_model(path: PathLike) -> Model:
    """Return the model that a file describes.

    Raises
    ------
    FileProblems
        With every mistake of the file, each with its line and column.
    """
    return _result(_open(path, Model))


def read_value(path: PathLike) -> Value:
    """Return what a value file says; its pools and pathways are checked by `read_question`.

    Raises
    ------
    FileProblems
        With every mistake of the file, each with its line and column.
    """
    return _result(_open(path, Value))


def read_claims(path: PathLike) -> Claims:
    """Return what a claims file says.

    Raises
    ------
    FileProblems
        With every mistake of the file, each with its line and column.
    """
    return _result(_open(path, Claims))


def read_mapping(path: PathLike) -> Records:
    """Return a mapping file: which column of a hospital's records is what.

    Raises
    ------
    FileProblems
        With every mistake of the file, each with its line and column.
    """
    return _result(_open(path, Records))


def read_experiment(path: PathLike) -> Experiment:
    """Return what an experiment file says; the files that it names are read by `read_question`.

    Raises
    ------
    FileProblems
        With every mistake of the file, each with its line and column.
    """
    return _result(_open(path, Experiment))


def read_scenario(path: PathLike) -> Scenario:
    """Return a scenario; if it states its base, that model is read and every change is tried on it.

    Raises
    ------
    FileProblems
        With every mistake of the file (and of the base), each with its line and column.
    """
    return _with_base(_open(path, Scenario))


def _with_base(loaded: _File[Scenario]) -> Scenario:
    if loaded.made is not None and loaded.made.base is not None:
        base = _named_file(loaded, loaded.made.base, ("base",), Model)
        if base is not None and base.made is not None:
            _base(loaded, loaded.made, base.made)
            loaded.tell(applied(base.made, loaded.made.changes, ("changes",))[1])
        elif base is not None:
            loaded.problems += base.problems
    return _result(loaded)


def read(path: PathLike) -> Model | Scenario | Value | Experiment | Claims | Records | Study:
    """Return whatever kind of file this is, told by its key; all that an experiment names is read too.

    Raises
    ------
    FileProblems
        With every mistake of the file, each with its line and column.
    """
    file, place = os.fspath(path), Path(path)
    tree, raw = read_tree(place, file)
    kind = _kind(tree.data) if isinstance(tree.data, dict) else None
    if kind is None:
        words = (
            "missing 'model', 'scenario', 'value', 'experiment', 'claims', 'records' or 'study', "
            "want one of them with its name at the top"
        )
        raise FileProblems([*tree.problems, Problem(file, 1, 1, "", words)])
    if kind == "experiment":
        return _answer(_make(place, tree, raw, Experiment)).experiment
    if kind == "study":
        return _studied(_make(place, tree, raw, Study)).study
    if kind == "scenario":
        return _with_base(_make(place, tree, raw, Scenario))
    wanted = _CLASSES[kind]
    return _result(_make(place, tree, raw, wanted))  # type: ignore[type-var]


def read_slots(path: PathLike) -> tuple[Tree, tuple[Slot, ...]]:
    """Return a file, whatever its kind, and what in it is not known; the mistakes of its other settings are not told.

    Raises
    ------
    FileProblems
        Where it cannot be read as settings, or what is said of such a number cannot be.
    """
    tree, _ = read_tree(Path(path), os.fspath(path))
    kind = _kind(tree.data) if isinstance(tree.data, dict) else None
    if kind is None:
        return tree, ()
    tree, slots, refused = take_out(tree, _CLASSES[kind])
    if refused:
        raise FileProblems([_problem(tree, one) for one in refused])
    return tree, slots


def project_root(path: Path) -> Path:
    """Return the nearest folder above a file that has a ``scenarios`` folder, else the file's own."""
    folder = path.resolve().parent
    return next((f for f in (folder, *folder.parents) if (f / "scenarios").is_dir()), folder)


def _named_file(by: _File[Any], name: str, trail: Trail, wanted: type[S]) -> _File[S] | None:
    """Read a file that another names, from that other's folder; None, and a problem told, if it cannot be."""
    target, refusal = by.path.parent / name, ""
    root = project_root(by.path)
    try:
        resolved = target.resolve()
        if not resolved.is_relative_to(root):
            refusal = f"got {name!r}, which lies outside of the project '{root.name}', want a file inside it"
        elif not resolved.exists():
            refusal = f"got {name!r}, but there is no such file{_nearest_file(target, name)}"
        elif not resolved.is_file():
            refusal = f"got {name!r}, which is a folder or no ordinary file, want a .yaml file"
    except (OSError, ValueError, RuntimeError):
        refusal = f"got {name!r}, which cannot be a file's path, want a path such as ../scenarios/ward.yaml"
    if refusal:
        by.tell([Finding(trail, refusal)])
        return None
    file = os.path.normpath(os.path.join(os.path.dirname(by.tree.file), name))  # noqa: PTH118, PTH120 - as written
    try:
        return _load(target, file, wanted)
    except FileProblems as error:
        by.problems += error.problems
        return None


def _nearest_file(target: Path, name: str) -> str:
    folder = target.parent
    if not folder.is_dir():
        return f"; its folder '{os.path.dirname(name)}' does not exist either"  # noqa: PTH120 - as written
    names = sorted(p.name for p in folder.iterdir() if p.suffix in {".yaml", ".yml"})
    close = get_close_matches(target.name, names, n=1, cutoff=0.5)
    if close:
        return f"; did you mean '{os.path.join(os.path.dirname(name), close[0])}'?"  # noqa: PTH118, PTH120
    return "; its folder has " + ", ".join(f"'{n}'" for n in names) if 0 < len(names) <= 8 else ""


def read_study(path: PathLike) -> Calibration:
    """Return a study with its model, checked; a folder stands for the ``study.yaml`` in it.

    Raises
    ------
    FileProblems
        With every mistake of the study and its model, each with its file, line and column.
    """
    inside = Path(path) / "study.yaml"
    return _studied(_open(inside if inside.is_file() else path, Study))


def _studied(loaded: _File[Study]) -> Calibration:
    study = _result(loaded)
    base = _named_file(loaded, study.model, ("model",), Model)
    if base is None or base.made is None:
        raise FileProblems(_unique([*loaded.problems, *(base.problems if base is not None else ())]))
    found, hidden = hidden_numbers(study, base.tree.data, base.slots)
    records, digests, refused = find_records(loaded.path.parent, study.held_out)
    filled, tables, untold = from_tables(study, loaded.path.parent)
    loaded.tell([*found, *study_in_model(study, base.made), *refused, *untold])
    if loaded.problems:
        raise FileProblems(_unique(loaded.problems))
    root = project_root(loaded.path)
    files = {f.path.resolve().relative_to(root).as_posix(): f.digest for f in (loaded, base)}
    files |= digests | tables
    made = Calibration(loaded.path, filled, hidden, target_figures(filled), files, base.tree.data, records)
    loaded.tell(list(impossible(made)))
    _result(loaded)
    return made


def _base(by: _File[Scenario], scenario: Scenario, model: Model) -> None:
    """Tell if a scenario states another base model than this."""
    try:
        check_base(model, scenario)
    except ModelError as error:
        by.tell([Finding(("base_digest",), error.text)])


def read_question(path: PathLike) -> Question:
    """Return an experiment with its model, scenarios and value file, checked against one another.

    A folder stands for the ``experiment.yaml`` in it. Paths in a file are from that file's folder, and
    stay inside the project: the nearest folder above the
    experiment that has a ``scenarios`` folder, else the experiment's own.

    Raises
    ------
    FileProblems
        With every mistake of every file, each with its file, line and column.
    """
    inside = Path(path) / "experiment.yaml"
    return _answer(_open(inside if inside.is_file() else path, Experiment))


def _answer(asked: _File[Experiment]) -> Question:
    return _Asking(asked, _result(asked)).answer()


def remade(question: Question, numbers: Sequence[Mapping[Trail, str | float]]) -> Question:
    """Return a question with other numbers in its files, one mapping for each of `Question.written`.

    The run plan stays as it is in `question`; whatever else was changed in Python since the reading is lost.

    Raises
    ------
    FileProblems
        Where the files cannot be with these numbers, as if they had been written.
    """
    files: list[_File[Any]] = []
    for file, put in zip(question.written, numbers, strict=True):
        if put:
            tree = replace(file.tree, data=put_in(file.tree.data, put))
            made = replace(_checked(file.path, tree, file.digest, file.kind), name=file.name)
        else:
            made = replace(file, problems=list(file.problems))
        files.append(made)
    asking = _Asking(files[0], _result(files[0]))
    asking.files = files
    asking.again = True
    asking.named = {(file.name, file.kind): file for file in files[1:]}
    made_anew = asking.answer()
    new = made_anew.experiment
    experiment = question.experiment.model_copy(update={"scenarios": new.scenarios, "cases": new.cases})
    return replace(made_anew, experiment=experiment)


class _Asking:
    """The reading of one question: its files, and the models that its scenarios make."""

    def __init__(self, asked: _File[Experiment], experiment: Experiment) -> None:
        self.asked = asked
        self.experiment = experiment
        self.files: list[_File[Any]] = [asked]
        self.named: dict[tuple[str, type], _File[Any]] = {}
        self.again = False

    def open(self, name: str, trail: Trail, wanted: type[S]) -> S | None:
        if (name, wanted) not in self.named:
            file = _named_file(self.asked, name, trail, wanted)
            if file is None:
                return None
            file.name = name
            self.files.append(file)
            self.named[name, wanted] = file
        made: S | None = self.named[name, wanted].made
        return made

    def answer(self) -> Question:
        experiment = self.experiment
        model = self.open(experiment.model, ("model",), Model)
        value = self.open(experiment.value, ("value",), Value) if experiment.value is not None else None
        arms: list[tuple[str, tuple[Change, ...]]] = []
        for i, arm in enumerate(experiment.scenarios):
            scenario = (
                self.open(arm.file, ("scenarios", i, "file"), Scenario) if arm.file is not None else None
            )
            arms.append((arm.name, (*(scenario.changes if scenario else ()), *arm.changes)))
        if model is not None:
            self.check(model, value)
        if experiment.jointly and experiment.jointly not in dict(arms):
            changes = dict(arms)
            together = [c for name in experiment.projects for c in changes.get(name, ())]
            arms.append((experiment.jointly, tuple(together)))
            if experiment.valued is None:
                experiment = experiment.model_copy(update={"valued": experiment.jointly})
        if model is None or any(f.problems for f in self.files):
            raise FileProblems(_unique([p for f in self.files for p in f.problems]))
        root = project_root(self.asked.path)
        read_files = {f.path.resolve().relative_to(root).as_posix(): f.digest for f in self.files}
        files = dict(sorted(read_files.items()))
        question = Question(self.asked.path, experiment, model, tuple(arms), value, files, tuple(self.files))
        if self.again:
            return question
        self.relate(question)
        return replace(question, alternatives=self.alternatives(question))

    def alternatives(self, question: Question) -> tuple[tuple[str, Question], ...]:
        """Return the question as each alternative sees it."""
        named = question.experiment.value
        file = self.named[named, Value] if named is not None else None
        made = []
        for i, one in enumerate(question.experiment.alternatives):
            other, found = alternative_question(question, one, file.tree if file is not None else None)
            here = ("alternatives", i)
            self.asked.tell([replace(f, trail=(*here, *f.trail)) for f in found])
            made += [(one.name, replace(other, written=()))] if other is not None else []
        if self.asked.problems:
            raise FileProblems(_unique(self.asked.problems))
        return tuple(made)

    def relate(self, question: Question) -> None:
        """Look up what is said of uncertain numbers by their paths: correlations, one number twice, pilots."""
        self.asked.tell(related_findings(question))
        value = question.value
        if value is not None and question.experiment.value is not None and value.pilots:
            asked = self.named[question.experiment.value, Value]
            asked.tell(list(pilots_in_question(value.pilots, unknowns(question))))
        if any(f.problems for f in self.files):
            raise FileProblems(_unique([p for f in self.files for p in f.problems]))

    def check(self, model: Model, value: Value | None) -> None:
        """Try every case, scenario and option on the model, and look up every name in what they make."""
        experiment = self.experiment
        made: list[Model] = [model]
        for file in self.files:
            if isinstance(file.made, Scenario):
                _base(file, file.made, model)
        valued = model
        by: tuple[Change, ...] = ()
        name = experiment.valued or experiment.jointly or experiment.scenarios[0].name
        main = experiment.main_case or (experiment.cases[0].name if experiment.cases else "")
        bases = {"": model} if not experiment.cases else {}
        for i, case in enumerate(experiment.cases):
            bases[case.name], found = applied(model, case.changes, ("cases", i, "changes"))
            self.asked.tell(found)
        for case_name, base in bases.items():
            made.append(base)
            for i, arm in enumerate(experiment.scenarios):
                changed = self.arm(arm.file, base)
                changed, found = applied(changed, arm.changes, ("scenarios", i, "changes"))
                self.asked.tell(found)
                made.append(changed)
                if arm.name == name and case_name == main:
                    valued, by = changed, self.changes(arm)
            if experiment.jointly:
                joint = self.together(base)
                made.append(joint)
                if name == experiment.jointly and case_name == main:
                    members = [arm for arm in experiment.scenarios if arm.name in experiment.projects]
                    valued, by = joint, tuple(c for arm in members for c in self.changes(arm))
        self.asked.tell(experiment_in_model(experiment, made))
        if value is not None and experiment.value is not None:
            self.named[experiment.value, Value].tell(value_in_models(value, made, valued, by))

    def changes(self, arm: Arm) -> tuple[Change, ...]:
        """Return the changes of a scenario: those of its file, and those written in the experiment."""
        file = self.named.get((arm.file, Scenario)) if arm.file is not None else None
        written = file.made.changes if file is not None and isinstance(file.made, Scenario) else ()
        return (*written, *arm.changes)

    def together(self, base: Model) -> Model:
        """Return the base with every project made, one after the other; what cannot be made together is told."""
        joint = base
        arms = {arm.name: arm for arm in self.experiment.scenarios}
        for i, project in enumerate(self.experiment.projects):
            if project in arms:
                joint, found = applied(joint, self.changes(arms[project]), ("projects", i))
                self.asked.tell(
                    [Finding(("projects", i), f"together with the others: {f.text}") for f in found]
                )
        return joint

    def arm(self, name: str | None, base: Model) -> Model:
        """Return the base as a scenario's file makes it; the file's mistakes are told in that file."""
        file = self.named.get((name, Scenario)) if name is not None else None
        if file is None or not isinstance(file.made, Scenario):
            return base
        changed, found = applied(base, file.made.changes, ("changes",))
        file.tell(found)
        return changed

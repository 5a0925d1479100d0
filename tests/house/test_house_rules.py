"""The house keeps its own rules: units on every number, files that tell one story, nothing about any machine."""

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo

import steelyard.domain
from steelyard.domain.evidence import Figure
from steelyard.domain.uncertain import Uncertain
from steelyard.domain.value import Value
from steelyard.units import Unit

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "steelyard"
PURE = ("workload", "serving", "quality", "tuning", "finance", "risk", "options", "decision", "domain")
HOLD_THEIR_UNIT = {Figure: "its unit is a field", Uncertain: "the unit is that of the field that holds it"}
WITHOUT_UNIT = {
    ("FittedParameter", "low"): "unit of the constant it bounds", ("FittedParameter", "high"): "the same",
    ("FittedParameter", "base"): "a logit", ("FittedParameter", "effects"): "shifts of a logit",
    ("OwnCalibration", "shifts"): "shifts of a logit",
    ("SelfHostedToday", "usd_per_device_h"): "optional amount, unit in its name",
    ("TrainingData", "tokens"): "optional size, unit in its name", ("Team", "ml_platform_engineers"): "people",
    ("QualityNeeds", "margin_index"): "index points",
}  # fmt: skip


def values() -> list[type[Value]]:
    for module in pkgutil.iter_modules(steelyard.domain.__path__):
        importlib.import_module(f"steelyard.domain.{module.name}")
    found: list[type[Value]] = []
    stack = list(Value.__subclasses__())
    while stack:
        kind = stack.pop()
        stack += kind.__subclasses__()
        if kind.__module__.startswith("steelyard.domain"):
            found.append(kind)
    return found


def numbers_without_unit(field: FieldInfo) -> bool:
    if any(isinstance(m, Unit) for m in field.metadata):
        return False
    return _bare(field.annotation)


def _bare(annotation: object) -> bool:
    if typing.get_origin(annotation) is typing.Annotated:
        return not any(isinstance(m, Unit) for m in typing.get_args(annotation)[1:])
    if annotation in (float, int):
        return True
    return any(_bare(part) for part in typing.get_args(annotation))


def test_every_number_of_a_domain_value_has_a_unit() -> None:
    bare = [
        f"{kind.__name__}.{name}"
        for kind in values()
        if kind not in HOLD_THEIR_UNIT
        for name, field in kind.model_fields.items()
        if (kind.__name__, name) not in WITHOUT_UNIT and numbers_without_unit(field)
    ]
    assert not bare, f"give these fields a type from units.py: {bare}"


def test_the_unit_check_can_fail() -> None:
    class Wrong(Value):
        """A value with a bare number."""

        size: float

    assert numbers_without_unit(Wrong.model_fields["size"])


def python_files(folder: Path = SOURCE) -> Iterator[Path]:
    yield from (p for p in folder.rglob("*.py") if ".venv" not in p.parts)


@pytest.mark.parametrize("path", [*python_files(), *python_files(ROOT / "tests"), *python_files(ROOT / "scripts")],
                         ids=lambda p: str(p.relative_to(ROOT)))  # fmt: skip
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 500, "split the file by subject"
    assert path.stem not in {"utils", "helpers", "common", "misc"}, "name the subject"
    long = [(n.name, size) for n, size in functions(ast.parse(text)) if size > 50]
    assert not long, f"split these functions: {long}"


def functions(tree: ast.Module) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, int]]:
    """Yield every function with its lines, docstring left out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            doc = first.end_lineno - first.lineno + 1 if ast.get_docstring(node) else 0
            yield node, node.end_lineno - node.lineno + 1 - doc


@pytest.mark.parametrize("room", [r for r in PURE if (SOURCE / r).is_dir()])
def test_pure_rooms_touch_no_disk_clock_or_screen(room: str) -> None:
    banned = {
        "os",
        "io",
        "socket",
        "subprocess",
        "time",
        "logging",
        "tempfile",
        "shutil",
        "urllib",
        "sqlite3",
        "duckdb",
    }
    for path in python_files(SOURCE / room):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            assert not {n.split(".")[0] for n in names} & banned, f"{path.name} imports {names}"
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in {"print", "open", "input", "datetime.now", "date.today"}, f"{path.name}: {called}"


def tracked() -> list[Path]:
    try:
        out = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("git does not list the files of this copy")
    return [ROOT / name for name in out.split("\0") if name]


def test_no_file_names_a_machine_or_an_index() -> None:
    own = Path(__file__).name
    bad = re.compile(
        r"(?<![\w.])/(work|home|root|opt)/|/tmp/[a-z]|extra-index|find-links|--index-url|file:///(work|opt|home|root)"
    )
    told: list[str] = []
    for path in tracked():
        if path.is_file() and path.name != own and path.stat().st_size < 1_000_000:
            try:
                lines = path.read_text(encoding="utf-8").splitlines()
            except UnicodeDecodeError:
                continue
            told += [f"{path.relative_to(ROOT)}:{n}: {line.strip()[:80]}" for n, line in enumerate(lines, 1)
                     if bad.search(line)]  # fmt: skip
    assert not told, told


def test_every_locked_package_has_a_hash() -> None:
    for lock in sorted((ROOT / "requirements").glob("*.txt")):
        blocks = re.split(r"\n(?=[A-Za-z0-9])", lock.read_text(encoding="utf-8").strip())
        for block in blocks:
            assert re.match(r"[\w.\[\]-]+==", block), f"{lock.name}: {block[:60]!r} is not pinned"
            assert "--hash=sha256:" in block, f"{lock.name}: {block.split()[0]} has no hash"


def test_core_packages_have_the_same_version_in_both_locks() -> None:
    pins = [set(re.findall(r"^([\w.-]+==[^\s;\\]+)", (ROOT / "requirements" / f"{n}.txt").read_text(), re.MULTILINE))
            for n in ("core", "dev")]  # fmt: skip
    assert pins[0] <= pins[1]


def test_help_loads_nothing_heavy() -> None:
    code = ("import sys\nfrom click.testing import CliRunner\nfrom steelyard.cli import main\n"
            "r = CliRunner().invoke(main, ['--help'])\nassert r.exit_code == 0, r.output\n"
            "print(sorted({m.split('.')[0] for m in sys.modules} & "
            "{'numpy', 'duckdb', 'numba', 'jinja2', 'pydantic', 'rich', 'ruamel', 'genai_prices'}))")  # fmt: skip
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


def test_the_readme_names_only_targets_and_commands_that_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make ([a-z-]+)", readme, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    commands = {p.stem for p in (SOURCE / "cli" / "commands").glob("[a-z]*.py")}
    assert set(re.findall(r"`steelyard ([a-z]+)", readme)) <= commands
    for link in re.findall(r"\]\(([^)#:]+)\)", readme):
        assert (ROOT / link).exists(), link

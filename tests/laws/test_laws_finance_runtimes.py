"""One ledger, three runtimes: numpy, JavaScript and a spreadsheet give the same figures to 1e-9."""

import json
import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from ledger_strategy import N_MONTHS, ledgers

from steelyard.finance import builder as b
from steelyard.finance.emit_excel import column_letters, emit_excel
from steelyard.finance.emit_javascript import emit_javascript
from steelyard.finance.evaluate import evaluate
from steelyard.finance.lowering import lowered

RELATIVE = 1e-9
NODE = shutil.which("node")
OFFICE = shutil.which("soffice")


def by_numpy(ledger, inputs):
    values = evaluate(ledger, inputs, N_MONTHS)
    return {q.name: values.quantities[q.name][0] for q in ledger.quantities} | {"total": values.total[0]}


def agree(mine, theirs):
    """Equal to 1e-9 of the largest amount of the row: differences of like numbers have no more digits than that."""
    scale = max(1.0, float(np.abs(mine).max()))
    assert np.asarray(theirs, dtype=float) == pytest.approx(mine, rel=RELATIVE, abs=RELATIVE * scale)


def run_javascript(cases):
    calls = ",\n".join(
        f"({emit_javascript(ledger)})({json.dumps({k: v[0].tolist() for k, v in inputs.items()})}, {N_MONTHS})"
        for ledger, inputs in cases
    )
    plain = "(key, v) => v instanceof Float64Array ? [...v] : v"
    script = f"const r = [{calls}];\nprocess.stdout.write(JSON.stringify(r, {plain}));"
    done = subprocess.run([NODE, "-"], input=script, capture_output=True, text=True, check=True, timeout=60)
    return json.loads(done.stdout)


@pytest.mark.skipif(NODE is None, reason="needs node to run JavaScript")
@settings(max_examples=12)
@given(st.lists(ledgers(), min_size=1, max_size=12))
def test_javascript_equals_numpy(cases):
    for (ledger, inputs), theirs in zip(cases, run_javascript(cases), strict=True):
        for name, mine in by_numpy(ledger, inputs).items():
            agree(mine, theirs["total"] if name == "total" else theirs["quantities"][name])
        assert set(theirs["lines"]) == {line.id for line in ledger.lines}


@pytest.mark.skipif(NODE is None, reason="needs node to run JavaScript")
def test_javascript_names_a_missing_input():
    book = b.LedgerBuilder("x")
    book.line("l", book.input('odd "name"</script>', "1", "Odd\nlabel") * 1, group="other", label="l")
    source = emit_javascript(book.build())
    assert "</script" not in source
    script = f"try {{ ({source})({{}}, 2) }} catch (e) {{ process.stdout.write(e.message) }}"
    done = subprocess.run([NODE, "-"], input=script, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.startswith('missing input odd "name"')


@given(ledgers())
def test_lowering_changes_no_figure(case):
    ledger, inputs = case
    lower = type(ledger)(ledger.option, lowered(ledger), ledger.lines)
    for name, mine in by_numpy(ledger, inputs).items():
        assert np.array_equal(by_numpy(lower, inputs)[name], mine)


def make_cases(count):
    """Return ``count`` ledgers made by hypothesis, the same every time."""
    cases = []

    @settings(max_examples=count, phases=[Phase.generate], database=None)
    @given(ledgers())
    def collect(case):
        cases.append(case)

    collect()
    return cases


def write_workbook(path, cases):
    import openpyxl  # noqa: PLC0415

    book = openpyxl.Workbook()
    book.remove(book.active)
    sheets = []
    for k, (ledger, inputs) in enumerate(cases):
        sheet = emit_excel(ledger, N_MONTHS, inputs={name: v[0].tolist() for name, v in inputs.items()}, first_row=3)
        page = book.create_sheet(f"s{k}")
        for r, row in enumerate(sheet.rows, start=sheet.first_row):
            for c, cell in enumerate(row.cells, start=sheet.first_month_column):
                page.cell(r, c, cell)
        sheets.append(sheet)
    book.save(path)
    return sheets


@pytest.mark.office
@pytest.mark.skipif(OFFICE is None, reason="needs LibreOffice to recalculate a workbook")
def test_a_recalculated_workbook_equals_numpy(tmp_path):
    import openpyxl  # noqa: PLC0415

    cases = make_cases(120)
    sheets = write_workbook(tmp_path / "ledgers.xlsx", cases)
    command = [OFFICE, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless",
               "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path / "out"),
               str(tmp_path / "ledgers.xlsx")]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    book = openpyxl.load_workbook(tmp_path / "out" / "ledgers.xlsx", data_only=True)
    for k, ((ledger, inputs), sheet) in enumerate(zip(cases, sheets, strict=True)):
        for name, mine in by_numpy(ledger, inputs).items():
            row = sheet.total_row if name == "total" else sheet.row_of[name]
            theirs = [book[f"s{k}"].cell(row, sheet.first_month_column + m).value for m in range(N_MONTHS)]
            agree(mine, theirs)


def test_a_constant_stands_once_and_inputs_may_stand_elsewhere():
    book = b.LedgerBuilder("x")
    cost = book.input("v", "1", "Volume") * book.constant("price", -2.5, "USD", "Price", "list")
    book.line("bill", cost, group="tokens", label="Bill")
    sheet = emit_excel(book.build(), 2, input_cell=lambda name, month: f"=Inputs!{column_letters(month)}9")
    assert [row.cells for row in sheet.rows] == [
        (1.0, 2.0), ("=Inputs!A9", "=Inputs!B9"), (-2.5, "=$E3"), ("=(E2*E3)", "=(F2*F3)"), ("=E4", "=F4"),
        ("=SUM(E5:E5)", "=SUM(F5:F5)"),
    ]  # fmt: skip
    assert [row.kind for row in sheet.rows] == ["header", "input", "constant", "formula", "line", "total"]
    assert sheet.rows[2].source == "list"
    assert emit_excel(b.LedgerBuilder("none").build(), 1).rows[-1].cells == ("=0",)

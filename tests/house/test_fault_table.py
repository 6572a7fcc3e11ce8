"""The table of faults in OPERATING.md equals the marks of the tests."""

from tests.support.fault_table import BEGINNING, END, PAGE, fault_table, marked_faults


def test_the_table_of_faults_equals_the_marks_of_the_tests() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page.partition(BEGINNING)[2].partition(END)[0] == fault_table(), "run `make faults`"
    assert len(set(marked_faults())) > 20

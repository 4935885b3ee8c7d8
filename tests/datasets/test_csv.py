"""The user's own tables: what is read, what is found out, and what is refused with a way out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from difflab.datasets import CsvTask, read_csv
from difflab.errors import DataError, DifflabError, UsageError

HOUSES = "size,rooms,price\n" + "".join(f"{40 + n},{n % 5},{1000.5 + 7 * n}\n" for n in range(20))
KINDS = ["rose", "lily", "iris"] * 10
FLOWERS = "petal,kind\n" + "".join(f"{n / 10},{kind}\n" for n, kind in enumerate(KINDS))


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(text: str | bytes, name: str = "data.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


def everything(task: CsvTask) -> tuple[np.ndarray, np.ndarray]:
    """Both parts, sorted by the first input."""
    data = task.data
    assert data.validation is not None
    x, y = np.vstack([data.x, data.validation[0]]), np.vstack([data.y, data.validation[1]])
    order = np.argsort(x[:, 0], kind="stable")
    return x[order], y[order]


def refused(path: Path, target: str, error: type[DifflabError] = DataError, **options: Any) -> str:
    """What an error says, as one text; it always has three parts."""
    with pytest.raises(error) as caught:
        read_csv(path, target, **options)
    assert caught.value.what
    assert caught.value.why
    assert caught.value.instead
    return str(caught.value)


def test_numbers_become_a_regression_with_a_quarter_kept_apart(write: Any) -> None:
    task = read_csv(write(HOUSES, "house.csv"), "price")
    assert (task.kind, task.target, task.classes) == ("regression", "price", ())
    assert (task.data.name, task.data.features) == ("house", ("size", "rooms"))
    assert (task.data.x.shape, task.data.y.shape) == ((15, 2), (15, 1))
    x, y = everything(task)
    np.testing.assert_array_equal(x[:, 0], 40 + np.arange(20))
    np.testing.assert_array_equal(x[:, 1], np.arange(20) % 5)
    np.testing.assert_array_equal(y[:, 0], 1000.5 + 7 * np.arange(20))
    assert x.dtype == y.dtype == np.float64
    assert "regression, because 'price' holds 20 different numbers" in task.notes
    assert "15 rows to train on, 5 kept apart, seed 0" in task.data.note


def test_the_target_may_be_any_column(write: Any) -> None:
    task = read_csv(write(HOUSES), "size")
    assert task.data.features == ("rooms", "price")


def test_text_becomes_classes_with_the_same_share_of_each_kept_apart(write: Any) -> None:
    task = read_csv(write(FLOWERS), "kind")
    assert (task.kind, task.classes) == ("classification", ("iris", "lily", "rose"))
    _, y = everything(task)
    assert [task.classes[place] for place in y.argmax(axis=1)] == KINDS
    np.testing.assert_array_equal(y.sum(axis=1), 1)
    assert task.data.validation is not None
    assert task.data.validation[1].sum(axis=0).tolist() == [2, 2, 2]


def test_few_whole_numbers_become_classes_in_the_order_of_numbers(write: Any) -> None:
    rows = "".join(f"{n},{(2, 10, 1)[n % 3]}\n" for n in range(30))
    task = read_csv(write("x,y\n" + rows), "y")
    assert (task.kind, task.classes) == ("classification", ("1", "2", "10"))
    assert any("--kind regression" in note for note in task.notes)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([0, 1] * 10, "classification"),
        ([0.5, 1] * 10, "regression"),  # not whole
        (range(20), "regression"),  # too many
        ([1, 2, 3] * 2, "regression"),  # two rows of each
        (["1.0", "1"] * 3 + ["0"] * 4, "classification"),  # one number, spelled in two ways
    ],
)
def test_what_a_column_of_numbers_means_is_decided_by_counting(
    write: Any, values: Any, kind: str
) -> None:
    rows = "".join(f"{n},{value}\n" for n, value in enumerate(values))
    assert read_csv(write("x,y\n" + rows), "y").kind == kind


def test_the_kind_can_be_said(write: Any) -> None:
    rows = "".join(f"{n},{n % 3}\n" for n in range(30))
    path = write("x,y\n" + rows)
    task = read_csv(path, "y", kind="regression")
    assert (task.kind, task.data.y.shape[1]) == ("regression", 1)
    rows = "".join(f"{n},{(0.5, 1.25)[n % 2]}\n" for n in range(30))
    task = read_csv(write("x,y\n" + rows), "y", kind="classification")
    assert task.classes == ("0.5", "1.25")
    assert "has 'rose' on line 2" in refused(write(FLOWERS), "kind", kind="regression")


def test_the_split_depends_on_the_seed_alone(write: Any) -> None:
    path = write(HOUSES)
    first, again, other = (read_csv(path, "price", seed=seed).data for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.x, again.x)
    assert not np.array_equal(first.x, other.x)
    assert read_csv(path, "price", validation_share=0.5).data.samples == 10
    whole = read_csv(path, "price", validation_share=0).data
    assert (whole.samples, whole.validation) == (20, None)


def test_a_class_with_one_row_stays_among_those_to_train_on(write: Any) -> None:
    task = read_csv(write("x,y\n" + "1,a\n" * 5 + "2,b\n" * 5 + "3,c\n"), "y")
    assert task.data.y.sum(axis=0).tolist() == [4, 4, 1]
    two = read_csv(write("x,y\n" + "1,a\n" * 5 + "2,b\n" * 5 + "3,c\n" * 2), "y")
    assert two.data.y.sum(axis=0).tolist() == [4, 4, 1]  # and the other one is kept apart


@pytest.mark.parametrize(
    "text",
    [
        "size;price\n1,5;10\n2,5;20\n3;30,25\n4;40\n",
        "size\tprice\n1,5\t10\n2,5\t20\n3\t30,25\n4\t40\n",
        'size,price\n"1.5",10\n2.5,20\n3,30.25\n4,40\n',
        "size, price\r\n 1.5 , 10\r\n2.5, 20\r\n\r\n3, 30.25\r\n4, 40\r\n",
        "size,price\n1.5,10\n2.5,20\n3,30.25\n4,40",
        "size;price\n1.5;10\n2.5;20\n3;30.25\n4;40\n;\n;\n",
        "size,price,\n1.5,10,\n2.5,20,\n3,30.25,\n4,4e1,\n",
    ],
    ids=["semicolon", "tab", "quoted", "blanks", "no newline", "empty rows", "trailing comma"],
)
def test_separators_decimals_quotes_and_blanks_are_found_out(write: Any, text: str) -> None:
    x, y = everything(read_csv(write(text), "price"))
    np.testing.assert_array_equal(x[:, 0], [1.5, 2.5, 3, 4])
    np.testing.assert_array_equal(y[:, 0], [10, 20, 30.25, 40])


def test_a_decimal_comma_is_noted_and_can_be_said(write: Any) -> None:
    path = write("a;b\n1,5;1\n2,5;2\n3;4\n4;8\n")
    assert "numbers have a decimal comma" in read_csv(path, "b").notes
    assert "has '1,5' on line 2" in refused(path, "b", decimal=".")
    quoted = write('a,b\n"1,5",1\n"2,5",2\n3,4\n4,8\n')
    assert read_csv(quoted, "b", decimal=",").data.x.max() == 4
    # without being told, "1,234" in a file with commas may as well be a thousand
    assert "has '1,5' on line 2" in refused(quoted, "b")
    thousands = write("a;b\n1.500;1\n2.500;2\n3.000;4\n4.000;8\n")
    assert "has '1.500' on line 2" in refused(thousands, "b", decimal=",")
    mixed = write("a;b\n1,5;1.5\n2,5;2\n3;4\n4;8\n")
    assert "a decimal comma in all" in refused(mixed, "b")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_are_found_out(write: Any, encoding: str) -> None:
    text = "größe,straße\n" + "".join(f"{n},{['Süd', 'Nord'][n % 2]}\n" for n in range(8))
    task = read_csv(write(text.encode(encoding)), "straße")
    assert (task.data.features, task.classes) == (("größe",), ("Nord", "Süd"))
    assert any("Windows-1252" in note for note in task.notes) == (encoding == "cp1252")


def test_text_among_the_features_is_refused_with_both_ways_out(write: Any) -> None:
    path = write(
        "x,city,y\n" + "".join(f"{n},{['Seoul', 'Busan'][n % 2]},{n}.5\n" for n in range(8))
    )
    said = refused(path, "y")
    assert "column 'city'" in said
    assert "has 'Seoul' on line 2" in said
    assert "--drop 'city'" in said
    assert "--categorical 'city'" in said
    assert read_csv(path, "y", drop=["city"]).data.features == ("x",)
    task = read_csv(path, "y", categorical="city")
    assert task.data.features == ("x", "city=Busan", "city=Seoul")
    x, _ = everything(task)
    np.testing.assert_array_equal(x[:, 2], [1, 0] * 4)
    np.testing.assert_array_equal(x[:, 1] + x[:, 2], 1)


@pytest.mark.parametrize("cell", ["five", "1_000", "inf", "-inf", "1e999", "12 m", "0x10", "true"])
def test_one_cell_that_is_no_number_is_named_with_its_line(write: Any, cell: str) -> None:
    said = refused(write(HOUSES + f"70,{cell},2000\n"), "price")
    assert "column 'rooms'" in said
    assert f"has {cell!r} on line 22" in said


@pytest.mark.parametrize("cell", ["", "NA", "n/a", "NaN", "null", "?"])
def test_gaps_are_refused_with_line_and_column_and_two_ways_out(write: Any, cell: str) -> None:
    path = write(HOUSES + f"70,{cell},2000\n80,3,2100\n")
    said = refused(path, "price")
    assert "column 'rooms'" in said
    assert "has a gap on line 22" in said
    assert "1 of 22 rows" in said
    assert "--gaps drop" in said
    assert "--gaps mean" in said
    task = read_csv(path, "price", gaps="drop")
    assert len(everything(task)[0]) == 21
    assert "1 of 22 rows left out because of gaps" in task.notes
    assert read_csv(path, "price", drop=["rooms"]).data.features == ("size",)


def test_gaps_are_filled_with_the_mean_of_the_rows_to_train_on(write: Any) -> None:
    path = write(HOUSES + ",3,2100\n")
    for seed in range(8):
        task = read_csv(path, "price", gaps="mean", seed=seed)
        data = task.data
        assert data.validation is not None
        assert "1 gaps filled with the means of the training rows" in task.notes
        known = data.x[data.y[:, 0] != 2100, 0]
        x, y = everything(task)
        np.testing.assert_allclose(x[y[:, 0] == 2100, 0], known.mean(), rtol=1e-14)


def test_a_gap_in_the_target_or_in_a_category_has_no_mean(write: Any) -> None:
    said = refused(write(HOUSES + "70,3,\n"), "price", gaps="mean")
    assert "column 'price'" in said
    assert "--gaps drop" in said
    assert "--gaps mean" not in said
    said = refused(write(HOUSES + "70,,1\n"), "price", gaps="mean", categorical=["rooms"])
    assert "column 'rooms'" in said


def test_an_unknown_column_is_answered_with_the_nearest(write: Any) -> None:
    path = write(HOUSES)
    for options in ({}, {"drop": ["prise"]}, {"categorical": ["prise"]}):
        target = "price" if options else "Prise"
        said = refused(path, target, UsageError, **options)
        assert "there is no column" in said
        assert "size, rooms, price" in said
        assert "'price'" in said.split("try:")[1]


def test_options_that_contradict_one_another_are_refused(write: Any) -> None:
    path = write(HOUSES)
    assert "--drop" in refused(path, "price", UsageError, drop=["price"])
    assert "--categorical" in refused(path, "price", UsageError, categorical=["price"])
    both = {"drop": ["rooms"], "categorical": ["rooms"]}
    assert "to --drop and to --categorical" in refused(path, "price", UsageError, **both)


@pytest.mark.parametrize(
    "options",
    [{"kind": "cluster"}, {"gaps": "zero"}, {"decimal": ";"}, {"separator": "|"}]
    + [{"validation_share": share} for share in (-0.1, 1, 2)],
)
def test_options_that_do_not_exist_are_refused(write: Any, options: dict[str, Any]) -> None:
    assert str(next(iter(options.values()))) in refused(
        write(HOUSES), "price", UsageError, **options
    )


REFUSED = {
    "empty": ("", "is empty"),
    "blank": ("\n\n", "is empty"),
    "no header": ("1,2\n3,4\n5,6\n7,8\n", "no header"),
    "no header, commas": ("1,5;2\n3;4\n5;6\n7;8\n", "no header"),
    "a name twice": ("x,x,y\n1,2,3\n", "two columns named 'x'"),
    "short row": ("x,y\n1,2\n3\n", "has 1 cells on line 3, and 2 column names"),
    "long row": ("x,y\n1,2\n3,4,5\n", "has 3 cells on line 3, and 2 column names"),
    "one column": ("y\n1\n2\n3\n4\n5\n", "no column to learn from"),
    "no rows": ("x,y\n", "has 0 rows of samples"),
    "few rows": ("x,y\n1,2\n3,4\n5,6\n", "has 3 rows of samples"),
    "an empty column": ("x,z,y\n" + "1,,2\n" * 9, "column 'z'"),
    "a column without a name": (",x,y\n" + "".join(f"{n},1,{n}.5\n" for n in range(9)), "column 1"),
    "one class": ("x,y\n" + "".join(f"{n},a\n" for n in range(9)), "'a' in every row"),
    "one value": ("x,y\n" + "".join(f"{n},2.5\n" for n in range(9)), "in every row"),
    "names for classes": ("x,y\n" + "".join(f"{n},name{n}\n" for n in range(9)), "9 different"),
    "a short open quote": ('x,y\n1,a\n2,"b\n3,a\n4,b\n', "line 3 that is not closed"),
    "an open quote in the header": ('x,"y\n1,2\n', "line 1 that is not closed"),
    "an open quote at the end": ('x,y\n1,2\n2,"3', "line 3 that is not closed"),
    "a huge feature": ("x,y\n" + "".join(f"{n}e300,{n}.5\n" for n in range(9)), "reaches 8e+300"),
    "a huge target": ("x,y\n" + "".join(f"{n},{n}e200\n" for n in range(9)), "'y' of"),
    "tiny differences": ("x,y\n" + "".join(f"{n}e-320,{n}.5\n" for n in range(9)), "varies by 8e"),
    "a text among numbers": (
        "x,y\n" + "".join(f"{n},{n if n != 4 else 'five'}\n" for n in range(9)),
        "'five' on line 6",
    ),
    "infinity among numbers": (
        "x,y\n" + "".join(f"{n},{n if n != 4 else 'inf'}\n" for n in range(9)),
        "1 of 9 cells are no finite numbers",
    ),
    "an open quote": ('x,y\n1,2\n"3,4\n' + "5,6\n" * 40000, "line"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_table_without_the_right_form_is_refused(write: Any, kind: str) -> None:
    text, what = REFUSED[kind]
    assert what in refused(write(text), "y")


def test_what_is_no_text_is_refused(write: Any, tmp_path: Path) -> None:
    assert "Excel workbook" in refused(write(b"PK\3\4" + bytes(30)), "y")
    assert "no text file" in refused(write(b"x,y\n1,2\0\n"), "y")
    assert "no text file" in refused(write(b"x,y\n1,\x81\x8d\n"), "y")
    assert "cannot read" in refused(tmp_path / "none.csv", "y")
    assert "cannot read" in refused(tmp_path, "y")


def test_too_many_categories_are_taken_for_identifiers(write: Any) -> None:
    path = write("id,x,y\n" + "".join(f"a{n},{n},{n}.5\n" for n in range(120)))
    said = refused(path, "y", categorical=["id"])
    assert "120 different values" in said
    assert "--drop 'id'" in said


def test_a_constant_column_is_noted(write: Any) -> None:
    task = read_csv(write("x,c,y\n" + "".join(f"{n},7,{n}.5\n" for n in range(9))), "y")
    assert "column 'c' is constant, and tells nothing" in task.notes
    assert task.data.features == ("x", "c")


def test_a_table_written_by_pandas_comes_back(tmp_path: Path) -> None:
    import pandas as pd

    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.standard_normal((50, 3)), columns=["a", "b, c", 'd "e"'])
    frame.to_csv(tmp_path / "frame.csv", index=False)
    task = read_csv(tmp_path / "frame.csv", 'd "e"')
    x, y = everything(task)
    wanted = frame.sort_values("a").to_numpy()
    np.testing.assert_array_equal(np.hstack([x, y]), wanted)


def test_texts_among_numbers_may_be_said_to_be_classes(write: Any) -> None:
    path = write("x,y\n" + "".join(f"{n},{'?!' if n % 3 else n % 2}\n" for n in range(12)))
    assert read_csv(path, "y").kind == "classification"  # most are texts
    path = write("x,y\n" + "".join(f"{n},{n % 2 if n % 4 else 'none'}\n" for n in range(12)))
    assert "--kind classification" in refused(path, "y")
    assert read_csv(path, "y", kind="classification").classes == ("0", "1", "none")


def test_a_quoted_cell_may_have_several_lines(write: Any) -> None:
    path = write("x,kind\n" + "".join(f'{n},"two\nlines"\n{n},one\n' for n in range(6)))
    assert read_csv(path, "kind").classes == ("one", "two\nlines")

"""The rules of the architecture."""

import ast
import importlib
import itertools
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rnn_core.errors import UserError
from rnn_core.run_spec import RunSpec
from rnn_core.runs.store.store import Store
from tests.conftest import tiny_spec

ROOT = Path(__file__).parents[1]
CORE = sorted(path for path in (ROOT / "rnn_core").rglob("*.py") if path.name != "use.py")  # that leaves the project in a zip
PAGES = [ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py"))]


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def offenders(paths, *roots: str) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}: {name}"
        for path in paths
        for name in imported(path)
        if any(name == root or name.startswith(root + ".") for root in roots)
    ]


def test_only_training_imports_tensorflow():
    outside = [path for path in CORE if (ROOT / "rnn_core" / "training") not in path.parents]
    assert offenders([*outside, *PAGES], "tensorflow", "keras") == []


def test_pages_do_not_import_training_or_start_processes():
    assert offenders(PAGES, "rnn_core.training", "rnn_core.runs.engine.worker", "subprocess", "multiprocessing") == []


def test_core_knows_no_streamlit():
    assert offenders(CORE, "streamlit", "pages") == []


def test_tensorflow_is_not_loaded_by_any_page(home):
    """In another process: after every page has run, TensorFlow must not be imported."""
    script = """
import sys
from streamlit.testing.v1 import AppTest
from pages.parts.shell.frame import pages
at = AppTest.from_file("app.py", default_timeout=60).run()
for page in pages()[1:]:
    assert not at.exception, at.exception
    at.switch_page(page.file).run()
assert not at.exception, at.exception
loaded = {"tensorflow", "keras"} & set(sys.modules)
assert not loaded, loaded
print("pages", len(pages()))
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "pages 10" in done.stdout


def test_a_spec_is_checked_in_one_place_whoever_sends_it(capsys, tmp_path):
    from rnn_core.cli.main import main

    sentence = "Units must be a whole number from 1 to 2,048; it is 5000."
    good = tiny_spec()
    with pytest.raises(UserError, match=sentence):
        RunSpec.from_options(units=5000)  # widgets
    with pytest.raises(UserError, match=sentence):
        RunSpec.from_short(good.to_short().replace("layer-gru-16", "layer-gru-5000"))  # a link
    with pytest.raises(UserError, match=sentence):
        RunSpec.from_json(good.to_json().replace('"units": 16', '"units": 5000'))  # a file
    assert main(["train", "--units", "5000"]) == 2  # the command line
    assert sentence in capsys.readouterr().err


def test_nothing_is_kept_in_a_pages_memory(store, settings, data_dir):
    """What a server shares among sessions is opened again from the store: two stores over one home see the same run."""
    from rnn_core import settings as settings_of
    from rnn_core.runs.submit import submit

    run = submit(tiny_spec(), store, settings_of.load())
    fresh = Store(settings.home)
    assert (fresh.runs.get(run), fresh.runs.spec(run)) == (store.runs.get(run), tiny_spec())


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_page_module_holds_something_that_runs_could_be_put_into(path):
    """At module level only constants: no empty container, no call that makes one, no `global`."""
    for node in ast.walk(tree := ast.parse(path.read_text(encoding="utf-8"))):
        assert not isinstance(node, ast.Global), f"{path.name}:{node.lineno}"
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node not in tree.body:
            continue
        value = node.value
        empty = isinstance(value, ast.List | ast.Dict) and not (getattr(value, "elts", None) or getattr(value, "keys", None))
        made = isinstance(value, ast.Call) and ast.unparse(value.func) in ("set", "dict", "list", "defaultdict", "deque", "Queue")
        assert not empty and not made, f"{path.name}:{node.lineno}: {ast.unparse(node)}"


def test_only_the_lab_and_what_was_read_from_disk_is_shared_among_sessions():
    """All are caches: the lab opens store and engine, networks are read from a run's weights, reviews and series from the data."""
    sharing = [
        str(path.relative_to(ROOT / "pages" / "parts")) for path in PAGES if "cache_resource" in path.read_text(encoding="utf-8")
    ]
    assert sharing == [
        "inside/networks.py",
        "run/weights.py",
        "shell/services.py",
        *(
            f"tasks/{name}.py"
            for name in (
                "reviews/data",
                "reviews/run_data",
                "series/data",
                "series/try_it",
                "text/corpus",
                "text/try_it",
            )
        ),
    ]


KEYS = ROOT / "pages" / "parts" / "shell" / "session.py"


@pytest.mark.parametrize("path", [path for path in PAGES if path != KEYS], ids=lambda path: path.name)
def test_session_state_is_reached_through_its_table_of_keys_alone(path):
    """No other file names `session_state`, and each `key=` is the name of a key in the table; a container's is its CSS class."""
    given = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        assert "session_state" not in [getattr(node, field, None) for field in ("id", "attr", "name")], f"{path.name}:{node.lineno}"
        if isinstance(node, ast.Call) and ast.unparse(node.func) != "st.container":
            given += [keyword.value for keyword in node.keywords if keyword.arg == "key"]
        elif isinstance(node, ast.Dict):
            given += [value for key, value in zip(node.keys, node.values, strict=True) if key and ast.unparse(key) == "'key'"]
    for value in given:
        of_table = isinstance(value, ast.Attribute) and value.attr == "name"
        assert of_table or isinstance(value, ast.Lambda), f"{path.name}:{value.lineno}: key={ast.unparse(value)}"


def test_every_key_has_a_namespace_and_is_no_other_keys():
    from pages.parts.shell.session import Key, KeyFamily

    names = [
        key.name for key in vars(importlib.import_module("pages.parts.shell.session")).values() if isinstance(key, Key | KeyFamily)
    ]
    assert len(names) > 50 and [name for name in names if not re.fullmatch(r"[a-z]+\.[a-z_]+(\.%s)*|[a-z]+(\.%s)+", name)] == []
    for one, other in itertools.permutations(names, 2):
        assert not re.fullmatch(re.escape(one).replace("%s", ".+"), other), f"{one} makes {other}"


ROOMS = (
    "errors", "settings", "cells", "spec", "data", "nn", "estimate", "tasks", "run_spec", "presets", "training", "runs", "export", "lessons",
    "cli",
)  # fmt: skip


def test_a_room_imports_only_from_rooms_above_it():
    def room(module: str) -> str:
        return module.split(".")[1]

    assert set(ROOMS) == {path.stem for path in (ROOT / "rnn_core").iterdir() if not path.name.startswith("__")}
    wrong = []
    for path in CORE:
        own = path.relative_to(ROOT / "rnn_core").parts[0].removesuffix(".py")
        modules = {name for name in imported(path) if name.startswith("rnn_core.")}
        wrong += [f"{own} imports {name}" for name in modules if own in ROOMS and ROOMS.index(room(name)) > ROOMS.index(own)]
    assert wrong == []


NAME_A_TASK = {  # besides the folders of the tasks, in `rnn_core` and among the parts of pages
    "rnn_core/tasks/task.py",  # the registry
    "rnn_core/data/labelled.py",  # a column of a table is called text
    "pages/1_text.py", "pages/2_digits.py", "pages/3_reviews.py", "pages/4_series.py", "pages/5_memory.py",
}  # fmt: skip


def test_no_other_file_names_a_task_or_imports_its_modules():
    from rnn_core.tasks.task import task_names

    found, modules = set(), tuple(f"{room}.tasks.{task}" for room in ("rnn_core", "pages.parts") for task in task_names())
    for path in [*CORE, *PAGES]:
        name = path.relative_to(ROOT).as_posix()
        own = name.startswith(tuple(f"{folder}/tasks/{task}/" for folder in ("rnn_core", "pages/parts") for task in task_names()))
        if not own:
            assert [module for module in imported(path) if module.startswith(modules)] == [], name
        constants = {node.value for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Constant)}
        if not own and constants & set(task_names()):
            found.add(name)
    assert found <= NAME_A_TASK, found - NAME_A_TASK


def test_a_style_is_added_to_a_page_by_one_function():
    """Streamlit puts HTML that is nothing but a style where toasts are, and the toast of a fragment replaces it."""
    alone = re.compile(r"st\.html\((f?\"<style|_?STYLE|_?CSS|Path)")
    found = [path for path in (ROOT / "app.py", *(ROOT / "pages").rglob("*.py")) if alone.search(path.read_text(encoding="utf-8"))]
    assert found == []

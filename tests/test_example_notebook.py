"""The example notebook runs from end to end, shows what it says, and is committed as it was written."""

import json
import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "examples" / "laionet.ipynb"

#: What the output of a cell must show, by the cell's id.
SHOWN = {
    "classes": ["1,000 classes, 1,824 lemmas", "Tinca tinca"],
    "match": ["Border collie", "golden retriever"],
    "build": ["captions of the example", "566", "without a lemma of any class"],
    "threshold": ["At threshold 0.50", "Classes covered"],
    "dataset": ["of 1,000 classes", "Chocolate ice cream in a waffle cone", "How it was made"],
    "dataset-far": ["0.50"],
    "compare": ["top-1 accuracy of 4 classifiers", "similarity within a class, cosine", "a clear difference"],
    "independence": ["Do pictures of one caption depend on who chose them?", "<svg"],
    "frontier": ["Does putting the picture into the choice make pictures more alike?", "<svg"],
    "report": ["What was built.", "How it differs.", 'href="./out/comparison/report/index.html"'],
}


@pytest.fixture
def cells():
    return json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]


def test_the_notebook_is_committed_without_outputs(cells):
    document = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert (document["nbformat"], document["nbformat_minor"]) == (4, 5)
    assert set(document["metadata"]) == {"kernelspec", "language_info"}
    assert document["metadata"]["language_info"] == {"name": "python"}
    for cell in cells:
        assert cell["metadata"] == {}
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None)


def test_cells_have_ids_that_say_what_they_are(cells):
    ids = [cell["id"] for cell in cells]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", one) for one in ids)
    assert set(SHOWN) <= set(ids)


@pytest.mark.slow
def test_the_notebook_runs_and_shows_its_results(tmp_path, monkeypatch):
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    for name in (
        "JUPYTER_RUNTIME_DIR",
        "JUPYTER_DATA_DIR",
        "IPYTHONDIR",
    ):  # no kernel or profile of the home folder
        monkeypatch.setenv(name, str(tmp_path / "jupyter"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    here = tmp_path / "examples"
    here.mkdir()
    shutil.copy(ROOT / "examples" / "captions.tsv", here)
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    where = {"metadata": {"path": str(here)}}
    client = nbclient.NotebookClient(notebook, kernel_name="python3", timeout=500, resources=where)
    client.execute()
    shown = {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
    for name, wanted in SHOWN.items():
        text = "".join(rich(output) for output in shown[name])
        for part in wanted:
            assert part in text, (name, part)
    assert not [output for outputs in shown.values() for output in outputs if output.get("name") == "stderr"]
    assert len([output for output in shown["pictures"] if "image/png" in output.get("data", {})]) == 2
    assert (here / "out" / "comparison" / "report" / "index.html").is_file()


def rich(output):
    data = output.get("data", {})
    return next((data[kind] for kind in ("text/html", "image/svg+xml") if kind in data), "")

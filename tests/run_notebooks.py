"""Runs notebooks in place, each in a fresh kernel, and stores what nbval will compare."""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

KEPT = {"tags"}


def run(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": path.parent}}
    )
    client.execute()
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
        cell.metadata = {k: v for k, v in cell.metadata.items() if k in KEPT}
    notebook.metadata = {
        "kernelspec": {
            "display_name": "Python 3 (ipykernel)",
            "language": "python",
            "name": "python3",
        },
        "language_info": {"name": "python"},
    }
    nbformat.write(notebook, path)


if __name__ == "__main__":
    for notebook_path in sorted(Path(sys.argv[1]).glob("*.ipynb")):
        print(notebook_path)
        run(notebook_path)

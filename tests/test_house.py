"""The rules of the house, held by the code itself."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("index", "recommender", "service")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", [*MODULES, *sorted((ROOT / "tests").glob("*.py"))], ids=name_of)
def test_no_file_is_longer_than_300_lines(path: Path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_states_its_rule_in_three_sentences(package: str):
    doc = ast.get_docstring(ast.parse((ROOT / package / "__init__.py").read_text(encoding="utf-8")))
    assert doc is not None
    assert sum(line.count(". ") + line.endswith(".") for line in doc.splitlines()) in (3, 4)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_name_is_imported_never_the_index_package_itself(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert not imported & set(PACKAGES)
    assigned = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    assert "index" not in assigned


def test_a_web_worker_imports_no_model():
    code = "import sys, service.wsgi; print(sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for unwanted in ("torch", "transformers", "sentence_transformers", "rich"):
        assert f"'{unwanted}'" not in loaded


def test_no_test_folder_shadows_a_package():
    assert not (ROOT / "tests" / "__init__.py").exists()

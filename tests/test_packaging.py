"""What is shipped works without the repository: the sdist, the wheel made from it, the demo run from that."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]

# One worker builds once for all tests of this file.
pytestmark = pytest.mark.xdist_group("packaging")


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command away from the repository; its standard output."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel built from that sdist alone."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    return folder


def one(folder: Path, pattern: str) -> Path:
    (path,) = folder.glob(pattern)
    return path


def needed(name: str, extras: frozenset[str], found: dict[str, Distribution]) -> None:
    """Add to ``found`` the distribution and everything it requires on this machine, without other extras."""
    dist = distribution(name)
    found[name] = dist
    for text in dist.requires or []:
        requirement = Requirement(text)
        marker = requirement.marker
        wanted = marker is None or any(marker.evaluate({"extra": extra}) for extra in extras | {""})
        if wanted and requirement.name not in found:
            needed(requirement.name, frozenset(requirement.extras), found)


def link_dependencies(site: Path) -> None:
    """Put links to the declared dependencies, and to nothing else, into an environment's packages.

    So the test needs no network, and fails if the package imports what it does not declare.
    """
    found: dict[str, Distribution] = {}
    needed("segmentry", frozenset(), found)
    del found["segmentry"]
    for dist in found.values():
        for name in {file.parts[0] for file in dist.files or []} - {"..", "__pycache__"}:
            target = Path(str(dist.locate_file(name)))
            if not (site / name).exists():
                (site / name).symlink_to(target)


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts folder of a fresh environment that holds the wheel and its declared dependencies."""
    home = tmp_path_factory.mktemp("fresh")
    venv.create(home, with_pip=False)
    bin_folder = home / ("Scripts" if os.name == "nt" else "bin")
    python = bin_folder / "python"
    wheel = one(built, "*.whl")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--no-deps"]
    run(*pip, wheel, cwd=home)
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    link_dependencies(Path(run(python, "-c", code, cwd=home).strip()))
    return bin_folder


def test_the_wheel_holds_one_package_and_its_data(built: Path) -> None:
    names = set(zipfile.ZipFile(one(built, "*.whl")).namelist())
    top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {"segmentry"}
    assert "segmentry/__init__.py" not in names
    expected = {
        "cli.py",
        "engine/__init__.py",
        "engine/py.typed",
        "personas/__init__.py",
        "personas/py.typed",
    }
    expected |= {"rules/starter/segmentry.yaml", "templates/brief.md.j2"}
    assert {f"segmentry/{name}" for name in expected} <= names


def test_the_sdist_holds_the_real_folders(built: Path) -> None:
    with tarfile.open(one(built, "*.tar.gz")) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    assert {"pyproject.toml", "LICENSE", "README.md", "CHANGELOG.md", "cli.py", "engine/__init__.py"} <= names
    assert "tests/test_packaging.py" in names
    assert not {name for name in names if name.startswith((".dev", ".venv", "bench/"))}


def test_the_demo_runs_from_the_installed_wheel(installed: Path, tmp_path: Path) -> None:
    where = run(installed / "python", "-c", "import segmentry.cli as c; print(c.__file__)", cwd=tmp_path)
    assert str(ROOT) not in where
    run(installed / "segmentry", "demo", "shop", cwd=tmp_path)
    shop = tmp_path / "shop"
    for file in ("segmentry.yaml", "rules/traits.yaml", "out/memberships.parquet", "out/run.json"):
        assert (shop / file).is_file(), file
    assert list((shop / "briefs").rglob("*.md")), "the demo writes briefs"

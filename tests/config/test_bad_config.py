"""Every wrong configuration in tests/bad_config gets exactly the message that lies beside it."""

from pathlib import Path

import pytest
from config.landscape import AGENCY, loaded, write

FOLDER = Path(__file__).parent.parent / "bad_config"
CASES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
PLACES = {"monitor": "monitor.yaml", "programme": "programmes/emc.yaml", "web": "web.yaml"}


def place_of(case: str) -> str:
    return PLACES.get(case.partition("-")[0], "agencies/ha-noi.yaml")


@pytest.mark.parametrize("case", CASES)
def test_message_is_the_one_beside_the_file(case: str, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"agencies/hue.yaml": AGENCY.replace("ha-noi", "hue").replace("Hà Nội", "Huế")}
    if case.startswith("web-"):
        files["monitor.yaml"] = "web: {config_file: web.yaml}\n"
    write(tmp_path, files | {place_of(case): (FOLDER / f"{case}.yaml").read_bytes()})

    found = loaded(tmp_path)

    assert "\n".join(map(str, found.problems)) + "\n" == (FOLDER / f"{case}.txt").read_text("utf-8")
    assert found.inventory is None


def test_every_file_has_its_message_and_no_message_is_left_over() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.txt")) == CASES
    assert len(CASES) >= 60


def test_no_message_repeats_a_password() -> None:
    assert not [path.name for path in FOLDER.glob("*.txt") if "hunter2" in path.read_text("utf-8")]

"""The modules beside the tests can be imported, by them and as plugins."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _beside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parent)

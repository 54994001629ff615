"""What the launcher has done before it serves: catalogue and demonstration in one go, again and again."""

import pytest
import typer

from jsrs_portal.cli import catalog
from jsrs_portal.models.cases import Case
from jsrs_portal.models.catalog import Matter
from jsrs_portal.settings import get_settings
from tests.services.operator import jsrs
from tests.services.world import rows


async def test_the_catalogue_and_then_the_demonstration_are_loaded_once(database):
    first = await jsrs("prepare")
    assert (first.code, "已装入演示数据" in first.text) == (0, True)
    assert first.text.index("事项目录") < first.text.index("演示数据")
    matters, cases = len(await rows(Matter)), len(await rows(Case))
    assert matters > 20
    assert cases > 3, "the demonstration's applications need the catalogue"
    again = await jsrs("prepare")
    assert "目录没有变化" in again.text
    assert "演示数据已存在" in again.text
    assert (len(await rows(Matter)), len(await rows(Case))) == (matters, cases)


@pytest.mark.parametrize("fault", [typer.Exit(1), OSError("the disk")])
async def test_a_catalogue_with_a_mistake_does_not_stop_the_start(database, monkeypatch, fault: Exception):
    await jsrs("prepare")

    def fails(_folder: object) -> None:
        raise fault

    monkeypatch.setattr(catalog, "load", fails)
    found = await jsrs("prepare")
    assert (found.code, "演示数据已存在" in found.text) == (0, True)


async def test_production_gets_no_demonstration(database, monkeypatch):
    settings = get_settings().model_copy(update={"environment": "production"})
    monkeypatch.setattr("jsrs_portal.cli.database.get_settings", lambda: settings)
    found = await jsrs("prepare")
    assert (found.code, "演示" in found.text) == (0, False)
    assert not await rows(Case)

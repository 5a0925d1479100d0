"""What a form sends back is what was typed."""

import re

import pytest

pytest.importorskip("fastapi")

from starlette.testclient import TestClient

from web_client import open_client


@pytest.fixture(scope="module")
def visitor() -> TestClient:
    return open_client()


def test_a_value_in_a_form_keeps_its_plain_spaces(visitor: TestClient) -> None:
    page = visitor.get("/study", params={"from": "startup", "horizon": "12 months"}).text
    assert 'name="horizon" value="12 months"' in page
    sent = re.findall(r'(?:value|placeholder)="([^"]*)"', page)
    assert len(sent) > 20
    assert not [value for value in sent if "\u00a0" in value]

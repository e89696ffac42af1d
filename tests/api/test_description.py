"""The description of the interface, for programs and for people, and the figures."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from events import number
from planner.database import Database
from planner.settings import Settings
from tests.api.conftest import Program
from tests.conftest import application


@pytest.fixture
def browser(sqlite_database: Database, settings: Settings) -> TestClient[Litestar]:
    """Somebody without a token."""
    return TestClient(application(settings, sqlite_database), base_url=settings.base_url)


def test_every_call_says_what_it_takes_gives_and_how_it_refuses(browser: TestClient[Litestar]) -> None:
    described = browser.get("/schema/openapi.json").json()
    objects = described["components"]["schemas"]
    assert all(path.startswith("/api/v1/") for path in described["paths"])
    for path, item in described["paths"].items():
        for method, operation in item.items():
            assert operation["description"], path
            assert operation["security"] == [{"token": []}]
            for part in operation["responses"].get("200", {}).get("content", {}).values():
                assert part["schema"]["$ref"].rpartition("/")[2] in objects
            assert "application/problem+json" in operation["responses"]["default"]["content"]
            if method in ("patch", "put"):
                schema = operation["requestBody"]["content"]["application/json"]["schema"]
                assert objects[schema["$ref"].rpartition("/")[2]]["properties"]
    assert "PageOfGatheringView" in objects
    assert set(objects["GatheringView"]["properties"]) >= {"id", "slug", "counts", "sequence", "ics_url"}
    assert described["paths"]["/api/v1/gatherings/{gathering_id}/cancel"]["post"]["requestBody"] == {
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Reason"}}},
        "required": False,
    }


def test_the_page_of_the_calls_needs_nothing_from_elsewhere(browser: TestClient[Litestar]) -> None:
    page = browser.get("/schema").text
    assert "POST /api/v1/gatherings" in page
    assert not re.search(r"(src|href)=\"(https?:)?//", page)
    assert not re.search(r"<style|<script>|<[^>]* (style|on\w+)=", page)
    for anchor in re.findall(r'href="#(object-[^"]+)"', page):
        assert f'id="{anchor}"' in page


def figures(database: Database, settings: Settings, host: str, **headers: str) -> httpx.Response:
    """What `/metrics` says to somebody at that address."""
    transport = httpx.ASGITransport(application(settings, database), client=(host, 5))  # type: ignore[arg-type]
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url=settings.base_url) as client:
            return await client.get("/metrics", headers=named)

    return asyncio.run(ask())


def test_the_figures_are_for_this_machine_alone(sqlite_database: Database, settings: Settings) -> None:
    assert figures(sqlite_database, settings, "127.0.0.1").status_code == 200
    assert figures(sqlite_database, settings, "192.0.2.7").status_code == 403
    assert figures(sqlite_database, settings, "127.0.0.1", X_Forwarded_For="192.0.2.7").status_code == 403


def test_with_a_token_the_figures_are_for_whoever_has_it(sqlite_database: Database) -> None:
    settings = Settings(secret_keys=("a" * 40,), metrics_token="figures")
    for host in ("127.0.0.1", "192.0.2.7"):
        assert figures(sqlite_database, settings, host).status_code == 401
        for token, status in (("Bearer figure", 401), ("Bearer figures", 200)):
            assert figures(sqlite_database, settings, host, Authorization=token).status_code == status


def test_the_figures_count_answers_whichever_process_took_them(
    program: Program, database: Database, settings: Settings
) -> None:
    gathering = program.gathering()
    for many, invitation in enumerate(program.invite(gathering, 2), start=1):
        program.answer(invitation, "accepted")
        with database.bookkeeping() as session:
            number(session)
        for _again in range(2):
            said = figures(database, settings, "127.0.0.1").text
            assert f'planner_answers_total{{answer="accepted",source="desk"}} {many}.0' in said
    for name in ("planner_dead_letters", "planner_http_request_duration_seconds", "planner_messages"):
        assert f"# TYPE {name} " in said
    assert said.count("# TYPE planner_answers_total") == 1

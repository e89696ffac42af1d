"""An `Idempotency-Key` makes the repeat of a POST harmless."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import time_machine

from planner.database import utc_now
from tests.api.conftest import SOUP_NIGHT, Program


def test_a_repeat_gets_the_first_answer_and_makes_nothing(program: Program) -> None:
    first = program.ask("POST", "/gatherings", SOUP_NIGHT, Idempotency_Key="one")
    again = program.ask("POST", "/gatherings", SOUP_NIGHT, Idempotency_Key="one")
    assert (again.status_code, again.content) == (201, first.content)
    assert program.ask("POST", "/gatherings", SOUP_NIGHT, Idempotency_Key="two").content != first.content
    assert len(program.do("GET", "/gatherings")["items"]) == 2


def test_the_same_key_with_another_request_is_a_422(program: Program, stranger: Program) -> None:
    gathering = program.do("POST", "/gatherings", SOUP_NIGHT, Idempotency_Key="one")
    for path, body in [
        ("/gatherings", SOUP_NIGHT | {"title": "Other"}),
        (f"/gatherings/{gathering['id']}/publish", None),
    ]:
        answer = program.ask("POST", path, body, Idempotency_Key="one")
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == ["Idempotency-Key"]
    assert stranger.ask("POST", "/gatherings", SOUP_NIGHT, Idempotency_Key="one").status_code == 201
    assert len(program.do("GET", "/gatherings")["items"]) == 1


def test_a_refused_request_leaves_the_key_free(program: Program) -> None:
    assert program.ask("POST", "/gatherings", {}, Idempotency_Key="one").status_code == 422
    assert program.ask("POST", "/gatherings", SOUP_NIGHT, Idempotency_Key="one").status_code == 201


def test_the_key_is_forgotten_after_a_day(program: Program) -> None:
    program.do("POST", "/gatherings", SOUP_NIGHT, Idempotency_Key="one")
    with time_machine.travel(utc_now() + timedelta(hours=24, seconds=1)):
        assert program.ask("POST", "/gatherings", {}, Idempotency_Key="one").status_code == 422
        program.do("POST", "/gatherings", SOUP_NIGHT, Idempotency_Key="one")
    assert len(program.do("GET", "/gatherings")["items"]) == 2


def test_of_many_at_once_one_is_done_and_all_get_its_answer(program: Program) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: program.ask("POST", "/gatherings", SOUP_NIGHT, Idempotency_Key="one"), range(16))
        )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len(program.do("GET", "/gatherings")["items"]) == 1


def test_a_key_that_cannot_be_one_is_a_422(program: Program) -> None:
    for key in ("", "x" * 256, "a\tb"):
        assert program.ask("POST", "/gatherings", SOUP_NIGHT, Idempotency_Key=key).status_code == 422

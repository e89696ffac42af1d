"""Who may thank whom, who reads it, and what is never told of the feedback."""

from __future__ import annotations

import threading
import uuid

import pytest
import sqlalchemy as sa

from events.log import LogEntry
from planner.appreciation import actions, queries
from planner.appreciation.actions import DidNotCome, NothingToPassOn, NotYetHeld, ThankedALot
from planner.appreciation.models import Appreciation
from planner.database import Database
from planner.errors import Invalid, NotFound
from planner.feedback.actions import AlreadyGiven
from planner.feedback.models import Feedback
from planner.feedback.queries import Summary, helpers, summary
from planner.invitations.models import Invitation
from tests.afterwards.conftest import STEPS, Evening, made


def wall(evening: Evening) -> list[str]:
    with evening.database.reading() as session:
        return [note.words for note in queries.wall(session, evening.gathering_id)]


def readable(evening: Evening, account_id: uuid.UUID) -> list[str]:
    with evening.database.reading() as session:
        return [note.words for note in queries.notes(session, evening.gathering_id, account_id)]


def read(evening: Evening) -> Summary:
    with evening.database.reading() as session:
        return summary(session, evening.gathering_id)


def account_of(evening: Evening) -> str:
    return f"account:{evening.owner.account_id}"


# Thanks


def test_thanks_begin_when_it_was_held(database: Database) -> None:
    evening = made(database, held=False)
    with pytest.raises(NotYetHeld):
        evening.thank(evening.okafor, "everyone")
    with pytest.raises(NotYetHeld):
        evening.answer(evening.okafor)


def test_who_said_no_neither_thanks_nor_answers(evening: Evening) -> None:
    with pytest.raises(DidNotCome):
        evening.thank(evening.silva, "everyone")
    with pytest.raises(DidNotCome):
        evening.answer(evening.silva)


def test_no_household_is_offered_to_another(evening: Evening) -> None:
    with evening.database.reading() as session:
        offered = queries.thankable(session, session.get_one(Invitation, evening.okafor))
    assert [one.words for one in offered] == [
        "Everyone",
        "Hanna Brandt, Family coordinator",
        "Ji-woo Kim, Speech therapist",
        "Somebody else: write the name below",
    ]
    with pytest.raises(Invalid, match="whom you thank"):
        evening.thank(evening.okafor, f"invitation:{evening.others[0]}")


def test_nobody_thanks_themselves(evening: Evening) -> None:
    with pytest.raises(Invalid):
        evening.thank(evening.kim, f"invitation:{evening.kim}")


def test_thanks_to_everyone_hang_on_the_wall_at_once_where_the_writer_shares_them(evening: Evening) -> None:
    evening.thank(evening.okafor, "everyone", "For the pace of the smallest", shared=True)
    evening.thank(evening.okafor, "everyone", "Only you should know")
    assert wall(evening) == ["For the pace of the smallest"]


def test_thanks_to_one_wait_for_both_to_agree(evening: Evening) -> None:
    note = evening.thank(evening.okafor, f"invitation:{evening.kim}", shared=True)
    assert wall(evening) == []
    evening.agree(evening.kim, note)
    assert wall(evening) == ["For the soup"]
    evening.agree(evening.kim, note, shown=False)
    assert wall(evening) == []


def test_what_the_writer_keeps_private_cannot_be_shown(evening: Evening) -> None:
    note = evening.thank(evening.okafor, f"invitation:{evening.kim}")
    with pytest.raises(NotFound):
        evening.agree(evening.kim, note)
    assert wall(evening) == []


def test_only_the_one_who_is_thanked_can_agree(evening: Evening) -> None:
    note = evening.thank(evening.okafor, f"invitation:{evening.kim}", shared=True)
    with pytest.raises(NotFound):
        evening.agree(evening.others[0], note)


def test_a_coordinator_does_not_read_what_is_between_two_others(evening: Evening) -> None:
    private = evening.thank(evening.okafor, f"invitation:{evening.kim}", "Between us")
    evening.thank(evening.okafor, account_of(evening), "For you, Hanna")
    evening.thank(evening.okafor, "other", "For Folake's voice", to_name="Folake")
    assert sorted(readable(evening, evening.owner.account_id)) == ["For Folake's voice", "For you, Hanna"]
    assert readable(evening, uuid.uuid4()) == ["For Folake's voice"]
    with pytest.raises(NotFound):
        evening.decide(private, actions.hide, "Nosy", evening.owner)
    with evening.database.reading() as session:
        assert queries.number_between_two(session, evening.gathering_id) == 2


def test_hidden_thanks_leave_the_wall_and_the_reason_stays(evening: Evening) -> None:
    note = evening.thank(evening.okafor, "everyone", shared=True)
    with pytest.raises(Invalid):
        evening.decide(note, actions.hide, " ", evening.owner)
    evening.decide(note, actions.hide, "It names a child's illness", evening.owner)
    evening.decide(note, actions.hide, "Another reason", evening.owner)
    hidden = evening.note(note)
    assert wall(evening) == []
    assert (hidden.hidden_by, hidden.hidden_reason) == (evening.owner.account_id, "It names a child's illness")
    assert len(evening.house.log("AppreciationHidden")) == 1
    evening.decide(note, lambda _session, _gathering, found: actions.show_again(found))
    assert wall(evening) == ["For the soup"]
    assert evening.note(note).hidden_reason == "It names a child's illness"


def test_a_written_name_is_passed_on_to_a_party_that_came(evening: Evening) -> None:
    note = evening.thank(evening.okafor, "other", to_name="Folake", shared=True)
    first, second, *_rest = evening.others
    with pytest.raises(Invalid):
        evening.decide(note, actions.pass_on, str(evening.silva), actor="account:x")
    evening.decide(note, actions.pass_on, str(first), actor="account:x")
    with evening.database.reading() as session:
        assert [one.words for one in queries.received(session, first)] == ["For the soup"]
    assert [given["appreciation_id"] for given in evening.house.log("AppreciationGiven")] == [str(note)] * 2
    evening.agree(first, note)
    assert wall(evening) == ["For the soup"]
    evening.decide(note, actions.pass_on, str(first), actor="account:x")
    with pytest.raises(NothingToPassOn):
        evening.decide(note, actions.pass_on, str(second), actor="account:x")


def test_what_is_hidden_is_not_passed_on(evening: Evening) -> None:
    note = evening.thank(evening.okafor, "other", to_name="Folake")
    evening.decide(note, actions.hide, "Unkind", evening.owner)
    with pytest.raises(NothingToPassOn):
        evening.decide(note, actions.pass_on, str(evening.others[0]), actor="account:x")


def test_the_same_thanks_sent_twice_are_one(evening: Evening) -> None:
    first = evening.thank(evening.okafor, "other", to_name="Folake")
    assert evening.thank(evening.okafor, "other", to_name="Folake") == first
    assert len(evening.house.log("AppreciationGiven")) == 1


def test_two_presses_at_once_are_one_thank_you(evening: Evening) -> None:
    presses = [
        threading.Thread(target=evening.thank, args=(evening.okafor, f"invitation:{evening.kim}"))
        for _ in range(6)
    ]
    for press in presses:
        press.start()
    for press in presses:
        press.join()
    assert len(evening.house.log("AppreciationGiven")) == 1


def test_a_party_thanks_ten_times_at_most(evening: Evening) -> None:
    for number in range(10):
        evening.thank(evening.okafor, "everyone", f"Thanks {number}")
    with pytest.raises(ThankedALot):
        evening.thank(evening.okafor, "everyone", "And more")
    evening.thank(evening.kim, "everyone", "From another")


def test_too_many_words_are_refused_at_their_field(evening: Evening) -> None:
    with pytest.raises(Invalid) as refused:
        evening.thank(evening.okafor, "other", "x" * 2001)
    assert {error.field for error in refused.value.errors} == {"words", "to_name"}
    evening.thank(evening.okafor, "everyone", "x" * 2000)


def test_professionals_who_came_and_were_not_thanked_are_named(evening: Evening) -> None:
    def not_thanked() -> list[uuid.UUID]:
        with evening.database.reading() as session:
            return [one.id for one in queries.not_thanked(session, evening.gathering_id)]

    assert not_thanked() == [evening.kim]
    with evening.database.writing() as session:
        note = actions.thank_from_desk(
            *(session, evening.gathering(), evening.owner.account, str(evening.kim), "For staying on"),
            shared=False,
            actor=evening.owner.actor,
        )
        assert (note.from_name, note.to_invitation_id) == ("Hanna Brandt", evening.kim)
    assert not_thanked() == []


# Feedback


def test_below_five_answers_nothing_but_their_number_is_told(evening: Evening) -> None:
    for party in (evening.okafor, *evening.others[:3]):
        evening.answer(party, went_well="The songs", better="A ramp", could_help=True, helper_name="Ana")
    said = read(evening)
    assert said == Summary(answers=4)
    assert not said.is_shown
    with evening.database.reading() as session:
        assert helpers(session, evening.gathering_id) == []


def test_from_five_answers_on_it_is_counted_and_read_without_names(evening: Evening) -> None:
    for party in evening.others:
        evening.answer(party)
    evening.answer(evening.okafor, steps={"welcome": 0}, better="A ramp", could_help=True, helper_name="Ana")
    said = read(evening)
    assert said.answers == 6
    assert said.counts is not None
    assert said.counts["welcome"] == [1, 0, 0, 5]
    assert said.counts["on_time"] == [0, 0, 5, 0]
    assert said.better is not None
    assert [(idea.words, idea.could_help) for idea in said.better] == [("A ramp", True)]
    assert "Ana" not in repr(said)
    with evening.database.reading() as session:
        assert helpers(session, evening.gathering_id) == [("Ana", "A ramp")]


def test_a_party_answers_once(evening: Evening) -> None:
    evening.answer(evening.okafor)
    with pytest.raises(AlreadyGiven):
        evening.answer(evening.okafor)
    assert read(evening).answers == 1


def test_of_six_presses_at_once_one_counts(evening: Evening) -> None:
    refused = []

    def press() -> None:
        try:
            evening.answer(evening.okafor)
        except AlreadyGiven:
            refused.append(True)

    presses = [threading.Thread(target=press) for _ in range(6)]
    for one in presses:
        one.start()
    for one in presses:
        one.join()
    assert len(refused) == 5
    assert read(evening).answers == 1


def test_neither_the_answers_nor_the_log_tell_who_gave_them(evening: Evening) -> None:
    evening.answer(evening.okafor, better="A ramp")
    with evening.database.reading() as session:
        kept = session.scalars(sa.select(Feedback)).one()
        told = session.scalars(sa.select(LogEntry).where(LogEntry.type == "FeedbackGiven")).one()
    columns = {column.name for column in Feedback.__table__.columns}
    assert columns == {"id", "gathering_id", *STEPS, "went_well", "better", "could_help", "helper_name"}
    assert kept.id.version == 4
    assert told.actor is None
    assert str(evening.okafor) not in str(told.data)


def test_a_name_is_kept_only_of_those_who_offer_help(evening: Evening) -> None:
    evening.answer(evening.okafor, helper_name="Ana")
    with evening.database.reading() as session:
        assert session.scalars(sa.select(Feedback.helper_name)).one() == ""


def test_an_empty_form_is_given_back(evening: Evening) -> None:
    with pytest.raises(Invalid):
        evening.answer(evening.okafor, steps={})
    with pytest.raises(Invalid):
        evening.answer(evening.okafor, steps={"welcome": 4})
    with evening.database.reading() as session:
        assert not session.get_one(Invitation, evening.okafor).gave_feedback
        assert session.scalar(sa.select(sa.func.count()).select_from(Appreciation)) == 0

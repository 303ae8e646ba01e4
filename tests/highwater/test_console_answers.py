"""The console answers its page with what the API says, and with one sentence of what keeps it from that."""

from typing import Any

import pytest

from highwater.console.answers import Answers
from highwater.operate.api import Api
from highwater.terminal import Failed
from tests.highwater.console_scene import COMMAND, FakeApi, decision
from tests.highwater.views import AT, LIVE, NEXT, alert, rdb, rolled, standby, view

CAPACITY = "/clusters/trades/capacity"
HOLD = {"at": AT, "by": "arn:aws:sts::123456789012:assumed-role/operator/ann", "reason": "audit"}
DRAINED = rolled(
    state="drained", hold=HOLD, not_released_for=["the RDB is on hold since 2026-11-23T10:00:00Z by ann: x"]
)


def got(fake: FakeApi, path: str = "clusters/trades", cluster: str | None = None) -> tuple[int, Any]:
    return Answers(fake.api(), cluster).answer("GET", path, b"")


def posted(fake: FakeApi, what: str, text: str) -> tuple[int, Any]:
    return Answers(fake.api(), None).answer("POST", f"clusters/trades/{what}", text.encode())


@pytest.mark.parametrize(
    ("broken", "status", "said"),
    [
        ((503, {"error": "DescribeAutoScalingGroups failed: x"}), 502, "The API answered HTTP 503: Describe"),
        ((500, {"Message": "An internal"}), 502, "The API answered HTTP 500: An internal"),
        ((403, {"message": "Forbidden"}), 409, "The API answered HTTP 403 (Forbidden): attach the policy"),
        ((403, {"message": "The security token is expired"}), 409, "AWS does not accept these credentials"),
        ((404, {"error": "cluster: no group is tagged"}), 404, "no group is tagged"),
        ((409, {"error": "it is the live one"}), 409, "The API refused: it is the live one."),
    ],
)
@pytest.mark.parametrize("path", ["clusters", "clusters/trades", "clusters/trades/days/2026-11-23"])
def test_what_the_api_lacks_is_one_sentence(
    broken: tuple[int, Any], status: int, said: str, path: str
) -> None:
    fake = FakeApi()
    fake.broken = broken
    found, answer = got(fake, path)
    assert found == status
    assert list(answer) == ["error"]
    assert said in answer["error"]


def test_an_api_that_does_not_answer_in_time_is_one_sentence() -> None:
    def send(*_: object) -> tuple[int, str]:
        raise Failed("The API did not answer within 35 s: run this again.")

    answer = Answers(Api("http://127.0.0.1:1", send), None).answer("GET", "clusters", b"")
    assert answer == (502, {"error": "The API did not answer within 35 s: run this again."})


def test_a_cluster_is_shown_in_the_words_of_the_other_commands() -> None:
    shown = view(rdb(), standby(), rolled(hold=HOLD), alerts=[alert("raise", f"{LIVE} at {AT}"), alert("x")])
    status, look = got(FakeApi(shown, [decision("2026-11-23T09:58:10Z", target=3)]))
    assert status == 200
    assert look["headline"].startswith(f"{LIVE} is live and rolls in 109 minutes as it fills now")
    assert [card["value"] for card in look["cards"]] == ["109 minutes", "2 of 3", "3 of 3", "2"]
    assert [one["id"] for one in look["rdbs"]][:2] == [LIVE, NEXT]
    first, _, last = look["rdbs"]
    assert (first["percent"], first["holds"], first["window"]) == (50.0, "updates 1 on", [0, 20000])
    assert (first["hold"], last["hold"]) == (False, True)
    assert [(one["key"], one["since"]) for one in look["alerts"]] == [
        ("raise", "09:42 UTC"), ("x", "09:42 UTC"),
    ]  # fmt: skip
    assert look["alerts"][0]["text"] == f"{LIVE} at 10:00 UTC"
    assert look["alerts"][0]["todo"].startswith("allow the role of the function Reconcile")
    assert look["decisions"][0]["does"] == ("writes DesiredCapacity 3",)
    assert look["thresholds"] == {"roll": 85.0, "hard": 92.0}


@pytest.mark.parametrize(("with_room", "said"), [(2, "2 of 2"), (3, "2 of 2, 1 owed")])
def test_a_launch_that_aws_owes_is_no_host_with_room_of_those_that_count(with_room: int, said: str) -> None:
    _, shown = got(FakeApi(view(rdb(), standby(), with_room=with_room)))
    assert {card["name"]: card["value"] for card in shown["cards"]}["With room"] == said


def test_a_cluster_for_which_nothing_is_decided_is_shown_as_such() -> None:
    fake = FakeApi(view(alerts=[alert("misnamed")]))
    fake.decided = False
    status, look = got(fake)
    assert (status, look["at"]) == (200, None)
    assert look["headline"].startswith("NOTHING IS DECIDED FOR IT")
    assert "rdbs" not in look


def test_an_unknown_cluster_is_answered_with_the_nearest_name() -> None:
    status, answer = got(FakeApi(), "clusters/trade")
    assert (status, answer["error"]) == (
        404,
        "CLUSTER trade: no group is tagged. Did you mean trades? There is trades.",
    )


def test_who_may_see_one_cluster_only_gets_that() -> None:
    fake = FakeApi()
    fake.broken = (403, {"message": "Forbidden"})
    assert got(fake, "clusters", "trades")[1]["first"] == "trades"
    assert got(fake, "clusters")[0] == 409


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "Input data was truncated"),
        ("[]", "Expected `object`"),
        ("{}", "missing required field `action`"),
        ('{"action": "terminate"}', "Invalid enum value 'terminate' - at `$.action`"),
        ('{"action": "raise", "force": true}', "unknown field `force`"),
        ('{"action": "raise", "by": 0}', "How many: must be from 1 to 1000."),
        ('{"action": "raise", "by": "two"}', "Expected `int`, got `str` - at `$.by`"),
        ('{"action": "raise", "until": "soon"}', "Until soon: must be a time such as"),
        ('{"action": "hold", "reason": " "}', "Reason: is needed"),
        ('{"action": "release"}', "Release: name one RDB."),
        ('{"action": "release", "instance": "i-0123456789"}', "INSTANCE i-0123456789: cluster trades has no"),
    ],
)
@pytest.mark.parametrize("what", ["plan", "act"])
def test_what_cannot_be_asked_for_is_refused_and_nothing_is_asked(what: str, text: str, said: str) -> None:
    fake = FakeApi()
    status, answer = posted(fake, what, text)
    assert status in (404, 409)
    assert said in answer["error"]
    assert {method for method, _, _ in fake.asked} <= {"GET"}


@pytest.mark.parametrize(
    ("text", "asked", "does"),
    [
        ('{"action": "raise", "by": 2, "until": "2h"}',
         ("POST", CAPACITY, {"change": 2, "until": "2026-11-23T12:00:00Z", "dry_run": True}),
         ["writes DesiredCapacity 3"]),
        ('{"action": "lower"}', ("POST", CAPACITY, {"change": -1, "dry_run": True}),
         ["writes DesiredCapacity 3"]),
        (f'{{"action": "release", "instance": "{NEXT}"}}',
         ("POST", f"/clusters/trades/rdbs/{NEXT}/release", {"dry_run": True}), ["writes DesiredCapacity 3"]),
        ('{"action": "hold", "reason": "audit"}', ("GET", "/clusters/trades", None),
         "cluster trades would be on hold without an end: audit"),
        (f'{{"action": "lift", "instance": "{DRAINED["instance_id"]}"}}', ("GET", "/clusters/trades", None),
         f"{DRAINED['instance_id']} would be lifted, and {DRAINED['instance_id']} released at once"),
    ],
    ids=["raise", "lower", "release", "hold", "lift"],
)  # fmt: skip
def test_a_dry_run_says_what_would_be_done_and_does_nothing(text: str, asked: Any, does: Any) -> None:
    fake = FakeApi(view(rdb(), standby(), DRAINED))
    fake.plan = {"target": 3}
    status, shown = posted(fake, "plan", text)
    assert (status, shown["does"]) == (200, does)
    assert fake.asked[-1] == asked
    assert all(method == "GET" or body["dry_run"] for method, _, body in fake.asked)


def test_what_cannot_be_taken_back_is_done_only_if_the_person_agreed_to_just_that() -> None:
    fake = FakeApi(view(rdb(), standby()))
    fake.plan = {"tag": [NEXT]}
    question = posted(fake, "plan", '{"action": "lower"}')[1]["question"]
    assert question == f"{NEXT} is asked to drain, and terminated then."
    for other in ("", f"{LIVE} is asked to drain, and terminated then."):
        fake.asked.clear()
        status, answer = posted(fake, "act", f'{{"action": "lower", "question": "{other}"}}')
        assert (status, answer["error"].split(":")[0]) == (
            409,
            "It would now be something else than what was shown",
        )
        assert all(method == "GET" or body["dry_run"] for method, _, body in fake.asked)
    status, answer = posted(fake, "act", f'{{"action": "lower", "question": "{question}"}}')
    assert (status, answer["command"]) == (200, COMMAND)
    assert fake.asked[-1] == ("POST", CAPACITY, {"change": -1})


def test_more_hosts_are_asked_for_in_one_request() -> None:
    fake = FakeApi()
    assert posted(fake, "act", '{"action": "raise"}')[0] == 200
    assert fake.asked == [("GET", "/clusters/trades", None), ("POST", CAPACITY, {"change": 1})]


def test_an_answer_that_was_lost_and_is_asked_for_again_is_as_good() -> None:
    fake = FakeApi()
    fake.repeated = True
    assert posted(fake, "act", '{"action": "raise"}') == (200, {"command": COMMAND, "asked": ["raise"]})


def test_what_was_asked_for_is_said_on_the_terminal_too(capsys: pytest.CaptureFixture[str]) -> None:
    fake = FakeApi()
    fake.plan = {"asked": [f"{HOLD['by']} asked at {AT}: hold the cluster: audit"]}
    status, answer = posted(fake, "act", '{"action": "hold", "reason": "audit", "until": "18:00"}')
    said = "ann (operator) asked at 10:00 UTC: hold the cluster: audit"
    assert (status, answer["asked"]) == (200, [said])
    assert fake.asked[-1][2] == {"reason": "audit", "until": "2026-11-23T18:00:00Z"}
    assert capsys.readouterr().err == f"{said}\n"


@pytest.mark.parametrize(
    ("state", "status", "said"),
    [
        ({"state": "waiting"}, 200, "waiting"),
        ({}, 200, "carried-out"),
        ({"state": "refused", "reasons": ["it holds 5 rows"]}, 409, "The command is refused: it holds 5"),
        (
            {"state": "failed", "outcome": ["SetDesiredCapacity g 2 failed: no"]},
            502,
            "The command failed: ",
        ),
    ],
)
def test_what_became_of_it_is_told(state: Any, status: int, said: str) -> None:
    fake = FakeApi()
    fake.state |= state
    found, answer = got(fake, f"clusters/trades/commands/{COMMAND}")
    assert found == status
    assert answer.get("state", answer.get("error")).startswith(said)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "clusters/trades/act"), ("POST", "clusters"), ("GET", "clusters/../x"), ("GET", "")],
)
def test_there_is_no_answer_to_anything_else(method: str, path: str) -> None:
    fake = FakeApi()
    assert Answers(fake.api(), None).answer(method, path, b"")[0] == 404
    assert fake.asked == []


def test_a_day_that_is_none_is_refused() -> None:
    status, answer = got(FakeApi(), "clusters/trades/days/2026-02-30")
    assert (status, answer["error"]) == (409, "2026-02-30: is no day of a calendar.")


@pytest.mark.parametrize(
    "body", [b'{"action":"\xff"}', b"\xff\xfe", b"", b"[" * 9000, b'{"action":"hold","by":1e400}']
)
def test_a_body_that_is_none_is_refused(body: bytes) -> None:
    fake = FakeApi()
    status, answer = Answers(fake.api(), None).answer("POST", "clusters/trades/act", body)
    assert (status, list(answer), fake.asked) == (409, ["error"], [])

"""No other page of the same browser can use the console, and nobody without the token of its address."""

from collections.abc import Iterator

import pytest

from highwater.console.guard import TOKEN_HEADER
from highwater.console.server import Server, files
from tests.highwater.console_scene import Answer, FakeApi, ask, serving

LOOK = "/api/clusters/trades"
RAISE = {"action": "raise"}
TOKEN = TOKEN_HEADER.replace("-", "_")


@pytest.fixture(scope="module")
def fake() -> FakeApi:
    return FakeApi()


@pytest.fixture(scope="module")
def running(fake: FakeApi) -> Iterator[Server]:
    with serving(fake) as running:
        yield running


@pytest.fixture
def server(running: Server, fake: FakeApi) -> Server:
    fake.asked.clear()
    return running


def test_its_own_page_is_answered(server: Server, fake: FakeApi) -> None:
    own = f"http://127.0.0.1:{server.server_port}"
    assert ask(server, LOOK, Origin=own, Sec_Fetch_Site="same-origin").status == 200
    assert ask(server, LOOK, Host=f"localhost:{server.server_port}").status == 200
    assert fake.asked


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({TOKEN: None}, "knows this page no more"),
        ({TOKEN: ""}, "knows this page no more"),
        ({TOKEN: "x" * 43}, "knows this page no more"),
        ({TOKEN: "\u00e9"}, "knows this page no more"),
        ({"Origin": "https://evil.example"}, "Origin"),
        ({"Origin": "null"}, "Origin"),
        ({"Origin": "http://127.0.0.1:1"}, "Origin"),
        ({"Sec_Fetch_Site": "cross-site"}, "Sec-Fetch-Site"),
        ({"Sec_Fetch_Site": "same-site"}, "Sec-Fetch-Site"),
        ({"Host": "evil.example"}, "Host"),
        ({"Host": "127.0.0.1"}, "Host"),
        ({"Host": None}, "Host"),
    ],
    ids=str,
)
@pytest.mark.parametrize(("path", "body"), [(LOOK, None), (f"{LOOK}/plan", RAISE), (f"{LOOK}/act", RAISE)])
def test_nobody_else_is_answered_and_the_api_hears_nothing_of_it(
    server: Server, fake: FakeApi, headers: dict[str, str | None], said: str, path: str, body: object
) -> None:
    answer = ask(server, path, body, **headers)
    assert answer.status == 403
    assert said in answer.json["error"]
    assert fake.asked == []


@pytest.mark.parametrize("path", ["/", "/console.js"])
def test_under_the_name_of_somebody_else_there_is_no_page(server: Server, path: str) -> None:
    assert ask(server, path, **{TOKEN: None}).status == 200
    assert ask(server, path, Host="evil.example").status == 403
    assert ask(server, path, Origin="https://evil.example").status == 403


def test_a_page_of_another_origin_is_never_allowed_to_ask(server: Server) -> None:
    asked = {"Origin": "https://evil.example", "Access_Control_Request_Method": "POST"}
    answers = [
        ask(server, f"{LOOK}/act", method="OPTIONS", **asked),
        ask(server, f"{LOOK}/act", RAISE, **asked),
        ask(server, LOOK),
        ask(server, "/"),
    ]
    assert [answer.status // 100 for answer in answers] == [5, 4, 2, 2]
    for answer in answers:
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


def test_every_answer_has_the_policy_by_which_the_page_asks_no_other_host(server: Server) -> None:
    missing = ask(server, "/none")
    assert missing.status == 404
    answers: list[Answer] = [ask(server, path) for path in [*files(), LOOK]]
    for answer in [missing, *answers]:
        policy = dict(rule.split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split("; "))
        assert policy.pop("require-trusted-types-for") == "'script'"
        assert policy["default-src"] == policy["frame-ancestors"] == policy["form-action"] == "'none'"
        assert set(policy.values()) == {"'none'", "'self'"}
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_it_listens_on_this_machine_alone_with_a_token_of_its_own_each_time(
    server: Server, fake: FakeApi
) -> None:
    assert server.server_address[0] == "127.0.0.1"
    with serving(fake) as other:
        assert server.guard.token != other.guard.token
        assert ask(other, LOOK, **{TOKEN: server.guard.token}).status == 403


def test_the_token_is_in_the_part_of_the_address_that_no_browser_sends(server: Server) -> None:
    before, _, fragment = server.address.partition("#")
    assert before == f"http://127.0.0.1:{server.server_port}/"
    assert fragment == f"token={server.guard.token}"
    assert len(server.guard.token) >= 43
    assert all(server.guard.token not in answer.text for answer in (ask(server, "/"), ask(server, LOOK)))


def test_a_request_without_a_length_or_with_too_large_a_one_is_not_read(
    server: Server, fake: FakeApi
) -> None:
    assert ask(server, f"{LOOK}/act", b"x" * 65537).status == 413
    assert ask(server, f"{LOOK}/act", method="POST").status == 413
    assert fake.asked == []


@pytest.mark.parametrize("length", ["9" * 5000, "-1", "1_0", "\u00b2"])
def test_a_length_that_is_none_is_refused(server: Server, fake: FakeApi, length: str) -> None:
    answer = ask(server, f"{LOOK}/act", method="POST", Content_Length=length)
    assert answer.status == 413
    assert fake.asked == []


@pytest.mark.parametrize("path", ["http://[", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/api/../"])
def test_a_path_that_is_none_of_the_page_is_answered_as_such(server: Server, path: str) -> None:
    assert ask(server, path).status == 404

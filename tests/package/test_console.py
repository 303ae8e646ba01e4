"""The console in a real Chromium, on the packaged API in AWS's own runtime: with one RDB and with sixty."""

import json
import re
from collections.abc import Iterator, Mapping
from threading import Lock

import boto3
import pytest
from playwright.sync_api import Browser, expect

from highwater.operate.api import Api
from tests.highwater.browser import Watched, chromium
from tests.highwater.console_scene import serving
from tests.package.conftest import Cluster, Lambda, deliver
from tests.package.events import report, request, wake_up

URL = "http://127.0.0.1:1"
MANY, BATCH, ROWS = 60, 10, 100


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


class Packaged:
    """The API, one request at a time; what is queued is decided before the next one."""

    def __init__(self, functions: Lambda) -> None:
        self._functions = functions
        self._lock = Lock()

    def api(self) -> Api:
        """The API as the console asks it."""
        return Api(URL, self.send, lambda _: None)

    def send(self, method: str, url: str, _headers: Mapping[str, str], body: str | None) -> tuple[int, str]:
        """Answer a request."""
        target = url.removeprefix(URL)
        resource = re.sub(r"^/clusters/[^/]+", "/clusters/{cluster}", target.partition("?")[0])
        resource = re.sub(r"/commands/[^/]+$", "/commands/{command_id}", resource)
        with self._lock:
            answer = self._functions.call("APIHandler", request(method, resource, target, body)).value
            if method == "POST" and not json.loads(body or "{}").get("dry_run"):
                deliver(self._functions)
        return int(answer["statusCode"]), str(answer["body"])


def filled(functions: Lambda, cluster: Cluster, rdbs: int) -> None:
    """So many RDBs: the last one is live, and the others rolled before it."""
    boto3.client("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName=cluster.group, MaxSize=2 * rdbs
    )
    reports = []
    for number, instance_id in enumerate(cluster.grow(rdbs)):
        state = "live" if number == rdbs - 1 else "rolled"
        window = {"first_index": number * ROWS, "last_index": (number + 1) * ROWS, "rows": ROWS}
        said = report(cluster.name, instance_id, state, 20 if state == "live" else 85, **window)
        reports.append(wake_up(cluster.name, said))
    for begin in range(0, rdbs, BATCH):
        deliver(functions, *reports[begin : begin + BATCH])


@pytest.mark.parametrize("rdbs", [1, MANY])
def test_the_console_shows_every_rdb_of_the_packaged_api_and_acts_on_it(
    functions: Lambda, cluster: Cluster, browser: Browser, rdbs: int
) -> None:
    filled(functions, cluster, rdbs)
    with serving(Packaged(functions), cluster.name) as server, browser.new_context() as context:
        watched = Watched(context.new_page())
        page = watched.page
        page.goto(server.address)
        expect(page.locator("#rdbs li")).to_have_count(rdbs, timeout=30_000)
        page.get_by_role("button", name="Raise").click()
        page.get_by_role("button", name="Show what it would do").click()
        expect(page.locator("#plan")).to_contain_text("writes DesiredCapacity", timeout=30_000)
        page.get_by_role("button", name="Do it").click()
        expect(page.locator("#plan")).to_contain_text("Done: carried-out.", timeout=30_000)
        assert cluster.desired() > rdbs
        assert watched.hosts == {f"127.0.0.1:{server.server_port}"}
        assert watched.complaints == []

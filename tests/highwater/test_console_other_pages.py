"""Another page of the browser in which the console is open gets nothing of it."""

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Error

from highwater.console.guard import TOKEN_HEADER
from tests.highwater.browser import opened
from tests.highwater.console_scene import FakeApi, serving


class Elsewhere(BaseHTTPRequestHandler):
    """A page of somebody else."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>elsewhere</title>")

    def log_message(self, *_: Any) -> None:
        pass


def test_another_page_of_the_same_browser_cannot_use_it_even_with_the_token(browser: Browser) -> None:
    fake = FakeApi()
    tried = "([url, how]) => fetch(url, how).then(({type}) => type, () => 'blocked')"
    with serving(fake) as server, HTTPServer(("127.0.0.1", 0), Elsewhere) as other:
        Thread(target=other.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        with opened(browser, f"http://127.0.0.1:{other.server_port}") as watched:
            page, url = watched.page, f"http://127.0.0.1:{server.server_port}"
            act = f"{url}/api/clusters/trades/act"
            headers = {TOKEN_HEADER: server.guard.token}
            assert page.evaluate(tried, [f"{url}/api/clusters/trades", {"headers": headers}]) == "blocked"
            body = {"method": "POST", "body": '{"action": "raise"}'}
            assert page.evaluate(tried, [act, {**body, "headers": headers}]) == "blocked"
            assert page.evaluate(tried, [act, {**body, "mode": "no-cors"}]) == "blocked"
            assert page.evaluate(tried, [f"{url}/console.js", {"mode": "no-cors"}]) == "blocked"
            page.evaluate("url => document.body.append(Object.assign(new Image(), {src: url}))", act)
            page.evaluate(
                "url => { const frame = document.createElement('iframe'); frame.src = url;"
                " document.body.append(frame); return new Promise((then) => { frame.onload = then; }); }",
                server.address,
            )
            with pytest.raises(Error):
                page.frames[1].locator("main").text_content(timeout=200)
        other.shutdown()
    assert fake.asked == []

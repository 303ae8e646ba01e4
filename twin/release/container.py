"""The functions of a release in a process of their own: run as a script of that release, by its task root.

It answers calls over a pipe. Whatever the functions ask of AWS goes over the same pipe to the parent, which
is the embedded AWS. Only what Lambda has is imported here, and the clock. Messages are tuples:

    to here     ("call", handler, environment, now, event, context)
                ("answer", value) or ("error", exception), to what was asked
    from here   ("ask", service, operation, parameters, retries), ("fetch", url, headers)
                ("done", answer, log) or ("failed", sentence, log)
"""

import importlib
import io
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any


class Parent:
    """The embedded AWS at the other end of the pipe."""

    def __init__(self, pipe: Connection) -> None:
        self.pipe = pipe
        self._lock = threading.Lock()

    def ask(self, *question: Any) -> Any:
        """Return the answer to a question, or raise what it is answered with."""
        with self._lock:
            self.pipe.send(question)
            kind, value = self.pipe.recv()
        if kind == "error":
            raise value
        return value


class Stopped:
    """An answer of STS as urllib3 has it, with nothing left to read."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status, self._body = status, body

    def read(self, most: int | None = None, **_: Any) -> bytes:
        """Return the body, cut."""
        return self._body[:most]

    def close(self) -> None:
        """Do nothing: no connection is open."""


class Context:
    """The context that Lambda passes beside the event; virtual time stands still during a call."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self.__dict__.update(fields)

    def get_remaining_time_in_millis(self) -> int:
        """Return a constant."""
        return 15_000


def take_over(parent: Parent) -> None:
    """Have every call that leaves this process go to the parent."""
    import urllib3
    from botocore.client import BaseClient
    from botocore.exceptions import ClientError

    def call(client: BaseClient, operation: str, parameters: Any) -> Any:
        service, retries = client.meta.service_model.service_name, client.meta.config.retries
        try:
            return parent.ask("ask", service, operation, parameters, retries)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            raise client.exceptions.from_code(code)(error.response, operation) from None

    def request(_pool: Any, _method: str, url: str, headers: Any = None, **_: Any) -> Stopped:
        return Stopped(*parent.ask("fetch", url, dict(headers or {})))

    def one_by_one(_pool: Any, work: Any, *rows: Any, **_: Any) -> Any:
        return iter([work(*row) for row in zip(*rows, strict=False)])

    # By name: none of them is meant to be replaced, and type checkers say so.
    for owner, name, ours in (
        (BaseClient, "_make_api_call", call),
        (urllib3.PoolManager, "request", request),
        # Side by side the order of calls, and with it the day, would be another each time.
        (ThreadPoolExecutor, "map", one_by_one),
    ):
        setattr(owner, name, ours)


def main(task_root: str, descriptor: str) -> None:
    """Answer calls until the parent is gone."""
    sys.path[:] = [
        task_root,
        *(path for path in sys.path if path.startswith(sys.base_prefix) or "site-packages" in path),
    ]
    # An installation that can be edited would lend modules of another release.
    sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in repr(finder).lower()]
    import time_machine

    pipe = Connection(int(descriptor))
    sys.stdout = log = io.StringIO()
    take_over(Parent(pipe))
    while True:
        try:
            _, handler, environment, now, event, fields = pipe.recv()
        except EOFError:
            return
        os.environ.update(environment)
        with time_machine.travel(now, tick=False):
            try:
                module, _, name = handler.rpartition(".")
                answer = getattr(importlib.import_module(module), name)(event, Context(fields))
            except Exception as error:  # noqa: BLE001 - Lambda treats every error of a handler alike
                said: tuple[Any, ...] = ("failed", f"{type(error).__name__}: {error}")
            else:
                said = ("done", answer)
        pipe.send((*said, log.getvalue()))
        log.seek(0)
        log.truncate()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Imported by Python itself as MiniStack and its functions start: every host of AWS is MiniStack."""

import os
import socket
from typing import Any

_anywhere = socket.getaddrinfo


def _on_loopback(host: Any, port: Any, *args: Any, **options: Any) -> Any:
    if str(host).endswith(".amazonaws.com"):
        return _anywhere("127.0.0.1", int(os.environ["GATEWAY_PORT"]), *args, **options)
    if host != "127.0.0.1":
        raise socket.gaierror(socket.EAI_NONAME, f"{host} is not on loopback")
    return _anywhere(host, port, *args, **options)


socket.getaddrinfo = _on_loopback

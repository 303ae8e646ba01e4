"""Imported by Python itself as a function starts: no test reaches out to the internet, STS least of all."""

import socket
from typing import Any

_anywhere = socket.getaddrinfo


def _on_loopback(host: Any, *args: Any, **options: Any) -> Any:
    if host != "127.0.0.1":
        raise socket.gaierror(socket.EAI_NONAME, f"{host} is not on loopback")
    return _anywhere(host, *args, **options)


socket.getaddrinfo = _on_loopback

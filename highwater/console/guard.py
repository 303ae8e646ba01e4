"""The guard: who may ask the console. No other page of the same browser may, and nobody without the token."""

import hmac
import secrets
from email.message import Message

TOKEN_HEADER = "X-Highwater-Token"  # noqa: S105 - the name of a header
# The page asks this address alone, runs only its own files, and is in no frame.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class Guard:
    """Knows the token and the addresses under which the console is asked."""

    def __init__(self, port: int) -> None:
        self.token = secrets.token_urlsafe(32)
        self._hosts = (f"127.0.0.1:{port}", f"localhost:{port}")

    def file_refusal(self, headers: Message) -> str | None:
        """Refuse the page's files, in which nothing is secret, under a name that is not this machine's.

        So no name of somebody else that is made to point here gets a page of the console's origin.
        """
        host, origin = headers.get("Host"), headers.get("Origin")
        if host not in self._hosts:
            return f"Host: must be {' or '.join(self._hosts)}."
        if origin is not None and origin != f"http://{host}":
            return "Origin: another page may not ask the console."
        return None

    def refusal(self, headers: Message) -> str | None:
        """Refuse a question that is not from the console's own page, or that has not its token."""
        if sentence := self.file_refusal(headers):
            return sentence
        if headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            return "Sec-Fetch-Site: another page may not ask the console."
        given = headers.get(TOKEN_HEADER, "").encode()
        if not hmac.compare_digest(given, self.token.encode()):
            return "The console knows this page no more: open the address that the command printed last."
        return None

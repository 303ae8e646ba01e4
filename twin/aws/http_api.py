"""The HTTP API of the embedded AWS, without a network."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from twin.aws.embedded import EmbeddedAws

JSON = "application/json"
JSON_BODY: Mapping[str, str] = {"Content-Type": JSON}
# Whoever asks on this machine.
LOCAL = "arn:aws:iam::123456789012:user/local"


class Api:
    """The packaged HTTP API of the embedded AWS, asked as `caller`: API Gateway without signatures."""

    def __init__(self, aws: EmbeddedAws, caller: str) -> None:
        self._aws = aws
        self._caller = caller
        paths = aws.api_paths.items()
        self._routes = [(_pattern(path), path, set(methods)) for path, methods in paths]

    def answer(
        self, method: str, target: str, body: str | None = None, headers: Mapping[str, str] = JSON_BODY
    ) -> tuple[int, str]:
        """Take one request through the real handler; 403 where there is no route, as of API Gateway."""
        url = urlsplit(target)
        for pattern, resource, methods in self._routes:
            if (match := pattern.fullmatch(url.path)) and method.lower() in methods:
                queries = parse_qs(url.query)
                event = {
                    "resource": resource,
                    "path": url.path,
                    "httpMethod": method,
                    "headers": dict(headers),
                    "multiValueHeaders": {name: [value] for name, value in headers.items()},
                    "queryStringParameters": {name: values[-1] for name, values in queries.items()} or None,
                    "multiValueQueryStringParameters": queries or None,
                    "pathParameters": match.groupdict() or None,
                    "stageVariables": None,
                    "requestContext": {
                        "resourcePath": resource,
                        "httpMethod": method,
                        "identity": {"userArn": self._caller},
                    },
                    "body": body,
                    "isBase64Encoded": False,
                }
                shown = self._aws.functions.call(self._aws.wiring.named("APIHandler"), event)
                self._aws.wake_readers()
                return int(shown["statusCode"]), str(shown["body"])
        return 403, '{"message": "Missing Authentication Token"}'


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))

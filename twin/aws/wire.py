"""Takes over parts of moto's wire: EC2 Auto Scaling, the metric store, and what moto would hand to Lambda."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any
from unittest.mock import patch

from moto.autoscaling import urls as autoscaling_urls
from moto.cloudwatch.models import CloudWatchBackend
from moto.core import responses as moto_responses
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import camelcase_to_underscores, method_names_from_class
from moto.sns.models import Subscription
from moto.sqs import models as moto_sqs

from twin.autoscaling import AutoScaling, AwsError
from twin.aws.metrics import MetricStore

Seen = Callable[[str, Mapping[str, Any]], None]


class Wire:
    """What stands behind the wire of one twin."""

    def __init__(
        self,
        groups: AutoScaling,
        metrics: MetricStore,
        published: Callable[[str, str], None],
        called: Callable[[], None],
    ) -> None:
        self.groups = groups
        self.metrics = metrics
        self.published = published
        self.called = called
        self.watchers: list[Seen] = []

    @contextmanager
    def taken_over(self) -> Iterator[None]:
        """Puts ours in moto's place; every other service stays moto's."""
        wire = self
        written: dict[tuple[str, str], Any] = {}

        class StrictAutoScaling(BaseResponse):
            """The strict model of EC2 Auto Scaling in the place of moto's."""

            def __init__(self) -> None:
                super().__init__(service_name="autoscaling")
                self.automated_parameter_parsing = True

            def call_action(self) -> Any:
                answer = _answer(wire, self._get_action(), self.params)
                key = self._get_action(), repr(answer)
                # Most groups stay as they are from one look to the next, and XML takes long to write.
                if key not in written:
                    written[key] = self.serialized(ActionResult(answer))
                status, headers, body = written[key]
                return status, {**headers, "status": str(status)}, body

        def put(_backend: Any, namespace: str, metric_data: list[dict[str, Any]]) -> None:
            wire.metrics.put(namespace, metric_data, datetime.now(UTC))

        def get(_backend: Any, queries: Any, start_time: datetime, end_time: datetime, **_: Any) -> Any:
            return wire.metrics.get(queries, start_time, end_time)

        def publish(subscription: Subscription, message: str, *_: Any, **__: Any) -> None:
            wire.published(subscription.topic.arn, message)

        with (
            patch.dict(autoscaling_urls.url_paths, {"{0}/$": StrictAutoScaling.dispatch}),
            patch.object(CloudWatchBackend, "put_metric_data", put),
            patch.object(CloudWatchBackend, "get_metric_data", get),
            patch.object(Subscription, "publish", publish),
            # Pure, and called a hundred thousand times a day.
            patch.object(moto_responses, "method_names_from_class", cache(method_names_from_class)),
            patch.object(moto_sqs, "camelcase_to_underscores", cache(camelcase_to_underscores)),
        ):
            yield


class _Refusal(ServiceException):
    """An error of AWS on the wire; moto serialises it by the service that its module is named after."""

    __module__ = "moto.autoscaling.exceptions"


def _answer(wire: Wire, operation: str, params: Mapping[str, Any]) -> Any:
    for watcher in wire.watchers:
        watcher(operation, params)
    try:
        answer = wire.groups.call(operation, params)
    except AwsError as error:
        return _Refusal(error.code, error.message)
    wire.called()
    return answer

"""The parts of moto's wire that ours take over: EC2 Auto Scaling, metrics, and messages to Lambda."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any
from unittest.mock import patch

from botocore import useragent
from botocore.useragent import sanitize_user_agent_string_component as _sanitized
from moto.autoscaling import urls as autoscaling_urls
from moto.cloudwatch.models import CloudWatchBackend
from moto.core import responses as moto_responses
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import camelcase_to_underscores, method_names_from_class
from moto.sns.models import Subscription
from moto.sqs import models as moto_sqs

from twin.autoscaling import AutoScaling, AwsError
from twin.aws import dynamodb, sqs
from twin.aws.metrics import MetricStore

METRICS = "GetMetricData"

Seen = Callable[[str, Mapping[str, Any]], None]


class Wire:
    """The wire of one twin, and the models behind it."""

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

    def answer(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one call and tell the watchers of it. Raises AwsError where AWS refuses."""
        self.tell(operation, params)
        answer = self.read(operation, params)
        self.called()
        return answer

    def tell(self, operation: str, params: Mapping[str, Any]) -> None:
        """Tell the watchers of one call."""
        for watcher in self.watchers:
            watcher(operation, params)

    def read(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer alone, for a call that changes nothing. Raises AwsError where AWS refuses."""
        if operation == METRICS:
            queries, start, end = (params[name] for name in ("MetricDataQueries", "StartTime", "EndTime"))
            return {"MetricDataResults": self.metrics.get(queries, start, end)}
        return self.groups.call(operation, params)

    @contextmanager
    def taken_over(self) -> Iterator[None]:
        """Put ours in moto's place; every other service stays moto's."""
        wire = self

        class StrictAutoScaling(BaseResponse):
            """The strict model of EC2 Auto Scaling in the place of moto's."""

            def __init__(self) -> None:
                super().__init__(service_name="autoscaling")
                self.automated_parameter_parsing = True

            def call_action(self) -> Any:
                answer: object
                try:
                    answer = wire.answer(self._get_action(), self.params)
                except AwsError as error:
                    answer = _Refusal(error.code, error.message)
                status, headers, body = self.serialized(ActionResult(answer))
                return status, {**headers, "status": str(status)}, body

        def put(_backend: Any, namespace: str, metric_data: list[dict[str, Any]]) -> None:
            wire.metrics.put(namespace, metric_data, datetime.now(UTC))

        def get(_backend: Any, queries: Any, start_time: Any, end_time: Any, **_: Any) -> Any:
            request = {"MetricDataQueries": queries, "StartTime": start_time, "EndTime": end_time}
            return wire.answer(METRICS, request)["MetricDataResults"]

        def publish(subscription: Subscription, message: str, *_: Any, **given: Any) -> None:
            if given.get("message_structure") == "json":
                message = json.loads(message)["default"]
            wire.published(subscription.topic.arn, message)

        with (
            patch.dict(autoscaling_urls.url_paths, {"{0}/$": StrictAutoScaling.dispatch}),
            patch.object(CloudWatchBackend, "put_metric_data", put),
            patch.object(CloudWatchBackend, "get_metric_data", get),
            patch.object(Subscription, "publish", publish),
            dynamodb.strict(),
            sqs.strict(),
            # Pure, and called a hundred thousand times a day.
            patch.object(useragent, "sanitize_user_agent_string_component", cache(_sanitized)),
            patch.object(moto_responses, "method_names_from_class", cache(method_names_from_class)),
            patch.object(moto_sqs, "camelcase_to_underscores", cache(camelcase_to_underscores)),
        ):
            yield


class _Refusal(ServiceException):
    """An error of AWS on the wire; moto serialises it by the service that its module is named after."""

    __module__ = "moto.autoscaling.exceptions"

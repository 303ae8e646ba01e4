"""The errors that EC2 Auto Scaling answers with."""


class AwsError(Exception):
    """A refusal by AWS.

    `code` is the code on the wire (`ValidationError`, `ResourceInUse`, ...), `message` AWS's text,
    `http_status` 400 unless AWS answers otherwise.
    """

    def __init__(self, code: str, message: str, http_status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.http_status = http_status


def invalid(message: str) -> AwsError:
    """A `ValidationError`, which is what nearly every refused request gets."""
    return AwsError("ValidationError", message)


def busy(activity_id: str) -> AwsError:
    """A scaling activity stands in the way of the request; it may be sent again later."""
    return AwsError(
        "ScalingActivityInProgress", f"Scaling activity {activity_id} is in progress and blocks this action"
    )


def no_group(name: str) -> AwsError:
    """There is no group of that name."""
    return invalid(f"AutoScalingGroup name not found - AutoScalingGroup: {name} not found")


def no_instance(instance_id: str) -> AwsError:
    """No group has an instance of that id."""
    return invalid(f"Instance Id not found - No managed instance found for instance ID: {instance_id}")

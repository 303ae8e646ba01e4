"""The common parts of every function: the environment that the code reads, and a log kept for a while."""

from collections.abc import Iterator

from tests.policies.roles import WRITE_LOG
from tests.templates.access import role_may, role_of
from tests.templates.triggers import FUNCTION
from tests.templates.world import World, check

LOG_GROUP = "AWS::Logs::LogGroup"
BY_LAMBDA = "AWS_"  # Lambda sets these itself
BY_POWERTOOLS = "POWERTOOLS_"
BY_SDK = "AWS_DATA_PATH"  # the folder of models that the package brings


@check
def environment(world: World) -> Iterator[str]:
    """Each function has every variable that the code reads, and none that nobody reads."""
    read = {name for name in world.code.environment if not name.startswith(BY_LAMBDA)}
    for function, properties in world.control.of_type(FUNCTION).items():
        variables = properties.get("Environment", {}).get("Variables", {})
        for name in sorted(read - variables.keys()):
            yield f"{function}: {name} is not set"
        for name in sorted(variables.keys() - read):
            if name != BY_SDK and not name.startswith(BY_POWERTOOLS):
                yield f"{function}: {name} is set, and the code does not read it"


@check
def logs(world: World) -> Iterator[str]:
    """Each function logs to a group of the template, and its role may write there."""
    stack = world.control
    for function, properties in stack.of_type(FUNCTION).items():
        group = stack.find(LOG_GROUP, properties.get("LoggingConfig", {}).get("LogGroup"))
        if group is None:
            yield f"{function}: logs to no group of this template"
            continue
        stream = f"{stack.arn(group).removesuffix(':*')}:log-stream:2026/11/23/{function}"
        for action in WRITE_LOG:
            if not role_may(stack, role_of(stack, function), action, stream):
                yield f"{function}: its role may not {action} on {group}"


@check
def retention(world: World) -> Iterator[str]:
    """No log is kept for ever."""
    for stack in world.stacks:
        for group, properties in stack.of_type(LOG_GROUP).items():
            if "RetentionInDays" not in properties:
                yield f"{group}: is kept for ever"

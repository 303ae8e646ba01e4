"""The templates as CloudFormation gets them, translated once for all tests of this folder."""

from typing import Any, NamedTuple

import pytest

from highwater.deploy.packaging.package import chalice_package
from highwater.deploy.packaging.template_files import CLUSTER_TEMPLATE, IMAGE_TEMPLATE, read_template
from tests.templates.source import Code, read_code
from tests.templates.stack import Stack
from tests.templates.world import World
from twin.aws.cloudformation import REGION
from twin.aws.package import translated


class Templates(NamedTuple):
    """The three templates, and what the code says of itself."""

    control: dict[str, Any]
    cluster: dict[str, Any]
    image: dict[str, Any]
    code: Code

    def world(self, *, on: bool = True) -> World:
        """The stacks with every condition on, or every one off."""
        control = Stack(self.control, "highwater", on=on)
        cluster = Stack(self.cluster, "highwater-trades", on=on, imports=control.exports)
        image = Stack(self.image, "highwater-image", on=on)
        return World(control, cluster, image, self.code)


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", REGION)  # the translator wants one; the template names none
        control = translated(chalice_package(tmp_path_factory.mktemp("package")))
    cluster, image = read_template(CLUSTER_TEMPLATE), read_template(IMAGE_TEMPLATE)
    return Templates(control, cluster, image, read_code())

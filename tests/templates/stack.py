"""A template as if it were deployed: every intrinsic resolved to a name or an ARN."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from twin.aws.cloudformation import ACCOUNT, REGION

SUFFIX = "1A2B3C4D5E6F"  # what CloudFormation appends to the names that it makes
NO_VALUE = "AWS::NoValue"

# The part of an ARN after the account. What is not here has no ARN that a check asks for.
ARN = {
    "AWS::ApiGateway::RestApi": "execute-api:{here}:{name}",
    "AWS::CloudWatch::Alarm": "cloudwatch:{here}:alarm:{name}",
    "AWS::DynamoDB::Table": "dynamodb:{here}:table/{name}",
    "AWS::EFS::AccessPoint": "elasticfilesystem:{here}:access-point/{name}",
    "AWS::EFS::FileSystem": "elasticfilesystem:{here}:file-system/{name}",
    "AWS::Events::Rule": "events:{here}:rule/{name}",
    "AWS::IAM::ManagedPolicy": "iam::{account}:policy/{name}",
    "AWS::IAM::Role": "iam::{account}:role/{name}",
    "AWS::KMS::Key": "kms:{here}:key/{name}",
    "AWS::Lambda::Function": "lambda:{here}:function:{name}",
    "AWS::Logs::LogGroup": "logs:{here}:log-group:{name}:*",
    "AWS::SecretsManager::Secret": "secretsmanager:{here}:secret:{name}",
    "AWS::SNS::Topic": "sns:{here}:{name}",
    "AWS::SQS::Queue": "sqs:{here}:{name}",
}
REF_IS_ARN = {"AWS::SNS::Topic", "AWS::IAM::ManagedPolicy", "AWS::SecretsManager::Secret"}
ATTRIBUTE_IS_NAME = {"AccessPointId", "FileSystemId", "GroupId", "KeyId", "QueueName", "TopicName"}
ATTRIBUTE_IS_ARN = {"Arn", "TopicArn"}


# `${!Text}` is no reference: CloudFormation writes it as `${Text}`.
PLACEHOLDER = re.compile(r"\$\{\s*([^!}][^}]*?)\s*\}")


class Resource(NamedTuple):
    """A resource that the stack creates; `body` is the whole of it, with its policies of deletion."""

    type: str
    properties: Mapping[str, Any]
    body: Mapping[str, Any]


class Stack:
    """A stack with every condition on, or every one off.

    Raises NotImplementedError for an intrinsic that no template here has used yet.
    """

    def __init__(
        self, template: Mapping[str, Any], name: str, *, on: bool, imports: Mapping[str, str] | None = None
    ) -> None:
        self._template = template
        self._name = name
        self._on = on
        self._imports = imports or {}
        self.imported: set[str] = set()
        self.resources = {
            logical_id: Resource(body["Type"], body.get("Properties", {}), body)
            for logical_id, body in self._resolved(self._created(template["Resources"])).items()
        }
        outputs = self._resolved(self._created(template.get("Outputs", {})))
        self.exports: dict[str, str] = {
            output["Export"]["Name"]: output["Value"] for output in outputs.values() if "Export" in output
        }
        self._known = {
            (resource.type, identity): logical_id
            for logical_id, resource in self.resources.items()
            for identity in (self.ref(logical_id), self.name(logical_id), self.arn(logical_id))
        }

    def of_type(self, *types: str) -> dict[str, Mapping[str, Any]]:
        """Properties by logical id of every resource of these types."""
        return {i: resource.properties for i, resource in self.resources.items() if resource.type in types}

    def find(self, kind: str, identity: Any) -> str | None:
        """The logical id of the resource of a type with this name, Ref or ARN; None when there is none."""
        return self._known.get((kind, identity)) or self._known.get((kind, f"{identity}:*"))

    def name(self, logical_id: str) -> str:
        """The name that the template fixes, or one as CloudFormation makes it."""
        body = self._template["Resources"][logical_id]
        kind = body["Type"].rpartition("::")[2]
        stated = body.get("Properties", {}).get("Name" if kind == "Rule" else f"{kind}Name")
        return str(self._resolved(stated)) if stated else f"{self._name}-{logical_id}-{SUFFIX}"

    def arn(self, logical_id: str) -> str:
        """The ARN; for a type that has none here, one that equals no other."""
        kind = self._template["Resources"][logical_id]["Type"]
        form = ARN.get(kind, f"{kind}:{{here}}:{{name}}")
        here = f"{REGION}:{ACCOUNT}"
        return "arn:aws:" + form.format(here=here, account=ACCOUNT, name=self.name(logical_id))

    def ref(self, logical_id: str) -> str:
        """The value of Ref."""
        kind = self._template["Resources"][logical_id]["Type"]
        if kind == "AWS::SQS::Queue":
            return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{self.name(logical_id)}"
        return self.arn(logical_id) if kind in REF_IS_ARN else self.name(logical_id)

    def _created(self, section: Mapping[str, Any]) -> dict[str, Any]:
        return {name: body for name, body in section.items() if self._on or "Condition" not in body}

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            if len(value) == 1:
                ((key, stated),) = value.items()
                if key == "Ref" or key.startswith("Fn::"):
                    return self._intrinsic(key, stated)
            items = {key: self._resolved(item) for key, item in value.items()}
            return {key: item for key, item in items.items() if item != NO_VALUE}
        if isinstance(value, list):
            resolved = [self._resolved(item) for item in value]
            return [item for item in resolved if item != NO_VALUE]
        return value

    def _intrinsic(self, key: str, stated: Any) -> Any:
        match key, stated:
            case "Ref", str(name):
                return self._named(name)
            case "Fn::GetAtt", _:
                return self._attribute(stated if isinstance(stated, str) else ".".join(stated))
            case "Fn::Sub", str(text):
                return self._substituted(text, {})
            case "Fn::Sub", [text, local]:
                return self._substituted(text, self._resolved(local))
            case "Fn::If", [_condition, true, false]:
                return self._resolved(true if self._on else false)
            case (("Fn::Join" | "Fn::Split" | "Fn::Select" | "Fn::Base64"), _):
                return _of_texts(key, self._resolved(stated))
            case "Fn::ImportValue", name:
                export = self._resolved(name)
                self.imported.add(export)
                return self._imports.get(export, f"no export {export}")
        raise NotImplementedError(f"{key}: {stated}")

    def _named(self, name: str) -> str:
        if name in self._template["Resources"]:
            return self.ref(name)
        pseudo = {
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::Region": REGION,
            "AWS::StackName": self._name,
            "AWS::URLSuffix": "amazonaws.com",
            NO_VALUE: NO_VALUE,
        }
        if name in pseudo:
            return pseudo[name]
        return str(self._template["Parameters"][name].get("Default") or name)

    def _attribute(self, dotted: str) -> str:
        logical_id, _, attribute = dotted.partition(".")
        if attribute in ATTRIBUTE_IS_ARN:
            return self.arn(logical_id)
        name = self.name(logical_id)
        return name if attribute in ATTRIBUTE_IS_NAME else f"{name}.{attribute}"

    def _substituted(self, text: str, local: Mapping[str, str]) -> str:
        def one(found: re.Match[str]) -> str:
            name = found[1]
            if name in local:
                return str(local[name])
            return self._attribute(name) if "." in name else self._named(name)

        return PLACEHOLDER.sub(one, text).replace("${!", "${")


def _of_texts(key: str, stated: Any) -> Any:
    match key, stated:
        case "Fn::Join", [between, parts]:
            return between.join(str(part) for part in parts)
        case "Fn::Split", [between, text]:
            return str(text).split(between)
        case "Fn::Select", [number, items]:
            return items[int(number)]
        case "Fn::Base64", text:
            return text
    raise NotImplementedError(f"{key}: {stated}")

"""The steps about a role and its sessions: the proof of a `drained` report, and what the role may change."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from chalicelib.contract.presigned import Realm
from chalicelib.contract.report import PROOF_HEADER, Report, State, digest
from chalicelib.proof.verifier import KnownKeys, Verifier
from highwater.deploy.aws.caller import code_of
from highwater.deploy.rehearsal.site import Row, Site, Stuck, row

SESSION = "i-0123456789abcdef0"  # an instance's session is called like the instance
POLICY = "rehearsal"
URL_SUFFIX = "amazonaws.com"  # of the supported regions
GOOD_FOR = 60  # seconds
# A new role can be used after some seconds, its policy at times after a minute.
TRIES, TRY_EVERY = 24, 5
DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")


class Identity:
    """A role called like that of an RDB of a cluster `site.name`, for this account to assume."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._iam = site.session.client("iam")
        self._sts = site.session.client("sts")
        caller = site.caller
        self._realm = Realm(caller.account, caller.partition, URL_SUFFIX, caller.region)
        self._cluster = site.name.removeprefix("highwater-")
        self._arn = self._realm.rdb_arn(self._cluster, SESSION)
        self._role = self._arn.split("/")[1]
        self._credentials: dict[str, str] | None = None
        self._proof = ""

    def rows(self) -> Iterator[Row]:
        """Run the steps about the proof; the first makes the role."""
        yield row("proof-holds", self._holds)
        yield row("proof-binds", self._binds)

    def mends(self) -> tuple[str, bool]:
        """Set what the control plane repairs with UpdateAutoScalingGroup, as the role."""
        credentials = self._assumed()
        client = self._site.session.client(
            "autoscaling",
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
        )
        wall = {"NewInstancesProtectedFromScaleIn": True, "DeletionProtection": "prevent-all-deletion"}
        self._patiently(client.update_auto_scaling_group, AutoScalingGroupName=self._site.name, **wall)
        return "accepted", True

    def _holds(self) -> tuple[str, bool]:
        self._create_role()
        self._credentials = self._patiently(
            self._sts.assume_role, RoleArn=self._role_arn(), RoleSessionName=SESSION
        )["Credentials"]
        self._report = _report(self._cluster, self._site.now())
        self._proof = self._presigned(digest(msgspec.json.encode(self._report)))
        return self._verdict(self._report, holds=True)

    def _binds(self) -> tuple[str, bool]:
        self._assumed()
        seen, same = self._verdict(msgspec.structs.replace(self._report, rows=1), holds=False)
        return seen, same and "STS answered 403" in seen

    def _verdict(self, report: Report, *, holds: bool) -> tuple[str, bool]:
        now = self._site.now()
        verifier = Verifier(self._realm, KnownKeys(), self._site.fetch)
        proven = msgspec.structs.replace(report, proof=self._proof)
        verdict = verifier.verdict(proven, msgspec.json.encode(proven), now)
        return verdict.why, verdict.holds == holds

    def _presigned(self, of: str) -> str:
        query = {"Action": "GetCallerIdentity", "Version": "2011-06-15"}
        url = f"https://{self._realm.host}/"
        request = AWSRequest("GET", url, params=query, headers={PROOF_HEADER: of})
        given = self._assumed()
        credentials = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        SigV4QueryAuth(credentials, "sts", self._realm.region, expires=GOOD_FOR).add_auth(request)
        return str(request.prepare().url)

    def _assumed(self) -> dict[str, str]:
        if self._credentials is None:
            raise Stuck("the role could not be assumed")
        return self._credentials

    def _role_arn(self) -> str:
        return f"arn:{self._realm.partition}:iam::{self._realm.account}:role/{self._role}"

    def _create_role(self) -> None:
        self._site.belongings.claim(
            f"role {self._role}",
            self._delete_role,
            f"  aws iam delete-role-policy --role-name {self._role} --policy-name {POLICY}\n"
            f"  aws iam delete-role --role-name {self._role}",
        )
        account = f"arn:{self._realm.partition}:iam::{self._realm.account}:root"
        self._iam.create_role(
            RoleName=self._role,
            AssumeRolePolicyDocument=_document(Action="sts:AssumeRole", Principal={"AWS": account}),
        )
        groups = f"arn:{self._realm.partition}:autoscaling:{self._realm.region}:{self._realm.account}"
        group = f"{groups}:autoScalingGroup:*:autoScalingGroupName/{self._site.name}"
        policy = _document(Action="autoscaling:UpdateAutoScalingGroup", Resource=group)
        self._iam.put_role_policy(RoleName=self._role, PolicyName=POLICY, PolicyDocument=policy)

    def _delete_role(self) -> None:
        # An interruption may have come before the policy was there.
        with suppress(self._iam.exceptions.NoSuchEntityException):
            self._iam.delete_role_policy(RoleName=self._role, PolicyName=POLICY)
        self._iam.delete_role(RoleName=self._role)

    def _patiently(self, call: Any, **arguments: Any) -> Any:
        """Repeat a call while it is denied: a new role is not known everywhere at once."""
        for _ in range(TRIES):
            try:
                return call(**arguments)
            except ClientError as error:
                if code_of(error) not in DENIED:
                    raise
                self._site.sleep(TRY_EVERY)
        return call(**arguments)


def _document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def _report(cluster: str, now: datetime) -> Report:
    return Report(
        version=1,
        cluster=cluster,
        instance_id=SESSION,
        sequence=1,
        state=State.DRAINED,
        memory_used=0,
        memory_total=1,
        rows=0,
        sent_at=now,
    )

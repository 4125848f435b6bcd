"""What hosts may tell CloudWatch: metrics of a namespace, and events of a stream."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from local.api.access.operation import Operation, of_service
from local.api.access.refusal import Refusal, Why
from local.api.access.signature import Signed
from local.lab.addresses import ACCOUNT, REGION

STREAMS = ("CreateLogStream", "PutLogEvents")
"""The calls of Logs that are known; each is about one stream, by whose ARN AWS judges both."""


def of_cloudwatch(service: str, request: Signed) -> Operation:
    """A call of either service, by the name that it signs with. Raises Refusal for what cannot be judged."""
    name = of_service(service, request).action.partition(":")[2]
    return _of_logs(name, request) if service == "logs" else _of_metrics(name, request)


def _of_logs(name: str, request: Signed) -> Operation:
    """A call about a stream."""
    body = _json(request)
    group, stream = body.get("logGroupName"), body.get("logStreamName")
    if name not in STREAMS or not (isinstance(group, str) and isinstance(stream, str)) or "logGroupIdentifier" in body:
        raise Refusal(Why.NOT_HERE, f"{name} is not in the stand-in of CloudWatch Logs for hosts, in this form")
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:log-stream:{stream}"
    return Operation(action=f"logs:{name}", resource=arn)


def _of_metrics(name: str, request: Signed) -> Operation:
    """A call of CloudWatch, which IAM calls by another name than its signature does."""
    if name != "PutMetricData":
        return Operation(action=f"cloudwatch:{name}")
    in_json = any(header.lower() == "x-amz-target" for header in request.headers)
    found = [_json(request).get("Namespace")] if in_json else parse_qs(request.body.decode()).get("Namespace", [])
    if len(found) != 1 or not isinstance(found[0], str) or "Namespace" in request.query:
        raise Refusal(Why.NOT_HERE, "these metrics do not name one namespace, in the body")
    return Operation(action="cloudwatch:PutMetricData", keys={"cloudwatch:namespace": found[0]})


def _json(request: Signed) -> Mapping[str, Any]:
    try:
        body = json.loads(request.body or b"{}")
    except ValueError as error:
        raise Refusal(Why.NOT_HERE, "the body is no JSON") from error
    if not isinstance(body, dict):
        raise Refusal(Why.NOT_HERE, "the body is no group of keys")
    return body

"""Alarms about hosts, and the topic that they go to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.watch import Watch
from guide.roles import Role

COMPARED = {"above": "GreaterThanOrEqualToThreshold", "below": "LessThanOrEqualToThreshold"}


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A host, and what is looked at of it."""

    instance_id: pulumi.Input[str]
    watches: Sequence[Watch]


@dataclass(frozen=True, kw_only=True)
class AlarmsArgs:
    """`folder` begins the alarms' names, `label` is the topic's Name tag.

    Without `topic_arn` the topic is the stack's own, and `emails` get what comes there.
    """

    folder: str
    label: str
    hosts: Mapping[Role, Watched]
    topic_arn: str | None
    emails: Sequence[str]


class Alarms(pulumi.ComponentResource):
    """An alarm for each watch of each host, and the topic."""

    topic_arn: pulumi.Output[str]

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wickr:alarms:Alarms", name, None, opts)
        self._name, self._args = name, args
        self.topic_arn = pulumi.Output.from_input(args.topic_arn) if args.topic_arn else self._topic()
        for role, host in args.hosts.items():
            for watch in host.watches:
                self._alarm(role, host.instance_id, watch)
        self.register_outputs({})

    def _topic(self) -> pulumi.Output[str]:
        child = pulumi.ResourceOptions(parent=self)
        # Not encrypted: CloudWatch may not use AWS's own key for topics, and what goes there are names of alarms.
        topic = aws.sns.Topic(f"{self._name}-topic", tags={"Name": self._args.label}, opts=child)
        for email in self._args.emails:
            aws.sns.TopicSubscription(
                f"{self._name}-to-{email.replace('@', '-at-').lower()}",
                topic=topic.arn,
                protocol="email",
                endpoint=email,
                opts=child,
            )
        return topic.arn

    def _alarm(self, role: Role, instance_id: pulumi.Input[str], watch: Watch) -> None:
        aws.cloudwatch.MetricAlarm(
            f"{self._name}-{role}-{watch.name}",
            name=f"{self._args.folder}/{role}/{watch.name}",
            alarm_description=watch.description,
            namespace=watch.namespace,
            metric_name=watch.metric,
            dimensions={"InstanceId": instance_id},
            statistic="Maximum" if watch.side == "above" else "Minimum",
            period=watch.period,
            evaluation_periods=watch.periods,
            threshold=watch.threshold,
            comparison_operator=COMPARED[watch.side],
            treat_missing_data=watch.silent,
            alarm_actions=[self.topic_arn, *watch.actions],
            ok_actions=[self.topic_arn],
            tags={"Name": f"{self._args.label}-{role}-{watch.name}"},
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(watch.after)),
        )

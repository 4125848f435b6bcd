"""Alarms about hosts, and the topic that they go to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from guide.roles import Role

EC2 = "AWS/EC2"
PERIOD = 60
"""Seconds; status checks are made every minute, and cost nothing."""


@dataclass(frozen=True, kw_only=True)
class AlarmsArgs:
    """`folder` begins the alarms' names, `label` is the topic's Name tag. `instances` are those that are watched.

    Without `topic_arn` the topic is the stack's own, and `emails` get what comes there. With `recover` AWS moves a host
    whose hardware fails; `partition` and `region` are for the name of that action.
    """

    folder: str
    label: str
    instances: Mapping[Role, pulumi.Input[str]]
    topic_arn: str | None
    emails: Sequence[str]
    recover: bool
    partition: str
    region: str


class Alarms(pulumi.ComponentResource):
    """Two alarms a host: that its system does not answer, and that what is below it fails."""

    topic_arn: pulumi.Output[str]

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wickr:alarms:Alarms", name, None, opts)
        self._name, self._args = name, args
        self.topic_arn = pulumi.Output.from_input(args.topic_arn) if args.topic_arn else self._topic()
        # Recovering boots the host on other hardware with the same id, addresses and volumes: what it had in memory
        # is lost, as it is when the hardware fails. It is never done for a fault of the system on the host itself.
        recovery = [f"arn:{args.partition}:automate:{args.region}:ec2:recover"] if args.recover else []
        for role, instance in args.instances.items():
            self._status(
                role,
                "instance-check",
                instance,
                "StatusCheckFailed_Instance",
                f"The {role} host does not answer on the network: look at its console, and reboot it.",
            )
            self._status(
                role,
                "system-check",
                instance,
                "StatusCheckFailed_System",
                f"What AWS runs the {role} host on fails."
                + (" AWS moves it to other hardware." if args.recover else " Stop it and start it: it moves."),
                recovery,
            )
        self.register_outputs({"topicArn": self.topic_arn})

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

    def _status(
        self,
        role: Role,
        what: str,
        instance: pulumi.Input[str],
        metric: str,
        description: str,
        actions: Sequence[str] = (),
    ) -> None:
        aws.cloudwatch.MetricAlarm(
            f"{self._name}-{role}-{what}",
            name=f"{self._args.folder}/{role}/{what}",
            alarm_description=description,
            namespace=EC2,
            metric_name=metric,
            dimensions={"InstanceId": instance},
            statistic="Maximum",
            period=PERIOD,
            evaluation_periods=2,
            threshold=1,
            comparison_operator="GreaterThanOrEqualToThreshold",
            # A host that somebody stopped has no checks, and is no fault.
            treat_missing_data="missing",
            alarm_actions=[self.topic_arn, *actions],
            ok_actions=[self.topic_arn],
            tags={"Name": f"{self._args.label}-{role}-{what}"},
            opts=pulumi.ResourceOptions(parent=self),
        )

"""What hosts tell of themselves, against the way and the right to tell it, and against the renewal of certificates."""

from collections.abc import Iterator

from infra.settings import Settings

KEY = "monitoring.vitals"


def a_way_to_tell(settings: Settings) -> Iterator[str]:
    """CloudWatch answers at addresses of the internet."""
    if settings.monitoring.vitals.enabled and settings.egress == "none":
        yield (
            f"{KEY}.enabled: true needs hosts that reach monitoring and logs of the region on TCP 443, and egress none "
            "lets nothing out; set it to false, or take it out"
        )


def a_right_to_tell(settings: Settings) -> Iterator[str]:
    """What a host may is in a role that the stack makes."""
    if settings.monitoring.vitals.enabled and settings.iam.instance_profile:
        yield (
            f"{KEY}.enabled: true gives each host's role the right to write its own logs, and iam.instanceProfile "
            f"names {settings.iam.instance_profile} for them, of which the stack changes nothing; set it to false, or "
            "take instanceProfile out"
        )


def told_after_renewal(settings: Settings) -> Iterator[str]:
    """An alarm that comes before there is anything to renew mends nothing."""
    days, certificate = settings.monitoring.vitals.certificate_days, settings.certificate
    if days is None or certificate.source != "issued" or days < certificate.renew_before_days:
        return
    early = days - certificate.renew_before_days
    when = f"{early} {'day' if early == 1 else 'days'} before" if early else "on the day on which"
    yield (
        f"{KEY}.certificateDays: the alarm would come {days} days before the certificate ends, and pulumi up renews it "
        f"in its last {certificate.renew_before_days} (certificate.renewBeforeDays): {days} - "
        f"{certificate.renew_before_days} = {early}, {when} it can; write less than {certificate.renew_before_days}"
    )


RULES = (a_way_to_tell, a_right_to_tell, told_after_renewal)

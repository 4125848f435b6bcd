"""When a certificate is to be renewed: at its end, or some hours before."""

from datetime import UTC, datetime, timedelta


def stamp(moment: datetime) -> str:
    """A moment as RFC 3339 text, in the form that the resources put out."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def is_due(end: str, early_hours: float, now: datetime) -> bool:
    """Whether a certificate that ends then is inside its renewal window now."""
    return datetime.fromisoformat(end) - timedelta(hours=early_hours) <= now

"""E-mail without content: that there is mail, and where."""

from __future__ import annotations

from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage

from notices.models import OutboxMessage
from notices.outbox import Outcome


def letter(message: OutboxMessage) -> EmailMessage:
    """The e-mail of a message; its Message-ID is the message's id at every attempt."""
    host = settings.EADS_ORIGIN.partition("/")[0].partition(":")[0]
    return EmailMessage(
        subject=f"e-ADS: new mail for {message.agency}",
        body=(
            f"There is new mail in the mailbox of {message.agency} up to position {message.last}"
            f" at hub {settings.EADS_ORIGIN}.\n"
        ),
        to=[message.subscription.target],
        headers={"Message-ID": f"<{message.id}@{host}>", "Auto-Submitted": "auto-generated"},
    )


def send(message: OutboxMessage) -> Outcome:
    """One attempt to hand a message to the mail host."""
    try:
        letter(message).send()
    except (SMTPException, OSError) as error:
        return Outcome(type(error).__name__)
    return Outcome("handed to the mail host", delivered=True)

"""Shapes and examples of the notices' part of the API, for the OpenAPI description."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from agencies.schema import Document, digest, number, shape, text

POST_PROBLEMS = (
    *("malformed", "unsupported", "bad-signature", "no-quorum", "unknown-key", "revoked-key"),
    *("corrupt-payload", "wrong-agency", "expired", "future-dated", "back-dated"),
    *("unknown-recipient", "outdated-recipient-key", "route-mismatch", "unknown-reference"),
    *("id-conflict", "wrong-revision", "blob-missing", "blob-mismatch", "refused"),
    *("too-large", "unsupported-media-type", "quota-exceeded", "slow-client", "suspended"),
)
SIGN_PROBLEMS = (
    *("malformed", "bad-signature", "no-quorum", "unknown-key", "revoked-key", "wrong-agency"),
    *("expired", "erased", "refused", "not-found", "too-large"),
)

Signature = shape("SignatureRequest", keyid=text("32 hex digits."), sig=text("Base64, 3373 bytes."))
_Route = shape("Route", agency=text(), kid=text(), nonce=text("32 hex digits."))
Envelope = shape(
    "Envelope",
    payloadType=text(),
    payload=text("Base64 of the manifest."),
    signatures=serializers.ListField(child=Signature),
    wraps=serializers.DictField(child=text("Base64, 1168 bytes.")),
    body=text("Base64 of the sealed body."),
    route=serializers.DictField(child=_Route, required=False),
)
_STANDING = {
    "digest": digest(),
    "id": text("UUIDv7."),
    "rev": number(),
    "state": serializers.ChoiceField(
        choices=["pending", "accepted", "logged", "erased", "refused"]
    ),
    "missing": serializers.ListField(child=text(), required=False),
    "index": number("Place in the log.", required=False),
    "position": number("In the asker's mailbox.", required=False, allow_null=True),
    "checkpoint": text("A signed note.", required=False),
}
Standing = shape("Standing", **_STANDING)
NoticeAnswer = shape("NoticeAnswer", **_STANDING, envelope=type(Envelope)(required=False))
Pending = shape(
    "Pending",
    notices=serializers.ListField(
        child=shape(
            "PendingNotice",
            digest=digest(),
            missing=serializers.ListField(child=text()),
            received=text("A time."),
            envelope=Envelope,
        )
    ),
)
_Entry = shape(
    "MailboxEntry",
    position=number(),
    kind=serializers.ChoiceField(choices=["notice", "erased"]),
    index=number(allow_null=True),
    digest=digest(),
    envelope=serializers.DictField(required=False),
    erased=serializers.BooleanField(required=False),
    reason=text(required=False),
)
Mailbox = shape(
    "Mailbox",
    agency=text(),
    head=number(),
    checkpoint=text(),
    entries=serializers.ListField(child=_Entry),
)
Receipts = shape(
    "Receipts",
    digest=digest(),
    recipients=serializers.ListField(
        child=shape(
            "RecipientProgress",
            agency=text(),
            hidden=serializers.BooleanField(),
            position=number(allow_null=True),
            state=serializers.ChoiceField(choices=["mailbox", "delivered", "purged", "overdue"]),
            delivered=text(allow_null=True),
            purged=text(allow_null=True),
            receipts=serializers.ListField(child=Document),
        )
    ),
)
Received = shape("Received", received=number("Bytes that are here."))

_DIGEST = "9c7a1f0e" * 8
_ID = "01997b1e-8c00-7a31-9d2f-3b5c7d9e1f20"
ENVELOPE_EXAMPLE = OpenApiExample(
    "A notice to one recipient and the issuer",
    value={
        "payloadType": "application/vnd.e-ads.notice.v1+json",
        "payload": "eyJoZWFkZXIiOiAi…",
        "signatures": [{"keyid": "6f1c" * 8, "sig": "kq3V…"}],
        "wraps": {"51d2" * 8: "3u0x…", "9a40" * 8: "Qm9k…"},
        "body": "c2VhbGVk…",
    },
    request_only=True,
)
LOGGED_EXAMPLE = OpenApiExample(
    "In the log",
    value={
        "digest": _DIGEST,
        "id": _ID,
        "rev": 1,
        "state": "logged",
        "index": 1042,
        "position": 17,
        "checkpoint": "hub.example\n1043\nn0sV1y…=\n\n— hub.example Wwo8IQ…\n",
    },
    response_only=True,
    status_codes=["200", "201"],
)
PENDING_EXAMPLE = OpenApiExample(
    "Waits for the second officer",
    value={"digest": _DIGEST, "id": _ID, "rev": 1, "state": "pending", "missing": ["approver"]},
    response_only=True,
    status_codes=["202"],
)
MAILBOX_EXAMPLE = OpenApiExample(
    "One notice and one erasure",
    value={
        "agency": "TH-RTP",
        "head": 42,
        "checkpoint": "hub.example\n1043\nn0sV1y…=\n\n— hub.example Wwo8IQ…\n",
        "entries": [
            {"position": 41, "kind": "notice", "index": 1040, "digest": _DIGEST, "envelope": {}},
            {
                "position": 42,
                "kind": "erased",
                "index": 977,
                "digest": "04b1d2c3" * 8,
                "reason": "expired",
            },
        ],
    },
    response_only=True,
    status_codes=["200"],
)

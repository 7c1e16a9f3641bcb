"""Examples of the API's shapes and parameters; people, desks and keys in them are invented."""

from __future__ import annotations

from typing import Any, Final

_DIGEST = "9c7a1f0e" * 8
_OTHER_DIGEST = "04b1d2c3" * 8
_KEYID = "6f1c" * 8
_KID = "51d2" * 8
_DOCUMENT: dict[str, Any] = {
    "payloadType": "application/vnd.e-ads.keyring.v1+json",
    "payload": "eyJ2IjogMSwgImFnZW5jeSI6ICJUSC1SVFAiLCA…",
    "signatures": [{"keyid": _KEYID, "sig": "kq3VbW9u…"}],
}
_ENVELOPE: dict[str, Any] = {
    "payloadType": "application/vnd.e-ads.notice.v1+json",
    "payload": "eyJoZWFkZXIiOiAi…",
    "signatures": [{"keyid": _KEYID, "sig": "kq3VbW9u…"}],
    "wraps": {_KID: "3u0xUnRh…"},
    "body": "c2VhbGVk…",
}
_STANDING: dict[str, Any] = {
    "digest": _DIGEST,
    "id": "01997b1e-8c00-7a31-9d2f-3b5c7d9e1f20",
    "rev": 1,
    "state": "logged",
    "index": 1042,
    "position": 17,
    "checkpoint": "hub.example\n1043\nn0sV1y…=\n\n— hub.example Wwo8IQ…\n",
}
_HEAD = {"agency": "TH-RTP", "version": 3, "index": 87}

EXAMPLES: Final[dict[str, Any]] = {
    "Document": _DOCUMENT,
    "Envelope": _ENVELOPE,
    "GrantList": {"grants": [{"kid": _KID, "officer_kid": "77e0" * 8, "grant": "cmVnaXN0…"}]},
    "GrantsRequest": {"kid": _KID, "grants": {"77e0" * 8: "cmVnaXN0…"}},
    "KeyringAnswer": {**_HEAD, "document": _DOCUMENT},
    "Keyrings": {"keyrings": [{**_HEAD, "digest": _DIGEST}]},
    "NoticeAnswer": {**_STANDING, "envelope": _ENVELOPE},
    "Pending": {
        "notices": [
            {
                "digest": _DIGEST,
                "missing": ["approver"],
                "received": "2026-03-02T08:15:00Z",
                "envelope": _ENVELOPE,
            }
        ]
    },
    "Placed": {"digest": _DIGEST, "index": 87},
    "Received": {"received": 4194304},
    "Receipts": {
        "digest": _DIGEST,
        "recipients": [
            {
                "agency": "TH-RTP",
                "hidden": False,
                "position": 17,
                "state": "delivered",
                "delivered": "2026-03-02T09:02:00Z",
                "purged": None,
                "receipts": [{**_DOCUMENT, "payloadType": "application/vnd.e-ads.receipt.v1+json"}],
            }
        ],
    },
    "RegionAnswer": {
        "version": 2,
        "index": 4,
        "document": {**_DOCUMENT, "payloadType": "application/vnd.e-ads.region.v1+json"},
    },
    "SignatureRequest": {"keyid": _KEYID, "sig": "kq3VbW9u…"},
    "Standing": _STANDING,
    "Stats": {
        "agency": "TH-RTP",
        "mailbox_head": 42,
        "sent": {"wanted-person": 3, "hit": 1},
        "received": {"wanted-person": 38, "trafficking-route": 4},
        "pending": 1,
        "receipts_overdue": 2,
    },
    "SubscriptionRequest": {"kind": "webhook", "target": "https://desk.rtp.example/e-ads"},
    "TokenRequest": {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.eyJpc3Mi….c2ln…",
        "assertion_pq": "bWwtZHNh…",
    },
}
"""By name of the shape in the description."""

TEXT_EXAMPLES: Final[dict[str, str]] = {
    "/api/v1/log/checkpoint": "hub.example\n1043\nn0sV1y…=\n\n— hub.example Wwo8IQ…\n",
    "/api/v1/stream": 'event: mailbox\nid: 42\ndata: {"head": 42}\n\n',
}
"""Answers that are not JSON, by path."""

PARAMETERS: Final[dict[str, Any]] = {
    "after": 40,
    "agency": "TH-RTP",
    "digest": _DIGEST,
    "identifier": "01981f3e-5a00-7c11-9d55-3f0a6c2b7e90",
    "limit": 100,
    "sha256": _OTHER_DIGEST,
    "version": 2,
    "wait": 30,
}
"""By name of the parameter."""

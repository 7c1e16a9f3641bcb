"""What is sealed in the vectors: payloads that follow ``specs/schemas``. All persons invented."""

from __future__ import annotations

from typing import Final

from specs.vectors.generate.documents import compact

MESSAGE: Final = compact(
    {
        "type": "message",
        "subject": "Question about the second charge",
        "text": "Which court issued the warrant? ขอบคุณ — terima kasih.",
        "answer_wanted": True,
    }
)
HIT: Final = compact(
    {
        "type": "hit",
        "outcome": "stopped",
        "found_at": "2026-11-22T02:40:00Z",
        "place": {"name": "Padang Besar", "country": "TH"},
        "matched_on": ["name", "document"],
        "confirmed_by": "Duty officer, Padang Besar",
    }
)
WANTED: Final = compact(
    {
        "type": "wanted-person",
        "action": "arrest",
        "reason": "Sought for fraud against several banks.",
        "person": {
            "names": [
                {"value": "Tirtayasa", "script": "Latn", "role": "surname"},
                {"value": "Bagas", "script": "Latn", "role": "given"},
            ],
            "date_of_birth": "1984-03",
            "sex": "M",
            "nationalities": ["ID"],
        },
    }
)
MISSING: Final = compact(
    {
        "type": "missing-person",
        "action": "locate",
        "person": {
            "names": [{"value": "Melati", "script": "Latn", "role": "single"}],
            "date_of_birth": "2011",
        },
    }
)
WITHDRAWAL: Final = compact(
    {"type": "withdrawal", "reason": "found", "text": "Found and back with the family."}
)
WITH_FILES: Final = compact(
    {
        "type": "message",
        "subject": "Photograph and statement",
        "text": "Both as agreed.",
        "files": [
            {"index": 1, "name": "photograph.png", "media_type": "image/png", "role": "photograph"},
            {"index": 2, "name": "statement.txt", "media_type": "text/plain", "role": "evidence"},
        ],
    }
)
LONG: Final = compact(
    {
        "type": "message",
        "subject": "Statement",
        "text": "no " * 5650 + "more",
        "answer_wanted": True,
    }
)

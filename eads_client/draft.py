"""Draft: what an officer has written, before it is sealed; and its sealed file in ``drafts/``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from eads_client import payloads
from eads_client.at_rest import AtRest, DamagedError
from eads_client.errors import DraftError
from eads_client.payloads import Payload, PayloadError
from eads_client.payloads.notice import Notice
from eads_client.private_files import read_limited, write_private
from eads_wire import limits
from eads_wire.encoding import (
    AgencyId,
    Digest,
    JsonObject,
    as_agency,
    as_digest,
    as_int,
    as_list,
    as_object,
    as_text,
    as_time,
    check_keys,
    decode_json,
    format_time,
    from_base64,
    to_base64,
)
from eads_wire.errors import WireError, require
from eads_wire.notice_types import ANSWERS, AREAS, HANDLING, LONGEST_LIFE, PRIORITIES, TLP, TYPES

Content = Payload | Mapping[str, Any]
"""A model of ``eads_client.payloads``, or plain JSON for types that have no model."""

_VERSION: Final = 1
_LIMIT: Final = 4 * limits.PAYLOAD_BYTES
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_SUFFIX: Final = ".draft"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A notice or answer before sealing.

    Attributes:
        content: what recipients will read.
        type: of the notice; taken from ``content`` where that is a model.
        expires: aware; by default the longest life of the type, counted from the sealing.
        handling: codes; by default those of the content, else ``H0``.
        tlp: by default that of the content, else ``AMBER``.
        priority: ``routine``, ``urgent`` or ``immediate``.
        area: crime area for the header, which the hub may read; None leaves it out.
        files: plaintext files in the order in which the content numbers them.
        re: digest of the notice that this one answers; exactly for answers.
        to: recipients that everybody may see; the issuer is added by itself.
        hidden: recipients that the others do not learn of.
    """

    content: Content
    type: str = ""
    expires: datetime | None = None
    handling: tuple[str, ...] = ()
    tlp: str = ""
    priority: str = "routine"
    area: str | None = None
    files: tuple[Path, ...] = ()
    re: Digest | None = None
    to: tuple[AgencyId, ...] = ()
    hidden: tuple[AgencyId, ...] = ()

    def __post_init__(self) -> None:
        own = getattr(self.content, "type", None)
        if isinstance(own, str) and own in TYPES:
            if self.type not in ("", own):
                raise DraftError("type: it is not that of the content")
            object.__setattr__(self, "type", own)

    def encode_content(self, act: str) -> bytes:
        """The payload's bytes as they will be sealed.

        Args:
            act: ``issue``, ``update`` or ``withdraw``.

        Raises:
            DraftError: the content does not follow the schema of its type.
        """
        return encode_content(self.type, act, self.content)

    def header_handling(self) -> tuple[tuple[str, ...], str]:
        """Handling codes (sorted) and TLP for the header. Raises DraftError."""
        sealed = getattr(self.content, "handling", None)
        inner_codes = tuple(sorted(getattr(sealed, "codes", ())))
        inner_tlp = getattr(sealed, "tlp", None)
        codes = tuple(sorted(set(self.handling))) or inner_codes or (HANDLING[0],)
        tlp = self.tlp or inner_tlp or "AMBER"
        if inner_codes and codes != inner_codes:
            raise DraftError("handling: the codes are not those in the content")
        if inner_tlp and tlp != inner_tlp:
            raise DraftError("tlp: it is not that in the content")
        return codes, tlp

    def expiry(self, issued: datetime) -> datetime:
        """When the notice ends. Raises DraftError if it is too soon or too late."""
        if self.type not in LONGEST_LIFE:
            raise DraftError(f"type: use one of {', '.join(TYPES)}")
        latest = issued + LONGEST_LIFE[self.type]
        if self.expires is None:
            return latest
        if self.expires.tzinfo is None:
            raise DraftError("expires: give a time with its time zone")
        if self.expires <= issued + timedelta(seconds=1):
            raise DraftError("expires: it lies in the past")
        if self.expires > latest:
            raise DraftError(f"expires: at most {LONGEST_LIFE[self.type].days} days from today")
        return self.expires

    def check(self) -> None:
        """Refuse what cannot be sealed. Raises DraftError that names the field."""
        if self.type not in TYPES:
            raise DraftError(f"type: use one of {', '.join(TYPES)}")
        if (self.re is not None) != (self.type in ANSWERS):
            raise DraftError("re: an answer names the notice that it answers, others do not")
        if self.priority not in PRIORITIES:
            raise DraftError(f"priority: use one of {', '.join(PRIORITIES)}")
        if self.area is not None and self.area not in AREAS:
            raise DraftError(f"area: use one of {', '.join(AREAS)}")
        codes, tlp = self.header_handling()
        if not set(codes) <= set(HANDLING):
            raise DraftError(f"handling: use {', '.join(HANDLING)}")
        if tlp not in TLP:
            raise DraftError(f"tlp: use one of {', '.join(TLP)}")
        if len(self.files) > limits.FILES:
            raise DraftError(f"files: at most {limits.FILES}")
        numbered = getattr(self.content, "files", None)
        if numbered is not None and len(numbered) != len(self.files):
            raise DraftError("files: the content lists another number of files")


def encode_content(notice_type: str, act: str, content: Content) -> bytes:
    """A payload's bytes. Raises DraftError; the text carries no content."""
    if act == "withdraw" or notice_type in payloads.PAYLOADS:
        if isinstance(content, Mapping):
            raise DraftError(f"content: give a model of eads_client.payloads for {notice_type}")
        try:
            return payloads.encode(content)
        except PayloadError as error:
            raise DraftError(f"content: {error}") from None
    if not isinstance(content, Mapping):
        raise DraftError("content: it is of another type")
    try:
        raw = json.dumps(
            dict(content), ensure_ascii=False, separators=(",", ":"), allow_nan=False
        ).encode("utf-8")
        decode_json(raw, limit=limits.PAYLOAD_BYTES, what="content")
    except (TypeError, ValueError, RecursionError):
        raise DraftError("content: it is not plain JSON") from None
    except WireError as error:
        raise DraftError(f"content: {error.detail}") from None
    return raw


def decode_content(notice_type: str, act: str, raw: bytes) -> Payload | JsonObject:
    """An opened payload: a model where the type has one, else plain JSON.

    Raises:
        PayloadError, WireError: the bytes do not follow the schema of the type.
    """
    if act == "withdraw" or notice_type in payloads.PAYLOADS:
        return payloads.decode(notice_type, act, raw)
    return decode_json(raw, limit=limits.PAYLOAD_BYTES, what="content")


def is_extension_explained(content: Content) -> bool:
    """Whether an update that moves the expiry says why (``update_reason``)."""
    return not isinstance(content, Notice) or content.update_reason is not None


def _to_json(draft: Draft) -> JsonObject:
    return {
        "v": _VERSION,
        "type": draft.type,
        "content": to_base64(draft.encode_content("issue")),
        "expires": format_time(draft.expires) if draft.expires else None,
        "handling": list(draft.handling),
        "tlp": draft.tlp,
        "priority": draft.priority,
        "area": draft.area,
        "files": [str(path) for path in draft.files],
        "re": draft.re,
        "to": list(draft.to),
        "hidden": list(draft.hidden),
    }


_KEYS: Final = ("v", "type", "content", "expires", "handling", "tlp", "priority", "area")
_KEYS_TOO: Final = ("files", "re", "to", "hidden")


def _from_json(obj: JsonObject) -> Draft:
    check_keys(obj, (*_KEYS, *_KEYS_TOO), what="draft")
    require(as_int(obj["v"], "v") == _VERSION, "unsupported", "v is not 1")
    kind = as_text(obj["type"], "type")
    content: Any = decode_content(kind, "issue", from_base64(obj["content"], "content"))
    return Draft(
        content=content,
        type=kind,
        expires=None if obj["expires"] is None else as_time(obj["expires"], "expires"),
        handling=tuple(_texts(obj["handling"], "handling")),
        tlp=as_text(obj["tlp"], "tlp"),
        priority=as_text(obj["priority"], "priority"),
        area=None if obj["area"] is None else as_text(obj["area"], "area"),
        files=tuple(Path(text) for text in _texts(obj["files"], "files")),
        re=None if obj["re"] is None else as_digest(obj["re"], "re"),
        to=tuple(as_agency(text) for text in _texts(obj["to"], "to")),
        hidden=tuple(as_agency(text) for text in _texts(obj["hidden"], "hidden")),
    )


def _texts(value: Any, what: str) -> list[str]:
    return [as_text(item, what) for item in as_list(value, what, least=0, most=limits.RECIPIENTS)]


class Drafts:
    """The drafts of a profile; sealed at rest, so that a lost disk tells nothing.

    Args:
        folder: ``drafts/`` of the profile.
        at_rest: of the profile's keystore.
    """

    def __init__(self, folder: Path, at_rest: AtRest) -> None:
        self._folder = folder
        self._at_rest = at_rest

    def save(self, name: str, draft: Draft) -> None:
        """Write a draft; one of the same name is replaced. Raises DraftError."""
        raw = json.dumps(_to_json(draft)).encode()
        write_private(self._path(name), self._at_rest.seal(f"draft {name}", raw))

    def load(self, name: str) -> Draft:
        """Read a draft. Raises DraftError if there is none or it is damaged."""
        path = self._path(name)
        if not path.exists():
            raise DraftError(f"there is no draft {name!r}")
        try:
            raw = self._at_rest.open(f"draft {name}", read_limited(path, _LIMIT))
            return _from_json(as_object(decode_json(raw, limit=_LIMIT, what="draft"), "draft"))
        except DamagedError:
            raise DraftError(f"the draft {name!r} is damaged") from None
        except (WireError, PayloadError) as error:
            raise DraftError(f"the draft {name!r} is of another version: {error}") from None

    def names(self) -> tuple[str, ...]:
        """Names of all drafts, sorted."""
        found = self._folder.glob(f"*{_SUFFIX}")
        return tuple(sorted(path.name.removesuffix(_SUFFIX) for path in found))

    def delete(self, name: str) -> None:
        """Delete a draft; nothing happens if there is none."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        if _NAME.fullmatch(name) is None:
            raise DraftError("a draft's name has letters, digits, dots, hyphens; no folder")
        return self._folder / f"{name}{_SUFFIX}"

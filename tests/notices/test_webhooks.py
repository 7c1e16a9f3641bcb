from __future__ import annotations

import json
import socket
import ssl
import time
from datetime import UTC, datetime, timedelta

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from standardwebhooks import Webhook, WebhookVerificationError

from notices import outbox, webhook_address, webhooks
from notices.webhook_address import RefusedAddressError, parse_target, permitted_addresses
from tests.notices.receiver import SECRET, listening, owe, own_connections, subscribe

PRIVATE = [
    "127.0.0.1",
    "localhost",
    "2130706433",
    "0x7f.1",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.9",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "224.0.0.1",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "fd00::1",
    "fe80::1",
    "fec0::1",
    "ff0e::1",
]
PUBLIC = "9.9.9.9"


@pytest.fixture(autouse=True)
def _own_connections():
    with own_connections():
        yield


@pytest.fixture
def allowed(settings):
    settings.EADS_WEBHOOK_ALLOW_PRIVATE = settings.EADS_WEBHOOK_ALLOW_HTTP = True


@pytest.fixture
def receiver():
    with listening() as each:
        yield each


def claimed(target: str):
    subscribe(target)
    owe(41, 42)
    (message,) = outbox.claim(1)
    return message


def names(monkeypatch, table: dict[str, list[str]]) -> list[str]:
    """Answer for the name server; what was asked is recorded."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def getaddrinfo(host, port, *args, **options):
        if host not in table:
            return real(host, port, *args, **options)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in table[host]]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.django_db
@pytest.mark.usefixtures("allowed")
class TestPost:
    def test_the_library_of_the_receiver_verifies_it(self, receiver):
        message = claimed(receiver.url)
        assert webhooks.post(message) == outbox.Outcome("HTTP 204", delivered=True)
        (request,) = receiver.requests
        body = Webhook(SECRET).verify(request.body, request.headers)
        assert body == {
            "type": "mailbox.advanced",
            "timestamp": message.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "data": {"agency": "TH-RTP", "first": 41, "last": 42},
        }
        assert request.id == str(message.id)

    @pytest.mark.parametrize("tampered", ["body", "id", "secret"])
    def test_a_tampered_message_does_not_verify(self, receiver, tampered):
        webhooks.post(claimed(receiver.url))
        (request,) = receiver.requests
        body = request.body.replace(b"42", b"43") if tampered == "body" else request.body
        headers = request.headers | ({"webhook-id": "another"} if tampered == "id" else {})
        secret = "whsec_" + "A" * 44 if tampered == "secret" else SECRET
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, headers)

    def test_a_repeat_has_the_same_id_and_body(self, receiver):
        message = claimed(receiver.url)
        webhooks.post(message)
        webhooks.post(message)
        first, second = receiver.requests
        assert (first.id, first.body) == (second.id, second.body)

    def test_the_connection_is_kept_between_messages(self, receiver):
        receiver.status, receiver.body = 200, b"thank you"
        message = claimed(receiver.url)
        for _ in range(3):
            webhooks.post(message)
        assert len({request.port for request in receiver.requests}) == 1

    @pytest.mark.parametrize(
        ("status", "delivered", "gone"),
        [
            (200, True, False),
            (202, True, False),
            (204, True, False),
            (302, False, False),
            (400, False, False),
            (404, False, False),
            (410, False, True),
            (500, False, False),
        ],
    )
    def test_only_2xx_is_delivered_and_410_is_gone(self, receiver, status, delivered, gone):
        receiver.status = status
        outcome = webhooks.post(claimed(receiver.url))
        assert outcome == outbox.Outcome(f"HTTP {status}", delivered=delivered, gone=gone)

    def test_a_redirect_is_not_followed(self, receiver):
        with listening() as elsewhere:
            receiver.status, receiver.headers = 307, {"Location": elsewhere.url}
            assert not webhooks.post(claimed(receiver.url)).delivered
            assert elsewhere.requests == []

    def test_a_long_answer_is_cut_off(self, receiver):
        sent: list[int] = []

        def answer(handler):
            handler.send_response(200)
            handler.send_header("Content-Length", str(2**40))
            handler.end_headers()
            for _ in range(4096):
                handler.wfile.write(b"x" * 65536)
                sent.append(65536)

        receiver.answer = answer
        webhooks.post(claimed(receiver.url))
        assert sum(sent) < 4096 * 65536

    @pytest.mark.parametrize("part", ["headers", "body"])
    def test_an_answer_that_drips_is_given_up(self, receiver, monkeypatch, part):
        monkeypatch.setattr(webhooks, "TOTAL_SECONDS", 0.3)

        def answer(handler):
            handler.send_response(200)
            handler.send_header("Content-Length", "40" if part == "body" else "0")
            handler.flush_headers()
            if part == "body":
                handler.end_headers()
            for _ in range(40):
                handler.wfile.write(b"X" if part == "body" else b"X-A: b\r\n")
                time.sleep(0.05)
            if part == "headers":
                handler.end_headers()

        receiver.answer = answer
        assert webhooks.post(claimed(receiver.url)) == outbox.Outcome("ReadTimeout")

    def test_nobody_listening_is_a_failure(self):
        with listening() as receiver:
            url = receiver.url
        assert webhooks.post(claimed(url)) == outbox.Outcome("ConnectError")

    def test_what_is_not_http_is_a_failure(self, receiver):
        receiver.answer = lambda handler: handler.wfile.write(b"SSH-2.0-dropbear\r\n\r\n")
        outcome = webhooks.post(claimed(receiver.url))
        assert outcome == outbox.Outcome("RemoteProtocolError")

    def test_the_outcome_never_shows_the_target(self, receiver):
        receiver.status = 503
        outcome = webhooks.post(claimed(receiver.url + "?token=wanda"))
        assert "wanda" not in outcome.text


class TestAddresses:
    @pytest.mark.parametrize("host", PRIVATE)
    def test_private_addresses_are_refused_however_they_are_written(self, host):
        with pytest.raises(RefusedAddressError):
            permitted_addresses(host, 443)

    @pytest.mark.parametrize("host", [PUBLIC, "2620:fe::fe", "64:ff9b::909:909"])
    def test_public_addresses_are_permitted(self, host):
        assert permitted_addresses(host, 443) == [host]

    def test_one_private_address_among_public_ones_is_enough(self, monkeypatch):
        names(monkeypatch, {"desk.example": [PUBLIC, "10.0.0.1"]})
        with pytest.raises(RefusedAddressError):
            permitted_addresses("desk.example", 443)

    @pytest.mark.parametrize(
        "target",
        [
            "http://desk.example/",
            "ftp://desk.example/",
            "desk.example",
            "https:///path",
            "https://user:word@desk.example/",
            "https://desk.example/#part",
            "https://desk.example:0/",
            "https://desk.example:99999/",
            "https://desk.example/a b",
            "https://desk.example/\r\nX-Header: 1",
            "https://desk.example\\@evil.example/",
            "https://bücher.example/",
            "https://[::1/",
            "https://desk.example/" + "a" * 500,
        ],
    )
    def test_other_forms_are_refused(self, target):
        with pytest.raises(RefusedAddressError):
            parse_target(target)

    def test_a_target_is_taken_apart(self):
        target = parse_target("https://desk.example:8443/e-ads?key=1")
        assert (target.host, target.port, target.path) == ("desk.example", 8443, "/e-ads?key=1")
        assert target.authority == "desk.example:8443"
        assert parse_target("https://[2620:fe::fe]").authority == "[2620:fe::fe]"


@pytest.mark.django_db
class TestRebinding:
    def test_a_name_that_turned_private_is_not_called(self, settings, receiver, monkeypatch):
        settings.EADS_WEBHOOK_ALLOW_HTTP = True
        names(monkeypatch, {"desk.example": ["127.0.0.1"]})
        message = claimed(f"http://desk.example:{receiver.port}/")
        outcome = webhooks.post(message)
        assert outcome.text.startswith("refused-address")
        assert not outcome.delivered
        assert receiver.requests == []

    def test_the_connection_goes_to_the_address_that_was_judged(self, monkeypatch):
        asked = names(monkeypatch, {"desk.example": [PUBLIC]})
        connected: list[str] = []

        def connect(self, host, *args, **options):
            connected.append(host)
            raise httpcore.ConnectError

        monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
        webhooks.post(claimed("https://desk.example/"))
        assert asked == ["desk.example"]
        assert connected == [PUBLIC]

    def test_an_address_that_does_not_answer_is_followed_by_the_next(
        self, allowed, receiver, monkeypatch
    ):
        names(monkeypatch, {"desk.example": ["127.0.0.2", "127.0.0.1"]})
        message = claimed(f"http://desk.example:{receiver.port}/")
        assert webhooks.post(message).delivered
        assert receiver.requests[0].headers["host"] == f"desk.example:{receiver.port}"


@pytest.mark.django_db
@pytest.mark.usefixtures("allowed")
class TestTls:
    @pytest.fixture
    def authority(self, tmp_path, monkeypatch):
        """A certificate for desk.example alone, and the hub's belief in who signed it."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "desk.example")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("desk.example")]), False)
            .sign(key, hashes.SHA256())
        )
        (tmp_path / "certificate").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        (tmp_path / "key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        believes = ssl.create_default_context(cafile=str(tmp_path / "certificate"))
        monkeypatch.setattr(webhooks, "tls_context", lambda: believes)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "certificate", tmp_path / "key")
        return context

    def test_name_and_certificate_stay_the_targets_own(self, authority, monkeypatch):
        asked: list[str | None] = []
        authority.sni_callback = lambda _socket, name, _context: asked.append(name)
        names(monkeypatch, {"desk.example": ["127.0.0.1"]})
        with listening(authority) as receiver:
            message = claimed(f"https://desk.example:{receiver.port}/e-ads")
            assert webhooks.post(message).delivered
        assert asked == ["desk.example"]
        assert receiver.requests[0].headers["host"] == f"desk.example:{receiver.port}"

    def test_another_name_at_the_same_address_is_not_believed(self, authority, monkeypatch):
        names(monkeypatch, {"desk.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]})
        with listening(authority) as receiver:
            subscribe(f"https://desk.example:{receiver.port}/")
            subscribe(f"https://other.example:{receiver.port}/")
            owe(1, 1)
            outcomes = {
                parse_target(message.subscription.target).host: webhooks.post(message)
                for message in outbox.claim(2)
            }
        assert outcomes["desk.example"].delivered
        assert outcomes["other.example"] == outbox.Outcome("ConnectError")


def test_the_time_limit_ends_with_its_block():
    with webhook_address.time_limit(0), pytest.raises(httpcore.ReadTimeout):
        webhook_address._left(1.0)
    assert webhook_address._left(1.0) == 1.0


@pytest.mark.django_db
def test_the_body_holds_identifiers_only():
    message = claimed("https://desk.example/")
    body = json.loads(webhooks.body_of(message))
    assert set(body) == {"type", "timestamp", "data"}
    assert set(body["data"]) == {"agency", "first", "last"}

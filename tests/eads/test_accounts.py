"""Nobody makes an account at the hub over the network."""

from __future__ import annotations

from allauth.account.adapter import get_adapter


def test_sign_up_is_closed(rf):
    assert get_adapter().is_open_for_signup(rf.get("/accounts/signup/")) is False

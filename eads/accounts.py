"""Accounts at the hub: the Secretariat's operators only. Officers have keys, not accounts."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class OperatorAdapter(DefaultAccountAdapter):
    """Nobody signs up: operators are made with ``manage.py operator create``."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

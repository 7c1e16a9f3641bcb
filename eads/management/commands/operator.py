"""The Secretariat's operators: accounts for the admin pages."""

from __future__ import annotations

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from transparency.store import writing


class Command(BaseCommand):
    help = "Create, list, shut out or help the operators who may use the admin pages."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="who there is")
        for verb, text in (
            ("create", "a new operator; asks for a password, or reads it from standard input"),
            ("disable", "refuse this operator from now on"),
            ("enable", "take that back"),
            ("forget-factors", "let an operator who lost the second factor set up another"),
        ):
            verbs.add_parser(verb, help=text).add_argument("name")

    def handle(self, *args: Any, verb: str, name: str = "", **options: Any) -> None:
        if verb == "list":
            self._list()
        elif verb == "create":
            self._create(name)
        else:
            self._change(verb, name)

    def _list(self) -> None:
        for user in User.objects.filter(is_staff=True).order_by("username"):
            factors = Authenticator.objects.filter(user=user).values_list("type", flat=True)
            standing = "active" if user.is_active else "disabled"
            kinds = ", ".join(sorted(set(factors))) or "no second factor yet"
            self.stdout.write(f"{user.get_username()}  {standing}  {kinds}")

    def _create(self, name: str) -> None:
        user = User(username=name, is_staff=True, is_superuser=True)
        try:
            user.clean_fields(exclude=["password"])
            user.validate_unique()
            password = _ask_password()
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        user.set_password(password)
        with writing():
            user.save()
        scheme = "https" if settings.EADS_HTTPS else "http"
        self.stdout.write(f"Operator {name} is made. Sign in and set up a second factor:")
        self.stdout.write(f"{scheme}://{settings.EADS_ORIGIN}/admin/")

    def _change(self, verb: str, name: str) -> None:
        user = User.objects.filter(username=name, is_staff=True).first()
        if user is None:
            raise CommandError(f"There is no operator {name}.")
        with writing():
            if verb == "forget-factors":
                Authenticator.objects.filter(user=user).delete()
            else:
                User.objects.filter(pk=user.pk).update(is_active=verb == "enable")
        self.stdout.write(f"Operator {name}: {verb} done.")


def _ask_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        raise CommandError("The two differ.")
    return password

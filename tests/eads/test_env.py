"""Every reader takes what is right and names the variable when something is not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from eads import env

NAME = "EADS_SAMPLE"


@pytest.fixture
def sample(monkeypatch: pytest.MonkeyPatch):
    """Sets the sample variable, or its file."""

    def give(value: str, name: str = NAME) -> None:
        monkeypatch.setenv(name, value)

    monkeypatch.delenv(NAME, raising=False)
    monkeypatch.delenv(f"{NAME}_FILE", raising=False)
    return give


def refusal(call) -> str:
    with pytest.raises(env.SettingError) as caught:
        call()
    assert str(caught.value).startswith(NAME), "the message begins with the variable's name"
    return str(caught.value)


def test_text_falls_back_to_its_default(sample):
    assert env.text(NAME, "plain") == "plain"


def test_text_without_default_must_be_set(sample):
    assert "must be set" in refusal(lambda: env.text(NAME))


def test_empty_text_is_refused_rather_than_taken_as_the_default(sample):
    sample("  ")
    assert "empty" in refusal(lambda: env.text(NAME, "plain"))


def test_text_is_one_of_its_choices(sample):
    sample("optional")
    assert env.text(NAME, "required", choices=("required", "optional")) == "optional"
    sample("never")
    message = refusal(lambda: env.text(NAME, "required", choices=("required", "optional")))
    assert "required, optional" in message
    assert "'never'" in message


@pytest.mark.parametrize("value", ["1", "true", "YES", "on"])
def test_flag_reads_yes(sample, value):
    sample(value)
    assert env.flag(NAME, False) is True


@pytest.mark.parametrize("value", ["0", "false", "No", "off"])
def test_flag_reads_no(sample, value):
    sample(value)
    assert env.flag(NAME, True) is False


@pytest.mark.parametrize("value", ["maybe", "2", "truee"])
def test_flag_refuses_what_is_neither(sample, value):
    sample(value)
    assert "true or false" in refusal(lambda: env.flag(NAME, False))


def test_integer_keeps_to_its_bounds(sample):
    sample("12")
    assert env.integer(NAME, 5) == 12
    assert "at most 10" in refusal(lambda: env.integer(NAME, 5, maximum=10))
    assert "at least 20" in refusal(lambda: env.integer(NAME, 5, minimum=20))


@pytest.mark.parametrize("value", ["1.5", "ten", "1_000", "+1", "٣", "9" * 30])
def test_integer_refuses_other_writings(sample, value):
    sample(value)
    assert "whole number" in refusal(lambda: env.integer(NAME, 5))


@pytest.mark.parametrize(
    ("value", "seconds"), [("30", 30), ("30s", 30), ("5m", 300), ("2h", 7200), ("7d", 604800)]
)
def test_duration_reads_its_units(sample, value, seconds):
    sample(value)
    assert env.duration(NAME, timedelta(0)) == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", ["5 minutes", "-1s", "1w", "s", "1.5h"])
def test_duration_refuses_other_writings(sample, value):
    sample(value)
    assert "duration" in refusal(lambda: env.duration(NAME, timedelta(0)))


def test_duration_default_is_kept(sample):
    assert env.duration(NAME, timedelta(minutes=10)) == timedelta(minutes=10)


def test_path_is_absolute(sample, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    sample("here/below")
    assert env.path(NAME) == tmp_path / "here" / "below"


def test_path_unset_without_default_is_none(sample):
    assert env.path(NAME) is None


def test_items_are_stripped(sample):
    sample("a.example, b.example")
    assert env.items(NAME) == ["a.example", "b.example"]


def test_items_refuse_an_empty_entry(sample):
    sample("a.example,,b.example")
    assert "empty entry" in refusal(lambda: env.items(NAME))


def test_secret_comes_from_its_file_without_the_line_end(sample, tmp_path):
    file = tmp_path / "secret"
    file.write_text("open sesame\n")
    sample(str(file), f"{NAME}_FILE")
    assert env.secret(NAME) == "open sesame"


def test_secret_given_twice_is_refused(sample, tmp_path):
    sample("one")
    sample(str(tmp_path / "two"), f"{NAME}_FILE")
    assert "both set" in refusal(lambda: env.secret(NAME))


def test_missing_secret_file_names_the_variable_and_the_file(sample, tmp_path):
    sample(str(tmp_path / "absent"), f"{NAME}_FILE")
    message = refusal(lambda: env.secret(NAME))
    assert f"{NAME}_FILE" in message
    assert "absent" in message


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"\n", "is empty"), (b"\xff\xfe", "not UTF-8"), (b"x" * 70_000, "larger than")],
)
def test_unusable_secret_file_is_refused(sample, tmp_path, content, problem):
    file = tmp_path / "secret"
    file.write_bytes(content)
    sample(str(file), f"{NAME}_FILE")
    assert problem in refusal(lambda: env.secret(NAME))


def test_database_default_is_a_file(sample, tmp_path):
    read = env.database(NAME, f"sqlite:///{tmp_path}/hub%20one.sqlite3")
    assert read["ENGINE"] == "django.db.backends.sqlite3"
    assert read["NAME"] == f"{tmp_path}/hub one.sqlite3"


def test_database_url_is_taken_apart(sample):
    sample("postgres://eads:p%40ss@db.example:6543/exchange?sslmode=verify-full")
    assert env.database(NAME, "") == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "exchange",
        "USER": "eads",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "6543",
        "OPTIONS": {"sslmode": "verify-full"},
    }


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("mysql://eads@db/exchange", "postgres:// or sqlite:///"),
        ("postgres://eads@db", "database's name"),
        ("postgres://eads@db/a/b", "database's name"),
        ("postgres://eads@db:port/exchange", "not a URL"),
        ("postgres://eads@db/exchange?sslmod=require", "'sslmod'"),
        ("sqlite://file", "sqlite:///PATH"),
        ("sqlite:///", "sqlite:///PATH"),
        ("sqlite:///file?mode=ro", "sqlite:///PATH"),
    ],
)
def test_wrong_database_url_is_refused(sample, url, problem):
    sample(url)
    assert problem in refusal(lambda: env.database(NAME, ""))


def test_refused_database_url_does_not_repeat_the_password(sample):
    sample("postgres://eads:hunter22@db:port/exchange")
    assert "hunter22" not in refusal(lambda: env.database(NAME, ""))


def test_kept_secret_is_made_once_and_private(tmp_path: Path):
    file = tmp_path / "secret.key"
    first = env.kept_secret(file)
    assert len(first) >= 50
    assert file.stat().st_mode & 0o777 == 0o600
    assert env.kept_secret(file) == first
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_kept_secret_of_another_process_is_not_replaced(tmp_path: Path, monkeypatch):
    file = tmp_path / "secret.key"
    kept = env.kept_secret(file)
    # As seen by a process that looked a moment before the file appeared.
    seen = iter([False])
    monkeypatch.setattr(Path, "exists", lambda self: next(seen))
    assert env.kept_secret(file) == kept


def test_kept_secret_open_to_others_is_refused(tmp_path: Path):
    file = tmp_path / "secret.key"
    env.kept_secret(file)
    file.chmod(0o640)
    with pytest.raises(env.SettingError, match="chmod 600"):
        env.kept_secret(file)

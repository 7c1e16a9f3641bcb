"""What concerns the hub itself: a token for curl, notifications, and whom the profile trusts."""

from __future__ import annotations

import contextlib
from typing import Annotated, Any

import typer

from eads_client.bearer import Bearer, Identity
from eads_client.cli.desk import Desk
from eads_client.cli.exits import UsageProblem
from eads_client.cli.region_commands import show_region
from eads_client.cli.tree import command, group
from eads_client.hub_answers import Subscription

subscription = group("Notifications when the mailbox advances; they carry no content.")
trust = group("Whom this profile believes: region, keyrings, the log.")


def token(desk: Desk) -> None:
    """Print a bearer token of ten minutes, for curl."""
    with desk.client() as client:
        if client.trust.region_version == 0:
            client.sync_trust()
        identity = Identity(
            client.agency,
            client.profile.officer,
            client.trust.region.origin,
            client.session.officer_key(),
        )
        with contextlib.closing(client.session.connect()) as transport:
            bearer = Bearer(transport, identity).token()
    if desk.output.as_json:
        desk.output.object({"access_token": bearer, "token_type": "Bearer"})
    else:
        desk.output.text(bearer)


def _json(each: Subscription) -> dict[str, Any]:
    return {
        "id": each.id,
        "kind": each.kind,
        "target": each.target,
        "enabled": each.enabled,
        "failing_since": each.failing_since,
        "last_success": each.last_success,
    }


@command(subscription, "add")
def add(
    desk: Desk,
    target: Annotated[
        str, typer.Argument(metavar="TARGET", help="https address of a webhook, or an e-mail.")
    ],
    kind: Annotated[
        str,
        typer.Option("--kind", metavar="KIND", help="webhook or email; by its form if not given."),
    ] = "",
) -> None:
    """Add a webhook or e-mail address; a webhook's secret is shown this once."""
    chosen = kind or ("webhook" if "://" in target else "email")
    if chosen not in ("webhook", "email"):
        raise UsageProblem("--kind: webhook or email")
    with desk.client() as client:
        made = client.hub.subscribe(chosen, target)
    if made.secret:
        desk.output.warn("keep the secret now; it is not shown again")
    desk.output.object({**_json(made), "secret": made.secret})


@command(subscription, "list")
def list_subscriptions(desk: Desk) -> None:
    """List the agency's notification targets."""
    with desk.client() as client:
        rows = [_json(each) for each in client.hub.subscriptions()]
    columns = ("id", "kind", "target", "enabled", "failing_since", "last_success")
    desk.output.table(columns, rows, none="no subscriptions")


Identifier = Annotated[str, typer.Argument(metavar="ID", help="From eads subscription list.")]


@command(subscription, "remove")
def remove(desk: Desk, identifier: Identifier) -> None:
    """Remove a target."""
    with desk.client() as client:
        client.hub.unsubscribe(identifier)
    desk.output.object({"id": identifier, "removed": True})


@command(subscription, "enable")
def enable(desk: Desk, identifier: Identifier) -> None:
    """Switch a target on again that the hub had disabled."""
    with desk.client() as client:
        client.hub.enable_subscription(identifier)
    desk.output.object({"id": identifier, "enabled": True})


@command(trust, "show")
def show(desk: Desk) -> None:
    """Show the region, its members and their keyrings, and the newest checkpoint of the log."""
    with desk.client() as client:
        held = client.trust
        checkpoint = held.checkpoint
        log = {
            "log_size": checkpoint.size if checkpoint is not None else None,
            "log_root": checkpoint.root.hex() if checkpoint is not None else None,
        }
        versions = {each: held.keyring_version(each) for each in held.agencies()}
        show_region(desk, held.region, log, versions)


@command(trust, "sync")
def sync(desk: Desk) -> None:
    """Bring region, keyrings and checkpoint up to date; polling does it too."""
    with desk.client() as client:
        news = client.sync_trust()
    for agency, failure in news.failures:
        desk.output.warn(f"{agency}: {failure}")
    desk.output.object(
        {
            "region": news.region,
            "keyrings": list(news.keyrings),
            "failures": {agency: str(failure) for agency, failure in news.failures},
        }
    )


def add_to(app: typer.Typer) -> None:
    """Hang these commands into the tree."""
    command(app, "token")(token)
    app.add_typer(subscription, name="subscription")
    app.add_typer(trust, name="trust")

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "notices"
    verbose_name = "Notices"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from notices import doorbell, expiry, placing
        from transparency import sequencer

        sequencer.register_kind(
            "envelope", sequencer.Kind(placing.place_notices, placing.refuse_notices)
        )
        sequencer.register_kind("receipt", sequencer.Kind(placing.place_receipts))
        sequencer.register_chore(expiry.expire_notices)
        sequencer.after_batch(doorbell.ring)

from django.apps import AppConfig


class AgenciesConfig(AppConfig):
    name = "agencies"
    verbose_name = "Agencies"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from agencies import services
        from transparency import sequencer

        sequencer.register_kind("region", sequencer.Kind(services.place_regions))
        sequencer.register_kind("keyring", sequencer.Kind(services.place_keyrings))

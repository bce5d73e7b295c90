"""One page as oTree's own tutorial writes it: five radio buttons and a reason, then thanks."""

from otree.api import (
    BaseConstants,
    BaseGroup,
    BasePlayer,
    BaseSubsession,
    Page,
    models,
    widgets,
)


class C(BaseConstants):
    NAME_IN_URL = "vote"
    PLAYERS_PER_GROUP = None
    NUM_ROUNDS = 1


class Subsession(BaseSubsession):
    pass


class Group(BaseGroup):
    pass


class Player(BasePlayer):
    rating = models.IntegerField(choices=[1, 2, 3, 4, 5], widget=widgets.RadioSelect)
    reason = models.LongStringField(blank=True)


class Judge(Page):
    form_model = "player"
    form_fields = ["rating", "reason"]  # noqa: RUF012 - a list, as oTree asks


class Thanks(Page):
    pass


page_sequence = [Judge, Thanks]

"""How many examples a property test tries: some in every run, twenty times as many in `make long`."""

from hypothesis import HealthCheck, settings

# No test asks how long an example took: another program's pause would fail it.
settings.register_profile("course", deadline=None)
settings.load_profile("course")
# For `pytest -m "long or hypothesis" --hypothesis-profile=long`.
settings.register_profile("long", max_examples=2000, deadline=None)

# A fixture of pytest is made once for all examples; their tests choose a new session or file for each.
UNHARMED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def examples(number: int) -> settings:
    """Settings of a property test that tries so many, and twenty times as many by the profile `long`."""
    # What a profile says for tests without a number of their own: 100 usually, 2,000 in a long run.
    times = max(1, settings.default.max_examples // 100)
    return settings(max_examples=number * times, deadline=None, suppress_health_check=UNHARMED)

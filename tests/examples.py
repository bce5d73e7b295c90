"""How many examples a property test tries: some in every run, twenty times as many in `make long`, and a fifth in
`make quick`."""

from hypothesis import HealthCheck, settings

# No test asks how long an example took: another program's pause would fail it.
settings.register_profile("course", deadline=None)
settings.load_profile("course")
# For `pytest --hypothesis-profile=…`.
settings.register_profile("long", max_examples=2000, deadline=None)
settings.register_profile("quick", max_examples=20, deadline=None)

# A fixture of pytest is made once for all examples; their tests choose a new session or file for each.
UNHARMED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def examples(number: int) -> settings:
    """Settings of a property test that tries so many; more or fewer by the profiles `long` and `quick`."""
    # What a profile says for tests without a number of their own: 100 usually.
    asked = max(1, number * settings.default.max_examples // 100)
    return settings(max_examples=asked, deadline=None, suppress_health_check=UNHARMED)

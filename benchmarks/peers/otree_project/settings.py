"""The smallest oTree project: one session, one app."""

SESSION_CONFIGS = [{"name": "vote", "app_sequence": ["vote"], "num_demo_participants": 1}]
SESSION_CONFIG_DEFAULTS = {"real_world_currency_per_point": 1, "participation_fee": 0}
LANGUAGE_CODE = "en"
REAL_WORLD_CURRENCY_CODE = "USD"
SECRET_KEY = "loopback only"

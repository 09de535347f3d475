"""Several processes that simulate one network: how they talk to each other, and how they agree."""

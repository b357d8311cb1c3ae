"""Single characters: models that tell one from another, their data, training, evaluation and reading."""

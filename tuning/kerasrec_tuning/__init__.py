"""The search for better hyperparameters with KerasTuner, kept apart so that the library needs no tuner."""

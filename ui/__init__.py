"""The doors: command line and chat page. They translate between people and the engine, no more."""

"""The chat page: Gradio components, what happens when a reader acts, and the HTML that is shown."""

"""The panel beside the conversation: sources, article, references and trials, as escaped HTML.

Everything is rendered here once; `static/panel.js` moves between the panes without asking the server.
"""

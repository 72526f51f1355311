"""Fluent answers by a language model, each sentence verified before it is shown (docs/llm.md).

The model is handed the evidence that our engine has chosen and may word it, never add to it. Only
`evidenca[llm]` installs what talks to an endpoint; nothing here is imported unless a model is named.
"""

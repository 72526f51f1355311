"""Evidenca's answers through LlamaIndex's query and chat engines. No language model takes part."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, MessageRole
from llama_index.core.base.response.schema import Response
from llama_index.core.callbacks.base import CallbackManager
from llama_index.core.chat_engine.types import AgentChatResponse, BaseChatEngine, StreamingAgentChatResponse
from llama_index.core.prompts.mixin import PromptMixinType
from llama_index.core.schema import NodeWithScore, QueryBundle
from llama_index.core.tools import ToolOutput

from rag.answer import Answer
from rag.llama.retriever import cited_node
from rag.questions.question import Turn

if TYPE_CHECKING:
    from rag.engine import Engine

_NAME = "evidenca"
_ROLES: Mapping[MessageRole, Literal["user", "assistant"]] = {
    MessageRole.USER: "user",
    MessageRole.ASSISTANT: "assistant",
}


class EvidencaQueryEngine(BaseQueryEngine):
    """Answers a question from the article; see `to_response` for what comes back.

    A question that cannot be answered is no error: its response is what the user is told, its
    metadata say why, and it has no source nodes.
    """

    def __init__(self, engine: "Engine", *, callback_manager: CallbackManager | None = None) -> None:
        self._engine = engine
        super().__init__(callback_manager)

    def _get_prompt_modules(self) -> PromptMixinType:
        return {}

    def _query(self, query_bundle: QueryBundle) -> Response:
        return to_response(self._engine.ask(query_bundle.query_str))

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        return await asyncio.to_thread(self._query, query_bundle)


class EvidencaChatEngine(BaseChatEngine):
    """Answers follow-up questions too: the messages so far go with each question.

    One engine holds one conversation, for one caller at a time. A message and its answer are in the
    history as soon as the method returns, also where the stream is never read. In each response,
    `sources` holds one ToolOutput whose `raw_output` is the whole `Response`, metadata included.
    """

    def __init__(self, engine: "Engine", *, chat_history: Sequence[ChatMessage] = ()) -> None:
        """`chat_history` is how the conversation begins, oldest message first."""
        self._engine = engine
        self._history = list(chat_history)

    @property
    def chat_history(self) -> list[ChatMessage]:
        """The messages so far, oldest first; a copy."""
        return list(self._history)

    def reset(self) -> None:
        """Forget the conversation."""
        self._history.clear()

    def chat(self, message: str, chat_history: list[ChatMessage] | None = None) -> AgentChatResponse:
        """Return the answer to `message`; a `chat_history` given replaces the one held."""
        response = self._answer(message, chat_history)
        return AgentChatResponse(
            response=str(response),
            sources=[_source(message, response)],
            source_nodes=response.source_nodes,
            metadata=response.metadata,
        )

    async def achat(self, message: str, chat_history: list[ChatMessage] | None = None) -> AgentChatResponse:
        """Return what `chat` returns, in a thread."""
        return await asyncio.to_thread(self.chat, message, chat_history)

    def stream_chat(self, message: str, chat_history: list[ChatMessage] | None = None) -> StreamingAgentChatResponse:
        """Return the answer to be read word by word, from `response_gen` or `async_response_gen`.

        It is composed before its first word comes, and `response` holds it from the beginning.
        """
        response = self._answer(message, chat_history)
        text = str(response)
        return StreamingAgentChatResponse(
            response=text,
            sources=[_source(message, response)],
            chat_stream=_stream(text),
            achat_stream=_astream(text),
            source_nodes=response.source_nodes,
            is_function=False,
            # The history is written already; no thread has to follow the stream.
            is_writing_to_memory=False,
        )

    async def astream_chat(
        self, message: str, chat_history: list[ChatMessage] | None = None
    ) -> StreamingAgentChatResponse:
        """Return what `stream_chat` returns, in a thread."""
        return await asyncio.to_thread(self.stream_chat, message, chat_history)

    def _answer(self, message: str, chat_history: list[ChatMessage] | None) -> Response:
        if chat_history is not None:
            self._history = list(chat_history)
        response = to_response(self._engine.ask(message, history=to_turns(self._history)))
        self._history += [
            ChatMessage(role=MessageRole.USER, content=message),
            ChatMessage(role=MessageRole.ASSISTANT, content=str(response)),
        ]
        return response


def to_response(answer: Answer) -> Response:
    """Return an answer as a LlamaIndex response.

    `response` is the text with its markers `[1]`. `source_nodes` are the pieces it cites, in order
    of their markers, each with the verbatim quote, its marker in the metadata and the confidence of
    the answer as its score. `metadata` is the answer object of docs/answer.md, as plain JSON values.
    """
    nodes = [NodeWithScore(node=cited_node(citation), score=answer.confidence) for citation in answer.citations]
    metadata: dict[str, Any] = json.loads(json.dumps(answer.to_dict()))
    return Response(response=answer.answer, source_nodes=nodes, metadata=metadata)


def to_turns(messages: Sequence[ChatMessage]) -> list[Turn]:
    """Return what user and assistant said; instructions, tool calls and empty messages are left out."""
    return [
        Turn(_ROLES[message.role], message.content)
        for message in messages
        if message.role in _ROLES and message.content
    ]


def _source(message: str, response: Response) -> ToolOutput:
    return ToolOutput(
        tool_name=_NAME, content=str(response), raw_input={"message": message}, raw_output=response, is_error=False
    )


def _stream(text: str) -> Generator[ChatResponse, None, None]:
    so_far = ""
    for delta in re.findall(r"\s*\S+\s*", text):
        so_far += delta
        yield ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, content=so_far), delta=delta)


async def _astream(text: str) -> AsyncGenerator[ChatResponse, None]:
    for part in _stream(text):
        yield part

"""The LlamaIndex adapter, used as a LlamaIndex user would."""

import subprocess
import sys

import pytest

from rag.engine import Engine


@pytest.mark.model
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_nodes_carry_quote_and_provenance(engine: Engine) -> None:
    from llama_index.core.schema import MetadataMode

    from rag.llama import EvidencaRetriever

    for question in ("Kaj povzroča cirozo jeter?", "What causes liver cirrhosis?"):
        nodes = EvidencaRetriever(engine, k=4).retrieve(question)
        expected = engine.search(question, k=4)
        assert [(node.node_id, node.score) for node in nodes] == [(r.chunk.id, r.score) for r in expected]
        assert nodes[0].node.get_content(MetadataMode.LLM) == expected[0].chunk.text
        assert nodes[0].metadata["spans"] == [list(span) for span in expected[0].chunk.spans]
        assert nodes[0].metadata["section"] == "3.1.4.2"


@pytest.mark.model
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_no_nodes_make_no_sense(engine: Engine) -> None:
    from rag.llama import EvidencaRetriever

    with pytest.raises(ValueError, match="at least 1"):
        EvidencaRetriever(engine, k=0)


def test_the_engine_does_not_import_llama_index() -> None:
    script = "import sys, rag.engine; print('llama_index' in sys.modules, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"

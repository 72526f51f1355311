"""Our own bilingual embedder: features, the numpy runtime, the sentence-transformers module, damaged files."""

import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import ConfigError
from ingest.embed import Embedder
from ingest.embedder.evaluate import bitext_accuracy, without_overlap
from ingest.embedder.features import cognate, features, hashes, normalise, words
from ingest.embedder.phrases import verb_phrases
from ingest.embedder.static import MODEL_DIR, StaticEmbedder, is_model
from ingest.embedder.train import read_own
from ingest.embedder.weights import FILE, normal_levels, quantise, read_weights, write_weights

ROOT = Path(__file__).parent.parent
TEXTS = [
    "Zunajcelični vezikli so majhni mešički, ki jih izločajo celice.",
    "Extracellular vesicles are small sacs released by cells.",
    "Kako se zdravi suho oko?",
    "How is dry eye treated?",
]
# Word pairs of the field that no training file pairs with each other (checked below).
SANITY = {
    "prijatelji iz šole": "friends from school",
    "rentgen zlomljenega zoba": "X-ray of a broken tooth",
    "zdravnik posluša srce": "the doctor listens to the heart",
    "zlom otrokove roke": "fracture of a child's arm",
    "otroška zdravnica": "children's doctor",
    "hrup v pisarni": "noise in the office",
    "jetrne celice miši": "mouse liver cells",
    "zmrznjeni vzorci": "frozen samples",
    "stranski učinki cepiva": "vaccine side effects",
    "število obiskovalcev muzeja": "number of museum visitors",
    "poškodba kolena": "knee injury",
    "rast možganskih tumorjev": "growth of brain tumours",
    "krvni obtok ploda": "fetal blood circulation",
    "celjenje kožnih ran": "healing of skin wounds",
    "okužba s črevesnimi bakterijami": "infection with gut bacteria",
    "starejše bolnice": "older female patients",
    "cena preiskave": "price of the test",
    "zdravnikov odgovor": "the doctor's answer",
    "voda in hrana": "water and food",
    "dolgotrajno spremljanje bolnikov": "long-term follow-up of patients",
    "nova bolnišnica v mestu": "a new hospital in the city",
    "vnetje očesne površine": "inflammation of the eye surface",
    "izguba telesne mase": "loss of body weight",
    "delovanje ledvic pri podganah": "kidney function in rats",
}


@pytest.fixture(scope="module")
def static() -> StaticEmbedder:
    return StaticEmbedder()


# Features


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text())
def test_any_text_has_words_of_letters_and_digits_and_each_has_features(text: str) -> None:
    for word in words(text):
        assert word.isascii()
        assert features(word)[0] == f"w{word}"
        assert all(0 <= key < 2**32 for key in hashes(word))


@given(st.text(alphabet="abčćdđešžü -1", max_size=40))
def test_text_without_accents_has_the_same_words(text: str) -> None:
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)).replace("đ", "d")
    assert words(text) == words(bare)
    assert words(unicodedata.normalize("NFD", text)) == words(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Zunajcelični vezikli (ZV)", ["zunajcelicni", "vezikli", "zv"]),
        ("miR-146a, TGF-β1", ["mir-146", "a", "tgf", "beta1"]),
        ("200 nm", ["200", "nm"]),
        ("кровь, ?!", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_a_number_is_like_no_other() -> None:
    assert features("2000") == ["w2000"]


def test_features_of_a_word() -> None:
    assert features("celica") == [
        "wcelica", "pceli", "pcelic", "ccelika", "dcelik",
        "n<cel", "nceli", "nelic", "nlica", "nica>", "n<celi", "ncelic", "nelica", "nlica>",
    ]  # fmt: skip
    assert features("celica", ngrams=False) == features("celica")[:5]


@pytest.mark.parametrize(
    ("english", "slovene"),
    [("exosome", "eksosom"), ("phosphatase", "fosfataza"), ("apoptosis", "apoptoza"), ("therapy", "terapija")],
)
def test_cognates_begin_alike(english: str, slovene: str) -> None:
    common = set(features(english)) & set(features(slovene))
    assert {feature for feature in common if feature[0] in "cd"}
    assert cognate(english)[:5] == cognate(slovene)[:5]


# Runtime


def test_it_is_an_embedder_with_unit_vectors(static: StaticEmbedder) -> None:
    embedder: Embedder = static
    vectors = embedder.encode_documents(TEXTS)
    assert vectors.shape == (4, embedder.dimension)
    assert vectors.dtype == np.float32
    assert vectors.flags.c_contiguous
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    query = embedder.encode_query(TEXTS[0])
    assert query.shape == (1, embedder.dimension)
    np.testing.assert_array_equal(query, vectors[:1])


def test_no_texts_give_an_empty_matrix(static: StaticEmbedder) -> None:
    assert static.encode_documents([]).shape == (0, static.dimension)
    assert static.word_vectors([]).shape == (0, static.dimension)


@pytest.mark.parametrize("text", ["", "?! …", "кровь"], ids=["empty", "punctuation", "Cyrillic"])
def test_a_text_without_features_is_like_nothing(static: StaticEmbedder, text: str) -> None:
    np.testing.assert_array_equal(static.encode_query(text), np.zeros((1, static.dimension)))
    np.testing.assert_array_equal(static.encode_documents([TEXTS[0], text])[1], np.zeros(static.dimension))


@pytest.mark.parametrize("text", ["9876543210987", "x" * 100_000], ids=["a number", "a very long word"])
def test_words_never_met_are_no_error(static: StaticEmbedder, text: str) -> None:
    assert np.isfinite(static.encode_query(text)).all()


def test_batches_are_reported_and_change_nothing(static: StaticEmbedder) -> None:
    done: list[int] = []
    vectors = static.encode_documents(TEXTS * 100, on_batch=done.append)
    assert sum(done) == 400
    assert len(done) > 1
    np.testing.assert_allclose(vectors, np.tile(static.encode_documents(TEXTS), (100, 1)), atol=1e-6)


def test_a_fresh_embedder_gives_the_same(static: StaticEmbedder) -> None:
    fresh = StaticEmbedder()
    assert fresh.fingerprint == static.fingerprint
    np.testing.assert_array_equal(fresh.encode_documents(TEXTS), static.encode_documents(TEXTS))


@pytest.mark.parametrize(
    ("accented", "bare"),
    [
        ("Ali zunajcelični vezikli zaščitijo živčevje?", "Ali zunajcelicni vezikli zascitijo zivcevje?"),
        ("A naïve café, TGF-β", "A naive cafe, TGF-beta"),
    ],
    ids=["sl", "en"],
)
def test_accents_make_no_difference(static: StaticEmbedder, accented: str, bare: str) -> None:
    for form in ("NFC", "NFD"):
        text = unicodedata.normalize(form, accented)
        np.testing.assert_array_equal(static.encode_query(text), static.encode_query(bare))


def test_a_text_is_the_sum_of_its_words(static: StaticEmbedder) -> None:
    total = static.word_vectors(["suho", "Oko"]).sum(axis=0)
    np.testing.assert_allclose(static.encode_query("Suho oko")[0], total / np.linalg.norm(total), atol=1e-6)
    np.testing.assert_allclose(static.word_vectors(["suho oko"])[0], total, atol=1e-5)


@pytest.mark.parametrize(("light", "heavy"), [("in", "eksosom"), ("the", "exosome")], ids=["sl", "en"])
def test_a_word_of_substance_weighs_more(static: StaticEmbedder, light: str, heavy: str) -> None:
    lengths = np.linalg.norm(static.word_vectors([light, heavy]), axis=1)
    assert lengths[1] > 1.5 * lengths[0]


def test_the_languages_meet(static: StaticEmbedder) -> None:
    """Nearest neighbours among two dozen phrases; the shipped weights get 96 % or more each way."""
    accuracy = bitext_accuracy(static.encode_documents, list(SANITY.items()))
    assert accuracy.n == 24
    assert min(accuracy.to_english, accuracy.to_slovene) >= 0.85


def test_the_phrases_of_that_test_are_in_no_training_file() -> None:
    own = [pair for found in read_own(MODEL_DIR.parent / "data").values() for pair in found]
    assert len(own) > 5000
    assert without_overlap(list(SANITY.items()), own) == list(SANITY.items())


@pytest.mark.parametrize(
    ("word", "near", "far"),
    [
        ("eksosom", "exosome", "pancreas"),
        ("mrežnica", "retina", "kidney"),
        ("umbilical", "popkovnica", "pljuča"),
        ("bolnikov", "patients", "mice"),
    ],
)
def test_words_of_the_two_languages(static: StaticEmbedder, word: str, near: str, far: str) -> None:
    vectors = static.encode_documents([word, near, far])
    assert vectors[0] @ vectors[1] > 0.5 > 0.35 > vectors[0] @ vectors[2]


def test_it_loads_neither_torch_nor_sentence_transformers() -> None:
    code = (
        "import sys; from ingest.embedder.static import StaticEmbedder; StaticEmbedder().encode_query('celica');"
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'torch', 'sentence_transformers', 'transformers',"
        " 'simplemma', 'safetensors', 'scipy', 'pandas'}))"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


# Files


def test_the_whole_model_is_at_most_16_megabytes() -> None:
    assert sum(path.stat().st_size for path in MODEL_DIR.rglob("*") if path.is_file()) <= 16_000_000


def _flip(content: bytes) -> bytes:
    return content[:-1000] + bytes([content[-1000] ^ 1]) + content[-999:]


@pytest.mark.parametrize(
    "damage",
    [lambda c: c[:-5], lambda c: b"", lambda c: b"version https://git-lfs" * 9, _flip, lambda c: c[:8] + b"[" * 900],
    ids=["cut short", "empty", "something else", "one bit", "header"],
)
def test_a_damaged_file_is_one_sentence(tmp_path: Path, damage: object) -> None:
    assert callable(damage)
    (tmp_path / FILE).write_bytes(damage((MODEL_DIR / FILE).read_bytes()))
    with pytest.raises(ConfigError, match="is damaged") as caught:
        StaticEmbedder(tmp_path)
    assert "ingest.embedder.train" in caught.value.hint


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="There is no embedder at"):
        StaticEmbedder(tmp_path)


def test_weights_for_other_features_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(MODEL_DIR / FILE, tmp_path / FILE)
    monkeypatch.setattr("ingest.embedder.weights.VERSION", 99)
    with pytest.raises(ConfigError, match="was made for features 1; this is 99"):
        StaticEmbedder(tmp_path)


def test_weights_survive_the_file_but_for_what_four_bits_cost(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    vectors = random.normal(size=(500, 32)).astype(np.float32) * random.uniform(0.1, 9, size=(500, 1)).astype("f4")
    keys = random.permutation(10_000)[:500].astype(np.uint32)
    write_weights(tmp_path / FILE, vectors, keys, ngrams=True)
    weights = read_weights(tmp_path / FILE)
    assert weights.keys.tolist() == sorted(keys.tolist())
    back = weights.rows(np.argsort(np.argsort(keys)))
    error = ((back - vectors) ** 2).sum(axis=1) / (vectors**2).sum(axis=1)
    assert 0.002 < error.mean() < 0.012  # the optimal quantiser of sixteen levels costs 0.0095 (Max 1960)


def test_levels_are_those_of_the_literature() -> None:
    """Max (1960), table I, N = 16."""
    expected = [0.1284, 0.3881, 0.6568, 0.9424, 1.256, 1.618, 2.069, 2.733]
    np.testing.assert_allclose(normal_levels()[8:], expected, atol=2e-3)
    np.testing.assert_array_equal(normal_levels(), -normal_levels()[::-1])


def test_a_row_of_zeros_stays_zero() -> None:
    codes, scales = quantise(np.zeros((1, 8), dtype=np.float32), normal_levels())
    assert np.abs(normal_levels()[codes] * scales).max() < 1e-6


def test_the_file_is_one_the_safetensors_library_reads(static: StaticEmbedder) -> None:
    from safetensors.numpy import load_file

    arrays = load_file(MODEL_DIR / FILE)
    assert arrays["codes"].shape == (len(arrays["keys"]), static.dimension // 2)
    assert (np.diff(arrays["keys"].astype(np.int64)) > 0).all()


# Training data


def test_verbs_make_sentences_of_their_persons() -> None:
    slovene = {"hoditi": ["hodim", "hodila"], "miza": ["mize"]}
    english = {"walk": ["walked", "walking"], "table": ["tables"]}
    made = set(verb_phrases([("hoditi", "walk"), ("miza", "table")], slovene, english, n=100, seed=0))
    assert {("hodim", "I walk"), ("hodila je", "she walked"), ("nisem hodila", "I did not walk")} <= made
    assert not any("miz" in sentence for sentence, _ in made)


def test_test_sentences_are_left_out_of_training() -> None:
    test = [("Hodil sem domov.", "I walked home.")]
    pairs = [("hodil sem domov", "I went home"), ("Grem domov", "I walked home!"), ("domov", "home")]
    assert without_overlap(pairs, test) == [("domov", "home")]


# sentence-transformers


@pytest.mark.model
def test_the_library_gives_the_same_vectors(static: StaticEmbedder, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    from ingest.embedder.st_module import load_model

    texts = [*SANITY, *SANITY.values(), *TEXTS, ""]
    assert len(texts) > 50
    expected = static.encode_documents(texts)
    by_path = SentenceTransformer(str(MODEL_DIR), trust_remote_code=True, device="cpu")
    assert by_path.get_embedding_dimension() == static.dimension
    for model in (load_model(), by_path):
        vectors = model.encode(texts)
        cosines = (vectors * expected).sum(axis=1)
        assert cosines[:-1].min() > 0.99999
        np.testing.assert_array_equal(vectors[-1], np.zeros(static.dimension))
    by_path.save(str(tmp_path / "saved"))
    assert is_model(tmp_path / "saved")
    assert StaticEmbedder(tmp_path / "saved").fingerprint == static.fingerprint


@pytest.mark.model
def test_training_it_further_with_the_library_is_saved(static: StaticEmbedder, tmp_path: Path) -> None:
    import torch

    from ingest.embedder.st_module import load_model

    model = load_model()
    with torch.no_grad():
        model[0].embedding.weight.mul_(2.0)
    model.save(str(tmp_path))
    changed = StaticEmbedder(tmp_path)
    assert changed.fingerprint != static.fingerprint
    assert (changed.encode_documents(TEXTS) * static.encode_documents(TEXTS)).sum(axis=1).min() > 0.98


def test_other_folders_are_no_model_of_ours(tmp_path: Path) -> None:
    assert is_model(MODEL_DIR)
    assert not is_model(tmp_path)
    (tmp_path / "modules.json").write_text("[]", encoding="utf-8")
    assert not is_model(tmp_path)

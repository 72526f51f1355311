"""What a refused request is told, in Slovene and in English."""

from collections.abc import Mapping
from types import MappingProxyType

from ui.strings.bilingual import Bilingual

# By the code of the problem: its HTTP status, its title and its sentence.
PROBLEMS: Mapping[str, tuple[int, Bilingual, Bilingual]] = MappingProxyType(
    {
        "malformed": (
            400,
            Bilingual("Zahtevka ni mogoče prebrati", "The request cannot be read"),
            Bilingual(
                "Telo zahtevka ni veljaven JSON (napaka pri znaku {position}).",
                "The body is not valid JSON (it fails at character {position}).",
            ),
        ),
        "bad-request": (
            400,
            Bilingual("Zahtevka ni mogoče prebrati", "The request cannot be read"),
            Bilingual("Zahtevek je pokvarjen; pošljite ga znova.", "The request is damaged; send it again."),
        ),
        "unauthorized": (
            401,
            Bilingual("Potrebna je prijava", "Sign in first"),
            Bilingual(
                "Pošljite uporabniško ime in geslo (HTTP Basic).", "Send a user name and a password (HTTP Basic)."
            ),
        ),
        "not-found": (
            404,
            Bilingual("Tega naslova ni", "No such address"),
            Bilingual(
                "Na tem naslovu ni ničesar; vse naslove našteva {docs}.", "Nothing is here; {docs} lists what there is."
            ),
        ),
        "unknown-id": (
            404,
            Bilingual("Te oznake ni", "No such id"),
            Bilingual("V članku ni {what} z oznako »{id}«.", "{message}"),
        ),
        "method-not-allowed": (
            405,
            Bilingual("Ta metoda tu ni dovoljena", "Method not allowed"),
            Bilingual("Na tem naslovu metoda {method} ni dovoljena.", "This address does not take {method}."),
        ),
        "too-slow": (
            408,
            Bilingual("Zahtevek je prišel prepočasi", "The request came too slowly"),
            Bilingual(
                "Telo zahtevka ni prispelo v {seconds} s; pošljite ga znova.",
                "The body did not arrive within {seconds} s; send it again.",
            ),
        ),
        "too-large": (
            413,
            Bilingual("Zahtevek je prevelik", "The request is too large"),
            Bilingual("Telo zahtevka sme obsegati največ {limit} kB.", "The body may be at most {limit} kB."),
        ),
        "not-json": (
            415,
            Bilingual("Napačna vrsta vsebine", "Wrong type of content"),
            Bilingual("Telo zahtevka pošljite kot application/json.", "Send the body as application/json."),
        ),
        "invalid": (
            422,
            Bilingual("Neveljaven vnos", "Invalid input"),
            Bilingual("Neveljaven vnos ({where}): {what}.", "Invalid input ({where}): {what}."),
        ),
        "question-refused": (
            422,
            Bilingual("Na to vprašanje ni mogoče odgovoriti", "The question cannot be answered as given"),
            Bilingual("{answer}", "{answer}"),
        ),
        "too-many-requests": (
            429,
            Bilingual("Preveč zahtevkov", "Too many requests"),
            Bilingual(
                "Zahtevkov je preveč; poskusite znova čez {seconds} s.", "Too many requests; try again in {seconds} s."
            ),
        ),
        "internal": (
            500,
            Bilingual("Napaka strežnika", "Server error"),
            Bilingual(
                "Pri obdelavi zahtevka je prišlo do napake; v dnevniku je zapisana pod {request_id}.",
                "Something went wrong with this request; the log has it under {request_id}.",
            ),
        ),
        "busy": (
            503,
            Bilingual("Strežnik je zaseden", "The server is busy"),
            Bilingual(
                "Na odgovor čaka preveč vprašanj; poskusite znova čez {seconds} s.",
                "Too many questions are waiting for an answer; try again in {seconds} s.",
            ),
        ),
        "timed-out": (
            503,
            Bilingual("Odgovor ni bil pripravljen pravočasno", "The answer was not ready in time"),
            Bilingual(
                "Odgovor ni bil pripravljen v {seconds} s; poskusite znova.",
                "The answer was not ready within {seconds} s; try again.",
            ),
        ),
    }
)

# What is wrong with a field, by pydantic's name for it.
FIELD_PROBLEMS: Mapping[str, Bilingual] = MappingProxyType(
    {
        "bool_parsing": Bilingual("vrednost mora biti true ali false", "it must be true or false"),
        "bool_type": Bilingual("vrednost mora biti true ali false", "it must be true or false"),
        "enum": Bilingual("dovoljene vrednosti: {expected}", "it must be one of {expected}"),
        "extra_forbidden": Bilingual("tega polja ni", "there is no such field"),
        "greater_than_equal": Bilingual("vrednost mora biti najmanj {ge}", "it must be at least {ge}"),
        "int_parsing": Bilingual("vrednost mora biti celo število", "it must be a whole number"),
        "int_type": Bilingual("vrednost mora biti celo število", "it must be a whole number"),
        "less_than_equal": Bilingual("vrednost je lahko največ {le}", "it must be at most {le}"),
        "literal_error": Bilingual("dovoljene vrednosti: {expected}", "it must be one of {expected}"),
        "list_type": Bilingual("vrednost mora biti seznam", "it must be a list"),
        "missing": Bilingual("polje manjka", "it is missing"),
        "model_attributes_type": Bilingual("vrednost mora biti objekt JSON", "it must be a JSON object"),
        "model_type": Bilingual("vrednost mora biti objekt JSON", "it must be a JSON object"),
        "string_too_long": Bilingual("dolžina je lahko največ {max_length}", "its length may be at most {max_length}"),
        "string_type": Bilingual("vrednost mora biti besedilo", "it must be text"),
        "string_unicode": Bilingual("besedilo ni veljaven Unicode", "the text is not valid Unicode"),
        "too_long": Bilingual("dolžina je lahko največ {max_length}", "its length may be at most {max_length}"),
        "tuple_type": Bilingual("vrednost mora biti seznam", "it must be a list"),
    }
)
FIELD_PROBLEM = Bilingual("vrednost ni veljavna", "it is not valid")

# "There is no …": what was looked for, in the Slovene genitive.
LOOKED_FOR: Mapping[str, str] = MappingProxyType(
    {
        "section": "razdelka",
        "sentence": "stavka",
        "table": "tabele",
        "reference": "enote literature",
        "trial": "študije",
    }
)

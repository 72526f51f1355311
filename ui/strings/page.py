"""Sentences and labels of the shell of the page: header, conversation, exports, history, about, shortcuts."""

from collections.abc import Mapping

from ui.strings.bilingual import Bilingual
from ui.strings.evaluation import EVALUATION_STRINGS

PAGE_STRINGS: Mapping[str, Bilingual] = {
    # Header and tabs
    "header.skip": Bilingual("Skoči na vprašanje", "Skip to the question"),
    "header.language": Bilingual("Jezik vmesnika", "Interface language"),
    "header.theme": Bilingual("Svetla ali temna podoba", "Light or dark appearance"),
    "tabs.label": Bilingual("Deli strani", "Parts of the page"),
    "tab.chat": Bilingual("Pogovor", "Chat"),
    "tab.evaluation": Bilingual("Evalvacija", "Evaluation"),
    "tab.about": Bilingual("O aplikaciji", "About"),
    # Conversation
    "chat.label": Bilingual("Pogovor", "Conversation"),
    "chat.examples": Bilingual("Primeri vprašanj", "Example questions"),
    "chat.welcome_title": Bilingual("Vprašajte članek", "Ask the article"),
    "chat.welcome": Bilingual(
        "Odgovori se opirajo samo na ta pregledni članek. Vsaka trditev ima oštevilčen vir, ki ga lahko preverite.",
        "Answers rest on this review article alone. Each statement has a numbered source that you can check.",
    ),
    "chat.searching": Bilingual("Iščem po članku …", "Searching the article …"),
    "chat.searched": Bilingual("Iskanje po članku", "Searched the article"),
    "chat.found.one": Bilingual("najden {n} odlomek", "found {n} passage"),
    "chat.found.two": Bilingual("najdena {n} odlomka", "found {n} passages"),
    "chat.found.few": Bilingual("najdeni {n} odlomki", "found {n} passages"),
    "chat.found.other": Bilingual("najdenih {n} odlomkov", "found {n} passages"),
    "chat.writing": Bilingual("Pišem odgovor …", "Writing the answer …"),
    "chat.understood": Bilingual("Razumljeno kot: {question}", "Understood as: {question}"),
    "chat.no_passage": Bilingual("Ni odlomka, ki bi odgovoril na vprašanje.", "No passage answers the question."),
    "question.label": Bilingual("Vprašanje", "Question"),
    "question.placeholder": Bilingual(
        "Vprašajte o članku … (slovensko ali angleško)",
        "Ask about the article … (Slovene or English)",
    ),
    "question.send": Bilingual("Pošlji vprašanje", "Send the question"),
    "question.stop": Bilingual("Ustavi", "Stop"),
    "question.empty": Bilingual("Vpišite vprašanje.", "Type a question."),
    "question.too_long": Bilingual(
        "Vprašanje je predolgo: znakov je {n_chars}, dovoljenih je {limit}.",
        "The question is too long: {n_chars} characters, {limit} are allowed.",
    ),
    "scope.extractive": Bilingual(
        "Ni zdravniški nasvet. Odgovori so stavki iz članka; ne piše jih jezikovni model.",
        "Not medical advice. Answers are sentences of the article; no language model writes them.",
    ),
    "scope.model": Bilingual(
        "Ni zdravniški nasvet. Odgovore ubesedi jezikovni model; preverite navedene vire.",
        "Not medical advice. A language model words the answers; check the cited sources.",
    ),
    "feedback.notice": Bilingual(
        "Ocene odgovorov se z vprašanjem in odgovorom shranijo na strežniku.",
        "Ratings are stored on the server, with the question and the answer.",
    ),
    # What Gradio's own buttons are called; its English names are the keys by which they are found.
    "gradio.retry": Bilingual("Ponovi", "Retry"),
    "gradio.undo": Bilingual("Razveljavi", "Undo"),
    "gradio.edit": Bilingual("Uredi", "Edit"),
    "gradio.submit": Bilingual("Pošlji", "Submit"),
    "gradio.cancel": Bilingual("Prekliči", "Cancel"),
    "gradio.clear": Bilingual("Počisti pogovor", "Clear"),
    "gradio.copy": Bilingual("Kopiraj sporočilo", "Copy message"),
    "gradio.copied": Bilingual("Kopirano", "Copied message"),
    "gradio.scroll": Bilingual("Na konec pogovora", "Scroll to bottom"),
    "gradio.like": Bilingual("Dober odgovor", "Like"),
    "gradio.liked": Bilingual("Označen kot dober odgovor", "Liked"),
    "gradio.dislike": Bilingual("Slab odgovor", "Dislike"),
    "gradio.disliked": Bilingual("Označen kot slab odgovor", "Disliked"),
    "gradio.feedback": Bilingual("Kaj je narobe?", "Feedback"),
    # Choices under the flag; the English text is what Gradio sends
    "verdict.wrong_source": Bilingual("Napačen vir", "Wrong source"),
    "verdict.wrong": Bilingual("Napačno", "Wrong"),
    "verdict.incomplete": Bilingual("Nepopolno", "Incomplete"),
    "verdict.wrong_language": Bilingual("Napačen jezik", "Wrong language"),
    # Follow-up questions; the answer's language is that of the question
    "follow.label": Bilingual("Vprašajte naprej", "Ask on"),
    "follow.references": Bilingual("Kateri viri so navedeni za to?", "Which reference does the article cite for this?"),
    "follow.status": Bilingual("Kakšen je status študije {trial}?", "What is the status of trial {trial}?"),
    "follow.participants": Bilingual(
        "Koliko ljudi je vključenih v študijo {trial}?", "How many participants does trial {trial} have?"
    ),
    "follow.all_participants": Bilingual(
        "Koliko ljudi je skupaj vključenih v te študije?", "How many participants do these trials have in total?"
    ),
    "follow.all_statuses": Bilingual("Kakšni so njihovi statusi?", "What are their statuses?"),
    "follow.section": Bilingual("Kaj članek pove o tem: {title}?", "What does the article say about {title}?"),
    # Copies and exports
    "copy.article": Bilingual("Članek", "Article"),
    "export.label": Bilingual("Izvozi", "Export"),
    "export.conversation": Bilingual("Izvozi pogovor: {name}", "Export the conversation: {name}"),
    "export.references": Bilingual("Izvozi navedeno literaturo: {name}", "Export the cited references: {name}"),
    "export.title": Bilingual("Pogovor z Evidenco", "Conversation with Evidenca"),
    "export.empty": Bilingual("Pogovor je še prazen.", "The conversation is still empty."),
    "export.no_references": Bilingual(
        "Odgovori v tem pogovoru se ne opirajo na nobeno delo iz literature.",
        "The answers of this conversation rest on no work of the bibliography.",
    ),
    "export.file": Bilingual("evidenca-pogovor", "evidenca-conversation"),
    "export.references_file": Bilingual("evidenca-literatura", "evidenca-references"),
    # History in the browser
    "history.title": Bilingual("Zgodovina v tem brskalniku", "History in this browser"),
    "history.keep": Bilingual("Shranjuj vprašanja v tem brskalniku", "Keep the questions in this browser"),
    "history.text": Bilingual(
        "Izklopljeno, dokler tega ne izberete. Shranijo se samo vprašanja; ob obnovitvi se odgovori poiščejo znova.",
        "Off until you choose it. Only the questions are stored; on restoring, the answers are looked up anew.",
    ),
    "history.delete": Bilingual("Izbriši shranjeno", "Delete what is stored"),
    "history.deleted": Bilingual(
        "V tem brskalniku ni shranjenih vprašanj.", "No questions are stored in this browser."
    ),
    "history.restore.one": Bilingual(
        "Obnovi prejšnji pogovor ({n} vprašanje)", "Restore the last conversation ({n} question)"
    ),
    "history.restore.two": Bilingual(
        "Obnovi prejšnji pogovor ({n} vprašanji)", "Restore the last conversation ({n} questions)"
    ),
    "history.restore.few": Bilingual(
        "Obnovi prejšnji pogovor ({n} vprašanja)", "Restore the last conversation ({n} questions)"
    ),
    "history.restore.other": Bilingual(
        "Obnovi prejšnji pogovor ({n} vprašanj)", "Restore the last conversation ({n} questions)"
    ),
    # About
    "about.title": Bilingual("O aplikaciji", "About"),
    "about.lead": Bilingual(
        "Evidenca odgovarja na vprašanja iz enega preglednega članka. Vsak stavek odgovora vodi do mesta v članku, "
        "od tam pa do navedene literature. Če članek o čem ne govori, to pove.",
        "Evidenca answers questions from one review article. Each sentence of an answer leads to its place in the "
        "article, and from there to the cited literature. Where the article is silent, it says so.",
    ),
    "about.engine": Bilingual("Pogon", "Engine"),
    "about.composing": Bilingual("Odgovori", "Answers"),
    "about.extractive": Bilingual(
        "Izvlečni: stavki članka, nespremenjeni. Jezikovni model ne sodeluje.",
        "Extractive: sentences of the article, unchanged. No language model takes part.",
    ),
    "about.model": Bilingual(
        "Ubesedi jih jezikovni model {model}; vsak stavek se pred prikazom preveri v članku.",
        "Worded by the language model {model}; every sentence is verified against the article before it is shown.",
    ),
    "about.search": Bilingual("Iskanje", "Search"),
    "about.search_text": Bilingual("Model vložitev: {model}", "Embedding model: {model}"),
    "about.network": Bilingual("Omrežje", "Network"),
    "about.offline": Bilingual("Deluje brez povezave", "Works offline"),
    "about.version": Bilingual("Različica", "Version"),
    "about.article": Bilingual("Članek", "Article"),
    "about.cite": Bilingual("Kako navesti", "How to cite"),
    "about.licence": Bilingual("Licenca članka", "Licence of the article"),
    "about.counts": Bilingual(
        "Enote literature: {n_references}. Klinične študije v tabeli: {n_trials}.",
        "Bibliography entries: {n_references}. Clinical trials in its table: {n_trials}.",
    ),
    "about.how": Bilingual("Kako nastane odgovor", "How an answer is made"),
    "about.how.1": Bilingual(
        "Vprašanje se razvrsti: ali ga je mogoče izračunati iz tabele študij, poiskati v literaturi ali v besedilu.",
        "The question is sorted: it can be computed from the table of trials, looked up in the bibliography, or found "
        "in the text.",
    ),
    "about.how.2": Bilingual(
        "Iskanje po besedah in po pomenu najde stavke in vrstice, ki bi lahko odgovorili.",
        "A search by words and by meaning finds the sentences and rows that may answer.",
    ),
    "about.how.3": Bilingual(
        "Izberejo se tisti, ki na vprašanje res odgovorijo. Če takih ni, je odgovor, da članek o tem ne govori.",
        "Those that do answer are chosen. If there are none, the answer is that the article does not say.",
    ),
    "about.how.4": Bilingual(
        "Vsak stavek dobi številko vira: dobesedni navedek, razdelek in literaturo, ki jo članek tam navaja.",
        "Each sentence gets the number of its source: the verbatim quote, the section, and the references that the "
        "article cites there.",
    ),
    "about.limits": Bilingual("Omejitve", "Limits"),
    "about.limits.1": Bilingual(
        "Ni zdravniški nasvet in ne pozna posameznega bolnika.",
        "It is not medical advice and knows no individual patient.",
    ),
    "about.limits.2": Bilingual(
        "Pozna samo ta članek; novejših študij in vsebine navedenih del ne pozna.",
        "It knows this article only, neither later studies nor the contents of the cited works.",
    ),
    "about.limits.3": Bilingual(
        "Angleško besedilo je delovni prevod; velja slovenski izvirnik.",
        "The English text is a working translation; the Slovene original is what counts.",
    ),
    "about.limits.4": Bilingual(
        "Kako pogosto se moti, je izmerjeno v zavihku Evalvacija.",
        "How often it errs is measured in the tab Evaluation.",
    ),
    "about.privacy": Bilingual("Kaj zapusti računalnik", "What leaves the machine"),
    "about.privacy.extractive": Bilingual(
        "Nič. Vprašanja ostanejo na računalniku, na katerem teče Evidenca, in se ne zapisujejo v dnevnik.",
        "Nothing. Questions stay on the machine that runs Evidenca and are not written to its log.",
    ),
    "about.privacy.model": Bilingual(
        "Vprašanje in najdeni odlomki se pošljejo jezikovnemu modelu, ki ga je nastavil upravljavec.",
        "The question and the passages found are sent to the language model that the operator has set up.",
    ),
    "about.privacy.links": Bilingual(
        "DOI, PubMed in ClinicalTrials.gov se odprejo šele, ko kliknete povezavo.",
        "DOI, PubMed and ClinicalTrials.gov open only when you click a link.",
    ),
    "about.privacy.feedback": Bilingual(
        "Ocene so vklopljene: vsaka se z vprašanjem in odgovorom zapiše v datoteko na strežniku.",
        "Ratings are on: each is written, with the question and the answer, to a file on the server.",
    ),
    "about.privacy.no_feedback": Bilingual("Ocene odgovorov so izklopljene.", "Ratings of answers are off."),
    # Shortcuts
    "keys.title": Bilingual("Bližnjice", "Keyboard shortcuts"),
    "keys.send": Bilingual("pošlji vprašanje", "send the question"),
    "keys.line": Bilingual("nova vrstica", "new line"),
    "keys.question": Bilingual("na vprašanje", "go to the question"),
    "keys.source": Bilingual("vir 1 do 9 zadnjega odgovora", "source 1 to 9 of the last answer"),
    "keys.tabs": Bilingual("Pogovor, Evalvacija, O aplikaciji", "Chat, Evaluation, About"),
    "keys.back": Bilingual(
        "nazaj na številko v odgovoru, zapri vire", "back to the number in the answer, close the sources"
    ),
    **EVALUATION_STRINGS,
}

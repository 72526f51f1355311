"""Sentences and labels of the evaluation tab."""

from collections.abc import Mapping

from ui.strings.bilingual import Bilingual

EVALUATION_STRINGS: Mapping[str, Bilingual] = {
    "evaluation.title": Bilingual("Kako dobro odgovarja?", "How well does it answer?"),
    "evaluation.lead": Bilingual(
        "Ročno označen preskusni nabor (vprašanj: {n}; parov in pogovorov: {n_pairs}). Sistem {system}, {created}. "
        "V oklepajih je 95-odstotni interval zaupanja, n je število vprašanj.",
        "A test set marked by hand (questions: {n}; pairs and dialogues: {n_pairs}). System {system}, {created}. "
        "The brackets hold the 95 % confidence interval, n is the number of questions.",
    ),
    "evaluation.loading": Bilingual("Nalagam rezultate …", "Loading the results …"),
    "evaluation.failed": Bilingual(
        "Rezultatov ni bilo mogoče naložiti. Poskusite znova.", "The results could not be loaded. Try again."
    ),
    "evaluation.no_run": Bilingual(
        "Ni zagona evalvacije, ki bi ga bilo mogoče prikazati. Naredite ga z ukazom: evidenca eval run",
        "There is no evaluation run to show. Make one with the command: evidenca eval run",
    ),
    "evaluation.not_comparable": Bilingual(
        "Zagonov ni mogoče primerjati: nista narejena na istih vprašanjih ali po istih pravilih.",
        "The runs cannot be compared: they are not about the same questions, or not by the same rules.",
    ),
    "evaluation.needs_extra": Bilingual(
        "Za primerjavo manjka dodatek. Namestite ga z ukazom: pip install evidenca[eval]",
        "An extra is needed for a comparison. Install it with the command: pip install evidenca[eval]",
    ),
    "evaluation.run": Bilingual("Zagon", "Run"),
    "evaluation.compare": Bilingual("Primerjaj z", "Compare with"),
    # Tiles
    "tile.questions": Bilingual("vprašanja (SL: {n_sl}, EN: {n_en})", "questions (SL: {n_sl}, EN: {n_en})"),
    "tile.right": Bilingual("pravilnih v celoti", "right as a whole"),
    "tile.citations": Bilingual("pravilnih navedb", "citations that support"),
    "tile.refusals": Bilingual("neodgovorljivih prav zavrnjenih", "unanswerable rightly refused"),
    "tile.latency": Bilingual("mediana odziva", "median response time"),
    "tile.words": Bilingual("mediana dolžine odgovora, v besedah", "median length of an answer, in words"),
    # Tables
    "evaluation.by_language": Bilingual("Po jeziku vprašanja", "By language of the question"),
    "evaluation.by_type": Bilingual("Po vrsti vprašanja", "By type of question"),
    "evaluation.by_refusal": Bilingual("Neodgovorljiva vprašanja", "Unanswerable questions"),
    "evaluation.metric": Bilingual("Mera", "Metric"),
    "evaluation.all": Bilingual("vsa", "all"),
    "evaluation.sl": Bilingual("slovenska", "Slovene"),
    "evaluation.en": Bilingual("angleška", "English"),
    "evaluation.type": Bilingual("Vrsta", "Type"),
    "evaluation.refusal": Bilingual("Vrsta", "Kind"),
    "metric.passed": Bilingual("pravilno v celoti", "right as a whole"),
    "metric.vital_recall": Bilingual("bistvena dejstva v odgovoru", "vital facts in the answer"),
    "metric.citation_precision": Bilingual("točnost navedb", "citation precision"),
    "metric.citation_recall": Bilingual("popolnost navedb", "citation recall"),
    "metric.number_fidelity": Bilingual("števila stojijo v viru", "numbers stand in the source"),
    "metric.evidence_recall": Bilingual("zajeti dokazni odlomki", "evidence covered"),
    "metric.refusal_right": Bilingual("prav odgovorjeno ali zavrnjeno", "answered or refused rightly"),
    "metric.hallucination": Bilingual("odgovorjeno, čeprav ni odgovora", "answered though unanswerable"),
    "metric.error": Bilingual("zavrnjeno, čeprav je odgovor", "refused though answerable"),
    "metric.language_match": Bilingual("odgovor v jeziku vprašanja", "answer in the question's language"),
    "metric.R@5": Bilingual("dokaz med prvimi 5 zadetki (R@5)", "evidence among the first 5 (R@5)"),
    "metric.RR@10": Bilingual("mesto prvega dokaza (RR@10)", "rank of the first evidence (RR@10)"),
    "type.aggregate": Bilingual("izračun iz tabele", "computed from the table"),
    "type.claim": Bilingual("trditev", "claim"),
    "type.comparison": Bilingual("primerjava", "comparison"),
    "type.contradiction": Bilingual("protislovje v članku", "contradiction in the article"),
    "type.definition": Bilingual("opredelitev", "definition"),
    "type.fact": Bilingual("dejstvo", "fact"),
    "type.lookup": Bilingual("podatek iz tabele", "looked up in the table"),
    "type.multi": Bilingual("več odlomkov", "several passages"),
    "type.overview": Bilingual("pregled", "overview"),
    "type.paraphrase": Bilingual("z drugimi besedami", "in other words"),
    "type.reference": Bilingual("literatura", "bibliography"),
    "type.refusal": Bilingual("neodgovorljivo", "unanswerable"),
    "refusal.off_topic": Bilingual("druga tema", "off topic"),
    "refusal.absent": Bilingual("članek tega ne pove", "not in the article"),
    "refusal.false_premise": Bilingual("napačna predpostavka", "false premise"),
    "refusal.advice": Bilingual("zdravniški nasvet", "medical advice"),
    "refusal.injection": Bilingual("podtaknjena navodila", "injected instructions"),
    # Failures
    "evaluation.failures": Bilingual("Kje se zmoti", "Where it errs"),
    "evaluation.failures_lead": Bilingual(
        "Vprašanja, ki niso bila pravilna v celoti, po tem, kje je šlo najprej narobe. Kliknite vprašanje, da ga "
        "zastavite v pogovoru.",
        "Questions that were not right as a whole, by where they went wrong first. Click a question to ask it in the "
        "chat.",
    ),
    "evaluation.no_failures": Bilingual("Vsa vprašanja so pravilna.", "Every question is right."),
    "stage.error": Bilingual("sistem se je sesul", "the system crashed"),
    "stage.parse": Bilingual("dokaza ni v kazalu", "the evidence is not in the index"),
    "stage.retrieval": Bilingual("dokaza ni med prvimi 10 zadetki", "the evidence is not among the first 10"),
    "stage.selection": Bilingual(
        "dokaz je najden, bistvenega dejstva pa ni v odgovoru", "evidence was found, but a vital fact is missing"
    ),
    "stage.refusal": Bilingual(
        "zavrnjeno, kar članek pove, ali odgovorjeno, česar ne",
        "refused what the article says, or answered what it does not",
    ),
    "stage.citation": Bilingual("prekršeno pravilo o navedbah", "a rule on citations is broken"),
    "stage.language": Bilingual("odgovor v napačnem jeziku", "answer in the wrong language"),
    # Comparison
    "evaluation.comparison": Bilingual("Primerjava: {base} → {candidate}", "Comparison: {base} → {candidate}"),
    "evaluation.before": Bilingual("prej", "before"),
    "evaluation.after": Bilingual("potem", "after"),
    "evaluation.difference": Bilingual("razlika v točkah", "difference in points"),
    "evaluation.pass": Bilingual(
        "Poslabšanje ni dokazano. Boljših: {better}, slabših: {worse}, vseh vprašanj: {n}. Padca, manjšega od "
        "{smallest} odstotnih točk, takšna primerjava morda ne pokaže.",
        "No regression is shown. Better: {better}, worse: {worse}, all questions: {n}. A drop under {smallest} "
        "percentage points may go unseen in such a comparison.",
    ),
    "evaluation.fail": Bilingual(
        "Poslabšanje. Boljših: {better}, slabših: {worse}, vseh vprašanj: {n}.",
        "Regression. Better: {better}, worse: {worse}, all questions: {n}.",
    ),
    "evaluation.inconclusive": Bilingual("Primerjava ni odločilna.", "The comparison is inconclusive."),
    "evaluation.worse": Bilingual("Zdaj narobe", "Wrong now"),
    "evaluation.better": Bilingual("Zdaj prav", "Right now"),
}

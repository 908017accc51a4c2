"""Presidio with its predefined recognisers, on an English engine without a model."""

import spacy
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import SpacyNlpEngine
from protocol import Spans, serve


class Blank(SpacyNlpEngine):
    """spaCy's tokeniser and nothing else."""

    def __init__(self) -> None:
        super().__init__(models=[{"lang_code": "en", "model_name": "blank"}])
        self.nlp = {"en": spacy.blank("en")}


registry = RecognizerRegistry()
registry.load_predefined_recognizers(languages=["en"])
engine = AnalyzerEngine(registry=registry, nlp_engine=Blank(), supported_languages=["en"])


def find(text: str) -> Spans:
    """Everything that it finds; by default it has no threshold."""
    return [(one.start, one.end, one.entity_type) for one in engine.analyze(text, "en")]


serve(find)

"""cn-pii-anonymization: its rules; its models for names and addresses would have to be downloaded."""

import spacy
from cn_pii_anonymization.core.analyzer import CNPIIAnalyzerEngine
from loguru import logger
from presidio_analyzer.nlp_engine import SpacyNlpEngine
from protocol import Spans, serve


class Blank(SpacyNlpEngine):
    """A tokeniser and nothing else."""

    def __init__(self) -> None:
        super().__init__(models=[{"lang_code": "zh", "model_name": "blank"}])
        self.nlp = {"zh": spacy.blank("zh")}


class Rules(CNPIIAnalyzerEngine):
    """Its analyser without the engines that need models."""

    def _setup_nlp_engine(self) -> None:
        self._nlp_engine = Blank()

    def _setup_ie_engine(self) -> None:
        self._ie_engine = None


logger.remove()
engine = Rules()


def find(text: str) -> Spans:
    """Its results at its own thresholds."""
    return [(one.start, one.end, one.entity_type) for one in engine.analyze(text)]


serve(find)

"""What the desk calls the parts of a score."""

from recommender.features import FEATURES
from service.desk.shown import FEATURE_WORDS


def test_every_feature_has_words_that_an_editor_knows():
    assert set(FEATURE_WORDS) == set(FEATURES)
    assert len(set(FEATURE_WORDS.values())) == len(FEATURES)

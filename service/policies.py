"""Which policies hold: what the settings name, followed as their files change."""

from recommender.policy import Policies, load_policy
from recommender.policy_file import PolicyFile
from recommender.split import SplitPolicies
from service.settings import Settings


def make_policies(settings: Settings) -> Policies:
    """The policy of the settings, or the two that share the articles. Raises `InvalidPolicy`."""
    policies: Policies = PolicyFile(settings.policy) if settings.policy else load_policy()
    if settings.policy_b:
        policies = SplitPolicies(policies, PolicyFile(settings.policy_b), settings.policy_split)
    return policies

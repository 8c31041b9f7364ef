"""Which policies hold: the file that the settings name, or else what was saved in the catalogue; followed as they change."""

from index.catalogue import Catalogue, place_of
from index.errors import CatalogueUnusable
from recommender.policy import Policies, Policy, load_policy
from recommender.policy_file import PolicyFile
from recommender.split import SplitPolicies
from service.saved_policy import SavedPolicy, holding
from service.settings import Settings

WAIT_SECONDS = 10.0
"""How long a command waits for others who write to the catalogue."""


def make_policies(settings: Settings) -> Policies:
    """The policy that holds, or the two that share the articles. Raises `InvalidPolicy`."""
    policies: Policies = PolicyFile(settings.policy) if settings.policy else _saved(settings)
    if settings.policy_b:
        policies = SplitPolicies(policies, PolicyFile(settings.policy_b), settings.policy_split)
    return policies


def governing(policies: Policies) -> Policies:
    """Of two that share the articles the first, else the only one: what is looked at and saved at the desk."""
    return policies.a if isinstance(policies, SplitPolicies) else policies


def policy_now(settings: Settings) -> Policy:
    """The policy that holds for a command that may be about to make the catalogue, or to bring it to this version: where
    there is none that can be read, none was saved.

    Raises `InvalidPolicy`, and an error of the database.
    """
    if settings.policy:
        return load_policy(settings.policy)
    try:
        with Catalogue.open_existing(place_of(settings.data, settings.catalogue), WAIT_SECONDS) as catalogue:
            return holding(catalogue.engine).policy
    except CatalogueUnusable:
        return load_policy()


def _saved(settings: Settings) -> SavedPolicy:
    return SavedPolicy(place_of(settings.data, settings.catalogue), settings.data)

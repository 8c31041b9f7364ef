"""What becomes of the furniture that a rebuild learns; apart, for settings name it and shall not load what learns."""

from typing import Literal, get_args

How = Literal["remove", "propose", "off"]
"""What is learnt is removed from then on, until an editor says that it is text; or proposed to editors; or nothing is
learnt, and what was removed before still is."""

HOWS: tuple[How, ...] = get_args(How)

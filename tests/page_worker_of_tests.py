"""The process that reads pages, with pages that kill it, keep it, or break it."""

import os
import signal
import sys
import time

from index.extraction import worker
from index.extraction.fetched import FetchedPage
from index.extraction.saved import SavedPage

answer = worker.answer


def answer_or_not(page: SavedPage | FetchedPage) -> worker.Answer:
    if b"kills its reader" in page.raw:
        os.kill(os.getpid(), signal.SIGKILL)
    if b"keeps its reader" in page.raw:
        time.sleep(60)
    if b"breaks its reader" in page.raw:
        raise RecursionError("too deep")
    if b"is slow" in page.raw:
        time.sleep(0.5)
    return answer(page)


if __name__ == "__main__":
    worker.answer = answer_or_not
    worker.main(int(sys.argv[1]))
